use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::*;

const LIMITS: Limits = Limits {
    total: 4,
    per_key: 2,
    waiting_per_key: 2,
    waiting: 100,
    max_wait: Duration::from_secs(3600),
};

type Shares = Arc<Bulkhead<&'static str>>;

/// Without heavy keys: the duration of these tests must not matter.
fn shares(limits: Limits) -> Shares {
    Bulkhead::with_brief(limits, Duration::MAX)
}

fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

#[test]
fn shares_per_key_and_the_total_are_limited() {
    let shares = shares(LIMITS);
    let a = [shares.try_acquire(&"a", 1).unwrap(), shares.try_acquire(&"a", 1).unwrap()];
    assert!(shares.try_acquire(&"a", 1).is_err());
    let _b = shares.try_acquire(&"b", 2).unwrap();
    assert!(shares.try_acquire(&"c", 1).is_err(), "all are in use");
    drop(a);
    assert_eq!(shares.in_use(), 2);
    shares.try_acquire(&"c", 1).unwrap();
}

#[test]
fn a_request_above_the_share_counts_as_the_share() {
    let shares = shares(LIMITS);
    let all = shares.try_acquire(&"a", 1000).unwrap();
    assert_eq!(shares.in_use(), 2);
    drop(all);
    assert_eq!(shares.in_use(), 0);
}

#[tokio::test]
async fn a_released_permit_goes_to_the_next_key_in_turn() {
    let shares = shares(Limits { total: 1, per_key: 1, ..LIMITS });
    let first = shares.try_acquire(&"a", 1).unwrap();
    let mut a = pin!(shares.acquire(&"a", 1));
    let mut also_a = pin!(shares.acquire(&"a", 1));
    let mut b = pin!(shares.acquire(&"b", 1));
    assert!(poll(a.as_mut()).is_none());
    assert!(poll(also_a.as_mut()).is_none());
    assert!(poll(b.as_mut()).is_none());
    drop(first);
    let second = poll(a.as_mut()).unwrap().unwrap();
    assert!(poll(b.as_mut()).is_none());
    drop(second);
    assert!(poll(also_a.as_mut()).is_none(), "it is the turn of b");
    drop(poll(b.as_mut()).unwrap().unwrap());
    drop(poll(also_a.as_mut()).unwrap().unwrap());
    assert_eq!(shares.in_use(), 0);
}

#[tokio::test]
async fn excess_waiters_of_a_key_are_refused_immediately() {
    let shares = shares(LIMITS);
    let _all = shares.try_acquire(&"a", 2).unwrap();
    let mut waiting = [Box::pin(shares.acquire(&"a", 1)), Box::pin(shares.acquire(&"a", 1))];
    for caller in &mut waiting {
        assert!(poll(caller.as_mut()).is_none());
    }
    assert_eq!(shares.acquire(&"a", 1).await.unwrap_err(), Saturated);
    shares.acquire(&"b", 1).await.unwrap();
}

#[tokio::test]
async fn a_caller_waits_no_longer_than_its_timeout() {
    let shares = shares(Limits { max_wait: Duration::ZERO, ..LIMITS });
    let _all = shares.try_acquire(&"a", 2).unwrap();
    assert_eq!(shares.acquire(&"a", 1).await.unwrap_err(), Saturated);
}

#[tokio::test]
async fn dropped_callers_hold_no_slot_and_get_no_permit() {
    let shares = shares(LIMITS);
    let all = shares.try_acquire(&"a", 2).unwrap();
    for _ in 0..10 {
        let mut gone = Box::pin(shares.acquire(&"a", 2));
        assert!(poll(gone.as_mut()).is_none());
    }
    let mut waiting = pin!(shares.acquire(&"a", 2));
    assert!(poll(waiting.as_mut()).is_none());
    drop(all);
    let permit = poll(waiting.as_mut()).unwrap().unwrap();
    assert_eq!(shares.in_use(), 2);
    drop(permit);
    assert_eq!(shares.in_use(), 0);
}

#[tokio::test]
async fn a_dropped_large_caller_does_not_block_small_ones() {
    let shares = shares(Limits { total: 4, per_key: 4, ..LIMITS });
    let _small = shares.try_acquire(&"a", 1).unwrap();
    let mut large = Box::pin(shares.acquire(&"b", 4));
    assert!(poll(large.as_mut()).is_none());
    drop(large);
    shares.try_acquire(&"c", 1).unwrap();
}

#[tokio::test]
async fn a_permit_sent_to_a_dropped_caller_is_released() {
    let shares = shares(LIMITS);
    let all = shares.try_acquire(&"a", 2).unwrap();
    let mut waiting = Box::pin(shares.acquire(&"a", 2));
    assert!(poll(waiting.as_mut()).is_none());
    drop(all);
    assert_eq!(shares.in_use(), 2);
    drop(waiting);
    assert_eq!(shares.in_use(), 0);
}

#[tokio::test]
async fn small_callers_do_not_starve_a_large_one() {
    let shares = shares(Limits { total: 4, per_key: 4, ..LIMITS });
    let small = shares.try_acquire(&"a", 1).unwrap();
    let mut large = pin!(shares.acquire(&"b", 4));
    assert!(poll(large.as_mut()).is_none());
    assert!(shares.try_acquire(&"c", 1).is_err(), "the large one would wait for ever");
    drop(small);
    assert_eq!(poll(large.as_mut()).unwrap().map(|permit| permit.units), Ok(4));
}

#[tokio::test]
async fn a_key_waiting_for_its_share_does_not_delay_others() {
    let shares = shares(LIMITS);
    let _share = shares.try_acquire(&"a", 2).unwrap();
    let mut a = pin!(shares.acquire(&"a", 1));
    assert!(poll(a.as_mut()).is_none());
    let b = shares.try_acquire(&"b", 2).unwrap();
    let mut c = pin!(shares.acquire(&"c", 1));
    assert!(poll(c.as_mut()).is_none());
    drop(b);
    assert!(poll(c.as_mut()).is_some());
    assert!(poll(a.as_mut()).is_none());
}

#[tokio::test]
async fn a_large_caller_that_times_out_unblocks_the_small_ones_behind_it() {
    let shares = shares(Limits { total: 4, per_key: 4, ..LIMITS });
    let _small = shares.try_acquire(&"a", 1).unwrap();
    let mut large = Box::pin(shares.acquire(&"b", 4));
    let mut small = pin!(shares.acquire(&"c", 1));
    assert!(poll(large.as_mut()).is_none() && poll(small.as_mut()).is_none());
    drop(large);
    assert!(poll(small.as_mut()).is_some());
}

#[tokio::test]
async fn heavy_keys_are_served_last() {
    let shares = Bulkhead::with_brief(Limits { total: 1, per_key: 1, ..LIMITS }, Duration::ZERO);
    // From now on `slow` is heavy, for ten times the duration of this block.
    let until = Instant::now() + Duration::from_secs(3600);
    drop(shares.try_acquire(&"slow", 1).unwrap());
    shares.state().heavy.insert("slow", until);

    let other = shares.try_acquire(&"other", 1).unwrap();
    let mut slow = pin!(shares.acquire(&"slow", 1));
    let mut quick = pin!(shares.acquire(&"quick", 1));
    assert!(poll(slow.as_mut()).is_none() && poll(quick.as_mut()).is_none());
    drop(other);
    assert!(poll(slow.as_mut()).is_none());
    drop(poll(quick.as_mut()).unwrap().unwrap());
    poll(slow.as_mut()).unwrap().unwrap();
}

#[test]
fn a_key_that_holds_a_permit_for_long_is_heavy() {
    let long = Bulkhead::with_brief(LIMITS, Duration::ZERO);
    drop(long.try_acquire(&"a", 1).unwrap());
    assert!(long.state().heavy.contains_key("a"));
    let brief = Bulkhead::with_brief(LIMITS, Duration::MAX);
    drop(brief.try_acquire(&"a", 1).unwrap());
    assert!(brief.state().heavy.is_empty());
}

#[tokio::test]
async fn a_full_queue_evicts_from_the_key_with_the_most_waiters() {
    let shares = shares(Limits { total: 1, per_key: 1, waiting: 2, ..LIMITS });
    let _taken = shares.try_acquire(&"a", 1).unwrap();
    let mut first = pin!(shares.acquire(&"a", 1));
    let mut second = pin!(shares.acquire(&"a", 1));
    assert!(poll(first.as_mut()).is_none() && poll(second.as_mut()).is_none());
    let mut b = pin!(shares.acquire(&"b", 1));
    assert!(poll(b.as_mut()).is_none());
    assert_eq!(poll(second.as_mut()).unwrap().unwrap_err(), Saturated);
    assert!(poll(first.as_mut()).is_none());
}

#[test]
fn units_are_exact_under_many_threads() {
    let shares = shares(Limits { total: 3, per_key: 2, ..LIMITS });
    std::thread::scope(|scope| {
        for key in ["a", "b", "c", "d"] {
            let shares = &shares;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                runtime.unwrap().block_on(async {
                    for units in [1, 2].repeat(200) {
                        let permit = shares.acquire(&key, units).await.unwrap();
                        assert!(shares.in_use() <= 3);
                        drop(permit);
                    }
                });
            });
        }
    });
    assert_eq!(shares.in_use(), 0);
}
