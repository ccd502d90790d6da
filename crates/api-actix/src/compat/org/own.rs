//! Resolves the organization of a request: the caller's own, whatever name the request contains.

use actix_web::http::StatusCode;
use domain::model::OrganizationName;
use domain::service::{AdminContext, Caller, Error, PublicOrganization, Resource, Services};

use super::account::Name;
use crate::compat::dialect_error::DialectError;

/// Purpose of the request, as named in the error.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Update,
    Delete,
}

impl Purpose {
    /// Error for a caller without permission.
    pub(super) fn refusal(self) -> DialectError {
        let purpose = match self {
            Self::Update => "update",
            Self::Delete => "delete",
        };
        let detail = format!("Not authorized to {purpose} this organization");
        DialectError::new(StatusCode::FORBIDDEN, detail)
    }
}

/// Returns the caller and its organization; fails if `name` is not its name. The name is looked up
/// in the store and not in the record that authenticated the caller, because another organization
/// may have taken it since.
pub(super) async fn own<'a>(
    services: &Services,
    caller: &'a Caller,
    name: Option<&Name>,
    purpose: Purpose,
) -> Result<(&'a AdminContext, PublicOrganization), DialectError> {
    let admin = caller.admin().map_err(|_| purpose.refusal())?;
    let home = admin.organization();
    let entry = match name {
        Some(Name(name)) => named(services, name).await?,
        None => services.public_organizations.with_representative(home.clone()).await?,
    };
    if entry.organization.id() == home.id() { Ok((admin, entry)) } else { Err(purpose.refusal()) }
}

/// Finds the organization with this name.
pub(in crate::compat) async fn named(
    services: &Services,
    name: &OrganizationName,
) -> Result<PublicOrganization, DialectError> {
    services.public_organizations.find_by_name(name).await.map_err(|error| match error {
        Error::NotFound(Resource::Organization) => {
            let detail = format!("Organization '{}' not found", name.as_str());
            DialectError::new(StatusCode::NOT_FOUND, detail)
        }
        other => other.into(),
    })
}
