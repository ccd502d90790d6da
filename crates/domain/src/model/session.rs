//! Login sessions, each with a chain of rotating refresh tokens (RFC 9700, 4.14).

mod audience;
mod device;
mod key_ring;
mod refresh_token;
mod secret;
mod signing_key;
mod token;

pub use audience::Audience;
pub use device::{Device, UserAgent};
pub use key_ring::{KeyRing, KeyState};
pub use refresh_token::RefreshToken;
pub use secret::{Salt, Secret, SecretDigest};
pub use signing_key::SigningKey;
pub use token::{AccessClaims, AccessToken};

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AdminId, SessionId, Timestamp, TokenId};

/// Initial values of a new session.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// A new, unique id.
    pub id: SessionId,
    /// Random.
    pub family: Secret,
    /// Random.
    pub secret: Secret,
    /// Device of the login.
    pub device: Device,
    /// Lifetime of the session, however often it is used.
    pub lifetime: Duration,
}

/// A login session. Only hashes of its refresh tokens are stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    id: SessionId,
    family: SecretDigest,
    current: SecretDigest,
    rotated: Option<Rotation>,
    device: Device,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
}

/// The last use of a refresh token, so that a repetition of it gets the same response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rotation {
    used: SecretDigest,
    salt: Salt,
    token: TokenId,
    at: Timestamp,
}

/// Outcome of a use of a refresh token.
#[derive(Debug)]
pub(super) enum Use {
    /// The token is valid; contains the updated session.
    Rotated(Box<Session>),
    /// The token was used a moment ago, and the response may have been lost: it is the same again.
    Repeated,
    /// The token is a rotated one of this session. Either this use or the earlier one is by a
    /// thief.
    Reused,
    /// The token never belonged to this session, or the session has ended.
    Unknown,
}

impl Session {
    /// Grace period in which a used refresh token may be used again, with the same response: the
    /// first response may have been lost on the way.
    pub const GRACE: Duration = Duration::from_secs(10);

    /// A session that begins at `now`.
    #[must_use]
    pub fn new(new: &NewSession, now: Timestamp) -> Self {
        Self {
            id: new.id.clone(),
            family: new.family.digest(),
            current: new.secret.digest(),
            rotated: None,
            device: new.device.clone(),
            created_at: now,
            last_used_at: now,
            expires_at: now + new.lifetime,
        }
    }

    /// Applies a use of `token` at `now`; the next tokens are derived from `salt` and `fresh`.
    pub(super) fn used(
        &self,
        token: &RefreshToken,
        (salt, fresh): (&Salt, &TokenId),
        now: Timestamp,
    ) -> Use {
        if !self.is_alive(now) || !self.has_issued(token) {
            return Use::Unknown;
        }
        let used = token.secret.digest();
        if used == self.current {
            let rotation = Rotation { used, salt: salt.clone(), token: fresh.clone(), at: now };
            let next = Self {
                current: token.secret.next(salt).digest(),
                rotated: Some(rotation),
                last_used_at: now,
                ..self.clone()
            };
            return Use::Rotated(Box::new(next));
        }
        match &self.rotated {
            Some(last) if last.used == used && now < last.at + Self::GRACE => Use::Repeated,
            _ => Use::Reused,
        }
    }

    /// Whether `token`, current or rotated, was issued for this session.
    pub(super) fn has_issued(&self, token: &RefreshToken) -> bool {
        token.family.digest() == self.family
    }

    /// The response to the last use, which was that of `token`: the next refresh token of `admin`,
    /// the id of the access token, and the time of both.
    pub(super) fn answer(
        &self,
        token: &RefreshToken,
    ) -> Option<(RefreshToken, TokenId, Timestamp)> {
        let last = self.rotated.as_ref()?;
        let next = RefreshToken { secret: token.secret.next(&last.salt), ..token.clone() };
        Some((next, last.token.clone(), last.at))
    }

    /// Whether the session is alive at `now`.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Id (`sid` in tokens).
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// Device of the login.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Time of the login.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Time at which the last token was issued for it.
    #[must_use]
    pub fn last_used_at(&self) -> Timestamp {
        self.last_used_at
    }

    /// Expiry.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

impl NewSession {
    /// The first refresh token, for `admin`.
    #[must_use]
    pub fn token(&self, admin: &AdminId) -> RefreshToken {
        RefreshToken {
            admin: admin.clone(),
            session: self.id.clone(),
            family: self.family.clone(),
            secret: self.secret.clone(),
        }
    }
}
