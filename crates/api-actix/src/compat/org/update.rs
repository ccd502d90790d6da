//! `PUT /org/update`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, put};
use domain::model::{Email, Password};
use domain::service::{AccountChange, Caller, Error, PublicOrganization, Services};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::{Name, email, new_password};
use super::own::{Purpose, own};
use super::params::Current;
use super::refused;
use super::shapes::OrganizationShape;
use crate::auth::RequiredCaller;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{Form, FormReader, FromForm, Parameters};
use crate::compat::status::or_accepted;

/// Changes to the organization and the caller; omitted and null members stay unchanged, unknown
/// members are ignored.
#[derive(ToSchema)]
#[schema(as = OrgUpdate)]
pub(in crate::compat) struct Update {
    /// New name of the organization; its collection is renamed accordingly.
    #[schema(value_type = Option<String>, min_length = 3, max_length = 50, example = "Acme Labs")]
    organization_name: Option<Name>,
    /// New e-mail address of the caller.
    #[schema(value_type = Option<String>, format = Email, example = "ada@example.org")]
    email: Option<Email>,
    /// New password of the caller, with the same rules as for a new organization.
    #[schema(
        value_type = Option<String>,
        format = Password,
        min_length = 8,
        max_length = 100,
        example = "Another horse 6"
    )]
    password: Option<Password>,
}

impl FromForm for Update {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let organization_name = fields.optional("organization_name", Name::parse);
        let email = fields.optional("email", email);
        let password = fields.optional_secret("password", new_password);
        Some(Self { organization_name: organization_name?, email: email?, password: password? })
    }
}

/// Updated organization.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgUpdated)]
struct Updated {
    #[schema(example = "Organization updated successfully")]
    message: &'static str,
    organization: OrganizationShape,
}

/// Update your organization and your account
///
/// The update is atomic. Changing your e-mail address or password requires a recent login (step-up
/// authentication); the response is 401 otherwise. Such a change ends your other sessions.
#[utoipa::path(
    tag = "Reference API: org",
    operation_id = "org_update",
    params(Current),
    request_body = Update,
    responses(
        (status = 200, description = "Organization updated", body = Updated),
        (status = 202, description = "Accepted; the update completes asynchronously", body = Updated),
        (status = 401, description = "Could not validate credentials"),
        (status = 403, description = "Not authorized to update this organization"),
        (status = 404, description = "Organization 'acme_inc' not found"),
        (status = 409, description = "Organization 'acme_labs' already exists"),
    ),
    security(("bearer" = [])),
)]
#[put("/update")]
pub(super) async fn org_update(
    services: Data<Services>,
    caller: RequiredCaller,
    query: Parameters<Current>,
    body: Form<Update>,
) -> Result<HttpResponse, DialectError> {
    let name = query.0.current_org_name;
    let changed = update(&services, &caller.context()?, name.as_ref(), body.0).await?;
    Ok(HttpResponse::build(or_accepted(&changed.organization, StatusCode::OK)).json(Updated {
        message: "Organization updated successfully",
        organization: OrganizationShape::of(&changed),
    }))
}

/// Updates the organization and the caller, for both dialects.
pub(in crate::compat) async fn update(
    services: &Services,
    caller: &Caller,
    name: Option<&Name>,
    body: Update,
) -> Result<PublicOrganization, DialectError> {
    // The representative admin is read first, so that no error can follow the change.
    let (admin, entry) = own(services, caller, name, Purpose::Update).await?;
    let Update { organization_name, email, password } = body;
    let change = AccountChange { name: organization_name.map(|Name(name)| name), email, password };
    let new = (change.name.clone(), change.email.clone());
    let (organization, changed) =
        services.accounts.update(admin, change).await.map_err(|error| match (error, new) {
            (Error::Forbidden(_), _) => Purpose::Update.refusal(),
            (error, (name, email)) => {
                let name = name.as_ref().map_or("", |name| name.as_str());
                let email = email.as_ref().map_or("", |email| email.as_str());
                refused(error, name, email, StatusCode::CONFLICT)
            }
        })?;
    let lead = entry.admin.map(|lead| if lead.id() == changed.id() { changed } else { lead });
    Ok(PublicOrganization { organization, admin: lead })
}
