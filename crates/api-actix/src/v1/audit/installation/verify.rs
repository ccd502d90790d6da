//! Whether the trail of what belongs to no organization is what it was.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::service::Services;

use crate::auth::Operator;
use crate::problem::Problem;
use crate::v1::audit::verified;
use crate::v1::model::VerificationBody;

/// Verify the installation's audit trail
///
/// As the verification of an organization's trail. For the operator.
#[utoipa::path(
    tag = "Audit trails",
    responses(
        (status = 200, description = "What was found", body = VerificationBody),
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
