//! Key rotation: which key signs when. Every key is published before it signs.

use std::iter::once;
use std::time::Duration;

use crate::model::{AccessClaims, KeyId, SigningKey, Timestamp};

/// Time for which a key is published before it signs. Other services cache the published keys for 5
/// minutes, and the nodes of an installation read them every few seconds.
const PUBLISHED_AHEAD: Duration = Duration::from_secs(10 * 60);

/// Maximum delay with which a node learns that another key signs now.
const LATE: Duration = Duration::from_secs(5 * 60);

/// State of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Published; will sign later.
    Next,
    /// Signs new tokens.
    Signing,
    /// No longer signs; its tokens are still accepted.
    Retiring,
}

/// The keys of an installation, oldest first; at least one. A token is accepted when one of them
/// signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    oldest: SigningKey,
    later: Vec<SigningKey>,
}

impl KeyRing {
    /// Builds the ring from `keys` in the order of their creation; none without a key.
    #[must_use]
    pub fn new(keys: Vec<SigningKey>) -> Option<Self> {
        let mut keys = keys.into_iter();
        Some(Self { oldest: keys.next()?, later: keys.collect() })
    }

    /// All keys, oldest first.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &SigningKey> {
        once(&self.oldest).chain(&self.later)
    }

    /// The most recently created key.
    #[must_use]
    pub fn newest(&self) -> &SigningKey {
        self.later.last().unwrap_or(&self.oldest)
    }

    /// The key that signs: the newest one that was published long enough. If there is none, waiting
    /// gains nothing, and the oldest one signs.
    #[must_use]
    pub fn signing(&self, now: Timestamp) -> &SigningKey {
        self.later.iter().rfind(|key| turn(key) <= now).unwrap_or(&self.oldest)
    }

    /// All keys with their states, oldest first.
    pub fn states(&self, now: Timestamp) -> impl Iterator<Item = (&SigningKey, KeyState)> {
        let signing = &self.signing(now).id;
        let mut before = true;
        self.keys().map(move |key| {
            let state = match (key.id == *signing, before) {
                (true, _) => KeyState::Signing,
                (false, true) => KeyState::Retiring,
                (false, false) => KeyState::Next,
            };
            before &= state != KeyState::Signing;
            (key, state)
        })
    }

    /// The key that signs next, and from when on; none when the newest one signs already.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Option<(&SigningKey, Timestamp)> {
        let newest = self.newest();
        (self.signing(now).id != newest.id).then(|| (newest, turn(newest)))
    }

    /// Whether the newest key is at least `period` old, so that a rotation is due.
    #[must_use]
    pub fn is_due(&self, period: Duration, now: Timestamp) -> bool {
        self.newest().created_at + period <= now
    }

    /// The keys whose tokens have all expired, when tokens live for `lifetime`.
    pub fn retired(&self, lifetime: Duration, now: Timestamp) -> impl Iterator<Item = &KeyId> {
        let kept = lifetime + AccessClaims::LEEWAY + LATE;
        self.keys().enumerate().filter_map(move |(index, key)| {
            let superseded = self.later.iter().skip(index).map(turn).min()?;
            (superseded + kept <= now).then_some(&key.id)
        })
    }
}

/// The time from which a key signs, unless it is the only one.
fn turn(key: &SigningKey) -> Timestamp {
    key.created_at + PUBLISHED_AHEAD
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::KeyState::{Next, Retiring, Signing};
    use super::*;

    const MINUTE: u64 = 60;
    const HOUR: Duration = Duration::from_secs(60 * MINUTE);
    const DAY: u64 = 24 * 60 * MINUTE;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap())
            + Duration::from_secs(seconds)
    }

    /// A ring of keys that were created at these seconds.
    fn ring(made: &[u64]) -> KeyRing {
        let key = |(index, made): (usize, &u64)| SigningKey {
            id: KeyId::parse(format!("key-{index}")).unwrap(),
            pkcs8: Vec::new(),
            created_at: at(*made),
        };
        KeyRing::new(made.iter().enumerate().map(key).collect()).unwrap()
    }

    #[test]
    fn a_key_ring_requires_a_key() {
        assert_eq!(KeyRing::new(Vec::new()), None);
    }

    #[test]
    fn a_first_key_signs_immediately_and_a_successor_after_ten_minutes() {
        for (made, now, expected) in [
            (&[0][..], 0, &[Signing][..]),
            // The only key, however far the clock of its creator was ahead.
            (&[DAY], 0, &[Signing]),
            (&[0, DAY], DAY, &[Signing, Next]),
            (&[0, DAY], DAY + 10 * MINUTE - 1, &[Signing, Next]),
            (&[0, DAY], DAY + 10 * MINUTE, &[Retiring, Signing]),
            // The older key has signed since it was alone, although it is not old.
            (&[0, 1], 2, &[Signing, Next]),
            (&[0, 1, 2], 3, &[Signing, Next, Next]),
            (&[0, 1, 2], 10 * MINUTE + 1, &[Retiring, Signing, Next]),
            (&[0, 1, 2], 10 * MINUTE + 2, &[Retiring, Retiring, Signing]),
            // Created with a wrong clock: the next key signs when its own time has come.
            (&[0, DAY, 5], 10 * MINUTE + 5, &[Retiring, Retiring, Signing]),
        ] {
            let ring = ring(made);
            let states: Vec<_> = ring.states(at(now)).map(|(_, state)| state).collect();
            assert_eq!(states, expected, "{made:?} at {now}");
            let signing = states.iter().position(|state| *state == Signing).unwrap();
            assert_eq!(ring.signing(at(now)).id.as_str(), format!("key-{signing}"));
        }
    }

    #[test]
    fn the_next_key_is_reported_with_its_time_until_it_signs() {
        let ring = ring(&[0, DAY]);
        let turn = at(DAY + 10 * MINUTE);
        assert_eq!(ring.next(at(DAY)), Some((ring.newest(), turn)));
        assert_eq!(ring.next(turn), None);
    }

    #[test]
    fn a_new_key_is_due_when_the_newest_is_older_than_the_period() {
        let period = Duration::from_secs(30 * DAY);
        for (made, now, due) in [
            (&[0][..], 30 * DAY - 1, false),
            (&[0], 30 * DAY, true),
            (&[0, 30 * DAY], 30 * DAY, false),
            (&[0, 30 * DAY], 60 * DAY, true),
        ] {
            assert_eq!(ring(made).is_due(period, at(now)), due, "{made:?} at {now}");
        }
    }

    /// An hour of token lifetime, a minute of leeway, 5 minutes of delay between nodes.
    #[test]
    fn a_key_is_kept_until_all_its_tokens_have_expired() {
        let end = 10 * MINUTE + 66 * MINUTE;
        for (made, now, retired) in [
            (&[0][..], 1000 * DAY, 0),
            (&[0, DAY], DAY + end - 1, 0),
            (&[0, DAY], DAY + end, 1),
            (&[0, DAY], 1000 * DAY, 1),
            (&[0, DAY, 2 * DAY], 2 * DAY, 1),
            (&[0, DAY, 2 * DAY], 2 * DAY + end, 2),
            // The second key never signed: its creator's clock was ahead.
            (&[0, DAY, 5], 5 + end - 1, 0),
            (&[0, DAY, 5], 5 + end, 2),
        ] {
            let ring = ring(made);
            let found: Vec<_> = ring.retired(HOUR, at(now)).map(KeyId::as_str).collect();
            let expected: Vec<_> = (0..retired).map(|index| format!("key-{index}")).collect();
            assert_eq!(found, expected, "{made:?} at {now}");
        }
    }
}
