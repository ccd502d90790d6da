//! Verifies the integrity of an organization's audit trail.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use super::verified;
use crate::auth::RequiredCaller;
use crate::input::Id;
use crate::problem::Problem;
use crate::streams::Streams;
use crate::v1::model::VerificationBody;
use crate::v1::params::OrganizationPath;

/// Verify the audit trail
///
/// Reads the whole trail of the organization, checks the hash of each event, its link to the
/// previous event and all signatures, and reports the first break. Requires the role `owner` or the
/// operator token. Clients that do not trust the server verify an export instead.
#[utoipa::path(
    tag = "Audit trails",
    params(OrganizationPath),
    responses(
        (status = 200, description = "Verification result", body = VerificationBody),
        (status = 403, description = "forbidden"),
        (status = 429, description = "too_many_streams"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/audit-events/verify")]
pub(super) async fn verify_audit_events(
    services: web::Data<Services>,
    streams: web::Data<Streams>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let caller = caller.context()?;
    let trail = services.audit.whole_trail_of(&caller, &id.0).await?;
    let _permit = streams.open(&caller)?;
    verified(&services, &trail, &request).await
}
