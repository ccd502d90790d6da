//! Brute-force protection for passwords.

mod rule;

use futures_util::future::join_all;

use self::rule::{ACCOUNT, ADDRESS, DAY, KNOWN, PAIR, Rule};
use crate::model::{Account, AttemptKey, Attempts, ClientAddress, Timestamp};
use crate::ports::{Ports, StoreError};
use crate::service::Error;
use crate::service::port_set::port_set;

port_set! { LoginThrottlePorts { attempts: AttemptRepo, clock: Clock } }

/// Throttles password attempts: the more failures, the longer the wait before the next attempt.
///
/// Failures are counted per client and account, per client, and per account. For a client that
/// logged in to the account before, only the first counter applies, so that attackers elsewhere
/// can't lock the owner out.
#[derive(Clone)]
pub struct LoginThrottle {
    ports: LoginThrottlePorts,
}

/// An admitted password attempt. Its outcome must be recorded in [`LoginThrottle`] before it is
/// revealed.
#[derive(Debug)]
pub struct LoginAttempt {
    /// The keys of pair, client address and account, in the order of [`RULES`].
    keys: [AttemptKey; 3],
    /// Whether this client logged in to the account before.
    known: bool,
    admitted_at: Timestamp,
}

/// The counters of an attempt.
const RULES: [Rule; 3] = [PAIR, ADDRESS, ACCOUNT];

impl LoginThrottle {
    pub(in crate::service) fn new(ports: &Ports) -> Self {
        Self { ports: ports.into() }
    }

    /// Admits a password attempt of `client` at `account`.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], and [`Error::Store`].
    pub async fn admit(
        &self,
        account: Account<'_>,
        client: ClientAddress,
    ) -> Result<LoginAttempt, Error> {
        let keys = [
            AttemptKey::pair(account, client),
            AttemptKey::address(client),
            AttemptKey::account(account),
        ];
        let mut attempt = LoginAttempt { keys, known: false, admitted_at: self.ports.clock.now() };
        attempt.known = is_known(&self.check(&attempt).await?, attempt.admitted_at);
        Ok(attempt)
    }

    /// Records a failed attempt. The client must not learn of the failure unless this returns.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] when concurrent failures mean that this attempt would not have
    /// been admitted; [`Error::Store`] when the failure may not be counted.
    pub async fn record_failure(&self, attempt: &LoginAttempt) -> Result<(), Error> {
        let (now, attempts) = (self.ports.clock.now(), &self.ports.attempts);
        // A known client is most likely the owner who mistypes: that must not throttle other
        // clients or accounts.
        let counted = attempt.keys.iter().zip(&RULES).take(counters(attempt.known));
        let failing = counted.map(|(key, rule)| attempts.fail(key, now, rule.window));
        let before = join_all(failing).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        if end(&before, attempt.admitted_at).is_none() {
            return Ok(());
        }
        let after = before.iter().zip(&RULES).map(|(state, rule)| state.failed(now, rule.window));
        self.refuse(end(&after.collect::<Vec<_>>(), attempt.admitted_at))
    }

    /// Records a successful attempt.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] when concurrent failures mean that this attempt would not have
    /// been admitted: of many concurrent guesses, only the first few learn their outcome.
    /// [`Error::Store`].
    pub async fn record_success(&self, attempt: &LoginAttempt) -> Result<(), Error> {
        let pair = self.check(attempt).await?;
        self.remember(&attempt.keys[0], &pair).await
    }

    /// Records that a login proved the owner of `account` to be at `client`: failures of other
    /// clients do not count there.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(super) async fn mark_known(
        &self,
        account: Account<'_>,
        client: ClientAddress,
    ) -> Result<(), Error> {
        let key = AttemptKey::pair(account, client);
        let pair = self.ports.attempts.get(std::slice::from_ref(&key)).await?.pop();
        self.remember(&key, &pair.unwrap_or_default()).await
    }

    /// Records a success under the key of a pair, at most once a day.
    async fn remember(&self, key: &AttemptKey, pair: &Attempts) -> Result<(), Error> {
        let until = self.ports.clock.now() + KNOWN;
        let as_good = pair.known_until.is_some_and(|known| known + DAY > until);
        if as_good && pair.failures.is_none() {
            return Ok(());
        }
        Ok(self.ports.attempts.succeed(key, until).await?)
    }

    /// A write whose only purpose is its duration.
    pub(super) async fn pad(&self) -> Result<(), Error> {
        let now = self.ports.clock.now();
        self.ports.attempts.fail(&AttemptKey::padding(), now, DAY).await?;
        Ok(())
    }

    /// Removes expired counters.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.ports.attempts.sweep(self.ports.clock.now()).await
    }

    /// The state of the pair. Refuses a guess that is not admitted, or would not have been admitted
    /// a little later.
    async fn check(&self, attempt: &LoginAttempt) -> Result<Attempts, Error> {
        let mut states = self.ports.attempts.get(&attempt.keys).await?;
        let pair = states.first().cloned().unwrap_or_default();
        states.truncate(counters(is_known(&pair, attempt.admitted_at)));
        self.refuse(end(&states, attempt.admitted_at))?;
        Ok(pair)
    }

    /// Refuses until `end`, if there is one.
    fn refuse(&self, end: Option<Timestamp>) -> Result<(), Error> {
        end.map_or(Ok(()), |end| {
            let retry_after = end.since(self.ports.clock.now());
            Err(Error::TooManyAttempts { retry_after })
        })
    }
}

fn is_known(pair: &Attempts, at: Timestamp) -> bool {
    pair.known_until.is_some_and(|until| until > at)
}

/// Number of [`RULES`] that apply to a known or an unknown pair.
fn counters(known: bool) -> usize {
    if known { 1 } else { RULES.len() }
}

/// The end of the longest wait that ends after `at`; `states` belong to the first [`RULES`].
fn end(states: &[Attempts], at: Timestamp) -> Option<Timestamp> {
    RULES.iter().zip(states).filter_map(|(rule, state)| rule.end(state, at)).max()
}
