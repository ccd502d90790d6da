//! Tokens for those who have logged in.

use std::time::Duration;

use super::port_set::port_set;
use super::{AdminContext, AudienceToken, Error};
use crate::model::{
    AccessClaims, AccessToken, Admin, Audience, Device, NewSession, Organization, RefreshToken,
    Salt, Secret, SessionId, Timestamp, TokenId,
};
use crate::ports::{Ports, TokenError};

/// How long tokens are good for.
#[derive(Debug, Clone, Copy)]
pub struct TokenLifetimes {
    /// An access token.
    pub access: Duration,
    /// A session, however often its refresh tokens are used.
    pub session: Duration,
}

/// What a login gives, and each of its refreshes.
#[derive(Debug)]
pub struct LoggedIn {
    /// The token to present from now on.
    pub token: AccessToken,
    /// How long it is good for.
    pub lifetime: Duration,
    /// What to trade for the next token.
    pub refresh_token: RefreshToken,
    /// How long that can be done.
    pub refresh_lifetime: Duration,
    /// Who logged in.
    pub admin: Admin,
    /// Where.
    pub organization: Organization,
}

port_set! { IssuerPorts { clock: Clock, ids: IdGenerator, tokens: TokenIssuer } }

/// Makes sessions and tokens.
#[derive(Clone)]
pub(super) struct Issuer {
    ports: IssuerPorts,
    lifetimes: TokenLifetimes,
}

impl Issuer {
    pub(super) fn new(ports: &Ports, lifetimes: TokenLifetimes) -> Self {
        Self { ports: ports.into(), lifetimes }
    }

    /// A session that nobody has yet.
    pub(super) fn session(&self, device: Device) -> Result<NewSession, Error> {
        Ok(NewSession {
            id: self.ports.ids.session(),
            family: self.random().map(Secret::new)?,
            secret: self.random().map(Secret::new)?,
            device,
            lifetime: self.lifetimes.session,
        })
    }

    /// What goes into the next tokens of a session.
    pub(super) fn fresh(&self) -> Result<(Salt, TokenId), Error> {
        Ok((self.random().map(Salt::new)?, self.ports.ids.token()))
    }

    /// The tokens made at `at` for the session of `refresh_token`, whose access token has the id `id`.
    pub(super) fn issue(
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

    /// A token of the session of `caller` for another service, with a lifetime of at most `most`.
    pub(super) fn issue_for(
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

    /// How long the session of `admin` lasts from `at` on.
    fn left(&self, admin: &Admin, session: &SessionId, at: Timestamp) -> Option<Duration> {
        let end = admin.session(session, at)?.expires_at();
        u64::try_from(end.unix_millis() - at.unix_millis()).ok().map(Duration::from_millis)
    }

    fn random(&self) -> Result<[u8; 32], Error> {
        self.ports.ids.random().map_err(Error::Internal)
    }
}
