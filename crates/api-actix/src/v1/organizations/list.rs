//! Lists all organizations, page by page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{Invalid, OrganizationId, OrganizationName, Slug, Status};
use domain::ports::OrganizationFilter;
use domain::service::Services;

use crate::auth::Operator;
use crate::input::{FieldReader, FromFields, PageQuery, Parameters, text};
use crate::problem::Problem;
use crate::response::PageBody;
use crate::v1::model::OrganizationBody;
use crate::v1::params::PageParams;

/// Filters of a list of organizations.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct OrganizationFilterParams {
    /// Only organizations with this status.
    #[param(value_type = Option<String>, nullable = false, example = "active")]
    status: Option<Status>,
    /// Only organizations whose name contains this text; case, spacing and punctuation are ignored.
    #[param(value_type = Option<String>, nullable = false, min_length = 1, max_length = 100)]
    q: Option<OrganizationName>,
}

/// Query of a list of organizations: filters and page.
struct ListOrganizations {
    params: OrganizationFilterParams,
    page: PageQuery<OrganizationId>,
}

impl FromFields for ListOrganizations {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let status = fields.optional("status", text(status));
        let q = fields.optional("q", text(OrganizationName::parse));
        let page = PageQuery::from_fields(fields);
        Some(Self { params: OrganizationFilterParams { status: status?, q: q? }, page: page? })
    }
}

impl From<OrganizationFilterParams> for OrganizationFilter {
    fn from(params: OrganizationFilterParams) -> Self {
        let slug = params.q.as_ref().map(Slug::of);
        let slug_contains = slug.map(|slug| slug.to_string());
        Self { status: params.status, slug_contains, ..Self::default() }
    }
}

fn status(text: String) -> Result<Status, Invalid> {
    let known = Status::ALL.into_iter().find(|status| status.as_str() == text);
    known.ok_or(Invalid::Format(
        "must be provisioning, active, renaming, suspended, deleting or deleted",
    ))
}

/// List organizations
///
/// Returns all organizations of the installation, including deleted ones, in order of creation.
/// Requires the operator token.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationFilterParams, PageParams),
    responses(
        (status = 200, description = "Page of organizations", body = PageBody<OrganizationBody>),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations")]
pub(super) async fn list_organizations(
    services: web::Data<Services>,
    operator: Operator,
    query: Parameters<ListOrganizations>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let ListOrganizations { params, page } = query.0;
    let (filter, PageQuery { after, size }) = (params.into(), page);
    let organizations = &services.organizations;
    let found = organizations.list(&operator.0, &filter, after.as_ref(), size).await?;
    let page = PageBody::new(&found, OrganizationBody::from, |item| item.id().as_str());
    Ok(page.respond(&request))
}
