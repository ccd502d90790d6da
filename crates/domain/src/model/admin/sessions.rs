//! Session transitions of an admin: login, token refresh and logout.

use super::Admin;
use crate::model::session::Use;
use crate::model::{
    NewSession, PasswordHash, RefreshToken, Salt, Session, SessionId, Timestamp, TokenId,
};

/// Outcome of a use of a refresh token.
#[derive(Debug)]
pub enum Refreshed {
    /// The token is valid; contains the updated admin.
    Rotated(Admin),
    /// The token was used a moment ago: the response is the same again.
    Repeated,
    /// The token was stolen. Contains the updated admin, in which the session has ended.
    Reused(Admin),
    /// The token belongs to no live session of this admin.
    Unknown,
}

impl Admin {
    /// Maximum number of sessions of an admin. A new login evicts the least recently used one.
    pub const MAX_SESSIONS: usize = 32;

    /// Adds a session at `now`, and replaces the hash when the login produced a better one.
    #[must_use]
    pub fn logged_in(
        &self,
        renewed: Option<PasswordHash>,
        session: &NewSession,
        now: Timestamp,
    ) -> Self {
        let mut next = self.with_sessions(|session| session.is_alive(now));
        if let Some(hash) = renewed {
            next.password_hash = hash;
        }
        while next.sessions.len() >= Self::MAX_SESSIONS {
            let idle = (0..next.sessions.len()).min_by_key(|&i| next.sessions[i].last_used_at());
            next.sessions.remove(idle.unwrap_or_default());
        }
        next.sessions.push(Session::new(session, now));
        next.last_login = Some(now);
        next
    }

    /// Applies a use of `token` at `now`; the next tokens contain `fresh`.
    #[must_use]
    pub fn refreshed(
        &self,
        token: &RefreshToken,
        fresh: (&Salt, &TokenId),
        now: Timestamp,
    ) -> Refreshed {
        let known = self.session(&token.session, now);
        match known.map_or(Use::Unknown, |session| session.used(token, fresh, now)) {
            Use::Rotated(session) => {
                let mut next = self.with_sessions(|_| true);
                for present in &mut next.sessions {
                    if present.id() == session.id() {
                        present.clone_from(&session);
                    }
                }
                Refreshed::Rotated(next)
            }
            Use::Repeated => Refreshed::Repeated,
            Use::Reused => Refreshed::Reused(self.with_sessions(|one| *one.id() != token.session)),
            Use::Unknown => Refreshed::Unknown,
        }
    }

    /// Whether `token`, current or rotated, belongs to a session that is alive at `now`.
    #[must_use]
    pub fn has_issued(&self, token: &RefreshToken, now: Timestamp) -> bool {
        self.session(&token.session, now).is_some_and(|session| session.has_issued(token))
    }

    /// The response to the last use of `token`: the next refresh token, the id of the access token,
    /// and the time of both.
    #[must_use]
    pub fn answer_to(&self, token: &RefreshToken) -> Option<(RefreshToken, TokenId, Timestamp)> {
        self.sessions.iter().find(|session| *session.id() == token.session)?.answer(token)
    }

    /// Ends the session with this id; none when there is no such session.
    #[must_use]
    pub fn logged_out(&self, id: &SessionId) -> Option<Self> {
        let known = self.sessions.iter().any(|session| session.id() == id);
        known.then(|| self.with_sessions(|session| session.id() != id))
    }

    /// Ends all sessions; none when there are none.
    #[must_use]
    pub fn logged_out_everywhere(&self) -> Option<Self> {
        (!self.sessions.is_empty()).then(|| self.with_sessions(|_| false))
    }

    /// Sets another password, and ends all sessions except the one with this id.
    #[must_use]
    pub fn with_password(&self, hash: PasswordHash, kept: &SessionId, now: Timestamp) -> Self {
        let next = self.with_sessions(|session| session.id() == kept);
        Self { password_hash: hash, updated_at: now, ..next }
    }

    /// The next version, with only the sessions for which `stay` is true.
    fn with_sessions(&self, stay: impl Fn(&Session) -> bool) -> Self {
        let mut next = Self { version: self.version.next(), ..self.clone() };
        next.sessions.retain(stay);
        next
    }
}
