//! Access tokens for other services.

use actix_web::{HttpResponse, post, web};
use domain::model::Audience;
use domain::service::{AudienceToken, Services};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::input::{Body, Fields, FromFields, text};
use crate::problem::Problem;

/// Whom a token is to be for.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// One of the audiences that the installation has (`TOKEN_AUDIENCES`).
    #[schema(value_type = String, min_length = 1, max_length = 128, example = "billing")]
    audience: Audience,
}

impl FromFields for TokenRequest {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let audience = fields.required("audience", text(Audience::parse));
        Some(Self { audience: audience? })
    }
}

/// An access token for another service.
#[derive(Serialize, ToSchema)]
#[schema(as = AudienceToken)]
struct AudienceTokenBody<'a> {
    /// To be sent to that service. This one refuses it.
    access_token: &'a str,
    /// How to send it.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long it is good for, in seconds.
    #[schema(example = 300)]
    expires_in: u64,
}

/// Issue a token for another service
///
/// An access token with the claims of yours and another audience (`aud`), good for 5 minutes at most. Show other services
/// such a token and not your own: whoever has that can use it here.
#[utoipa::path(
    tag = "Authentication",
    request_body = TokenRequest,
    responses(
        (status = 200, description = "A token", body = AudienceTokenBody),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[post("/auth/token")]
pub(super) async fn issue_token(
    services: web::Data<Services>,
    admin: Admin,
    body: Body<TokenRequest>,
) -> Result<HttpResponse, Problem> {
    let tokens = &services.audience_tokens;
    let AudienceToken { token, lifetime } =
        tokens.issue(&admin.context()?, &body.0.audience).await?;
    Ok(HttpResponse::Ok().json(AudienceTokenBody {
        access_token: token.0.expose_secret(),
        token_type: "Bearer",
        expires_in: lifetime.as_secs(),
    }))
}
