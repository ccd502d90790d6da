//! Changing an organization.

use actix_web::{HttpResponse, patch, web};
use domain::model::{
    Description, MetadataPatch, OrganizationChange, OrganizationId, OrganizationName, RateLimit,
    StorageQuota, StorageQuotaChange, Version,
};
use domain::service::Services;
use utoipa::ToSchema;

use super::changed;
use crate::auth::AnyCaller;
use crate::input::{Body, Fields, FromFields, Id, IfMatch, number, object, text};
use crate::problem::Problem;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IfMatchHeader, OrganizationPath};

/// What to change (a merge patch, RFC 7396): what is left out stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Acme International",
    "description": "Anvils, worldwide",
    "metadata": {"plan": "pro"},
}))]
struct UpdateOrganization {
    /// Another name; the collection follows it.
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 100)]
    name: Option<OrganizationName>,
    /// Another description; null for none.
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Option<Option<Description>>,
    /// Members to set; a member that is null is removed, and null in its place removes all.
    #[schema(value_type = Option<Map<String, Value>>)]
    metadata: Option<Option<MetadataPatch>>,
    /// How many requests it may make in a window, 0 for any number; null for as many as others may. Only
    /// the operator changes it.
    #[schema(value_type = Option<u32>, maximum = 1_000_000_000)]
    rate_limit: Option<Option<RateLimit>>,
    /// How much it may keep. Only the operator changes it.
    #[schema(value_type = Option<QuotaPatch>)]
    quota: Option<Option<QuotaPatch>>,
}

/// How much the organization may keep: what is left out stays as it is, and null is 0, for any amount.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct QuotaPatch {
    /// How many documents.
    #[schema(value_type = Option<u64>, maximum = 9_007_199_254_740_991_u64)]
    documents: Option<Option<u64>>,
    /// How many bytes of JSON in all of them.
    #[schema(value_type = Option<u64>, maximum = 9_007_199_254_740_991_u64)]
    bytes: Option<Option<u64>>,
}

impl FromFields for QuotaPatch {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let documents = fields.nullable("documents", number(StorageQuota::parse));
        let bytes = fields.nullable("bytes", number(StorageQuota::parse));
        Some(Self { documents: documents?, bytes: bytes? })
    }
}

impl QuotaPatch {
    /// What a `quota` that is null asks for.
    const NULL: Self = Self { documents: Some(None), bytes: Some(None) };
}

impl From<QuotaPatch> for StorageQuotaChange {
    fn from(QuotaPatch { documents, bytes }: QuotaPatch) -> Self {
        let number = |sent: Option<Option<u64>>| sent.map(Option::unwrap_or_default);
        Self { documents: number(documents), bytes: number(bytes) }
    }
}

impl FromFields for UpdateOrganization {
    const MEDIA_TYPES: &'static [&'static str] =
        &["application/merge-patch+json", "application/json"];

    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let name = fields.optional("name", text(OrganizationName::parse));
        let description = fields.nullable("description", text(Description::parse));
        let metadata = fields.nullable("metadata", object(MetadataPatch::parse));
        let rate_limit = fields.nullable("rate_limit", number(RateLimit::parse));
        let quota = fields.nullable_nested("quota");
        Some(Self {
            name: name?,
            description: description?,
            metadata: metadata?,
            rate_limit: rate_limit?,
            quota: quota?,
        })
    }
}

impl From<UpdateOrganization> for OrganizationChange {
    fn from(request: UpdateOrganization) -> Self {
        let UpdateOrganization { name, description, metadata, rate_limit, quota } = request;
        let quota = quota.map(|quota| quota.unwrap_or(QuotaPatch::NULL).into());
        Self { name, description, metadata, rate_limit, quota: quota.unwrap_or_default() }
    }
}

/// Change an organization
///
/// Changes name, description or metadata, for its owners and admins, or rate limit and quota, for the operator. 202
/// means that the collection is still on its way to a new name: documents can be read and written all the while.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfMatchHeader),
    request_body(content(
        (UpdateOrganization = "application/merge-patch+json"),
        (UpdateOrganization = "application/json"),
    )),
    responses(
        (status = 200, description = "The organization", body = OrganizationBody, headers(
            ("ETag" = String, description = "Its version"),
        )),
        (status = 202, description = "The organization, while it is renamed",
            body = OrganizationBody),
        (status = 403, description = "forbidden"),
        (status = 409, description = "name_taken"),
        (status = 429, description = "daily_limit"),
    ),
    security(("bearer" = [])),
)]
#[patch("/organizations/{organization_id}")]
pub(super) async fn update_organization(
    services: web::Data<Services>,
    caller: AnyCaller,
    id: Id<OrganizationId>,
    condition: IfMatch<Version>,
    body: Body<UpdateOrganization>,
) -> Result<HttpResponse, Problem> {
    let change = body.0.into();
    let organizations = &services.organizations;
    let organization =
        organizations.amend(&caller.context()?, &id.0, &change, &condition.0).await?;
    Ok(changed(&organization))
}
