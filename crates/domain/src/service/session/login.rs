//! Login with e-mail address and password.

use crate::model::{
    Account, Action, Admin, AuditActor, AuditTarget, Changes, Device, Email, NewSession,
    Organization, Password, PasswordHash, RequestInfo, Trail, UserAgent,
};
use crate::ports::{HashJob, PasswordVerdict, Ports, WriteError};
use crate::service::admin::admins::record;
use crate::service::audit_events::{act, session_event};
use crate::service::port_set::port_set;
use crate::service::session::access::require_active;
use crate::service::session::issue::{Issuer, LoggedIn};
use crate::service::{Error, Limits, LoginThrottle, Resource};

/// Maximum attempts when other writes change the same record: an account may have many concurrent
/// logins.
const ATTEMPTS: usize = 256;

port_set! { LoginPorts { admins: AdminRepo, audit: AuditLog, clock: Clock, hasher: PasswordHasher, ids: IdGenerator, organizations: OrganizationRepo } + events }

/// The login use case.
#[derive(Clone)]
pub struct Login {
    ports: LoginPorts,
    login_throttle: LoginThrottle,
    issuer: Issuer,
    limits: Limits,
}

/// An admin whose password was verified.
struct VerifiedAdmin {
    admin: Admin,
    /// An upgraded hash of the password.
    rehashed: Option<PasswordHash>,
}

impl Login {
    pub(in crate::service) fn new(
        ports: &Ports,
        login_throttle: LoginThrottle,
        issuer: Issuer,
        limits: Limits,
    ) -> Self {
        Self { ports: ports.into(), login_throttle, issuer, limits }
    }

    /// Exchanges an e-mail address and a password for a session and its tokens. Unknown addresses
    /// take the same time as wrong passwords, and only a correct password reveals more. Repeated
    /// failures are throttled.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`]; [`Error::Deactivated`] and [`Error::Suspended`] only after a
    /// correct password; [`Error::TooManyAttempts`], [`Error::Overloaded`], [`Error::Contended`]
    /// and [`Error::Store`].
    pub async fn login(
        &self,
        email: &Email,
        password: Password,
        request_info: RequestInfo,
        user_agent: Option<UserAgent>,
    ) -> Result<LoggedIn, Error> {
        let mut verified = self.verify_password(email, password.clone(), &request_info).await?;
        let session = self.issuer.session(Device { address: request_info.address, user_agent })?;
        for _ in 0..ATTEMPTS {
            let organization = self.organization(&verified.admin, &request_info).await?;
            if let Some(admin) = self.store_session(&verified, &session, &request_info).await? {
                let tokens =
                    (session.token(admin.id()), self.ports.ids.token(), self.ports.clock.now());
                return self.issuer.issue(tokens, admin, organization);
            }
            let stored = self.ports.admins.get(verified.admin.id()).await?;
            let present = stored.filter(Admin::is_active).ok_or(Error::InvalidCredentials)?;
            if present.password_hash() == verified.admin.password_hash() {
                verified.admin = present;
            } else {
                // The password may have changed meanwhile.
                verified = self.verify_password(email, password.clone(), &request_info).await?;
            }
        }
        Err(Error::Contended)
    }

    async fn verify_password(
        &self,
        email: &Email,
        password: Password,
        request_info: &RequestInfo,
    ) -> Result<VerifiedAdmin, Error> {
        let key = email.key();
        let attempt = self.login_throttle.admit(Account::Email(&key), request_info.address).await?;
        let found = self.ports.admins.find_by_email(&key).await?;
        let hash = found.as_ref().map(|admin| admin.password_hash().clone());
        let job = HashJob::login(request_info.address);
        let rehashed = match self.ports.hasher.verify(job, password, hash).await? {
            PasswordVerdict::Mismatch => {
                self.login_throttle.record_failure(&attempt).await?;
                self.record_failed_login(Action::LoginFailed, found.as_ref(), request_info).await?;
                return Err(Error::InvalidCredentials);
            }
            PasswordVerdict::Match => None,
            PasswordVerdict::Rehashed(hash) => Some(hash),
        };
        self.login_throttle.record_success(&attempt).await?;
        let admin = found.ok_or(Error::InvalidCredentials)?;
        if !admin.is_active() {
            self.record_failed_login(Action::LoginRefused, Some(&admin), request_info).await?;
            return Err(Error::Deactivated);
        }
        // Attempts with a stolen token must not prevent the owner from changing the password.
        self.login_throttle.mark_known(Account::Admin(admin.id()), request_info.address).await?;
        Ok(VerifiedAdmin { admin, rehashed })
    }

    async fn organization(
        &self,
        admin: &Admin,
        request_info: &RequestInfo,
    ) -> Result<Organization, Error> {
        let stored = self.ports.organizations.get(admin.organization_id()).await?;
        match require_active(stored) {
            Ok(organization) => Ok(organization),
            Err(refusal) => {
                self.record_failed_login(Action::LoginRefused, Some(admin), request_info).await?;
                Err(match refusal {
                    Error::NotFound(Resource::Organization) => Error::InvalidCredentials,
                    other => other,
                })
            }
        }
    }

    /// Records a failed login before the client learns of the failure, so that no attempt is
    /// unrecorded. The exception are attempts at addresses that no admin has, which are limited per
    /// hour. They take as long as all others.
    async fn record_failed_login(
        &self,
        action: Action,
        admin: Option<&Admin>,
        request_info: &RequestInfo,
    ) -> Result<(), Error> {
        if admin.is_none() && !self.limits.count_unknown_login() {
            // What an append does first.
            self.ports.audit.flush_outbox(Some(&Trail::Installation)).await?;
            return self.login_throttle.pad().await;
        }
        let act = act(&self.ports.events, AuditActor::anonymous(), Some(request_info.clone()));
        let trail = admin.map(|admin| admin.organization_id().clone()).into();
        let target = AuditTarget::admin(admin.map(Admin::id));
        let event = act.event(trail, action, target, Changes::none());
        Ok(self.ports.audit.append(&[event]).await?)
    }

    /// Stores the session and an upgraded hash; none when a concurrent write changed the record.
    async fn store_session(
        &self,
        verified: &VerifiedAdmin,
        session: &NewSession,
        request_info: &RequestInfo,
    ) -> Result<Option<Admin>, Error> {
        let VerifiedAdmin { admin, rehashed } = verified;
        let next = admin.logged_in(rehashed.clone(), session, self.ports.clock.now());
        let act = act(&self.ports.events, AuditActor::admin(admin), Some(request_info.clone()));
        let event = session_event(&act, admin, Action::LoginSucceeded, Some(&session.id));
        match record::write(&*self.ports.admins, &next, admin.version(), &[event]).await {
            Ok(()) => Ok(Some(next)),
            Err(WriteError::Stale | WriteError::Taken) => Ok(None),
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }
}
