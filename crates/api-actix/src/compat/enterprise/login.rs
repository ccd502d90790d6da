//! `POST /auth/login`.

use actix_web::{HttpResponse, post, web};
use domain::model::{AdminId, Email, OrganizationId, Password};
use domain::service::Services;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::fields;
use super::shapes::SuccessBody;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{Form, FormReader, FromForm};
use crate::request_info::{ClientAgent, RequestInfoParam};

/// Login credentials. Unknown members are ignored.
#[derive(ToSchema)]
#[schema(as = EnterpriseCredentials)]
struct Credentials {
    /// E-mail address of the admin.
    #[schema(value_type = String, format = Email, example = "ada@example.com")]
    email: Email,
    /// Password of the admin.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: Password,
}

impl FromForm for Credentials {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let email = fields.required("email", fields::email);
        let password = fields.required_secret("password", |text| Ok(Password::attempt(text)));
        Some(Self { email: email?, password: password? })
    }
}

/// Access token, and the admin and organization it belongs to.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseToken)]
struct Token<'a> {
    /// Access token, sent as `Authorization: Bearer <access_token>`.
    access_token: &'a str,
    /// Authentication scheme of the access token.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Id of the admin.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    admin_id: &'a AdminId,
    /// Id of the admin's organization.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: &'a OrganizationId,
}

/// Log in
///
/// Exchanges an e-mail address and a password for an access token.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_login",
    request_body = inline(Credentials),
    responses(
        (status = 200, description = "Access token", body = SuccessBody<Token>),
        (status = 401, description = "Incorrect email or password"),
        (status = 403, description = "The admin is deactivated"),
    ),
    security(()),
)]
#[post("/login")]
pub(super) async fn enterprise_login(
    services: web::Data<Services>,
    request_info: RequestInfoParam,
    agent: ClientAgent,
    body: Form<Credentials>,
) -> Result<HttpResponse, DialectError> {
    let Credentials { email, password } = body.0;
    let login = services.login.login(&email, password, request_info.0, agent.0).await?;
    let data = Token {
        access_token: login.token.0.expose_secret(),
        token_type: "bearer",
        admin_id: login.admin.id(),
        organization_id: login.organization.id(),
    };
    Ok(HttpResponse::Ok().json(SuccessBody::with_message(data, "Login successful")))
}
