//! Change of the caller's own password.

use crate::model::{Account, Action, Admin, Changes, Invalid, Password};
use crate::ports::{HashJob, PasswordVerdict, Ports, TokenError};
use crate::service::admin::admins::record::{self, Next};
use crate::service::audit_events::organization_event;
use crate::service::port_set::port_set;
use crate::service::{Access, AdminContext, Error, LoginThrottle};

port_set! { PasswordsPorts { admins: AdminRepo, audit: AuditLog, clock: Clock, hasher: PasswordHasher } + events }

/// The use case of changing the own password.
#[derive(Clone)]
pub struct Passwords {
    ports: PasswordsPorts,
    login_throttle: LoginThrottle,
    access: Access,
}

impl Passwords {
    pub(in crate::service) fn new(
        ports: &Ports,
        login_throttle: LoginThrottle,
        access: Access,
    ) -> Self {
        Self { ports: ports.into(), login_throttle, access }
    }

    /// Changes the caller's password, and ends its other sessions.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/current_password` when that is wrong, and at `/new_password` when
    /// that is too easy to guess; [`Error::TooManyAttempts`], [`Error::Overloaded`],
    /// [`Error::Contended`] and [`Error::Store`].
    pub async fn change(
        &self,
        caller: &AdminContext,
        current: Password,
        new: Password,
    ) -> Result<(), Error> {
        let id = caller.admin().id();
        new.must_not_be_guessable(caller.admin().email(), caller.organization().name())
            .map_err(|invalid| Error::Invalid(invalid.at("/new_password")))?;
        let (act, home) = (caller.act(&self.ports.events), caller.organization().id());
        let event = |action| organization_event(&act, home, action, Some(id), Changes::none());
        // A stolen token must not allow guessing the password.
        let attempt =
            self.login_throttle.admit(Account::Admin(id), caller.request_info().address).await?;
        let stored = self.ports.admins.get(id).await?.ok_or(TokenError::Invalid)?;
        let verified = stored.password_hash().clone();
        let (hasher, job) = (&self.ports.hasher, HashJob::change(home));
        if hasher.verify(job.clone(), current, Some(verified.clone())).await?
            == PasswordVerdict::Mismatch
        {
            self.login_throttle.record_failure(&attempt).await?;
            self.ports.audit.append(&[event(Action::PasswordChangeFailed)]).await?;
            return Err(Error::Invalid(Invalid::Wrong.at("/current_password")));
        }
        self.login_throttle.record_success(&attempt).await?;
        let hash = hasher.hash(job, new).await?;
        // The caller may have been revoked while passwords were hashed.
        self.access.reauthorize_stored(caller).await?;
        let change = |present: Option<Admin>| {
            let now = self.ports.clock.now();
            let may_act =
                |it: &Admin| it.is_active() && it.session(caller.session(), now).is_some();
            let present = present.filter(may_act).ok_or(TokenError::Invalid)?;
            // The password was changed or rehashed meanwhile: the verification no longer counts.
            if *present.password_hash() != verified {
                return Err(Error::Contended);
            }
            let next = present.with_password(hash.clone(), caller.session(), now);
            Ok(Next::write(next, event(Action::PasswordChanged), ()))
        };
        record::change(&*self.ports.admins, id, change).await
    }
}
