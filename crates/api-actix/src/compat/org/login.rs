//! `POST /org/admin/login`, and the original `POST /admin/login`.

use actix_web::post;
use actix_web::web::{Data, Json};
use domain::model::{Email, Password};
use domain::service::{LoggedIn, Services};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::account::email;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{Form, FormReader, FromForm};
use crate::request_info::{ClientAgent, RequestInfoParam};

/// Authentication scheme of access tokens.
pub(in crate::compat) const BEARER: &str = "bearer";

/// Login credentials. Unknown members are ignored.
#[derive(ToSchema)]
#[schema(as = OrgCredentials)]
pub(in crate::compat) struct Credentials {
    /// E-mail address of the admin.
    #[schema(value_type = String, format = Email, example = "ada@example.com")]
    email: Email,
    /// Password of the admin.
    #[schema(value_type = String, format = Password, example = "Correct horse 5")]
    password: Password,
}

impl FromForm for Credentials {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let email = fields.required("email", email);
        let password = fields.required_secret("password", |text| Ok(Password::attempt(text)));
        Some(Self { email: email?, password: password? })
    }
}

/// Access token.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgToken)]
struct Token {
    /// Access token, sent as `Authorization: Bearer <access_token>`.
    access_token: String,
    /// Authentication scheme of the access token.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schema(example = 3600)]
    expires_in: u64,
}

impl From<LoggedIn> for Token {
    fn from(logged_in: LoggedIn) -> Self {
        Self {
            access_token: logged_in.token.0.expose_secret().to_owned(),
            token_type: BEARER,
            expires_in: logged_in.lifetime.as_secs(),
        }
    }
}

/// Log in
#[utoipa::path(
    tag = "Reference API: org",
    operation_id = "org_login",
    request_body = Credentials,
    responses(
        (status = 200, description = "Access token", body = Token),
        (status = 401, description = "Invalid credentials"),
        (status = 403, description = "The organization is suspended"),
    ),
    security(()),
)]
#[post("/admin/login")]
pub(super) async fn org_login(
    services: Data<Services>,
    request_info: RequestInfoParam,
    agent: ClientAgent,
    body: Form<Credentials>,
) -> Result<Json<Token>, DialectError> {
    Ok(Json(login(&services, request_info, agent, body.0).await?.into()))
}

/// Log in (original path)
#[utoipa::path(
    tag = "Reference API: org",
    operation_id = "org_admin_login",
    request_body = Credentials,
    responses(
        (status = 200, description = "Access token", body = Token),
        (status = 401, description = "Invalid credentials"),
        (status = 403, description = "The organization is suspended"),
    ),
    security(()),
)]
#[post("/login")]
pub(super) async fn org_admin_login(
    services: Data<Services>,
    request_info: RequestInfoParam,
    agent: ClientAgent,
    body: Form<Credentials>,
) -> Result<Json<Token>, DialectError> {
    Ok(Json(login(&services, request_info, agent, body.0).await?.into()))
}

/// Logs an admin in, for both dialects.
pub(in crate::compat) async fn login(
    services: &Services,
    request_info: RequestInfoParam,
    agent: ClientAgent,
    Credentials { email, password }: Credentials,
) -> Result<LoggedIn, DialectError> {
    Ok(services.login.login(&email, password, request_info.0, agent.0).await?)
}
