//! Representation of an organization.

use domain::model::{
    Metadata, Organization, OrganizationId, Placement, RateLimit, Timestamp, Version,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::QuotaBody;

/// Organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationBody<'a> {
    /// Id of the organization; never changes and is never reused.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: &'a OrganizationId,
    /// Display name.
    #[schema(example = "Acme Inc")]
    name: &'a str,
    /// Normalized name; unique among organizations.
    #[schema(example = "acme_inc")]
    slug: &'a str,
    /// Free-text description.
    #[schema(required = true, example = "Anvils and more")]
    description: Option<&'a str>,
    /// Custom metadata set by clients.
    #[schema(value_type = Map<String, Value>, example = json!({"plan": "free"}))]
    metadata: &'a Metadata,
    /// Lifecycle status. While it is `provisioning`, `renaming` or `deleting`, the server is still
    /// completing the operation.
    #[schema(value_type = StatusBody, example = "active")]
    status: &'static str,
    /// Name of the collection that holds the documents; null while provisioning.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<&'a str>,
    /// Maximum requests per rate-limit window; 0 means unlimited, null means the installation's
    /// default.
    #[schema(required = true, example = json!(null))]
    rate_limit: Option<u32>,
    /// Storage quota.
    quota: QuotaBody,
    /// Creation time.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Deletion time; null unless deleted.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = json!(null))]
    deleted_at: Option<Timestamp>,
    /// Actor that deleted the organization: the id of an admin, or `operator`.
    #[schema(required = true, example = json!(null))]
    deleted_by: Option<String>,
    /// Version, incremented by every write; also the `ETag`.
    #[schema(value_type = u64, example = 2)]
    version: Version,
}

/// Lifecycle status of an organization.
#[derive(ToSchema)]
#[schema(as = Status, rename_all = "snake_case")]
#[expect(dead_code, reason = "only describes the values of domain::model::Status")]
pub(super) enum StatusBody {
    Provisioning,
    Active,
    Renaming,
    Suspended,
    Deleting,
    Deleted,
}

impl<'a> From<&'a Organization> for OrganizationBody<'a> {
    fn from(organization: &'a Organization) -> Self {
        Self {
            id: organization.id(),
            name: organization.name().as_str(),
            slug: organization.slug().as_str(),
            description: organization.description().map(|text| text.as_str()),
            metadata: organization.metadata(),
            status: organization.status().as_str(),
            collection_name: organization.placement().map(Placement::collection_name),
            rate_limit: organization.rate_limit().map(RateLimit::get),
            quota: organization.quota().into(),
            created_at: organization.created_at(),
            updated_at: organization.updated_at(),
            deleted_at: organization.deleted_at(),
            deleted_by: organization.deleted_by().map(ToString::to_string),
            version: organization.version(),
        }
    }
}
