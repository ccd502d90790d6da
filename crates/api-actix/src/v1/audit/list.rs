//! Lists the audit events of an organization, page by page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use super::events::{self, EventFilterParams, ListEvents};
use crate::auth::RequiredCaller;
use crate::input::{Id, Parameters};
use crate::problem::Problem;
use crate::response::PageBody;
use crate::v1::model::EventBody;
use crate::v1::params::{OrganizationPath, PageParams};

/// List audit events
///
/// Returns the events in the organization, including changes to itself and to its admins, in the
/// order in which they were recorded. Requires the role `owner` or `admin`, or the operator token,
/// which also works after the organization is deleted.
#[utoipa::path(
    tag = "Audit trails",
    params(OrganizationPath, EventFilterParams, PageParams),
    responses(
        (status = 200, description = "Page of events", body = PageBody<EventBody>),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/audit-events")]
pub(super) async fn list_audit_events(
    services: web::Data<Services>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
    query: Parameters<ListEvents>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let trail = services.audit.events_of(&caller.context()?, &id.0).await?;
    events::page(&services, &trail, query.0, &request).await
}
