//! Lists the events of the installation's audit trail, page by page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::service::Services;

use crate::auth::Operator;
use crate::input::Parameters;
use crate::problem::Problem;
use crate::response::PageBody;
use crate::v1::audit::events::{self, EventFilterParams, ListEvents};
use crate::v1::model::EventBody;
use crate::v1::params::PageParams;

/// List the installation's audit events
///
/// Returns the events that belong to no organization: failed logins with an unknown e-mail address,
/// and added and removed signing keys. Requires the operator token.
#[utoipa::path(
    tag = "Audit trails",
    params(EventFilterParams, PageParams),
    responses(
        (status = 200, description = "Page of events", body = PageBody<EventBody>),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/audit-events")]
pub(super) async fn list_installation_events(
    services: web::Data<Services>,
    operator: Operator,
    query: Parameters<ListEvents>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let trail = services.audit.of_installation(&operator.0);
    events::page(&services, &trail, query.0, &request).await
}
