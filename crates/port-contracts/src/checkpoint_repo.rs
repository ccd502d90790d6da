//! Contract of [`CheckpointRepo`].

use std::sync::Arc;

use domain::model::{ChainHead, Checkpoint, KeyId, Page, PageSize, Seq, Trail};
use domain::ports::CheckpointRepo;

use crate::fixtures::{at, event, page_of};
use crate::suite::at_once;
use crate::trails::trail;

type Repo = Arc<dyn CheckpointRepo>;

suite! { $ checkpoint_repo(Repo):
    keep_adds_a_checkpoint_unchanged,
    keep_at_a_signed_position_changes_nothing,
    keep_replaces_a_checkpoint_of_another_key,
    one_of_many_concurrent_checkpoints_of_a_position_is_kept,
    keep_refuses_a_number_of_another_position,
    concurrent_checkpoints_get_distinct_numbers,
    list_pages_in_order_of_position,
    list_has_exactly_the_checkpoints_of_the_trail,
    latest_returns_the_checkpoint_with_the_last_position,
    latest_of_a_trail_without_checkpoints_is_none,
    start_of_a_complete_trail_is_none,
    begin_after_makes_a_checkpoint_the_start,
    begin_after_an_earlier_checkpoint_changes_nothing,
    begin_after_a_missing_checkpoint_changes_nothing,
    concurrent_begin_after_calls_keep_the_last_start,
    remove_before_removes_checkpoints_before_a_position,
    remove_before_removes_nothing_of_other_trails,
    remove_before_keeps_the_start,
}

async fn keep_adds_a_checkpoint_unchanged(repo: Repo) {
    for trail in [trail("acme"), Trail::Installation] {
        let head = signed(&trail, 7);
        repo.keep(&head).await.unwrap();
        let page = repo.list(&trail, Seq::START, page_of(9)).await.unwrap();
        assert_eq!((page.items, page.more), (vec![head], false));
    }
}

async fn keep_at_a_signed_position_changes_nothing(repo: Repo) {
    let acme = trail("acme");
    let first = signed(&acme, 7);
    let other = Checkpoint { signature: "other".to_owned(), at: at(9), ..first.clone() };
    for head in [&first, &first, &other] {
        repo.keep(head).await.unwrap();
        assert_eq!(all(&repo, &acme).await, std::slice::from_ref(&first));
    }
}

async fn keep_replaces_a_checkpoint_of_another_key(repo: Repo) {
    let acme = trail("acme");
    let first = signed(&acme, 7);
    let second = Checkpoint { key_id: KeyId::parse("second").unwrap(), at: at(9), ..first.clone() };
    keep(&repo, &acme, [3, 7, 9]).await;
    repo.begin_after(&mark(&acme, 7)).await.unwrap();
    for _ in 0..2 {
        repo.keep(&second).await.unwrap();
        let expected = [signed(&acme, 3), second.clone(), signed(&acme, 9)];
        assert_eq!(all(&repo, &acme).await, expected);
        assert_eq!(repo.start(&acme).await.unwrap(), Some(second.clone()));
    }
}

async fn one_of_many_concurrent_checkpoints_of_a_position_is_kept(repo: Repo) {
    let acme = trail("acme");
    let heads: Vec<Checkpoint> =
        (0..32).map(|i| Checkpoint { at: at(i), ..signed(&acme, 7) }).collect();
    let found = at_once(32, |i| {
        let (repo, head) = (Arc::clone(&repo), heads[i].clone());
        async move {
            repo.keep(&head).await.unwrap();
            repo.latest(&head.trail).await.unwrap().unwrap()
        }
    })
    .await;
    let kept = all(&repo, &acme).await;
    assert!(kept.len() == 1 && heads.contains(&kept[0]), "{kept:?}");
    assert!(found.iter().all(|head| *head == kept[0]), "{found:?}");
}

async fn keep_refuses_a_number_of_another_position(repo: Repo) {
    let acme = trail("acme");
    keep(&repo, &acme, [1, 2]).await;
    let numbered = |seq, number| Checkpoint { number: Some(number), ..signed(&acme, seq) };
    for (seq, number) in [(3, 1), (7, 2)] {
        for _ in 0..2 {
            assert!(repo.keep(&numbered(seq, number)).await.unwrap(), "a second time, too");
        }
    }
    for (seq, number) in [(5, 1), (5, 2), (9, 1), (9, 2)] {
        assert!(!repo.keep(&numbered(seq, number)).await.unwrap(), "{number} at {seq}");
    }
    let other = Checkpoint { key_id: KeyId::parse("other").unwrap(), ..numbered(7, 1) };
    assert!(!repo.keep(&other).await.unwrap(), "in the place of another key, too");
    let heads = [signed(&acme, 1), signed(&acme, 2), numbered(3, 1), numbered(7, 2)];
    assert_eq!(all(&repo, &acme).await, heads);
    let replacing = Checkpoint { key_id: KeyId::parse("other").unwrap(), ..numbered(7, 2) };
    assert!(repo.keep(&replacing).await.unwrap());
    let foreign = Checkpoint { trail: trail("acme-2"), ..numbered(9, 2) };
    assert!(repo.keep(&foreign).await.unwrap(), "each trail has numbers of its own");
    assert_eq!(all(&repo, &acme).await.last(), Some(&replacing));
}

async fn concurrent_checkpoints_get_distinct_numbers(repo: Repo) {
    let acme = trail("acme");
    let kept = at_once(32, |i| {
        let repo = Arc::clone(&repo);
        let (seq, number) = (i as u64 + 1, Some(i as u64 / 8 + 1));
        let head = Checkpoint { number, ..signed(&acme, seq) };
        async move { repo.keep(&head).await.unwrap() }
    })
    .await;
    assert_eq!(kept.iter().filter(|kept| **kept).count(), 4);
    let numbers: Vec<_> = all(&repo, &acme).await.iter().filter_map(|it| it.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

async fn list_pages_in_order_of_position(repo: Repo) {
    let acme = trail("acme");
    keep(&repo, &acme, [100, 2, 30, 1, 9, 10]).await;
    for (after, size, expected, more) in [
        (0, 2, &[1, 2][..], true),
        (2, 3, &[9, 10, 30], true),
        (9, 9, &[10, 30, 100], false),
        (31, 1, &[100], false),
        (100, 1, &[], false),
        (u64::MAX, 1, &[], false),
    ] {
        let page = repo.list(&acme, Seq::new(after), page_of(size)).await.unwrap();
        assert_page(&page, expected, more);
    }
}

async fn list_has_exactly_the_checkpoints_of_the_trail(repo: Repo) {
    let trails = [trail("a"), trail("a-"), trail("aa"), trail("b"), Trail::Installation];
    for (i, trail) in trails.iter().enumerate() {
        keep(&repo, trail, [5, 10 + i as u64]).await;
    }
    for (i, trail) in trails.iter().enumerate() {
        assert_eq!(all(&repo, trail).await, [5, 10 + i as u64].map(|seq| signed(trail, seq)));
    }
    assert!(all(&repo, &trail("c")).await.is_empty());
}

async fn latest_returns_the_checkpoint_with_the_last_position(repo: Repo) {
    let acme = trail("acme");
    keep(&repo, &trail("acme-2"), [1000]).await;
    keep(&repo, &Trail::Installation, [2000]).await;
    for (seq, latest) in [(9, 9), (100, 100), (30, 100), (101, 101)] {
        keep(&repo, &acme, [seq]).await;
        assert_eq!(repo.latest(&acme).await.unwrap(), Some(signed(&acme, latest)));
    }
}

async fn latest_of_a_trail_without_checkpoints_is_none(repo: Repo) {
    keep(&repo, &trail("acme"), [7]).await;
    for empty in [trail("acm"), trail("acme-2"), Trail::Installation] {
        assert_eq!(repo.latest(&empty).await.unwrap(), None, "{empty:?}");
    }
}

async fn start_of_a_complete_trail_is_none(repo: Repo) {
    let acme = trail("acme");
    assert_eq!(repo.start(&acme).await.unwrap(), None);
    keep(&repo, &acme, [3, 7]).await;
    keep(&repo, &trail("acme-2"), [3]).await;
    repo.begin_after(&mark(&trail("acme-2"), 3)).await.unwrap();
    assert_eq!(repo.start(&acme).await.unwrap(), None);
}

async fn begin_after_makes_a_checkpoint_the_start(repo: Repo) {
    for trail in [trail("acme"), Trail::Installation] {
        keep(&repo, &trail, [3, 7, 12, 100]).await;
        for seq in [7, 100] {
            repo.begin_after(&mark(&trail, seq)).await.unwrap();
            assert_eq!(repo.start(&trail).await.unwrap(), Some(mark(&trail, seq)));
        }
        keep(&repo, &trail, [200]).await;
        assert_eq!(repo.start(&trail).await.unwrap(), Some(mark(&trail, 100)));
        let heads = [signed(&trail, 3), mark(&trail, 7), signed(&trail, 12), mark(&trail, 100)];
        let heads = [&heads[..], &[signed(&trail, 200)]].concat();
        assert_eq!(all(&repo, &trail).await, heads, "all are there");
    }
}

async fn begin_after_an_earlier_checkpoint_changes_nothing(repo: Repo) {
    let acme = trail("acme");
    keep(&repo, &acme, [3, 7, 12]).await;
    for seq in [7, 7, 3] {
        repo.begin_after(&mark(&acme, seq)).await.unwrap();
        assert_eq!(repo.start(&acme).await.unwrap(), Some(mark(&acme, 7)));
        let heads = [signed(&acme, 3), mark(&acme, 7), signed(&acme, 12)];
        assert_eq!(all(&repo, &acme).await, heads);
    }
}

async fn begin_after_a_missing_checkpoint_changes_nothing(repo: Repo) {
    let acme = trail("acme");
    repo.begin_after(&mark(&acme, 7)).await.unwrap();
    keep(&repo, &trail("acme-2"), [9]).await;
    keep(&repo, &acme, [7, 12]).await;
    assert_eq!(repo.start(&acme).await.unwrap(), None);
    for (seq, start) in
        [(6, None), (9, None), (13, None), (7, Some(7)), (9, Some(7)), (13, Some(7))]
    {
        repo.begin_after(&mark(&acme, seq)).await.unwrap();
        let expected = start.map(|seq| mark(&acme, seq));
        assert_eq!(repo.start(&acme).await.unwrap(), expected, "after {seq}");
    }
}

async fn concurrent_begin_after_calls_keep_the_last_start(repo: Repo) {
    let acme = trail("acme");
    keep(&repo, &acme, 1..=32).await;
    at_once(32, |i| {
        let (repo, acme) = (Arc::clone(&repo), acme.clone());
        async move {
            let seq = Seq::new(i as u64 + 1);
            repo.begin_after(&mark(&acme, seq.get())).await.unwrap();
            assert!(repo.start(&acme).await.unwrap().unwrap().seq >= seq);
        }
    })
    .await;
    assert_eq!(repo.start(&acme).await.unwrap(), Some(mark(&acme, 32)));
}

async fn remove_before_removes_checkpoints_before_a_position(repo: Repo) {
    let acme = trail("acme");
    repo.remove_before(&acme, Seq::new(7)).await.unwrap();
    keep(&repo, &acme, [2, 10, 30, 100]).await;
    for (seq, left) in
        [(0, &[2, 10, 30, 100][..]), (2, &[2, 10, 30, 100]), (11, &[30, 100]), (30, &[30, 100])]
    {
        for _ in 0..2 {
            repo.remove_before(&acme, Seq::new(seq)).await.unwrap();
            let page = repo.list(&acme, Seq::START, PageSize::MAX).await.unwrap();
            assert_page(&page, left, false);
        }
    }
    assert_eq!(repo.latest(&acme).await.unwrap(), Some(signed(&acme, 100)));
}

async fn remove_before_removes_nothing_of_other_trails(repo: Repo) {
    let others = [trail("a-"), trail("aa"), trail("b"), Trail::Installation];
    for trail in others.iter().chain([&trail("a")]) {
        keep(&repo, trail, [1, 2, 3]).await;
    }
    repo.remove_before(&trail("a"), Seq::new(3)).await.unwrap();
    assert_eq!(all(&repo, &trail("a")).await, [signed(&trail("a"), 3)]);
    for trail in &others {
        assert_eq!(all(&repo, trail).await, [1, 2, 3].map(|seq| signed(trail, seq)));
    }
}

async fn remove_before_keeps_the_start(repo: Repo) {
    let acme = trail("acme");
    keep(&repo, &acme, [3, 7, 12]).await;
    repo.begin_after(&mark(&acme, 7)).await.unwrap();
    repo.remove_before(&acme, Seq::new(7)).await.unwrap();
    assert_eq!(repo.start(&acme).await.unwrap(), Some(mark(&acme, 7)));
    assert_eq!(all(&repo, &acme).await, [mark(&acme, 7), signed(&acme, 12)]);
    repo.begin_after(&mark(&acme, 3)).await.unwrap();
    assert_eq!(repo.start(&acme).await.unwrap(), Some(mark(&acme, 7)));
}

async fn keep(repo: &Repo, trail: &Trail, places: impl IntoIterator<Item = u64>) {
    for seq in places {
        repo.keep(&signed(trail, seq)).await.unwrap();
    }
}

async fn all(repo: &Repo, trail: &Trail) -> Vec<Checkpoint> {
    repo.list(trail, Seq::START, PageSize::MAX).await.unwrap().items
}

/// A checkpoint with a fake signature, which the store does not check.
fn signed(trail: &Trail, seq: u64) -> Checkpoint {
    let mut head = ChainHead::start(trail.clone());
    head.push(&event(&format!("event-{seq}"), "any"));
    Checkpoint {
        trail: trail.clone(),
        seq: Seq::new(seq),
        hash: head.hash,
        at: at(seq),
        key_id: KeyId::parse(format!("key-{seq}")).unwrap(),
        number: None,
        truncated: false,
        unstored: false,
        signature: format!("signature-{seq}"),
    }
}

/// A retention mark at a position.
fn mark(trail: &Trail, seq: u64) -> Checkpoint {
    let signature = format!("mark-{seq}");
    Checkpoint { truncated: true, signature, ..signed(trail, seq) }
}

fn assert_page(page: &Page<Checkpoint>, places: &[u64], more: bool) {
    let found: Vec<u64> = page.items.iter().map(|head| head.seq.get()).collect();
    assert_eq!((found.as_slice(), page.more), (places, more));
}
