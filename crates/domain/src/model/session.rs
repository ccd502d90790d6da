//! Logins that last, and the chain of refresh tokens that carries each of them (RFC 9700, 4.14).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AdminId, Device, RefreshToken, Salt, Secret, SecretDigest, SessionId, Timestamp, TokenId,
};

/// What a new session starts with.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// A fresh id.
    pub id: SessionId,
    /// Random.
    pub family: Secret,
    /// Random.
    pub secret: Secret,
    /// Where the login came from.
    pub device: Device,
    /// How long the session lasts, however often it is used.
    pub lifetime: Duration,
}

/// A login that lasts until it is ended. Of its refresh tokens only hashes are kept.
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

/// The last use of a refresh token, so that the same use again can have the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rotation {
    used: SecretDigest,
    salt: Salt,
    token: TokenId,
    at: Timestamp,
}

/// What a use of a refresh token comes to.
#[derive(Debug)]
pub(super) enum Use {
    /// The token is good: this is the session afterwards.
    Rotated(Box<Session>),
    /// The token was used a moment ago, and its answer may have been lost: it is the same again.
    Repeated,
    /// The token was good once. Whoever uses it now, or whoever used it then, has stolen it.
    Reused,
    /// The token never belonged to this session, or the session has ended.
    Unknown,
}

impl Session {
    /// How long a refresh token that was used may be used again, with the same answer: its first answer may
    /// have been lost on the way.
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

    /// What the use of `token` at `now` comes to; `salt` and `fresh` go into the next tokens.
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

    /// Whether `token` is, or was, one of this session.
    pub(super) fn has_issued(&self, token: &RefreshToken) -> bool {
        token.family.digest() == self.family
    }

    /// The answer to the last use, which was that of `token`: the next refresh token of `admin`, the id of
    /// the access token, and when both were made.
    pub(super) fn answer(
        &self,
        token: &RefreshToken,
    ) -> Option<(RefreshToken, TokenId, Timestamp)> {
        let last = self.rotated.as_ref()?;
        let next = RefreshToken { secret: token.secret.next(&last.salt), ..token.clone() };
        Some((next, last.token.clone(), last.at))
    }

    /// Whether it lasts at `now`.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Its id (`sid` in tokens).
    #[must_use]
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// Where the login came from.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// When somebody logged in.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When a token was last made for it.
    #[must_use]
    pub fn last_used_at(&self) -> Timestamp {
        self.last_used_at
    }

    /// When it ends by itself.
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
