//! Logging in.

use std::time::Duration;

use super::access::usable;
use super::{Error, Guesses, Resource};
use crate::model::{
    AccessClaims, AccessToken, Account, Admin, ClientAddress, Email, Organization, Password,
    PasswordHash,
};
use crate::ports::{Ports, Verdict, WriteError};

/// What a login gives.
#[derive(Debug)]
pub struct LoggedIn {
    /// The token to present from now on.
    pub token: AccessToken,
    /// How long it is good for.
    pub lifetime: Duration,
    /// Who logged in.
    pub admin: Admin,
    /// Where.
    pub organization: Organization,
}

/// The use case of logging in.
#[derive(Clone)]
pub struct Login {
    ports: Ports,
    guesses: Guesses,
    lifetime: Duration,
}

impl Login {
    pub(super) fn new(ports: Ports, lifetime: Duration) -> Self {
        Self { guesses: Guesses::new(ports.clone()), ports, lifetime }
    }

    /// Trades an e-mail address and a password for a token. Unknown addresses take the same time as
    /// wrong passwords, and nothing but a right password learns more than that. Who guesses from `client` is
    /// slowed down.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`]; [`Error::Deactivated`] and [`Error::Suspended`] to those who know
    /// the password; [`Error::TooManyAttempts`], [`Error::Overloaded`] and [`Error::Store`].
    pub async fn login(
        &self,
        email: &Email,
        password: Password,
        client: ClientAddress,
    ) -> Result<LoggedIn, Error> {
        let key = email.key();
        let guess = self.guesses.admit(Account::Email(&key), client).await?;
        let found = self.ports.admins.find_by_email(&key).await?;
        let hash = found.as_ref().map(|admin| admin.password_hash().clone());
        let verdict = self.ports.hasher.verify(password, hash).await?;
        let renewed = match verdict {
            Verdict::Wrong => {
                self.guesses.wrong(&guess).await?;
                return Err(Error::InvalidCredentials);
            }
            Verdict::Right => None,
            Verdict::Renewed(hash) => Some(hash),
        };
        self.guesses.right(&guess).await?;
        let admin = found.ok_or(Error::InvalidCredentials)?;
        if !admin.is_active() {
            return Err(Error::Deactivated);
        }
        let organization = self.organization(&admin).await?;
        let admin = self.record(admin, renewed).await?;
        self.issue(admin, organization)
    }

    async fn organization(&self, admin: &Admin) -> Result<Organization, Error> {
        let stored = self.ports.organizations.get(admin.organization_id()).await?;
        usable(stored).map_err(|error| match error {
            Error::NotFound(Resource::Organization) => Error::InvalidCredentials,
            other => other,
        })
    }

    /// Keeps the time of the login and a renewed hash. Whoever loses against a concurrent change
    /// leaves it at that: the change was made to a record that is as new.
    async fn record(&self, admin: Admin, renewed: Option<PasswordHash>) -> Result<Admin, Error> {
        let next = admin.logged_in(renewed, self.ports.clock.now());
        match self.ports.admins.replace(&next, admin.version()).await {
            Ok(()) => Ok(next),
            Err(WriteError::Stale | WriteError::Taken) => {
                let stored = self.ports.admins.get(admin.id()).await?;
                stored.filter(Admin::is_active).ok_or(Error::InvalidCredentials)
            }
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }

    fn issue(&self, admin: Admin, organization: Organization) -> Result<LoggedIn, Error> {
        let ids = (self.ports.ids.token(), self.ports.ids.session());
        let now = self.ports.clock.now();
        let claims = AccessClaims::new(ids, &admin, &organization, now, self.lifetime);
        let token = self.ports.tokens.issue(&claims).map_err(Error::Internal)?;
        Ok(LoggedIn { token, lifetime: self.lifetime, admin, organization })
    }
}
