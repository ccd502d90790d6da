//! Rules of the login throttle: how long failures delay the next attempt.

use std::time::Duration;

use crate::model::{Attempts, Failures, Timestamp};

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

/// Time for which a successful client is remembered: a quarter of a year, a typical absence.
pub(super) const KNOWN: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// One client at one account: about 110 guesses a day, of which NIST SP 800-63B (3.2.2) allows 100
/// in a row. Five free failures are for typing mistakes.
pub(super) const PAIR: Rule = Rule { free: 5, most: MINUTE.saturating_mul(15), window: DAY };

/// One client at all accounts: about 33 guesses an hour. Twenty free failures are for offices
/// behind one address; the rule does not apply to clients that have logged in to the account
/// before.
pub(super) const ADDRESS: Rule = Rule { free: 20, most: MINUTE.saturating_mul(15), window: HOUR };

/// All clients at one account: about a guess a minute once many clients have failed. The wait must
/// be short, because it also affects the owner at a new place. One client alone can't trigger it:
/// its [`PAIR`] rule lets it fail 18 times in an hour.
pub(super) const ACCOUNT: Rule = Rule { free: 50, most: MINUTE, window: HOUR };

/// A backoff rule: after the free failures, a wait of one second, doubled by each further failure.
pub(super) struct Rule {
    /// Number of failures without a wait.
    free: u64,
    /// Maximum wait for one failure.
    most: Duration,
    /// Time after the first failure at which all of them are forgotten.
    pub(super) window: Duration,
}

impl Rule {
    /// The time at which the next attempt is admitted; none if that is at or before `at`.
    pub(super) fn end(&self, attempts: &Attempts, at: Timestamp) -> Option<Timestamp> {
        let Failures { count, first, last } = attempts.failures?;
        let doublings = count.checked_sub(self.free + 1)?;
        let end = (last + self.wait(doublings)).min(first + self.window);
        (end > at).then_some(end)
    }

    fn wait(&self, doublings: u64) -> Duration {
        let seconds = u32::try_from(doublings).ok().and_then(|power| 2_u64.checked_pow(power));
        seconds.map_or(self.most, |seconds| Duration::from_secs(seconds).min(self.most))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::new(DateTime::UNIX_EPOCH) + Duration::from_secs(seconds)
    }

    /// Number of guesses in `time` of a client that retries as soon as it may.
    fn login_throttle(rule: &Rule, time: Duration) -> u64 {
        let (mut attempts, mut now, mut count) = (Attempts::default(), at(0), 0);
        while now < at(time.as_secs()) {
            attempts = attempts.failed(now, rule.window);
            count += 1;
            now = rule.end(&attempts, now).unwrap_or(now);
        }
        count
    }

    fn failed(count: u64) -> Attempts {
        let failures = Failures { count, first: at(0), last: at(0) };
        Attempts { failures: Some(failures), known_until: None }
    }

    #[test]
    fn the_wait_doubles_after_the_free_failures_up_to_the_maximum() {
        for (rule, most) in [(PAIR, 900), (ADDRESS, 900), (ACCOUNT, 60)] {
            assert_eq!(rule.end(&failed(rule.free), at(0)), None);
            for (more, seconds) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 64), (11, 1024)] {
                let end = rule.end(&failed(rule.free + more), at(0));
                assert_eq!(end, Some(at(seconds.min(most))), "{more}");
            }
            assert_eq!(rule.end(&failed(u64::MAX), at(0)), Some(at(most)));
            assert_eq!(rule.end(&failed(u64::MAX), at(most)), None, "it is over");
        }
    }

    #[test]
    fn no_wait_is_longer_than_failures_are_remembered() {
        let last = at(HOUR.as_secs() - 10);
        let failures = Failures { count: 100, first: at(0), last };
        let attempts = Attempts { failures: Some(failures), known_until: None };
        assert_eq!(ADDRESS.end(&attempts, last), Some(at(HOUR.as_secs())));
    }

    #[test]
    fn the_number_of_guesses_matches_the_documentation() {
        assert_eq!(login_throttle(&PAIR, HOUR), 18);
        assert!(login_throttle(&PAIR, HOUR) < ACCOUNT.free, "one client does not slow down others");
        assert_eq!(login_throttle(&PAIR, DAY), 110);
        assert_eq!(login_throttle(&ADDRESS, HOUR), 33);
        assert_eq!(login_throttle(&ACCOUNT, HOUR), 115);
    }
}
