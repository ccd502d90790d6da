//! What [`Clock`] promises.

use std::sync::Arc;

use domain::model::Timestamp;
use domain::ports::Clock;

type AnyClock = Arc<dyn Clock>;

suite! { $ clock(AnyClock):
    now_is_the_present,
}

#[expect(clippy::disallowed_methods, reason = "the clock under test is compared with the system's")]
async fn now_is_the_present(clock: AnyClock) {
    let present = || Timestamp::new(chrono::Utc::now());
    let before = present();
    let now = clock.now();
    let after = present();
    assert!(before <= now && now <= after, "{before} {now} {after}");
}
