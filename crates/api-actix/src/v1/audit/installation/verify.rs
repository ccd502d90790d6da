//! Verifies the integrity of the installation's audit trail.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::service::Services;

use crate::auth::Operator;
use crate::problem::Problem;
use crate::v1::audit::verified;
use crate::v1::model::VerificationBody;

/// Verify the installation's audit trail
///
/// Same checks as the verification of an organization's trail. Requires the operator token.
#[utoipa::path(
    tag = "Audit trails",
    responses(
        (status = 200, description = "Verification result", body = VerificationBody),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/audit-events/verify")]
pub(super) async fn verify_installation_events(
    services: web::Data<Services>,
    operator: Operator,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let trail = services.audit.of_installation(&operator.0);
    verified(&services, &trail, &request).await
}
