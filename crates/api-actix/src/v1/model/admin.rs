//! An admin as it is shown.

use domain::model::{Admin, AdminId, OrganizationId, Role, Timestamp, Version};
use serde::Serialize;
use utoipa::ToSchema;

/// A person who runs an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Admin)]
pub(crate) struct AdminBody<'a> {
    /// Its id, for ever.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: &'a AdminId,
    /// The organization it belongs to.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: &'a OrganizationId,
    /// The address it logs in with.
    #[schema(example = "ada@example.com")]
    email: &'a str,
    /// What people call it.
    #[schema(required = true, example = "Ada")]
    name: Option<&'a str>,
    /// What it may do.
    #[schema(value_type = RoleBody)]
    role: Role,
    /// Whether it may log in.
    is_active: bool,
    /// The last time it logged in.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_login: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When somebody last changed it; logins do not count.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// How often it was written; its `ETag`.
    #[schema(value_type = u64, example = 1)]
    version: Version,
}

/// What an admin may do: everything, change the organization and its documents, or read.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
#[expect(dead_code, reason = "it only describes the words of domain::model::Role")]
pub(crate) enum RoleBody {
    Owner,
    Admin,
    Viewer,
}

impl<'a> From<&'a Admin> for AdminBody<'a> {
    fn from(admin: &'a Admin) -> Self {
        Self {
            id: admin.id(),
            organization_id: admin.organization_id(),
            email: admin.email().as_str(),
            name: admin.name().map(|name| name.as_str()),
            role: admin.role(),
            is_active: admin.is_active(),
            last_login: admin.last_login(),
            created_at: admin.created_at(),
            updated_at: admin.updated_at(),
            version: admin.version(),
        }
    }
}
