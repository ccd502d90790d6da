//! Logging in.

use actix_web::{HttpResponse, post, web};
use domain::model::{Email, Password};
use domain::service::{LoggedIn, Services};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::client_address::Client;
use crate::input::{Body, Fields, FromFields, text};
use crate::problem::Problem;
use crate::v1::model::{AdminBody, OrganizationBody};

/// Who wants to log in.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// The address of the admin.
    #[schema(value_type = String, format = Email, max_length = 254, example = "ada@example.com")]
    email: Email,
    /// Its password.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: Password,
}

/// A token and whose it is.
#[derive(Serialize, ToSchema)]
struct Login<'a> {
    /// To be sent as `Authorization: Bearer <access_token>`.
    access_token: &'a str,
    /// How to send it.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long it is good for, in seconds.
    #[schema(example = 3600)]
    expires_in: u64,
    /// Who logged in.
    admin: AdminBody<'a>,
    /// Where.
    organization: OrganizationBody<'a>,
}

impl FromFields for Credentials {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let email = fields.required("email", text(Email::parse));
        let password = fields.required("password", text(|text| Ok(Password::attempt(text))));
        Some(Self { email: email?, password: password? })
    }
}

impl<'a> From<&'a LoggedIn> for Login<'a> {
    fn from(logged_in: &'a LoggedIn) -> Self {
        Self {
            access_token: logged_in.token.0.expose_secret(),
            token_type: "Bearer",
            expires_in: logged_in.lifetime.as_secs(),
            admin: (&logged_in.admin).into(),
            organization: (&logged_in.organization).into(),
        }
    }
}

/// Log in
///
/// Trades an e-mail address and a password for an access token.
#[utoipa::path(
    tag = "Authentication",
    request_body = Credentials,
    responses(
        (status = 200, description = "A token", body = Login),
        (status = 401, description = "invalid_credentials"),
        (status = 403, description = "admin_deactivated, organization_suspended"),
        (status = 429, description = "too_many_attempts"),
        (status = 503, description = "overloaded, store_unavailable"),
    ),
    security(()),
)]
#[post("/auth/login")]
pub(super) async fn login(
    services: web::Data<Services>,
    client: Client,
    body: Body<Credentials>,
) -> Result<HttpResponse, Problem> {
    let Credentials { email, password } = body.0;
    let logged_in = services.login.login(&email, password, client.0).await?;
    Ok(HttpResponse::Ok().json(Login::from(&logged_in)))
}
