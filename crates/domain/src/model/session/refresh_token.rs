//! Refresh tokens.

use std::fmt;

use crate::model::{AdminId, Secret, SessionId};

/// A refresh token: opaque to clients. It names the record that it belongs to, which is found
/// without a search, and contains two secrets. One stays the same for the whole session and proves
/// that the token was issued for it. The other is valid for one use.
#[derive(Clone)]
pub struct RefreshToken {
    /// The admin of the session.
    pub admin: AdminId,
    /// The session.
    pub session: SessionId,
    /// The same in every token of the session.
    pub family: Secret,
    /// A different one in each token.
    pub secret: Secret,
}

impl RefreshToken {
    /// Parses a token from a client; none for a text of another format.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let token = Self {
            admin: AdminId::parse(parts.next()?).ok()?,
            session: SessionId::parse(parts.next()?).ok()?,
            family: Secret::read(parts.next()?)?,
            secret: Secret::read(parts.next()?)?,
        };
        parts.next().is_none().then_some(token)
    }

    /// The token as it is sent.
    #[must_use]
    pub fn expose(&self) -> String {
        let Self { admin, session, family, secret } = self;
        format!("{admin}.{session}.{}.{}", family.expose(), secret.expose())
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").field("session", &self.session).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refresh_tokens_survive_a_round_trip_and_other_text_is_refused() {
        let token = RefreshToken {
            admin: AdminId::parse("ada").unwrap(),
            session: SessionId::parse("s-1").unwrap(),
            family: Secret::new([1; 32]),
            secret: Secret::new([2; 32]),
        };
        let text = token.expose();
        let read = RefreshToken::read(&text).unwrap();
        assert_eq!((&read.admin, &read.session), (&token.admin, &token.session));
        assert_eq!(read.secret.digest(), token.secret.digest());
        let longer = format!("{text}.x");
        for other in ["", "...", "ada.s-1", &text[..text.len() - 1], &text[1..][3..], &longer] {
            assert!(RefreshToken::read(other).is_none(), "{other}");
        }
        assert!(!format!("{token:?}").contains(&token.secret.expose()));
    }
}
