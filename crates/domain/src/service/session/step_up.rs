//! Step-up authentication (RFC 9470): changes of an address or a password need a recent login, so
//! that a leaked token is not enough.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Account, Email, Session};
use crate::ports::Clock;
use crate::service::{AdminContext, Error, LoginThrottle};

/// Requires a recent login.
#[derive(Clone)]
pub(in crate::service) struct StepUp {
    clock: Arc<dyn Clock>,
    login_throttle: LoginThrottle,
    /// Maximum age of the login; `None`: any age.
    max_age: Option<Duration>,
}

impl StepUp {
    pub(in crate::service) fn new(
        clock: Arc<dyn Clock>,
        login_throttle: LoginThrottle,
        max_age: Option<Duration>,
    ) -> Self {
        Self { clock, login_throttle, max_age }
    }

    /// Refuses a caller whose session began too long ago; token refreshes do not count as logins. A
    /// refusal counts as a failed attempt at the account.
    ///
    /// # Errors
    /// [`Error::LoginTooOld`], [`Error::TooManyAttempts`] and [`Error::Store`].
    pub(in crate::service) async fn require(&self, caller: &AdminContext) -> Result<(), Error> {
        let Some(max_age) = self.max_age else { return Ok(()) };
        let now = self.clock.now();
        let login = caller.admin().session(caller.session(), now).map(Session::created_at);
        // Failed attempts with an old token must not block a new session.
        if login.is_some_and(|login| now <= login + max_age) {
            return Ok(());
        }
        let account = Account::Admin(caller.admin().id());
        let attempt = self.login_throttle.admit(account, caller.request_info().address).await?;
        self.login_throttle.record_failure(&attempt).await?;
        Err(Error::LoginTooOld { max_age })
    }
}

impl AdminContext {
    /// Whether `wanted` is another address than the admin's.
    pub(in crate::service) fn has_other_address(&self, wanted: Option<&Email>) -> bool {
        wanted.is_some_and(|wanted| wanted.key() != self.admin().email().key())
    }
}
