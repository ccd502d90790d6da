//! Creates an organization (sign-up).

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::model::{
    AdminName, Description, Email, Metadata, Organization, OrganizationName, Password,
};
use domain::service::{self, Services};
use utoipa::ToSchema;

use crate::auth::OptionalCaller;
use crate::idempotency::replay_or_run_sign_up;
use crate::input::{Body, FieldReader, FromFields, object, text};
use crate::problem::Problem;
use crate::request_info::RequestInfoParam;
use crate::v1::model::OrganizationBody;
use crate::v1::params::IdempotencyKeyHeader;
use crate::{limits, response};

/// New organization and its first admin.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateOrganization {
    /// Display name, in any script. Names that differ only in case, spacing or punctuation are
    /// considered equal.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "Acme Inc")]
    name: OrganizationName,
    /// Free-text description.
    #[schema(value_type = Option<String>, max_length = 500, example = "Anvils and more")]
    description: Option<Description>,
    /// Custom JSON object of at most 16 KiB.
    #[schema(value_type = Option<Map<String, Value>>, example = json!({"plan": "free"}))]
    metadata: Option<Metadata>,
    /// First admin, with the role `owner`.
    owner: Owner,
}

/// First admin of an organization.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct Owner {
    /// E-mail address that the admin logs in with; unique in the installation.
    #[schema(value_type = String, format = Email, max_length = 254, example = "ada@example.com")]
    email: Email,
    /// Display name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "Ada")]
    name: Option<AdminName>,
    /// Password. The most common passwords, the admin's e-mail address and the name of the
    /// organization are rejected.
    #[schema(
        value_type = String,
        format = Password,
        min_length = 8,
        max_length = 128,
        example = "correct horse battery"
    )]
    password: Password,
}

impl FromFields for CreateOrganization {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let name = fields.required("name", text(OrganizationName::parse));
        let description = fields.nullable("description", text(Description::parse));
        let metadata = fields.nullable("metadata", object(Metadata::parse));
        let owner = fields.nested("owner");
        Some(Self {
            name: name?,
            description: description?.flatten(),
            metadata: metadata?.flatten(),
            owner: owner?,
        })
    }
}

impl FromFields for Owner {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let email = fields.required("email", text(Email::parse));
        let name = fields.nullable("name", text(AdminName::parse));
        let password = fields.required("password", text(Password::choose));
        Some(Self { email: email?, name: name?.flatten(), password: password? })
    }
}

impl From<CreateOrganization> for service::CreateOrganization {
    fn from(request: CreateOrganization) -> Self {
        let CreateOrganization { name, description, metadata, owner } = request;
        let Owner { email, name: owner_name, password } = owner;
        let owner = service::NewOwner { email, name: owner_name, password };
        Self { name, description, metadata: metadata.unwrap_or_default(), owner }
    }
}

/// Create an organization
///
/// Creates the organization, its first admin with the role `owner`, and its collection. An
/// installation may restrict this to its operator. 202: accepted; provisioning completes
/// asynchronously.
#[utoipa::path(
    tag = "Organizations",
    params(IdempotencyKeyHeader),
    request_body = CreateOrganization,
    responses(
        (status = 201, description = "Organization created", body = OrganizationBody, headers(
            ("Location" = String, description = "Path of the organization"),
            ("ETag" = String, description = "Version of the organization"),
        )),
        (status = 202, description = "Accepted; provisioning completes asynchronously",
            body = OrganizationBody),
        (status = 403, description = "forbidden"),
        (status = 409, description = "name_taken, email_taken"),
        (status = 503, description = "overloaded"),
    ),
    security((), ("bearer" = [])),
)]
#[post("/organizations", wrap = "from_fn(replay_or_run_sign_up)")]
pub(super) async fn create_organization(
    services: web::Data<Services>,
    request: HttpRequest,
    caller: OptionalCaller,
    request_info: RequestInfoParam,
    body: Body<CreateOrganization>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.context()?;
    let caller = caller.as_ref();
    limits::sign_up(&services, &request, caller)?;
    let made = services.organizations.create(caller, request_info.0, body.0.into()).await?;
    Ok(created(&made))
}

fn created(organization: &Organization) -> HttpResponse {
    let location = format!("/v1/organizations/{}", organization.id());
    let status = if organization.is_pending() { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    let body = OrganizationBody::from(organization);
    response::created(status, location, &organization.version(), &body)
}
