//! Contract of [`AttemptRepo`].

use std::sync::Arc;
use std::time::Duration;

use domain::model::{AttemptKey, Attempts, Failures};
use domain::ports::AttemptRepo;

use crate::fixtures::{at, client};
use crate::suite::at_once;

type Repo = Arc<dyn AttemptRepo>;

suite! { $ attempt_repo(Repo):
    get_returns_attempts_in_the_order_of_the_keys,
    get_of_an_unknown_key_returns_no_attempts,
    get_counts_every_acknowledged_failure,
    fail_returns_the_attempts_before_it,
    concurrent_failures_are_all_counted_with_distinct_counts,
    concurrent_failures_after_the_window_are_all_counted,
    fail_restarts_the_count_after_the_window,
    fail_does_not_move_the_last_failure_back,
    fail_keeps_the_recorded_success,
    succeed_resets_failures_and_is_recorded,
    concurrent_successes_are_recorded_once,
    keys_do_not_affect_each_other,
    sweep_removes_only_expired_records,
    sweep_removes_any_number_of_records,
}

const WINDOW: Duration = Duration::from_secs(100);

async fn get_returns_attempts_in_the_order_of_the_keys(repo: Repo) {
    for (n, times) in [(1, 3), (2, 1)] {
        for second in 0..times {
            fail(&repo, n, second).await;
        }
    }
    let keys = [2, 9, 1, 2].map(key);
    let expected = [failed(1, 0, 0), Attempts::default(), failed(3, 0, 2), failed(1, 0, 0)];
    assert_eq!(repo.get(&keys).await.unwrap(), expected);
    assert_eq!(repo.get(&[]).await.unwrap(), []);
}

async fn get_of_an_unknown_key_returns_no_attempts(repo: Repo) {
    assert_eq!(get(&repo, 1).await, Attempts::default());
}

async fn get_counts_every_acknowledged_failure(repo: Repo) {
    for count in 1..=30 {
        fail(&repo, 1, 0).await;
        assert_eq!(get(&repo, 1).await, failed(count, 0, 0));
    }
}

async fn fail_returns_the_attempts_before_it(repo: Repo) {
    assert_eq!(fail(&repo, 1, 10).await, Attempts::default());
    assert_eq!(fail(&repo, 1, 11).await, failed(1, 10, 10));
    assert_eq!(fail(&repo, 1, 15).await, failed(2, 10, 11));
    assert_eq!(get(&repo, 1).await, failed(3, 10, 15));
}

async fn concurrent_failures_are_all_counted_with_distinct_counts(repo: Repo) {
    let before = fail_at_once(&repo, 40, 5).await;
    assert_eq!(before, (0..40).collect::<Vec<_>>());
    assert_eq!(get(&repo, 1).await, failed(40, 5, 5));
}

async fn concurrent_failures_after_the_window_are_all_counted(repo: Repo) {
    fail(&repo, 1, 0).await;
    fail(&repo, 1, 1).await;
    let before = fail_at_once(&repo, 40, 100).await;
    assert_eq!(before, [vec![1, 2, 2], (3..40).collect()].concat(), "the first sees what was");
    assert_eq!(get(&repo, 1).await, failed(40, 100, 100));
}

async fn fail_restarts_the_count_after_the_window(repo: Repo) {
    fail(&repo, 1, 0).await;
    fail(&repo, 1, 99).await;
    assert_eq!(get(&repo, 1).await, failed(2, 0, 99), "a little younger");
    fail(&repo, 1, 100).await;
    assert_eq!(get(&repo, 1).await, failed(1, 100, 100));
    fail(&repo, 1, 1000).await;
    assert_eq!(get(&repo, 1).await, failed(1, 1000, 1000));
}

async fn fail_does_not_move_the_last_failure_back(repo: Repo) {
    fail(&repo, 1, 50).await;
    fail(&repo, 1, 60).await;
    fail(&repo, 1, 40).await;
    assert_eq!(get(&repo, 1).await, failed(3, 50, 60));
}

async fn fail_keeps_the_recorded_success(repo: Repo) {
    repo.succeed(&key(1), at(500)).await.unwrap();
    fail(&repo, 1, 10).await;
    fail(&repo, 1, 200).await;
    let known = Attempts { known_until: Some(at(500)), ..failed(1, 200, 200) };
    assert_eq!(get(&repo, 1).await, known);
}

async fn succeed_resets_failures_and_is_recorded(repo: Repo) {
    fail(&repo, 1, 0).await;
    for until in [500, 600] {
        repo.succeed(&key(1), at(until)).await.unwrap();
        let known = Attempts { failures: None, known_until: Some(at(until)) };
        assert_eq!(get(&repo, 1).await, known);
    }
    let before = fail(&repo, 1, 1).await;
    assert_eq!(before.failures, None, "counted from one again");
    assert_eq!(get(&repo, 1).await.failures, failed(1, 1, 1).failures);
}

async fn concurrent_successes_are_recorded_once(repo: Repo) {
    at_once(40, |_| {
        let repo = Arc::clone(&repo);
        async move { repo.succeed(&key(1), at(500)).await.unwrap() }
    })
    .await;
    let known = Attempts { failures: None, known_until: Some(at(500)) };
    assert_eq!(get(&repo, 1).await, known);
}

async fn keys_do_not_affect_each_other(repo: Repo) {
    fail(&repo, 1, 0).await;
    repo.succeed(&key(2), at(500)).await.unwrap();
    fail(&repo, 3, 1).await;
    assert_eq!(get(&repo, 1).await, failed(1, 0, 0));
    assert_eq!(get(&repo, 2).await.failures, None);
    assert_eq!(get(&repo, 3).await, failed(1, 1, 1));
}

async fn sweep_removes_only_expired_records(repo: Repo) {
    fail(&repo, 1, 0).await;
    fail(&repo, 1, 99).await;
    fail(&repo, 2, 1).await;
    for (n, until) in [(3, 100), (4, 101), (5, 50), (6, 200)] {
        repo.succeed(&key(n), at(until)).await.unwrap();
    }
    for (n, failed_at) in [(5, 1), (6, 0)] {
        fail(&repo, n, failed_at).await;
    }
    repo.sweep(at(100)).await.unwrap();
    assert_eq!(get(&repo, 1).await, Attempts::default(), "100 s after the first");
    assert_eq!(get(&repo, 2).await, failed(1, 1, 1));
    assert_eq!(get(&repo, 3).await, Attempts::default());
    assert_eq!(get(&repo, 4).await.known_until, Some(at(101)));
    assert_eq!(get(&repo, 5).await.failures, failed(1, 1, 1).failures, "the later end counts");
    assert_eq!(get(&repo, 6).await.known_until, Some(at(200)), "the later end counts");
    repo.sweep(at(200)).await.unwrap();
    for n in 1..=6 {
        assert_eq!(get(&repo, n).await, Attempts::default(), "{n}");
    }
    assert_eq!(fail(&repo, 1, 150).await, Attempts::default(), "it is really gone");
}

async fn sweep_removes_any_number_of_records(repo: Repo) {
    at_once(8, |task| {
        let repo = Arc::clone(&repo);
        async move {
            for n in 0..150 {
                fail(&repo, task * 150 + n, 0).await;
            }
        }
    })
    .await;
    repo.sweep(at(100)).await.unwrap();
    let keys: Vec<_> = (0..1200).map(key).collect();
    assert_eq!(repo.get(&keys).await.unwrap(), vec![Attempts::default(); 1200]);
}

/// The returned counts, in ascending order, of `count` concurrent failures of one key.
async fn fail_at_once(repo: &Repo, count: usize, second: u64) -> Vec<u64> {
    let before = at_once(count, |_| {
        let repo = Arc::clone(repo);
        async move { fail(&repo, 1, second).await }
    })
    .await;
    let count = |before: Attempts| before.failures.map_or(0, |failures| failures.count);
    let mut counts: Vec<_> = before.into_iter().map(count).collect();
    counts.sort_unstable();
    counts
}

async fn fail(repo: &Repo, n: usize, second: u64) -> Attempts {
    repo.fail(&key(n), at(second), WINDOW).await.unwrap()
}

async fn get(repo: &Repo, n: usize) -> Attempts {
    repo.get(&[key(n)]).await.unwrap().remove(0)
}

fn failed(count: u64, first: u64, last: u64) -> Attempts {
    let failures = Failures { count, first: at(first), last: at(last) };
    Attempts { failures: Some(failures), known_until: None }
}

fn key(n: usize) -> AttemptKey {
    AttemptKey::address(client(&format!("10.0.{}.{}", n / 256, n % 256)))
}
