//! An organization as it is shown.

use domain::model::{
    Metadata, Organization, OrganizationId, Placement, RateLimit, Timestamp, Version,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::QuotaBody;

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationBody<'a> {
    /// Its id, for ever.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: &'a OrganizationId,
    /// What people call it.
    #[schema(example = "Acme Inc")]
    name: &'a str,
    /// The key of its name: no two organizations have the same.
    #[schema(example = "acme_inc")]
    slug: &'a str,
    /// What it says of itself.
    #[schema(required = true, example = "Anvils and more")]
    description: Option<&'a str>,
    /// What its clients attached to it.
    #[schema(value_type = Map<String, Value>, example = json!({"plan": "free"}))]
    metadata: &'a Metadata,
    /// Where it stands. While it is provisioning, renaming or deleting, the server is at work on it.
    #[schema(value_type = StatusBody, example = "active")]
    status: &'static str,
    /// The collection that holds its documents; null while it is provisioning.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<&'a str>,
    /// How many requests it may make in a window, 0 for any number; null where it may make as many as
    /// others.
    #[schema(required = true, example = json!(null))]
    rate_limit: Option<u32>,
    /// How much it may keep.
    quota: QuotaBody,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When somebody last changed it.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was deleted.
    #[schema(required = true, value_type = Option<String>, format = DateTime, example = json!(null))]
    deleted_at: Option<Timestamp>,
    /// Who deleted it: the id of an admin, or `operator`.
    #[schema(required = true, example = json!(null))]
    deleted_by: Option<String>,
    /// How often it was written; its `ETag`.
    #[schema(value_type = u64, example = 2)]
    version: Version,
}

/// Where an organization stands.
#[derive(ToSchema)]
#[schema(as = Status, rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the words of domain::model::Status")]
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
