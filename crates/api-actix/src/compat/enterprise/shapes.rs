//! Response bodies of this dialect.

use domain::model::{AdminId, Organization, OrganizationId, Placement, Timestamp};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// Success response.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseAnswer)]
pub(super) struct SuccessBody<T> {
    /// Always true; errors have another body and an error status.
    success: bool,
    data: T,
    /// Human-readable message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = "Organization created successfully")]
    message: Option<&'static str>,
}

impl<T> SuccessBody<T> {
    /// Success response without a message.
    pub(super) fn new(data: T) -> Self {
        Self { success: true, data, message: None }
    }

    /// Success response with a message.
    pub(super) fn with_message(data: T, message: &'static str) -> Self {
        Self { success: true, data, message: Some(message) }
    }
}

/// Organization.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseOrganization)]
pub(super) struct OrganizationShape<'a> {
    /// Id of the organization; never changes and is never reused.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: &'a OrganizationId,
    /// Name as given by the client.
    #[schema(example = "Acme Inc")]
    name: &'a str,
    /// Free-text description.
    #[schema(required = true, example = "Anvils and more")]
    description: Option<&'a str>,
    /// Name of the collection that holds the documents; null while provisioning.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<&'a str>,
    /// Id of the organization's representative admin; null if there is none any more, and in lists
    /// if it is not readily known.
    #[schema(
        value_type = Option<String>,
        required = true,
        example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f"
    )]
    admin_id: Option<&'a AdminId>,
    /// Creation time.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Time of the last change.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Always false: deleted organizations are not returned.
    #[schema(example = false)]
    is_deleted: bool,
}

impl<'a> OrganizationShape<'a> {
    pub(super) fn new(organization: &'a Organization, admin: Option<&'a AdminId>) -> Self {
        Self {
            id: organization.id(),
            name: organization.name().as_str(),
            description: organization.description().map(|text| text.as_str()),
            collection_name: organization.placement().map(Placement::collection_name),
            admin_id: admin,
            created_at: organization.created_at(),
            updated_at: organization.updated_at(),
            is_deleted: false,
        }
    }
}

/// Path parameters of an organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "the field only describes the parameter")]
pub(super) struct OrganizationPath {
    /// Id of the organization.
    organization_id: String,
}
