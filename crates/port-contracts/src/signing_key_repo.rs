//! Contract of [`SigningKeyRepo`].

use std::sync::Arc;

use domain::model::{KeyId, SigningKey};
use domain::ports::{KeyPurpose, SigningKeyRepo};

use crate::fixtures::at;
use crate::suite::at_once;

type Repo = Arc<dyn SigningKeyRepo>;

suite! { $ signing_key_repo(Repo):
    append_keeps_the_first_key_and_returns_it_to_later_candidates,
    append_adds_keys_in_order,
    append_returns_an_existing_successor,
    append_after_a_removed_key_adds_nothing,
    append_starts_anew_without_keys,
    concurrent_first_candidates_get_one_key,
    concurrent_successors_get_one_key,
    concurrent_rotations_leave_one_key,
    list_returns_all_keys_oldest_first,
    remove_removes_one_key_and_keeps_the_order,
    remove_of_an_unknown_key_succeeds,
    keys_of_each_purpose_are_separate,
}

async fn append_keeps_the_first_key_and_returns_it_to_later_candidates(repo: Repo) {
    for i in 1..=3 {
        assert_eq!(repo.append(KeyPurpose::Tokens, key(i), None).await.unwrap(), key(1));
    }
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [key(1)]);
}

async fn append_adds_keys_in_order(repo: Repo) {
    repo.append(KeyPurpose::Tokens, key(1), None).await.unwrap();
    for i in 2..=5 {
        assert_eq!(
            repo.append(KeyPurpose::Tokens, key(i), Some(&id(i - 1))).await.unwrap(),
            key(i)
        );
    }
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [1, 2, 3, 4, 5].map(key));
}

async fn append_returns_an_existing_successor(repo: Repo) {
    keep(&repo, 3).await;
    for (after, successor) in [(None, 1), (Some(1), 2), (Some(2), 3)] {
        let after = after.map(id);
        assert_eq!(
            repo.append(KeyPurpose::Tokens, key(9), after.as_ref()).await.unwrap(),
            key(successor)
        );
    }
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [1, 2, 3].map(key));
}

async fn append_after_a_removed_key_adds_nothing(repo: Repo) {
    keep(&repo, 4).await;
    for removed in [1, 3] {
        repo.remove(KeyPurpose::Tokens, &id(removed)).await.unwrap();
    }
    for after in [1, 3, 7] {
        assert_eq!(
            repo.append(KeyPurpose::Tokens, key(9), Some(&id(after))).await.unwrap(),
            key(4),
            "{after}"
        );
    }
    assert_eq!(repo.append(KeyPurpose::Tokens, key(9), None).await.unwrap(), key(2));
    assert_eq!(repo.append(KeyPurpose::Tokens, key(9), Some(&id(2))).await.unwrap(), key(4));
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [2, 4].map(key));
}

async fn append_starts_anew_without_keys(repo: Repo) {
    keep(&repo, 2).await;
    for removed in [1, 2] {
        repo.remove(KeyPurpose::Tokens, &id(removed)).await.unwrap();
    }
    assert_eq!(repo.append(KeyPurpose::Tokens, key(3), Some(&id(2))).await.unwrap(), key(3));
    assert_eq!(repo.append(KeyPurpose::Tokens, key(4), None).await.unwrap(), key(3));
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [key(3)]);
}

async fn concurrent_first_candidates_get_one_key(repo: Repo) {
    let keys = at_once(32, |i| {
        let (repo, candidate) = (Arc::clone(&repo), key(i as u8));
        async move { repo.append(KeyPurpose::Tokens, candidate, None).await.unwrap() }
    })
    .await;
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), keys[..1]);
}

async fn concurrent_successors_get_one_key(repo: Repo) {
    keep(&repo, 1).await;
    let keys = at_once(32, |i| {
        let (repo, candidate) = (Arc::clone(&repo), key(100 + i as u8));
        async move { repo.append(KeyPurpose::Tokens, candidate, Some(&id(1))).await.unwrap() }
    })
    .await;
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [key(1), keys[0].clone()]);
}

/// The fastest removes the old key while others still append its successor.
async fn concurrent_rotations_leave_one_key(repo: Repo) {
    keep(&repo, 1).await;
    let keys = at_once(32, |i| {
        let (repo, candidate) = (Arc::clone(&repo), key(100 + i as u8));
        async move {
            let next = repo.append(KeyPurpose::Tokens, candidate, Some(&id(1))).await.unwrap();
            repo.remove(KeyPurpose::Tokens, &id(1)).await.unwrap();
            next
        }
    })
    .await;
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), keys[..1]);
}

/// The order is that of the appends: neither ids nor times determine it.
async fn list_returns_all_keys_oldest_first(repo: Repo) {
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), []);
    let order = [5, 1, 9, 3, 7, 2];
    repo.append(KeyPurpose::Tokens, key(order[0]), None).await.unwrap();
    for pair in order.windows(2) {
        repo.append(KeyPurpose::Tokens, key(pair[1]), Some(&id(pair[0]))).await.unwrap();
    }
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), order.map(key));
}

async fn remove_removes_one_key_and_keeps_the_order(repo: Repo) {
    keep(&repo, 4).await;
    repo.remove(KeyPurpose::Tokens, &id(2)).await.unwrap();
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [1, 3, 4].map(key));
    repo.remove(KeyPurpose::Tokens, &id(4)).await.unwrap();
    assert_eq!(repo.append(KeyPurpose::Tokens, key(5), Some(&id(3))).await.unwrap(), key(5));
    repo.remove(KeyPurpose::Tokens, &id(1)).await.unwrap();
    assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [3, 5].map(key));
}

async fn remove_of_an_unknown_key_succeeds(repo: Repo) {
    repo.remove(KeyPurpose::Tokens, &id(1)).await.unwrap();
    keep(&repo, 2).await;
    for _ in 0..2 {
        repo.remove(KeyPurpose::Tokens, &id(1)).await.unwrap();
        assert_eq!(repo.list(KeyPurpose::Tokens).await.unwrap(), [key(2)]);
    }
}

async fn keys_of_each_purpose_are_separate(repo: Repo) {
    use KeyPurpose::{Audit, Tokens};
    assert_eq!(repo.append(Tokens, key(1), None).await.unwrap(), key(1));
    assert_eq!(repo.append(Audit, key(2), None).await.unwrap(), key(2), "the first of its kind");
    assert_eq!(repo.append(Audit, key(3), Some(&id(2))).await.unwrap(), key(3));
    assert_eq!(repo.append(Tokens, key(4), Some(&id(1))).await.unwrap(), key(4));
    // The same key may be in both lists.
    assert_eq!(repo.append(Tokens, key(3), Some(&id(4))).await.unwrap(), key(3));
    assert_eq!(repo.list(Tokens).await.unwrap(), [1, 4, 3].map(key));
    assert_eq!(repo.list(Audit).await.unwrap(), [2, 3].map(key));
    repo.remove(Tokens, &id(2)).await.unwrap();
    repo.remove(Tokens, &id(3)).await.unwrap();
    assert_eq!(repo.list(Tokens).await.unwrap(), [1, 4].map(key));
    assert_eq!(repo.list(Audit).await.unwrap(), [2, 3].map(key));
    for i in [1, 4] {
        repo.remove(Tokens, &id(i)).await.unwrap();
    }
    assert_eq!(repo.append(Tokens, key(5), Some(&id(3))).await.unwrap(), key(5), "none is left");
    assert_eq!(repo.list(Audit).await.unwrap(), [2, 3].map(key));
}

/// Appends the keys from 1 to `count`.
async fn keep(repo: &Repo, count: u8) {
    repo.append(KeyPurpose::Tokens, key(1), None).await.unwrap();
    for i in 2..=count {
        repo.append(KeyPurpose::Tokens, key(i), Some(&id(i - 1))).await.unwrap();
    }
}

fn key(i: u8) -> SigningKey {
    SigningKey { id: id(i), pkcs8: vec![0, i, 0xFF], created_at: at(u64::from(i)) }
}

fn id(i: u8) -> KeyId {
    KeyId::parse(format!("key-{i}")).unwrap()
}
