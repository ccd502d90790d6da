//! Logs an admin in.

use actix_web::{HttpResponse, post, web};
use domain::model::{Email, Password};
use domain::service::Services;
use utoipa::ToSchema;

use crate::input::{Body, FieldReader, FromFields, text};
use crate::problem::Problem;
use crate::request_info::{ClientAgent, RequestInfoParam};
use crate::v1::model::LoggedInBody;

/// Login credentials.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// E-mail address of the admin.
    #[schema(value_type = String, format = Email, max_length = 254, example = "ada@example.com")]
    email: Email,
    /// Password of the admin.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: Password,
}

impl FromFields for Credentials {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let email = fields.required("email", text(Email::parse));
        let password = fields.required("password", text(|text| Ok(Password::attempt(text))));
        Some(Self { email: email?, password: password? })
    }
}

/// Log in
///
/// Exchanges an e-mail address and a password for an access token and a refresh token that extends
/// the session.
#[utoipa::path(
    tag = "Authentication",
    request_body = Credentials,
    responses(
        (status = 200, description = "Access token and refresh token", body = LoggedInBody),
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
    request_info: RequestInfoParam,
    agent: ClientAgent,
    body: Body<Credentials>,
) -> Result<HttpResponse, Problem> {
    let Credentials { email, password } = body.0;
    let logged_in = services.login.login(&email, password, request_info.0, agent.0).await?;
    Ok(HttpResponse::Ok().json(LoggedInBody::from(&logged_in)))
}
