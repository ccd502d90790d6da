//! Going on with a session.

use actix_web::{HttpResponse, post, web};
use domain::model::RefreshToken;
use domain::ports::TokenError;
use domain::service::{self, Services};
use utoipa::ToSchema;

use crate::input::{Body, Fields, FromFields, text};
use crate::origin::RequestOrigin;
use crate::problem::Problem;
use crate::v1::model::LoggedInBody;

/// A refresh token.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// The last one that this session was given.
    #[schema(value_type = String, example = "0199f3f2…")]
    refresh_token: Option<RefreshToken>,
}

impl FromFields for Refresh {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let refresh_token =
            fields.required("refresh_token", text(|text| Ok(RefreshToken::read(&text))));
        Some(Self { refresh_token: refresh_token? })
    }
}

/// Refresh tokens
///
/// Trades a refresh token for new tokens. Each is good for one use; the same use within 10 seconds has the
/// same answer, in case that was lost. A later use shows that somebody else has the token: the session
/// ends, for both.
#[utoipa::path(
    tag = "Authentication",
    request_body = Refresh,
    responses(
        (status = 200, description = "Tokens", body = LoggedInBody),
        (status = 401, description = "token_invalid"),
        (status = 403, description = "organization_suspended"),
        (status = 409, description = "contended"),
    ),
    security(()),
)]
#[post("/auth/refresh")]
pub(super) async fn refresh(
    services: web::Data<Services>,
    origin: RequestOrigin,
    body: Body<Refresh>,
) -> Result<HttpResponse, Problem> {
    let token = body.0.refresh_token.ok_or(service::Error::from(TokenError::Invalid))?;
    let logged_in = services.sessions.refresh(&token, origin.0).await?;
    Ok(HttpResponse::Ok().json(LoggedInBody::from(&logged_in)))
}
