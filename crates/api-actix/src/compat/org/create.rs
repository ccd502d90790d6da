//! `POST /org/create`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::model::{AdminId, Email, Metadata, Organization, Password};
use domain::service::{CreateOrganization, NewOwner, Services};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::{Name, email, new_password};
use super::refused;
use super::shapes::OrganizationShape;
use crate::auth::CallerIfValid;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{Form, FormReader, FromForm};
use crate::compat::status::or_accepted;
use crate::limits;
use crate::request_info::RequestInfoParam;

/// New organization and its first admin. Unknown members are ignored.
#[derive(ToSchema)]
#[schema(as = OrgCreate)]
pub(in crate::compat) struct Create {
    /// Name: 3 to 50 letters, digits, spaces and underscores. It is converted to lower case, and
    /// spaces to underscores.
    #[schema(value_type = String, min_length = 3, max_length = 50, example = "Acme Inc")]
    organization_name: Name,
    /// E-mail address that the first admin logs in with.
    #[schema(value_type = String, format = Email, example = "ada@example.com")]
    email: Email,
    /// Password of the first admin, with at least one uppercase letter, one lowercase letter and
    /// one digit. The most common passwords are rejected.
    #[schema(
        value_type = String,
        format = Password,
        min_length = 8,
        max_length = 100,
        example = "Correct horse 5"
    )]
    password: Password,
}

impl FromForm for Create {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let organization_name = fields.required("organization_name", Name::parse);
        let email = fields.required("email", email);
        let password = fields.required_secret("password", new_password);
        Some(Self { organization_name: organization_name?, email: email?, password: password? })
    }
}

/// Created organization.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgCreated)]
struct Created {
    #[schema(example = "Organization created successfully")]
    message: &'static str,
    organization: OrganizationShape,
    /// Id of its first admin.
    #[schema(value_type = String)]
    admin_id: Option<AdminId>,
}

/// Create an organization
#[utoipa::path(
    tag = "Reference API: org",
    operation_id = "org_create",
    request_body = Create,
    responses(
        (status = 201, description = "Organization created", body = Created),
        (status = 202, description = "Accepted; provisioning completes asynchronously", body = Created),
        (status = 400, description = "Organization 'acme_inc' already exists"),
        (status = 401, description = "Not authenticated"),
        (status = 403, description = "The caller may not do this"),
    ),
    security((), ("bearer" = [])),
)]
#[post("/create")]
pub(super) async fn org_create(
    services: web::Data<Services>,
    request: HttpRequest,
    caller: CallerIfValid,
    request_info: RequestInfoParam,
    body: Form<Create>,
) -> Result<HttpResponse, DialectError> {
    let (made, email) =
        create(&services, &request, caller, request_info, body.0, StatusCode::BAD_REQUEST).await?;
    Ok(HttpResponse::build(or_accepted(&made, StatusCode::CREATED)).json(Created {
        message: "Organization created successfully",
        organization: OrganizationShape::new(&made, Some(&email)),
        admin_id: made.founder().cloned(),
    }))
}

/// Creates an organization, for both dialects.
pub(in crate::compat) async fn create(
    services: &Services,
    request: &HttpRequest,
    caller: CallerIfValid,
    request_info: RequestInfoParam,
    body: Create,
    taken: StatusCode,
) -> Result<(Organization, Email), DialectError> {
    let caller = caller.context();
    let caller = caller.as_ref();
    limits::sign_up(services, request, caller)?;
    let Create { organization_name: Name(name), email, password } = body;
    let wanted = CreateOrganization {
        name: name.clone(),
        description: None,
        metadata: Metadata::default(),
        owner: NewOwner { email: email.clone(), name: None, password },
    };
    let made = services.organizations.create(caller, request_info.0, wanted).await;
    let made = made.map_err(|error| refused(error, name.as_str(), email.as_str(), taken))?;
    Ok((made, email))
}
