//! `GET /organizations/`.

use actix_web::{HttpRequest, HttpResponse, routes, web};
use domain::service::Services;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{OrganizationShape, SuccessBody};
use crate::client_address;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{FormReader, FromForm, Parameters, integer};

/// Largest integer that every JSON client represents exactly (RFC 8259, section 6).
const MOST: u64 = (1 << 53) - 1;
const MAX_LIMIT: u64 = 1000;
const DEFAULT_LIMIT: u64 = 100;

/// Pagination parameters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct SkipParams {
    /// Number of organizations to skip, oldest first.
    #[param(value_type = Option<u64>, nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_u64, default = 0)]
    skip: u64,
    /// Maximum number of organizations to return.
    #[param(value_type = Option<u64>, nullable = false, minimum = 1, maximum = 1000, default = 100)]
    limit: u64,
}

impl FromForm for SkipParams {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let skip = fields.optional("skip", integer(0, MOST));
        let limit = fields.optional("limit", integer(1, MAX_LIMIT));
        Some(Self { skip: skip?.unwrap_or_default(), limit: limit?.unwrap_or(DEFAULT_LIMIT) })
    }
}

/// Page of organizations.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseOrganizations)]
struct Organizations<'a> {
    /// Organizations in order of creation.
    organizations: Vec<OrganizationShape<'a>>,
    /// Number of organizations in this page.
    #[schema(example = 1)]
    count: usize,
    /// Number of organizations skipped before this page.
    #[schema(example = 0)]
    skip: u64,
    /// Maximum number of organizations in this page.
    #[schema(example = 100)]
    limit: u64,
}

/// List organizations
///
/// Returns all organizations that are not deleted. Requires no authentication.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_list",
    params(SkipParams),
    responses((status = 200, description = "Page of organizations", body = SuccessBody<Organizations>)),
    security(()),
)]
#[routes]
#[get("/")]
#[get("")]
pub(super) async fn enterprise_list(
    services: web::Data<Services>,
    request: HttpRequest,
    params: Parameters<SkipParams>,
) -> Result<HttpResponse, DialectError> {
    let SkipParams { skip, limit } = params.0;
    let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let client = client_address::of(&request);
    let found = services.public_organizations.list(client, number(skip), number(limit)).await?;
    let organizations: Vec<_> =
        found.iter().map(|one| OrganizationShape::new(one, one.founder())).collect();
    let count = organizations.len();
    let data = Organizations { organizations, count, skip, limit };
    Ok(HttpResponse::Ok().json(SuccessBody::new(data)))
}
