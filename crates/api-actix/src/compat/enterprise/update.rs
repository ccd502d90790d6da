//! `PUT /organizations/{organization_id}`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, put, web};
use domain::model::{
    Description, Organization, OrganizationChange, OrganizationId, OrganizationName, Precondition,
};
use domain::service::{Caller, Error, Services};
use utoipa::ToSchema;

use super::shapes::{OrganizationPath, OrganizationShape, SuccessBody};
use super::{admin_of, fields, name_taken, not_allowed};
use crate::auth::RequiredCaller;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::{Form, FormReader, FromForm};
use crate::compat::status::or_accepted;
use crate::input::Id;

/// Changes to an organization; omitted members stay unchanged, unknown members are ignored.
#[derive(ToSchema)]
#[schema(as = EnterpriseUpdate, example = json!({
    "name": "Acme International",
    "description": "Anvils, worldwide",
}))]
struct Update {
    /// New name; the collection is renamed accordingly. Null leaves the name unchanged.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    name: Option<OrganizationName>,
    /// New description; null removes it.
    #[schema(value_type = Option<String>, max_length = 500)]
    description: Option<Option<Description>>,
}

impl FromForm for Update {
    fn from_form(fields: &mut FormReader) -> Option<Self> {
        let name = fields.optional("name", fields::name);
        let description = fields.nullable("description", |text| Ok(Description::parse(text)?));
        Some(Self { name: name?, description: description? })
    }
}

/// Update an organization
///
/// Requires the role `owner` or `admin`.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_update",
    params(OrganizationPath),
    request_body = inline(Update),
    responses(
        (status = 200, description = "Organization updated", body = SuccessBody<OrganizationShape>),
        (status = 202, description = "Accepted; the rename completes asynchronously",
            body = SuccessBody<OrganizationShape>),
        (status = 401, description = "Invalid or expired token"),
        (status = 403, description = "Not authorized to update this organization"),
        (status = 404, description = "Organization not found"),
        (status = 409, description = "Organization with name 'Acme Inc' already exists"),
    ),
    security(("bearer" = [])),
)]
#[put("/{organization_id}")]
pub(super) async fn enterprise_update(
    services: web::Data<Services>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
    body: Form<Update>,
) -> Result<HttpResponse, DialectError> {
    let caller = caller.context()?;
    let changed = match change(&services, &caller, &id.0, &body.0).await {
        Ok(changed) => changed,
        Err(Error::NameTaken) => {
            return Err(name_taken(body.0.name.as_ref().map_or("", OrganizationName::as_str)));
        }
        Err(error) => return Err(not_allowed(&services, &id.0, "update", error).await),
    };
    let admin = admin_of(&services, &changed).await?;
    let status = or_accepted(&changed, StatusCode::OK);
    let shape = OrganizationShape::new(&changed, admin.as_ref());
    Ok(HttpResponse::build(status)
        .json(SuccessBody::with_message(shape, "Organization updated successfully")))
}

async fn change(
    services: &Services,
    caller: &Caller,
    id: &OrganizationId,
    update: &Update,
) -> Result<Organization, Error> {
    let Update { name, description } = update;
    let (name, description) = (name.clone(), description.clone());
    let change = OrganizationChange { name, description, ..OrganizationChange::default() };
    let admin = caller.admin()?;
    services.organizations.update(admin, id, &change, &Precondition::None).await
}
