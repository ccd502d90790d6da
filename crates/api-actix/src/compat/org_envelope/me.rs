//! `GET /admin/me`.

use actix_web::get;
use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::Envelope;
use crate::auth::Admin;
use crate::compat::dialect_error::DialectError;
use crate::compat::org::shapes::AdminShape;

/// Data member of a response with an admin.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgEnvelopeAdminData)]
pub(super) struct AdminData {
    admin: AdminShape,
}

/// Get the current admin
#[utoipa::path(
    tag = "Reference API: org-envelope",
    operation_id = "org_envelope_admin_me",
    responses(
        (
            status = 200,
            description = "Authenticated admin",
            body = Envelope<AdminData>
        ),
        (status = 401, description = "Could not validate credentials"),
        (status = 403, description = "The organization is suspended"),
    ),
    security(("bearer" = [])),
)]
#[get("/me")]
pub(super) async fn org_envelope_admin_me(
    admin: Admin,
) -> Result<Json<Envelope<AdminData>>, DialectError> {
    let admin = AdminShape::new(&admin.context()?);
    Ok(Json(Envelope::new("Admin retrieved successfully", AdminData { admin })))
}
