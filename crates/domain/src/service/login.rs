//! Logging in.

use super::access::usable;
use super::admins::record;
use super::issue::{Issuer, LoggedIn};
use super::{Error, Guesses, Resource};
use crate::model::{
    Account, Admin, ClientAddress, Device, Email, NewSession, Organization, Password, PasswordHash,
};
use crate::ports::{Ports, Verdict, WriteError};

/// How often a login is tried while others change the same record: many may log in to it at once.
const ATTEMPTS: usize = 256;

/// The use case of logging in.
#[derive(Clone)]
pub struct Login {
    ports: Ports,
    guesses: Guesses,
    issuer: Issuer,
}

/// An admin whose password was right.
struct Proven {
    admin: Admin,
    /// A better hash of the password.
    renewed: Option<PasswordHash>,
}

impl Login {
    pub(super) fn new(ports: Ports, guesses: Guesses, issuer: Issuer) -> Self {
        Self { ports, guesses, issuer }
    }

    /// Trades an e-mail address and a password for a session and its tokens. Unknown addresses take the
    /// same time as wrong passwords, and nothing but a right password learns more than that. Who guesses is
    /// slowed down.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`]; [`Error::Deactivated`] and [`Error::Suspended`] to those who know
    /// the password; [`Error::TooManyAttempts`], [`Error::Overloaded`], [`Error::Contended`] and
    /// [`Error::Store`].
    pub async fn login(
        &self,
        email: &Email,
        password: Password,
        device: Device,
    ) -> Result<LoggedIn, Error> {
        let client = device.address;
        let mut proven = self.prove(email, password.clone(), client).await?;
        let session = self.issuer.session(device)?;
        for _ in 0..ATTEMPTS {
            let organization = self.organization(&proven.admin).await?;
            if let Some(admin) = self.begin(&proven, &session).await? {
                let tokens =
                    (session.token(admin.id()), self.ports.ids.token(), self.ports.clock.now());
                return self.issuer.issue(tokens, admin, organization);
            }
            let stored = self.ports.admins.get(proven.admin.id()).await?;
            let present = stored.filter(Admin::is_active).ok_or(Error::InvalidCredentials)?;
            if present.password_hash() == proven.admin.password_hash() {
                proven.admin = present;
            } else {
                // It may be another password by now.
                proven = self.prove(email, password.clone(), client).await?;
            }
        }
        Err(Error::Contended)
    }

    async fn prove(
        &self,
        email: &Email,
        password: Password,
        client: ClientAddress,
    ) -> Result<Proven, Error> {
        let key = email.key();
        let guess = self.guesses.admit(Account::Email(&key), client).await?;
        let found = self.ports.admins.find_by_email(&key).await?;
        let hash = found.as_ref().map(|admin| admin.password_hash().clone());
        let renewed = match self.ports.hasher.verify(password, hash).await? {
            Verdict::Wrong => {
                self.guesses.wrong(&guess).await?;
                return Err(Error::InvalidCredentials);
            }
            Verdict::Right => None,
            Verdict::Renewed(hash) => Some(hash),
        };
        self.guesses.right(&guess).await?;
        let admin = found.ok_or(Error::InvalidCredentials)?;
        if admin.is_active() { Ok(Proven { admin, renewed }) } else { Err(Error::Deactivated) }
    }

    async fn organization(&self, admin: &Admin) -> Result<Organization, Error> {
        let stored = self.ports.organizations.get(admin.organization_id()).await?;
        usable(stored).map_err(|error| match error {
            Error::NotFound(Resource::Organization) => Error::InvalidCredentials,
            other => other,
        })
    }

    /// Keeps the session and a renewed hash; none when somebody else has changed the record.
    async fn begin(&self, proven: &Proven, session: &NewSession) -> Result<Option<Admin>, Error> {
        let Proven { admin, renewed } = proven;
        let next = admin.logged_in(renewed.clone(), session, self.ports.clock.now());
        match record::write(&self.ports, &next, admin.version()).await {
            Ok(()) => Ok(Some(next)),
            Err(WriteError::Stale | WriteError::Taken) => Ok(None),
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }
}
