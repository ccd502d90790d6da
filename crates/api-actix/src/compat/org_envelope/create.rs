//! `POST /org/create`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use domain::service::Services;

use super::shapes::{Envelope, OrganizationData};
use crate::auth::CallerIfValid;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::Form;
use crate::compat::org::create::{Create, create};
use crate::compat::status::or_accepted;
use crate::request_info::RequestInfoParam;

/// Create an organization
#[utoipa::path(
    tag = "Reference API: org-envelope",
    operation_id = "org_envelope_create",
    request_body = Create,
    responses(
        (status = 201, description = "Organization created", body = Envelope<OrganizationData>),
        (
            status = 202,
            description = "Accepted; provisioning completes asynchronously",
            body = Envelope<OrganizationData>
        ),
        (status = 401, description = "Not authenticated"),
        (status = 403, description = "The caller may not do this"),
        (status = 409, description = "Organization 'acme_inc' already exists"),
    ),
    security((), ("bearer" = [])),
)]
#[post("/create")]
pub(super) async fn org_envelope_create(
    services: Data<Services>,
    request: HttpRequest,
    caller: CallerIfValid,
    request_info: RequestInfoParam,
    body: Form<Create>,
) -> Result<HttpResponse, DialectError> {
    let (made, email) =
        create(&services, &request, caller, request_info, body.0, StatusCode::CONFLICT).await?;
    let message = format!("Organization '{}' created successfully", made.name().as_str());
    let data = OrganizationData::new(&made, Some(&email));
    let status = or_accepted(&made, StatusCode::CREATED);
    Ok(HttpResponse::build(status).json(Envelope::new(message, data)))
}
