//! `POST /admin/login`.

use actix_web::post;
use actix_web::web::{Data, Json};
use domain::service::Services;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::Envelope;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::Form;
use crate::compat::org::login::{BEARER, Credentials, login};
use crate::request_info::{ClientAgent, RequestInfoParam};

/// Access token.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgEnvelopeToken)]
pub(super) struct Token {
    /// Access token, sent as `Authorization: Bearer <access_token>`.
    access_token: String,
    /// Authentication scheme of the access token.
    #[schema(example = "bearer")]
    token_type: &'static str,
}

/// Log in
#[utoipa::path(
    tag = "Reference API: org-envelope",
    operation_id = "org_envelope_admin_login",
    request_body = Credentials,
    responses(
        (status = 200, description = "Access token", body = Envelope<Token>),
        (status = 401, description = "Invalid credentials"),
        (status = 403, description = "The organization is suspended"),
    ),
    security(()),
)]
#[post("/login")]
pub(super) async fn org_envelope_admin_login(
    services: Data<Services>,
    request_info: RequestInfoParam,
    agent: ClientAgent,
    body: Form<Credentials>,
) -> Result<Json<Envelope<Token>>, DialectError> {
    let logged_in = login(&services, request_info, agent, body.0).await?;
    let access_token = logged_in.token.0.expose_secret().to_owned();
    let token = Token { access_token, token_type: BEARER };
    Ok(Json(Envelope::new("Login successful", token)))
}
