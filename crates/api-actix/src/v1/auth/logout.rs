//! Logging out.

use actix_web::{HttpResponse, post, web};
use domain::service::Services;

use crate::auth::Admin;
use crate::problem::Problem;

/// Log out
///
/// Ends the session that the token belongs to: neither this token nor its refresh token is accepted any
/// more.
#[utoipa::path(
    tag = "Authentication",
    responses(
        (status = 204, description = "The session has ended"),
        (status = 403, description = "forbidden"),
        (status = 409, description = "contended"),
    ),
    security(("bearer" = [])),
)]
#[post("/auth/logout")]
pub(super) async fn logout(
    services: web::Data<Services>,
    admin: Admin,
) -> Result<HttpResponse, Problem> {
    services.sessions.log_out(&admin.context()?).await?;
    Ok(HttpResponse::NoContent().finish())
}
