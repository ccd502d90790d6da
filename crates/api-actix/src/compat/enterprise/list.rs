//! `GET /organizations/`.

use actix_web::{HttpRequest, HttpResponse, routes, web};
use domain::service::Services;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{Answer, OrganizationShape};
use crate::client_address;
use crate::compat::form::{Fields, FromForm, Parameters, integer};
use crate::compat::refusal::Refusal;

/// The greatest number that every client of JSON can tell from its neighbours (RFC 8259, section
/// 6).
const MOST: u64 = (1 << 53) - 1;
const MAX_LIMIT: u64 = 1000;
const DEFAULT_LIMIT: u64 = 100;

/// Which ones.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// How many to leave out, of those that were made first.
    #[param(value_type = Option<u64>, nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_u64, default = 0)]
    skip: u64,
    /// How many to give.
    #[param(value_type = Option<u64>, nullable = false, minimum = 1, maximum = 1000, default = 100)]
    limit: u64,
}

impl FromForm for Which {
    fn from_form(fields: &mut Fields) -> Option<Self> {
        let skip = fields.optional("skip", integer(0, MOST));
        let limit = fields.optional("limit", integer(1, MAX_LIMIT));
        Some(Self { skip: skip?.unwrap_or_default(), limit: limit?.unwrap_or(DEFAULT_LIMIT) })
    }
}

/// Some of all organizations.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseOrganizations)]
struct Organizations<'a> {
    /// In the order of their making.
    organizations: Vec<OrganizationShape<'a>>,
    /// How many these are.
    #[schema(example = 1)]
    count: usize,
    /// How many were left out before them.
    #[schema(example = 0)]
    skip: u64,
    /// How many there would be at most.
    #[schema(example = 100)]
    limit: u64,
}

/// List organizations
///
/// All but those that are deleted, for anybody.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_list",
    params(Which),
    responses((status = 200, description = "Some of them", body = Answer<Organizations>)),
    security(()),
)]
#[routes]
#[get("/")]
#[get("")]
pub(super) async fn enterprise_list(
    services: web::Data<Services>,
    request: HttpRequest,
    which: Parameters<Which>,
) -> Result<HttpResponse, Refusal> {
    let Which { skip, limit } = which.0;
    let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let client = client_address::of(&request);
    let found = services.directory.list(client, number(skip), number(limit)).await?;
    let organizations: Vec<_> =
        found.iter().map(|one| OrganizationShape::new(one, one.founder())).collect();
    let count = organizations.len();
    let data = Organizations { organizations, count, skip, limit };
    Ok(HttpResponse::Ok().json(Answer::found(data)))
}
