//! `GET /admin/me`.

use actix_web::get;
use actix_web::web::Json;

use super::shapes::AdminShape;
use crate::auth::Admin;
use crate::compat::dialect_error::DialectError;

/// Get the current admin
#[utoipa::path(
    tag = "Reference API: org",
    operation_id = "org_admin_me",
    responses(
        (status = 200, description = "Authenticated admin", body = AdminShape),
        (status = 401, description = "Could not validate credentials"),
        (status = 403, description = "The organization is suspended"),
    ),
    security(("bearer" = [])),
)]
#[get("/me")]
pub(super) async fn org_admin_me(admin: Admin) -> Result<Json<AdminShape>, DialectError> {
    Ok(Json(AdminShape::new(&admin.context()?)))
}
