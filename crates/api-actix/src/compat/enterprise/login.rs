//! `POST /auth/login`.

use actix_web::{HttpResponse, post, web};
use domain::model::{AdminId, Email, OrganizationId, Password};
use domain::service::Services;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::fields;
use super::shapes::Answer;
use crate::compat::form::{Fields, Form, FromForm};
use crate::compat::refusal::Refusal;
use crate::origin::{Program, RequestOrigin};

/// Who wants to log in. Other members do not matter.
#[derive(ToSchema)]
#[schema(as = EnterpriseCredentials)]
struct Credentials {
    /// The address of the admin.
    #[schema(value_type = String, format = Email, example = "ada@example.com")]
    email: Email,
    /// Its password.
    #[schema(value_type = String, format = Password, example = "correct horse battery")]
    password: Password,
}

impl FromForm for Credentials {
    fn from_form(fields: &mut Fields) -> Option<Self> {
        let email = fields.required("email", fields::email);
        let password = fields.required_secret("password", |text| Ok(Password::attempt(text)));
        Some(Self { email: email?, password: password? })
    }
}

/// A token, and whose it is.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseToken)]
struct Token<'a> {
    /// To be sent as `Authorization: Bearer <access_token>`.
    access_token: &'a str,
    /// How to send it.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Who logged in.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    admin_id: &'a AdminId,
    /// Where.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: &'a OrganizationId,
}

/// Log in
///
/// Trades an e-mail address and a password for an access token.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_login",
    request_body = inline(Credentials),
    responses(
        (status = 200, description = "A token", body = Answer<Token>),
        (status = 401, description = "Incorrect email or password"),
        (status = 403, description = "The admin is deactivated"),
    ),
    security(()),
)]
#[post("/login")]
pub(super) async fn enterprise_login(
    services: web::Data<Services>,
    origin: RequestOrigin,
    program: Program,
    body: Form<Credentials>,
) -> Result<HttpResponse, Refusal> {
    let Credentials { email, password } = body.0;
    let login = services.login.login(&email, password, origin.0, program.0).await?;
    let data = Token {
        access_token: login.token.0.expose_secret(),
        token_type: "bearer",
        admin_id: login.admin.id(),
        organization_id: login.organization.id(),
    };
    Ok(HttpResponse::Ok().json(Answer::done(data, "Login successful")))
}
