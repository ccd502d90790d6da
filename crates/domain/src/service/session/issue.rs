//! Issue of sessions and tokens after a login.

use std::time::Duration;

use crate::model::{
    AccessClaims, AccessToken, Admin, Audience, Device, NewSession, Organization, RefreshToken,
    Salt, Secret, SessionId, Timestamp, TokenId,
};
use crate::ports::{Ports, TokenError};
use crate::service::port_set::port_set;
use crate::service::{AdminContext, AudienceToken, Error};

/// Lifetimes of tokens.
#[derive(Debug, Clone, Copy)]
pub struct TokenLifetimes {
    /// Lifetime of an access token.
    pub access: Duration,
    /// Lifetime of a session, however often its refresh tokens are used.
    pub session: Duration,
}

/// Result of a login or a token refresh.
#[derive(Debug)]
pub struct LoggedIn {
    /// The access token.
    pub token: AccessToken,
    /// Lifetime of the access token.
    pub lifetime: Duration,
    /// The refresh token.
    pub refresh_token: RefreshToken,
    /// Lifetime of the refresh token.
    pub refresh_lifetime: Duration,
    /// The admin who logged in.
    pub admin: Admin,
    /// Its organization.
    pub organization: Organization,
}

port_set! { IssuerPorts { clock: Clock, ids: IdGenerator, tokens: TokenIssuer } }

/// Issues sessions and tokens.
#[derive(Clone)]
pub(in crate::service) struct Issuer {
    ports: IssuerPorts,
    lifetimes: TokenLifetimes,
}

impl Issuer {
    pub(in crate::service) fn new(ports: &Ports, lifetimes: TokenLifetimes) -> Self {
        Self { ports: ports.into(), lifetimes }
    }

    /// Builds a new session.
    pub(in crate::service) fn session(&self, device: Device) -> Result<NewSession, Error> {
        Ok(NewSession {
            id: self.ports.ids.session(),
            family: self.random().map(Secret::new)?,
            secret: self.random().map(Secret::new)?,
            device,
            lifetime: self.lifetimes.session,
        })
    }

    /// Generates the random parts of a session's next tokens.
    pub(in crate::service) fn fresh(&self) -> Result<(Salt, TokenId), Error> {
        Ok((self.random().map(Salt::new)?, self.ports.ids.token()))
    }

    /// Issues the tokens at `at` for the session of `refresh_token`; `id` is the id of the access
    /// token.
    pub(in crate::service) fn issue(
        &self,
        (refresh_token, id, at): (RefreshToken, TokenId, Timestamp),
        admin: Admin,
        organization: Organization,
    ) -> Result<LoggedIn, Error> {
        let session = &refresh_token.session;
        let left = self.left(&admin, session, at).ok_or(Error::InvalidCredentials)?;
        let lifetime = self.lifetimes.access.min(left);
        let ids = (id, session.clone());
        let claims = AccessClaims::new(ids, &admin, &organization, at, lifetime);
        let token = self.ports.tokens.issue(&claims).map_err(Error::Internal)?;
        Ok(LoggedIn { token, lifetime, refresh_token, refresh_lifetime: left, admin, organization })
    }

    /// Issues a token of the session of `caller` for another service, with a lifetime of at most
    /// `most`.
    pub(in crate::service) fn issue_for(
        &self,
        caller: &AdminContext,
        audience: &Audience,
        most: Duration,
    ) -> Result<AudienceToken, Error> {
        let (admin, session, at) = (caller.admin(), caller.session(), self.ports.clock.now());
        let left = self.left(admin, session, at).ok_or(TokenError::Invalid)?;
        let lifetime = self.lifetimes.access.min(left).min(most);
        let ids = (self.ports.ids.token(), session.clone());
        let claims = AccessClaims::new(ids, admin, caller.organization(), at, lifetime);
        let token = self.ports.tokens.issue_for(&claims, audience).map_err(Error::Internal)?;
        Ok(AudienceToken { token, lifetime })
    }

    /// Remaining lifetime of the session of `admin` at `at`.
    fn left(&self, admin: &Admin, session: &SessionId, at: Timestamp) -> Option<Duration> {
        let end = admin.session(session, at)?.expires_at();
        u64::try_from(end.unix_millis() - at.unix_millis()).ok().map(Duration::from_millis)
    }

    fn random(&self) -> Result<[u8; 32], Error> {
        self.ports.ids.random().map_err(Error::Internal)
    }
}
