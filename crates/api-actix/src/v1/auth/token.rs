//! Issues access tokens for other services.

use actix_web::{HttpResponse, post, web};
use domain::model::Audience;
use domain::service::{AudienceToken, Services};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::input::{Body, FieldReader, FromFields, text};
use crate::problem::Problem;

/// Request for an access token for another service.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// Audience of the token; one of the configured audiences (`TOKEN_AUDIENCES`).
    #[schema(value_type = String, min_length = 1, max_length = 128, example = "billing")]
    audience: Audience,
}

impl FromFields for TokenRequest {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let audience = fields.required("audience", text(Audience::parse));
        Some(Self { audience: audience? })
    }
}

/// Access token for another service.
#[derive(Serialize, ToSchema)]
#[schema(as = AudienceToken)]
struct AudienceTokenBody<'a> {
    /// Access token for the other service. This service rejects it.
    access_token: &'a str,
    /// Authentication scheme of the token.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schema(example = 300)]
    expires_in: u64,
}

/// Issue a token for another service
///
/// Issues an access token with the claims of yours and another audience (`aud`), valid for at most
/// 5 minutes. Send such a token to other services instead of your own: a service that receives your
/// own access token could use it here on your behalf.
#[utoipa::path(
    tag = "Authentication",
    request_body = TokenRequest,
    responses(
        (status = 200, description = "Access token for the audience", body = AudienceTokenBody),
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
