//! Whose organization a request is about: the caller's own, whatever it names.

use actix_web::http::StatusCode;
use domain::model::OrganizationName;
use domain::service::{AdminContext, Caller, Entry, Error, Resource, Services};

use super::account::Name;
use crate::compat::refusal::Refusal;

/// What somebody wants to do with an organization, as the refusal calls it.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Update,
    Delete,
}

impl Purpose {
    /// That the caller may not.
    pub(super) fn refusal(self) -> Refusal {
        let purpose = match self {
            Self::Update => "update",
            Self::Delete => "delete",
        };
        let detail = format!("Not authorized to {purpose} this organization");
        Refusal::new(StatusCode::FORBIDDEN, detail)
    }
}

/// The caller and its organization, unless `name` is not the name of that one. It is looked up by
/// what is stored and not by what the caller was let in with: the name may be another's since.
pub(super) async fn own<'a>(
    services: &Services,
    caller: &'a Caller,
    name: Option<&Name>,
    purpose: Purpose,
) -> Result<(&'a AdminContext, Entry), Refusal> {
    let admin = caller.admin().map_err(|_| purpose.refusal())?;
    let home = admin.organization();
    let entry = match name {
        Some(Name(name)) => named(services, name).await?,
        None => services.directory.entry(home.clone()).await?,
    };
    if entry.organization.id() == home.id() { Ok((admin, entry)) } else { Err(purpose.refusal()) }
}

/// The organization of this name.
pub(in crate::compat) async fn named(
    services: &Services,
    name: &OrganizationName,
) -> Result<Entry, Refusal> {
    services.directory.named(name).await.map_err(|error| match error {
        Error::NotFound(Resource::Organization) => {
            let detail = format!("Organization '{}' not found", name.as_str());
            Refusal::new(StatusCode::NOT_FOUND, detail)
        }
        other => other.into(),
    })
}
