//! `PUT /org/update`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, put};
use domain::service::Services;

use super::params::Current;
use super::shapes::{Envelope, OrganizationData};
use crate::auth::RequiredCaller;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{Form, Parameters};
use crate::compat::org::update::{Update, update};
use crate::compat::status::or_accepted;

/// Update your organization and your account
///
/// The update is atomic. Changing your e-mail address or password requires a recent login (step-up
/// authentication); the response is 401 otherwise. Such a change ends your other sessions.
#[utoipa::path(
    tag = "Reference API: org-envelope",
    operation_id = "org_envelope_update",
    params(Current),
    request_body = Update,
    responses(
        (status = 200, description = "Organization updated", body = Envelope<OrganizationData>),
        (
            status = 202,
            description = "Accepted; the update completes asynchronously",
            body = Envelope<OrganizationData>
        ),
        (status = 401, description = "Could not validate credentials"),
        (status = 403, description = "Not authorized to update this organization"),
        (status = 404, description = "Organization 'acme_inc' not found"),
        (status = 409, description = "Organization 'acme_labs' already exists"),
    ),
    security(("bearer" = [])),
)]
#[put("/update")]
pub(super) async fn org_envelope_update(
    services: Data<Services>,
    caller: RequiredCaller,
    query: Parameters<Current>,
    body: Form<Update>,
) -> Result<HttpResponse, DialectError> {
    let name = &query.0.current_org_name;
    let changed = update(&services, &caller.context()?, Some(name), body.0).await?;
    let status = or_accepted(&changed.organization, StatusCode::OK);
    let data = OrganizationData::of(&changed);
    Ok(HttpResponse::build(status).json(Envelope::new("Organization updated successfully", data)))
}
