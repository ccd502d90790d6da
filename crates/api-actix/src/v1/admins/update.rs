//! Updates an admin.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, patch, web};
use domain::model::{AdminChange, AdminId, AdminName, Email, OrganizationId, Role, Version};
use domain::service::{Progress, Services};
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::input::{Body, FieldReader, FromFields, Ids, IfMatch, boolean, role, text};
use crate::problem::Problem;
use crate::response;
use crate::v1::model::{AdminBody, RoleBody};
use crate::v1::params::{AdminPath, IfMatchHeader};

/// Changes to an admin as a JSON merge patch (RFC 7396); omitted members stay unchanged.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateAdmin {
    /// New e-mail address to log in with.
    #[schema(value_type = Option<String>, nullable = false, format = Email, max_length = 254,
        example = "bob@example.org")]
    email: Option<Email>,
    /// New display name; null removes it.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "Robert")]
    name: Option<Option<AdminName>>,
    /// New role.
    #[schema(value_type = Option<RoleBody>, nullable = false, example = "admin")]
    role: Option<Role>,
    /// Whether the admin may log in. False ends all its sessions.
    #[schema(nullable = false, example = true)]
    is_active: Option<bool>,
}

impl FromFields for UpdateAdmin {
    const MEDIA_TYPES: &'static [&'static str] =
        &["application/merge-patch+json", "application/json"];

    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let email = fields.optional("email", text(Email::parse));
        let name = fields.nullable("name", text(AdminName::parse));
        let role = fields.optional("role", role);
        let is_active = fields.optional("is_active", boolean);
        Some(Self { email: email?, name: name?, role: role?, is_active: is_active? })
    }
}

impl From<UpdateAdmin> for AdminChange {
    fn from(request: UpdateAdmin) -> Self {
        let UpdateAdmin { email, name, role, is_active } = request;
        Self { email, name, role, is_active, ..Self::default() }
    }
}

/// Update an admin
///
/// Requires the role `owner`. The change takes effect immediately, also for tokens that were issued
/// before. The last active owner of an organization can be neither deactivated nor given another
/// role. Changing your own e-mail address requires a recent login (step-up authentication,
/// `STEP_UP_SECONDS`) and ends your other sessions.
#[utoipa::path(
    tag = "Admins",
    params(AdminPath, IfMatchHeader),
    request_body(content(
        (UpdateAdmin = "application/merge-patch+json"),
        (UpdateAdmin = "application/json"),
    )),
    responses(
        (status = 200, description = "Admin updated", body = AdminBody, headers(
            ("ETag" = String, description = "Version of the admin"),
        )),
        (status = 202, description = "Accepted; the update completes asynchronously", body = AdminBody),
        (status = 401, description = "insufficient_user_authentication"),
        (status = 403, description = "forbidden"),
        (status = 404, description = "admin_not_found"),
        (status = 409, description = "email_taken, last_owner"),
        (status = 429, description = "daily_limit, too_many_attempts"),
    ),
    security(("bearer" = [])),
)]
#[patch("/organizations/{organization_id}/admins/{admin_id}")]
pub(super) async fn update_admin(
    services: web::Data<Services>,
    admin: Admin,
    ids: Ids<OrganizationId, AdminId>,
    condition: IfMatch<Version>,
    body: Body<UpdateAdmin>,
) -> Result<HttpResponse, Problem> {
    let (organization, id, change) = (&ids.0, &ids.1, body.0.into());
    let admins = &services.admins;
    let (changed, progress) =
        admins.update(&admin.context()?, organization, id, &change, &condition.0).await?;
    let status = match progress {
        Progress::Applied => StatusCode::OK,
        Progress::Pending => StatusCode::ACCEPTED,
    };
    Ok(response::changed(status, &changed.version(), &AdminBody::from(&changed)))
}
