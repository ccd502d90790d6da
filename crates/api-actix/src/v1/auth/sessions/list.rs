//! Lists the sessions of the authenticated admin, page by page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::SessionId;
use domain::service::Services;

use crate::auth::Admin;
use crate::input::{PageQuery, Parameters};
use crate::problem::Problem;
use crate::response::PageBody;
use crate::v1::model::SessionBody;
use crate::v1::params::PageParams;

/// List your sessions
///
/// Returns your active sessions in order of login.
#[utoipa::path(
    tag = "Authentication",
    params(PageParams),
    responses(
        (status = 200, description = "Page of sessions", body = PageBody<SessionBody>),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/auth/sessions")]
pub(super) async fn list_sessions(
    services: web::Data<Services>,
    admin: Admin,
    query: Parameters<PageQuery<SessionId>>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let PageQuery { after, size } = query.0;
    let admin = admin.context()?;
    let found = services.sessions.list(&admin, after.as_ref(), size).await?;
    let body = |session| SessionBody::new(session, admin.session());
    Ok(PageBody::new(&found, body, |session| session.id().as_str()).respond(&request))
}
