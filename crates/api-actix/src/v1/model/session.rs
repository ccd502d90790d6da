//! Representation of a session.

use std::net::IpAddr;

use domain::model::{Session, SessionId, Timestamp, UserAgent};
use serde::Serialize;
use utoipa::ToSchema;

/// Login session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionBody<'a> {
    /// Id of the session; the claim `sid` of its access tokens.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: &'a SessionId,
    /// Whether this is the session of the request's access token.
    is_current: bool,
    /// IP address of the client at login.
    #[schema(value_type = String, example = "192.0.2.7")]
    ip: IpAddr,
    /// `User-Agent` of the client at login.
    #[schema(required = true, example = "Mozilla/5.0")]
    user_agent: Option<&'a str>,
    /// Login time.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Time when tokens were last issued for the session.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// Expiry time.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl<'a> SessionBody<'a> {
    /// Represents `session` for a request authenticated by the session `current`.
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
