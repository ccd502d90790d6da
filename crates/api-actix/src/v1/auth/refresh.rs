//! Rotates the refresh token of a session.

use actix_web::{HttpResponse, post, web};
use domain::model::RefreshToken;
use domain::ports::TokenError;
use domain::service::{self, Services};
use utoipa::ToSchema;

use crate::input::{Body, FieldReader, FromFields, text};
use crate::problem::Problem;
use crate::request_info::RequestInfoParam;
use crate::v1::model::LoggedInBody;

/// Refresh token of a session.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// Most recent refresh token of the session.
    #[schema(value_type = String, example = "0199f3f2…")]
    refresh_token: Option<RefreshToken>,
}

impl FromFields for Refresh {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let refresh_token =
            fields.required("refresh_token", text(|text| Ok(RefreshToken::read(&text))));
        Some(Self { refresh_token: refresh_token? })
    }
}

/// Refresh tokens
///
/// Exchanges a refresh token for a new access token and a new refresh token. A refresh token is
/// valid for one use. Repeating that use within 10 seconds returns the same response, in case the
/// first one was lost. A later reuse indicates that the token was stolen, so the session ends.
#[utoipa::path(
    tag = "Authentication",
    request_body = Refresh,
    responses(
        (status = 200, description = "Access token and refresh token", body = LoggedInBody),
        (status = 401, description = "token_invalid"),
        (status = 403, description = "organization_suspended"),
        (status = 409, description = "contended"),
    ),
    security(()),
)]
#[post("/auth/refresh")]
pub(super) async fn refresh(
    services: web::Data<Services>,
    request_info: RequestInfoParam,
    body: Body<Refresh>,
) -> Result<HttpResponse, Problem> {
    let token = body.0.refresh_token.ok_or(service::Error::from(TokenError::Invalid))?;
    let logged_in = services.sessions.refresh(&token, request_info.0).await?;
    Ok(HttpResponse::Ok().json(LoggedInBody::from(&logged_in)))
}
