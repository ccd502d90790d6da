//! Creates an admin.

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use domain::model::{AdminName, Email, OrganizationId, Password, Role};
use domain::service::{self, Services};
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::idempotency::replay_or_run;
use crate::input::{Body, FieldReader, FromFields, Id, role, text};
use crate::problem::Problem;
use crate::response;
use crate::v1::model::{AdminBody, RoleBody};
use crate::v1::params::{IdempotencyKeyHeader, OrganizationPath};

/// New admin.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateAdmin {
    /// E-mail address that the admin logs in with; unique in the installation.
    #[schema(value_type = String, format = Email, max_length = 254, example = "bob@example.com")]
    email: Email,
    /// Display name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "Bob")]
    name: Option<AdminName>,
    /// Role of the admin.
    #[schema(value_type = RoleBody, example = "viewer")]
    role: Role,
    /// Initial password. The admin can change it after login.
    #[schema(
        value_type = String,
        format = Password,
        min_length = 8,
        max_length = 128,
        example = "another horse battery"
    )]
    password: Password,
}

impl FromFields for CreateAdmin {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let email = fields.required("email", text(Email::parse));
        let name = fields.nullable("name", text(AdminName::parse));
        let role = fields.required("role", role);
        let password = fields.required("password", text(Password::choose));
        Some(Self { email: email?, name: name?.flatten(), role: role?, password: password? })
    }
}

impl From<CreateAdmin> for service::CreateAdmin {
    fn from(request: CreateAdmin) -> Self {
        let CreateAdmin { email, name, role, password } = request;
        Self { email, name, role, password }
    }
}

/// Create an admin
///
/// Requires the role `owner`.
#[utoipa::path(
    tag = "Admins",
    params(OrganizationPath, IdempotencyKeyHeader),
    request_body = CreateAdmin,
    responses(
        (status = 201, description = "Admin created", body = AdminBody, headers(
            ("Location" = String, description = "Path of the admin"),
            ("ETag" = String, description = "Version of the admin"),
        )),
        (status = 403, description = "forbidden, quota_exceeded"),
        (status = 409, description = "email_taken, contended"),
        (status = 503, description = "overloaded"),
    ),
    security(("bearer" = [])),
)]
#[post("/organizations/{organization_id}/admins", wrap = "from_fn(replay_or_run)")]
pub(super) async fn create_admin(
    services: web::Data<Services>,
    admin: Admin,
    id: Id<OrganizationId>,
    body: Body<CreateAdmin>,
) -> Result<HttpResponse, Problem> {
    let made = services.admins.create(&admin.context()?, &id.0, body.0.into()).await?;
    let location = format!("/v1/organizations/{}/admins/{}", id.0, made.id());
    Ok(response::created(StatusCode::CREATED, location, &made.version(), &AdminBody::from(&made)))
}
