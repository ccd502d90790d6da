//! Representation of an admin.

use domain::model::{Admin, AdminId, OrganizationId, Role, Timestamp, Version};
use serde::Serialize;
use utoipa::ToSchema;

/// Administrator of an organization.
#[derive(Serialize, ToSchema)]
#[schema(as = Admin)]
pub(crate) struct AdminBody<'a> {
    /// Id of the admin; never changes and is never reused.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    id: &'a AdminId,
    /// Id of the organization that the admin belongs to.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: &'a OrganizationId,
    /// E-mail address that the admin logs in with.
    #[schema(example = "ada@example.com")]
    email: &'a str,
    /// Display name.
    #[schema(required = true, example = "Ada")]
    name: Option<&'a str>,
    /// Role of the admin.
    #[schema(value_type = RoleBody)]
    role: Role,
    /// Whether the admin may log in.
    is_active: bool,
    /// Time of the last login; null before the first one.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_login: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Time of the last change; logins are not changes.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Version, incremented by every write; also the `ETag`.
    #[schema(value_type = u64, example = 1)]
    version: Version,
}

/// Permissions of an admin: `owner` may do everything, `admin` may change the organization and its
/// documents, `viewer` may only read.
#[derive(ToSchema)]
#[schema(as = Role, rename_all = "snake_case")]
#[expect(dead_code, reason = "only describes the values of domain::model::Role")]
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
