//! A session as it is shown.

use std::net::IpAddr;

use domain::model::{Session, SessionId, Timestamp, UserAgent};
use serde::Serialize;
use utoipa::ToSchema;

/// A login that lasts.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionBody<'a> {
    /// Its id: `sid` in its access tokens.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: &'a SessionId,
    /// Whether this request came with it.
    is_current: bool,
    /// The address that the login came from.
    #[schema(value_type = String, example = "192.0.2.7")]
    ip: IpAddr,
    /// What the program called itself that logged in.
    #[schema(required = true, example = "Mozilla/5.0")]
    user_agent: Option<&'a str>,
    /// When somebody logged in.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When tokens were last made for it.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl<'a> SessionBody<'a> {
    /// `session`, as the one with the session `current` sees it.
    pub(crate) fn new(session: &'a Session, current: &SessionId) -> Self {
        let device = session.device();
        Self {
            id: session.id(),
            is_current: session.id() == current,
            ip: device.address.ip(),
            user_agent: device.user_agent.as_ref().map(UserAgent::as_str),
            created_at: session.created_at(),
            last_used_at: session.last_used_at(),
            expires_at: session.expires_at(),
        }
    }
}
