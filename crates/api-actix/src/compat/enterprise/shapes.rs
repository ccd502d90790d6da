//! Answers as this dialect gives them.

use domain::model::{AdminId, Organization, OrganizationId, Placement, Timestamp};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// What was done, or found.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseAnswer)]
pub(super) struct Answer<T> {
    /// Always true: failures have another form, and their HTTP status.
    success: bool,
    data: T,
    /// What was done, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, example = "Organization created successfully")]
    message: Option<&'static str>,
}

impl<T> Answer<T> {
    /// What was found.
    pub(super) fn found(data: T) -> Self {
        Self { success: true, data, message: None }
    }

    /// What was done.
    pub(super) fn done(data: T, message: &'static str) -> Self {
        Self { success: true, data, message: Some(message) }
    }
}

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseOrganization)]
pub(super) struct OrganizationShape<'a> {
    /// Its id, for ever.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: &'a OrganizationId,
    /// Its name, as it was given.
    #[schema(example = "Acme Inc")]
    name: &'a str,
    /// What it says of itself.
    #[schema(required = true, example = "Anvils and more")]
    description: Option<&'a str>,
    /// The collection that holds its documents; null while that is made.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<&'a str>,
    /// Who speaks for it; null when nobody does any more, and in lists where it is not known at
    /// once.
    #[schema(
        value_type = Option<String>,
        required = true,
        example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f"
    )]
    admin_id: Option<&'a AdminId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Always false: those that are deleted are not shown.
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

/// The path of an organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "the field only describes the parameter")]
pub(super) struct OrganizationPath {
    /// The id of the organization.
    organization_id: String,
}
