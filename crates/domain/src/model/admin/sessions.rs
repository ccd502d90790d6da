//! How an admin logs in, goes on, and logs out.

use super::Admin;
use crate::model::session::Use;
use crate::model::{
    NewSession, PasswordHash, RefreshToken, Salt, Session, SessionId, Timestamp, TokenId,
};

/// What a use of a refresh token comes to.
#[derive(Debug)]
pub enum Refreshed {
    /// The token is good; this is the admin afterwards.
    Rotated(Admin),
    /// The token was used a moment ago: it has the same answer.
    Repeated,
    /// The token was stolen. This is the admin afterwards: the session has ended.
    Reused(Admin),
    /// The token belongs to no session of this admin, or to one that has ended.
    Unknown,
}

impl Admin {
    /// How many sessions an admin has at most. The one that was used least recently makes room.
    pub const MAX_SESSIONS: usize = 32;

    /// This admin after a login at `now`, with its hash renewed where the login made a better one.
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

    /// What the use of `token` at `now` comes to; `fresh` goes into the next tokens.
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

    /// Whether `token` belongs to a session that lasts at `now`, be it the present one or one of before.
    #[must_use]
    pub fn has_issued(&self, token: &RefreshToken, now: Timestamp) -> bool {
        self.session(&token.session, now).is_some_and(|session| session.has_issued(token))
    }

    /// The answer to the last use of `token`: the next refresh token, the id of the access token, and when
    /// both were made.
    #[must_use]
    pub fn answer_to(&self, token: &RefreshToken) -> Option<(RefreshToken, TokenId, Timestamp)> {
        self.sessions.iter().find(|session| *session.id() == token.session)?.answer(token)
    }

    /// This admin once the session with this id has ended; none when it has no such session.
    #[must_use]
    pub fn logged_out(&self, id: &SessionId) -> Option<Self> {
        let known = self.sessions.iter().any(|session| session.id() == id);
        known.then(|| self.with_sessions(|session| session.id() != id))
    }

    /// This admin once all its sessions have ended; none when it has none.
    #[must_use]
    pub fn logged_out_everywhere(&self) -> Option<Self> {
        (!self.sessions.is_empty()).then(|| self.with_sessions(|_| false))
    }

    /// This admin with another password, which ends every session but the one with this id.
    #[must_use]
    pub fn with_password(&self, hash: PasswordHash, kept: &SessionId, now: Timestamp) -> Self {
        let next = self.with_sessions(|session| session.id() == kept);
        Self { password_hash: hash, updated_at: now, ..next }
    }

    /// The next value, with the sessions that `stay`.
    fn with_sessions(&self, stay: impl Fn(&Session) -> bool) -> Self {
        let mut next = Self { version: self.version.next(), ..self.clone() };
        next.sessions.retain(stay);
        next
    }
}
