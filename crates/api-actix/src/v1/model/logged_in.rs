//! What a login gives.

use domain::service::LoggedIn;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AdminBody, OrganizationBody};

/// Tokens and whose they are.
#[derive(Serialize, ToSchema)]
#[schema(as = Login)]
pub(crate) struct LoggedInBody<'a> {
    /// To be sent as `Authorization: Bearer <access_token>`.
    access_token: &'a str,
    /// How to send it.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long it is good for, in seconds.
    #[schema(example = 3600)]
    expires_in: u64,
    /// To be traded for the next tokens, once: POST /v1/auth/refresh.
    refresh_token: String,
    /// How long the session lasts, in seconds.
    #[schema(example = 2592000)]
    refresh_expires_in: u64,
    /// Who logged in.
    admin: AdminBody<'a>,
    /// Where.
    organization: OrganizationBody<'a>,
}

impl<'a> From<&'a LoggedIn> for LoggedInBody<'a> {
    fn from(logged_in: &'a LoggedIn) -> Self {
        Self {
            access_token: logged_in.token.0.expose_secret(),
            token_type: "Bearer",
            expires_in: logged_in.lifetime.as_secs(),
            refresh_token: logged_in.refresh_token.expose(),
            refresh_expires_in: logged_in.refresh_lifetime.as_secs(),
            admin: (&logged_in.admin).into(),
            organization: (&logged_in.organization).into(),
        }
    }
}
