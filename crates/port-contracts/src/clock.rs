//! Contract of [`Clock`].

use std::sync::Arc;
use std::time::Duration;

use domain::model::Timestamp;
use domain::ports::Clock;

use crate::suite::at_once;

type AnyClock = Arc<dyn Clock>;

suite! { $ clock(AnyClock):
    now_is_the_current_time,
    uptime_is_monotonic_and_advances,
}

#[expect(clippy::disallowed_methods, reason = "the clock under test is compared with the system's")]
async fn now_is_the_current_time(clock: AnyClock) {
    let present = || Timestamp::new(chrono::Utc::now());
    let before = present();
    let now = clock.now();
    let after = present();
    assert!(before <= now && now <= after, "{before} {now} {after}");
}

async fn uptime_is_monotonic_and_advances(clock: AnyClock) {
    let before = clock.uptime();
    at_once(4, |_| {
        let clock = Arc::clone(&clock);
        async move {
            let mut last = before;
            while last < before + Duration::from_millis(5) {
                let next = clock.uptime();
                assert!(next >= last, "{next:?} after {last:?}");
                last = next;
            }
        }
    })
    .await;
}
