//! Response bodies of this dialect.

use domain::model::{Admin, AdminId, Email, Organization, OrganizationId, Role};
use domain::service::{AdminContext, PublicOrganization};
use serde::Serialize;
use utoipa::ToSchema;

use crate::compat::time::naive;

/// Organization.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgOrganization)]
pub(super) struct OrganizationShape {
    /// Id of the organization; never changes and is never reused.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    id: OrganizationId,
    /// Name of the organization.
    #[schema(example = "acme_inc")]
    organization_name: String,
    /// Name of the collection that holds the documents; null while provisioning.
    #[schema(required = true, example = "org_acme_inc")]
    collection_name: Option<String>,
    /// E-mail address of the organization's representative admin; null if there is none any more.
    #[schema(required = true, example = "ada@example.com")]
    admin_email: Option<String>,
    /// Creation time, in UTC.
    #[schema(example = "2026-11-21T17:02:35.123")]
    created_at: String,
    /// Time of the last change, in UTC.
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

    pub(super) fn of(entry: &PublicOrganization) -> Self {
        Self::new(&entry.organization, entry.admin.as_ref().map(Admin::email))
    }
}

/// Name of the collection that holds the organization's documents.
pub(in crate::compat) fn collection(organization: &Organization) -> Option<String> {
    organization.placement().map(|placement| placement.collection_name().to_owned())
}

/// Admin.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgAdmin)]
pub(in crate::compat) struct AdminShape {
    /// Id of the admin; never changes and is never reused.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: AdminId,
    /// E-mail address that the admin logs in with.
    #[schema(example = "ada@example.com")]
    email: String,
    /// Role: `owner`, `admin` or `viewer`.
    #[schema(value_type = String, example = "owner")]
    role: Role,
    /// Id of the organization that the admin belongs to.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: OrganizationId,
    /// Name of the organization.
    #[schema(example = "acme_inc")]
    organization_name: String,
    /// Whether the admin may log in.
    is_active: bool,
    /// Time of the last login, in UTC.
    #[schema(required = true, example = "2026-11-21T17:02:35.123")]
    last_login: Option<String>,
    /// Creation time, in UTC.
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
