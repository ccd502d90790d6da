//! What [`SigningKeyRepo`] promises.

use std::sync::Arc;

use domain::model::{KeyId, SigningKey};
use domain::ports::SigningKeyRepo;

use crate::fixtures::at;
use crate::suite::at_once;

type Repo = Arc<dyn SigningKeyRepo>;

suite! { $ signing_key_repo(Repo):
    first_keeps_the_first_candidate,
    first_returns_the_kept_key_to_later_candidates,
    many_concurrent_candidates_get_one_key,
}

async fn first_keeps_the_first_candidate(repo: Repo) {
    assert_eq!(repo.first(candidate(1)).await.unwrap(), candidate(1));
}

async fn first_returns_the_kept_key_to_later_candidates(repo: Repo) {
    for i in 1..=3 {
        assert_eq!(repo.first(candidate(i)).await.unwrap(), candidate(1));
    }
}

async fn many_concurrent_candidates_get_one_key(repo: Repo) {
    let keys = at_once(32, |i| {
        let (repo, candidate) = (Arc::clone(&repo), candidate(i as u8));
        async move { repo.first(candidate).await.unwrap() }
    })
    .await;
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(repo.first(candidate(255)).await.unwrap(), keys[0]);
}

fn candidate(i: u8) -> SigningKey {
    SigningKey {
        id: KeyId::parse(format!("key-{i}")).unwrap(),
        pkcs8: vec![0, i, 0xFF],
        created_at: at(u64::from(i)),
    }
}
