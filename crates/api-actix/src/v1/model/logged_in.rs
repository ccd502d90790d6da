//! Response of a login or token refresh.

use domain::service::LoggedIn;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AdminBody, OrganizationBody};

/// Tokens, and the admin and organization they belong to.
#[derive(Serialize, ToSchema)]
#[schema(as = Login)]
pub(crate) struct LoggedInBody<'a> {
    /// Access token, sent as `Authorization: Bearer <access_token>`.
    access_token: &'a str,
    /// Authentication scheme of the access token.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schema(example = 3600)]
    expires_in: u64,
    /// Single-use token that `POST /v1/auth/refresh` exchanges for new tokens.
    refresh_token: String,
    /// Remaining lifetime of the session, in seconds.
    #[schema(example = 2592000)]
    refresh_expires_in: u64,
    /// The admin that logged in.
    admin: AdminBody<'a>,
    /// The admin's organization.
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
