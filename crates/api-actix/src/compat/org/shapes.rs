//! Organizations and admins as this dialect shows them.

use domain::model::{Admin, AdminId, Email, Organization, OrganizationId, Role};
use domain::service::{AdminContext, Entry};
use serde::Serialize;
use utoipa::ToSchema;

use crate::compat::time::naive;

/// An organization.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgOrganization)]
pub(super) struct OrganizationShape {
    /// Its id, for ever.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: OrganizationId,
    /// Its name.
    #[schema(example = "acme_inc")]
    organization_name: String,
    /// The collection that holds its documents; null while that is made.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<String>,
    /// The address of who speaks for it; null when nobody does any more.
    #[schema(required = true, example = "ada@example.com")]
    admin_email: Option<String>,
    /// When it was made, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    created_at: String,
    /// When it was last changed, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    updated_at: String,
}

impl OrganizationShape {
    pub(super) fn new(organization: &Organization, admin: Option<&Email>) -> Self {
        Self {
            id: organization.id().clone(),
            organization_name: organization.name().as_str().to_owned(),
            collection_name: collection(organization),
            admin_email: admin.map(|email| email.as_str().to_owned()),
            created_at: naive(organization.created_at()),
            updated_at: naive(organization.updated_at()),
        }
    }

    pub(super) fn of(entry: &Entry) -> Self {
        Self::new(&entry.organization, entry.admin.as_ref().map(Admin::email))
    }
}

/// The name of the collection that holds its documents.
pub(in crate::compat) fn collection(organization: &Organization) -> Option<String> {
    organization.placement().map(|placement| placement.collection_name().to_owned())
}

/// An admin.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgAdmin)]
pub(in crate::compat) struct AdminShape {
    /// Its id, for ever.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: AdminId,
    /// The address it logs in with.
    #[schema(example = "ada@example.com")]
    email: String,
    /// What it may do: `owner`, `admin` or `viewer`.
    #[schema(value_type = String, example = "owner")]
    role: Role,
    /// The organization it belongs to.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: OrganizationId,
    /// The name of that.
    #[schema(example = "acme_inc")]
    organization_name: String,
    /// Whether it may log in.
    is_active: bool,
    /// The last time it logged in, in UTC.
    #[schema(required = true, example = "2026-11-21T17:02:35.123")]
    last_login: Option<String>,
    /// When it was made, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    created_at: String,
}

impl AdminShape {
    pub(in crate::compat) fn new(context: &AdminContext) -> Self {
        let (admin, organization) = (context.admin(), context.organization());
        Self {
            id: admin.id().clone(),
            email: admin.email().as_str().to_owned(),
            role: admin.role(),
            organization_id: organization.id().clone(),
            organization_name: organization.name().as_str().to_owned(),
            is_active: admin.is_active(),
            last_login: admin.last_login().map(naive),
            created_at: naive(admin.created_at()),
        }
    }
}
