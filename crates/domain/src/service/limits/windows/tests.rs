use std::net::Ipv6Addr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn second(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn exactly_the_limit_is_allowed() {
    let windows = FixedWindows::default();
    for left in (0..1000).rev() {
        let counted = windows.count(&"a", 1, 1000, MINUTE, second(7));
        assert_eq!(counted, Counted { within: true, remaining: left, resets_in: MINUTE });
    }
    let refused = windows.count(&"a", 1, 1000, MINUTE, second(66));
    assert_eq!(refused, Counted { within: false, remaining: 0, resets_in: second(1) });
    assert!(windows.count(&"b", 1, 1000, MINUTE, second(66)).within, "keys are apart");
}

#[test]
fn a_window_begins_with_the_first_request() {
    let windows = FixedWindows::default();
    let count = |now| windows.count(&"a", 1, 2, MINUTE, now);
    assert_eq!(count(second(50)).resets_in, MINUTE);
    assert_eq!(count(second(100)).resets_in, second(10));
    assert!(!count(Duration::from_millis(109_999)).within);
    assert_eq!(count(second(110)), Counted { within: true, remaining: 1, resets_in: MINUTE });
    // The next window begins only with a request.
    assert_eq!(count(second(500)).resets_in, MINUTE);
}

#[test]
fn a_time_before_the_window_counts_within_it() {
    let windows = FixedWindows::default();
    windows.count(&"a", 1, 2, MINUTE, second(10));
    let late = windows.count(&"a", 1, 2, MINUTE, Duration::from_millis(9_999));
    assert!(late.within && late.remaining == 0, "{late:?}");
}

#[test]
fn a_changed_limit_applies_to_requests_counted_before() {
    let windows = FixedWindows::default();
    let count = |allowed| windows.count(&"a", 1, allowed, MINUTE, second(1));
    assert!((0..5).all(|_| count(5).within));
    assert_eq!((count(3).within, count(3).remaining), (false, 0));
    assert_eq!((count(7).within, count(7).remaining), (true, 0));
    assert!(!count(7).within);
}

#[test]
fn exactly_the_limit_is_allowed_across_threads() {
    const THREADS: u32 = 16;
    for round in 0..20 {
        let (windows, start) = (FixedWindows::default(), Barrier::new(THREADS as usize));
        let within = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..500 {
                        let counted = windows.count(&"a", 1, 1000, MINUTE, second(1));
                        within.fetch_add(u32::from(counted.within), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(within.into_inner(), 1000, "round {round}");
    }
}

#[test]
fn a_million_keys_stay_within_the_capacity_of_the_table() {
    let windows = FixedWindows::default();
    let busy = Ipv6Addr::LOCALHOST;
    for n in 0..1_000_000_u128 {
        windows.count(&Ipv6Addr::from(n << 64), 1, 1000, MINUTE, second(1));
        if n % 1_000 == 0 {
            let counted = windows.count(&busy, 1, 1000, MINUTE, second(1));
            let expected = 999 - u32::try_from(n / 1_000).unwrap();
            assert_eq!(counted.remaining, expected, "a key in use is not forgotten");
        }
    }
    assert!(windows.len() <= CAPACITY, "{}", windows.len());
    let memory = windows.0.memory_used().total();
    assert!(memory < 16 * 1024 * 1024, "{memory} bytes");
}

#[test]
fn a_weighted_request_may_exceed_the_limit_once() {
    let windows = FixedWindows::default();
    let count = |amount| windows.count(&"a", amount, 10, MINUTE, second(1)).within;
    assert!(count(0) && count(9) && count(0));
    assert!(count(u32::MAX), "there is room for one");
    assert!(!count(0) && !count(1));
}
