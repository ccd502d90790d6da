//! Organizations as this dialect shows them.

use domain::model::{Email, Organization, OrganizationId, Placement};
use serde::Serialize;
use utoipa::ToSchema;

use crate::compat::time::naive;

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgOrganization)]
pub(super) struct OrganizationShape<'a> {
    /// Its id, for ever.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: &'a OrganizationId,
    /// Its name.
    #[schema(example = "acme_inc")]
    organization_name: &'a str,
    /// The collection that holds its documents; null while that is made.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<&'a str>,
    /// Who speaks for it; null when nobody does any more.
    #[schema(required = true, example = "ada@example.com")]
    admin_email: Option<&'a str>,
    /// When it was made, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    created_at: String,
    /// When it was last changed, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    updated_at: String,
}

impl<'a> OrganizationShape<'a> {
    pub(super) fn new(organization: &'a Organization, admin: Option<&'a Email>) -> Self {
        Self {
            id: organization.id(),
            organization_name: organization.name().as_str(),
            collection_name: organization.placement().map(Placement::collection_name),
            admin_email: admin.map(Email::as_str),
            created_at: naive(organization.created_at()),
            updated_at: naive(organization.updated_at()),
        }
    }
}
