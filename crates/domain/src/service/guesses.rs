//! Passwords that are guessed.

mod rule;

use futures_util::future::join_all;

use self::rule::{ACCOUNT, ADDRESS, DAY, KNOWN, PAIR, Rule};
use super::Error;
use super::port_set::port_set;
use crate::model::{Account, AttemptKey, Attempts, ClientAddress, Timestamp};
use crate::ports::{Ports, StoreError};

port_set! { GuessesPorts { attempts: AttemptRepo, clock: Clock } }

/// Lets passwords be tried, ever more slowly the more of them are wrong.
///
/// Failures are counted for a client at an account, for a client, and for an account. From where an account
/// was logged in to before, only the first of these counts: so nobody elsewhere can keep its owner out.
#[derive(Clone)]
pub struct Guesses {
    ports: GuessesPorts,
}

/// A password that may be looked at. What came of it has to be told to [`Guesses`] before anybody else.
#[derive(Debug)]
pub struct Guess {
    /// Of the pair, the address and the account, as [`RULES`] has them.
    keys: [AttemptKey; 3],
    /// Whether the account was logged in to from there before.
    known: bool,
    admitted_at: Timestamp,
}

/// What is counted.
const RULES: [Rule; 3] = [PAIR, ADDRESS, ACCOUNT];

impl Guesses {
    pub(super) fn new(ports: &Ports) -> Self {
        Self { ports: ports.into() }
    }

    /// Lets `client` try a password of `account`.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`], and [`Error::Store`].
    pub async fn admit(&self, account: Account<'_>, client: ClientAddress) -> Result<Guess, Error> {
        let keys = [
            AttemptKey::pair(account, client),
            AttemptKey::address(client),
            AttemptKey::account(account),
        ];
        let mut guess = Guess { keys, known: false, admitted_at: self.ports.clock.now() };
        guess.known = is_known(&self.look(&guess).await?, guess.admitted_at);
        Ok(guess)
    }

    /// Keeps that the password was wrong. Unless this answers, its sender must not learn that it was.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] when others had failed so often meanwhile that this one would not have been
    /// admitted; [`Error::Store`] when the failure may not be counted.
    pub async fn wrong(&self, guess: &Guess) -> Result<(), Error> {
        let (now, attempts) = (self.ports.clock.now(), &self.ports.attempts);
        // From where the owner comes, somebody mistypes: that must not slow down others, there or elsewhere.
        let counted = guess.keys.iter().zip(&RULES).take(counters(guess.known));
        let failing = counted.map(|(key, rule)| attempts.fail(key, now, rule.window));
        let before = join_all(failing).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        if end(&before, guess.admitted_at).is_none() {
            return Ok(());
        }
        let after = before.iter().zip(&RULES).map(|(state, rule)| state.failed(now, rule.window));
        self.refuse(end(&after.collect::<Vec<_>>(), guess.admitted_at))
    }

    /// Keeps that the password was right.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] when others failed so often meanwhile that this one would not have been
    /// admitted: of many guesses at once only the first few are told how they fared. [`Error::Store`].
    pub async fn right(&self, guess: &Guess) -> Result<(), Error> {
        let pair = self.look(guess).await?;
        let until = self.ports.clock.now() + KNOWN;
        let as_good = pair.known_until.is_some_and(|known| known + DAY > until);
        if as_good && pair.failures.is_none() {
            return Ok(());
        }
        Ok(self.ports.attempts.succeed(&guess.keys[0], until).await?)
    }

    /// Removes counters that are over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.ports.attempts.sweep(self.ports.clock.now()).await
    }

    /// What is known of the pair, unless the guess is not admitted, or would not have been if it had come
    /// a little later.
    async fn look(&self, guess: &Guess) -> Result<Attempts, Error> {
        let mut states = self.ports.attempts.get(&guess.keys).await?;
        let pair = states.first().cloned().unwrap_or_default();
        states.truncate(counters(is_known(&pair, guess.admitted_at)));
        self.refuse(end(&states, guess.admitted_at))?;
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

/// How many of [`RULES`] hold for a pair that is known, or is not.
fn counters(known: bool) -> usize {
    if known { 1 } else { RULES.len() }
}

/// When the last of the waits ends, of those that end after `at`; `states` are those of the first [`RULES`].
fn end(states: &[Attempts], at: Timestamp) -> Option<Timestamp> {
    RULES.iter().zip(states).filter_map(|(rule, state)| rule.end(state, at)).max()
}
