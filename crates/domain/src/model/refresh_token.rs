//! What a client trades for its next access token.

use std::fmt;

use super::{AdminId, Secret, SessionId};

/// A refresh token: opaque to clients. It names the record that it belongs to, which is found without a
/// search, and carries two secrets. One stays the same for the whole session: it shows that the token was
/// good once. The other is good for one use.
#[derive(Clone)]
pub struct RefreshToken {
    /// Whose session it is.
    pub admin: AdminId,
    /// Which session it is.
    pub session: SessionId,
    /// The same in every token of the session.
    pub family: Secret,
    /// Another one in each.
    pub secret: Secret,
}

impl RefreshToken {
    /// Reads what a client sent; none for a text that can't be one of ours.
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
    fn a_token_is_read_as_it_was_sent_and_nothing_else_is() {
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
