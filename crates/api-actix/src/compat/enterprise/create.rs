//! `POST /organizations/`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, routes, web};
use domain::model::{AdminName, Description, Email, Metadata, OrganizationName, Password};
use domain::service::{CreateOrganization, Error, NewOwner, Services};
use utoipa::ToSchema;

use super::shapes::{OrganizationShape, SuccessBody};
use super::{fields, name_taken};
use crate::auth::CallerIfValid;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{FieldProblem, Form, FormReader, FromForm, ValidationItem};
use crate::compat::status::or_accepted;
use crate::limits;
use crate::request_info::RequestInfoParam;

/// New organization and its first admin. Unknown members are ignored.
#[derive(ToSchema)]
#[schema(as = EnterpriseCreate)]
struct Create {
    /// Name: 1 to 100 letters of any script, digits, spaces, underscores and hyphens. Names that
    /// differ only in case or in the separators between words are considered equal.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "Acme Inc")]
    name: OrganizationName,
    /// Free-text description.
    #[schema(value_type = Option<String>, max_length = 500, example = "Anvils and more")]
    description: Option<Description>,
    /// E-mail address that the first admin logs in with.
    #[schema(value_type = String, format = Email, example = "ada@example.com")]
    admin_email: Email,
    /// Password of the first admin. The most common passwords, the admin's e-mail address and the
    /// name of the organization are rejected.
    #[schema(
        value_type = String,
        format = Password,
        min_length = 8,
        max_length = 128,
        example = "correct horse battery"
    )]
    admin_password: Password,
    /// Display name of the admin.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "Ada Lovelace")]
    admin_name: AdminName,
}

impl FromForm for Create {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let name = fields.required("name", fields::name);
        let description = fields.optional("description", |text| Ok(Description::parse(text)?));
        let admin_email = fields.required("admin_email", fields::email);
        let choose = |text| Ok(Password::choose(text)?);
        let admin_password = fields.required_secret("admin_password", choose);
        let admin_name = fields.required("admin_name", |text| Ok(AdminName::parse(text)?));
        Some(Self {
            name: name?,
            description: description?,
            admin_email: admin_email?,
            admin_password: admin_password?,
            admin_name: admin_name?,
        })
    }
}

impl From<Create> for CreateOrganization {
    fn from(create: Create) -> Self {
        let Create { name, description, admin_email, admin_password, admin_name } = create;
        let owner =
            NewOwner { email: admin_email, name: Some(admin_name), password: admin_password };
        Self { name, description, metadata: Metadata::default(), owner }
    }
}

/// Create an organization
///
/// Creates the organization, its first admin and its collection. The name of a deleted organization
/// can be used again at once. Names are never reserved, so the legacy service's error for an
/// archived name does not occur.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_create",
    request_body = inline(Create),
    responses(
        (status = 201, description = "Organization created", body = SuccessBody<OrganizationShape>),
        (status = 202, description = "Accepted; provisioning completes asynchronously",
            body = SuccessBody<OrganizationShape>),
        (status = 401, description = "Not authenticated"),
        (status = 403, description = "The caller may not do this"),
        (status = 409, description = "Organization with name 'Acme Inc' already exists"),
    ),
    security((), ("bearer" = [])),
)]
#[routes]
#[post("/")]
#[post("")]
pub(super) async fn enterprise_create(
    services: web::Data<Services>,
    request: HttpRequest,
    caller: CallerIfValid,
    request_info: RequestInfoParam,
    body: Form<Create>,
) -> Result<HttpResponse, DialectError> {
    let caller = caller.context();
    let caller = caller.as_ref();
    limits::sign_up(&services, &request, caller)?;
    let wanted = CreateOrganization::from(body.0);
    let (name, email) = (wanted.name.clone(), wanted.owner.email.clone());
    let made = services.organizations.create(caller, request_info.0, wanted).await;
    let made = made.map_err(|error| refused(error, &name, &email))?;
    let status = or_accepted(&made, StatusCode::CREATED);
    let shape = OrganizationShape::new(&made, made.founder());
    Ok(HttpResponse::build(status)
        .json(SuccessBody::with_message(shape, "Organization created successfully")))
}

fn refused(error: Error, name: &OrganizationName, email: &Email) -> DialectError {
    match error {
        Error::NameTaken => name_taken(name.as_str()),
        Error::EmailTaken => {
            let detail = format!("Admin with email '{}' already exists", email.as_str());
            DialectError::new(StatusCode::CONFLICT, detail)
        }
        // All other input has been validated before.
        Error::Invalid(refusal) => {
            let wrong = FieldProblem::from(refusal.invalid);
            DialectError::invalid(&[ValidationItem::new(&["body", "admin_password"], wrong, None)])
        }
        other => other.into(),
    }
}
