//! Updates an organization.

use actix_web::{HttpResponse, patch, web};
use domain::model::{
    Description, MetadataPatch, OrganizationChange, OrganizationId, OrganizationName, RateLimit,
    StorageQuota, StorageQuotaChange, Version,
};
use domain::service::Services;
use utoipa::ToSchema;

use super::changed;
use crate::auth::RequiredCaller;
use crate::input::{Body, FieldReader, FromFields, Id, IfMatch, number, object, text};
use crate::problem::Problem;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IfMatchHeader, OrganizationPath};

/// Changes to an organization as a JSON merge patch (RFC 7396); omitted members stay unchanged.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Acme International",
    "description": "Anvils, worldwide",
    "metadata": {"plan": "pro"},
}))]
struct UpdateOrganization {
    /// New display name; the collection is renamed accordingly.
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 100)]
    name: Option<OrganizationName>,
    /// New description; null removes it.
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Option<Option<Description>>,
    /// Members to set. A null member is removed; null instead of the object removes all metadata.
    #[schema(value_type = Option<Map<String, Value>>)]
    metadata: Option<Option<MetadataPatch>>,
    /// Maximum requests per rate-limit window; 0 means unlimited, null means the installation's
    /// default. Only the operator may change it.
    #[schema(value_type = Option<u32>, maximum = 1_000_000_000)]
    rate_limit: Option<Option<RateLimit>>,
    /// Storage quota. Only the operator may change it.
    #[schema(value_type = Option<QuotaPatch>)]
    quota: Option<Option<QuotaPatch>>,
}

/// Changes to the storage quota; omitted members stay unchanged. Null means 0, which is unlimited.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct QuotaPatch {
    /// Maximum number of documents.
    #[schema(value_type = Option<u64>, maximum = 9_007_199_254_740_991_u64)]
    documents: Option<Option<u64>>,
    /// Maximum total size of all documents as JSON, in bytes.
    #[schema(value_type = Option<u64>, maximum = 9_007_199_254_740_991_u64)]
    bytes: Option<Option<u64>>,
}

impl FromFields for QuotaPatch {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let documents = fields.nullable("documents", number(StorageQuota::parse));
        let bytes = fields.nullable("bytes", number(StorageQuota::parse));
        Some(Self { documents: documents?, bytes: bytes? })
    }
}

impl QuotaPatch {
    /// Meaning of `"quota": null`.
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

    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
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

/// Update an organization
///
/// Owners and admins may change the name, the description and the metadata; the operator may change
/// the rate limit and the quota. 202: accepted; the rename completes asynchronously, and documents
/// stay readable and writable meanwhile.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfMatchHeader),
    request_body(content(
        (UpdateOrganization = "application/merge-patch+json"),
        (UpdateOrganization = "application/json"),
    )),
    responses(
        (status = 200, description = "Organization updated", body = OrganizationBody, headers(
            ("ETag" = String, description = "Version of the organization"),
        )),
        (status = 202, description = "Accepted; the rename completes asynchronously",
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
    caller: RequiredCaller,
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
