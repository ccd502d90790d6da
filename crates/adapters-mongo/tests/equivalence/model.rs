//! The model of an installation as its clients observe it: names, addresses, documents and results.
//! It has no collections, steps or leases.

mod changes;
mod documents;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use domain::model::{Organization, Phase, Placement, PlacementKind, RateLimit, Status};
use port_contracts::fixtures::{email, slug};

use crate::contents::Contents;

pub(crate) use changes::Context;
pub(crate) use view::View;
use view::content;

/// No such organization, or none that the caller may access.
const NO_ORGANIZATION: &str = "NotFound(Organization)";

/// The result, or the error.
pub(crate) type Outcome<'a> = Result<View, &'a str>;

/// The possible results of a request without faults.
#[derive(Debug)]
pub(crate) struct Expected {
    pub(crate) outcome: Outcome<'static>,
    pub(crate) after: Model,
}

/// All organizations, their owners, and their documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Model {
    /// In order of creation.
    pub(crate) organizations: BTreeMap<String, Org>,
    /// The organizations of addresses, by address key.
    pub(crate) owners: BTreeMap<String, String>,
    /// By organization and id.
    pub(crate) documents: BTreeMap<(String, String), u64>,
}

/// An organization.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Org {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) stage: Stage,
    /// Whether it has, or will have, the shared placement.
    pub(crate) shares: bool,
    pub(crate) rate_limit: Option<u32>,
    /// The quota of documents and bytes; 0 is unlimited.
    pub(crate) quota: (u64, u64),
}

/// Organizations being provisioned for an address that another one has, or is being provisioned
/// for: the first to finish wins.
#[derive(Debug, Default)]
pub(crate) struct Contested {
    organizations: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

/// The phase of an organization; a pending one has its result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// For the owner with this address key.
    Provisioning(String),
    /// The same, suspended afterwards.
    ProvisioningSuspended(String),
    Active,
    Renaming(String),
    /// Suspended already.
    Suspending(String),
    Suspended,
    Deleting,
    Deleted,
}

impl Model {
    /// What clients can read of `contents`.
    pub(crate) fn of(contents: &Contents) -> Self {
        let organizations =
            contents.organizations.iter().map(|it| (it.id().to_string(), Org::of(it)));
        let owners = contents.admins.iter().map(|admin| {
            (admin.email().key().as_str().to_owned(), admin.organization_id().to_string())
        });
        let own = contents.collections.values().map(|it| (&it.owner, &it.documents));
        let documents = own.chain(&contents.shared).flat_map(|(owner, documents)| {
            documents.iter().map(content).map(|(id, n)| ((owner.to_string(), id), n))
        });
        Self {
            organizations: organizations.collect(),
            owners: owners.collect(),
            documents: documents.collect(),
        }
    }

    /// The same once nothing is pending, except for `contested`.
    pub(crate) fn settled(mut self, contested: &Contested) -> Self {
        let ids: Vec<_> = self.organizations.keys().cloned().collect();
        for id in ids {
            if contested.organizations.contains(&id) {
                self.organizations.remove(&id);
            } else {
                self.settle(&id);
            }
        }
        self.owners.retain(|address, _| !contested.addresses.contains(address));
        self
    }

    /// Adds organizations that were begun concurrently, of which one wins.
    pub(crate) fn contest(&self, contested: &mut Contested) {
        for (id, org) in &self.organizations {
            let Some(address) = org.stage.address() else { continue };
            let owned = self.owners.get(address).is_some_and(|owner| owner != id);
            let wanted = self
                .organizations
                .iter()
                .any(|(other, org)| other != id && org.stage.address() == Some(address));
            if owned || wanted {
                contested.organizations.insert(id.clone());
                contested.addresses.insert(address.to_owned());
            }
        }
    }

    /// The pending organizations.
    pub(crate) fn pending(&self) -> BTreeSet<&str> {
        let pending = self.organizations.iter().filter(|(_, org)| org.stage.is_pending());
        pending.map(|(id, _)| id.as_str()).collect()
    }

    /// The possible results of a deterministic request.
    fn certain(&self, request: impl FnOnce(&mut Self) -> Outcome<'static>) -> Vec<Expected> {
        let mut after = self.clone();
        let outcome = request(&mut after);
        vec![Expected { outcome, after }]
    }

    /// Authorizes the owner of `id`.
    fn authorize(&self, id: Option<&str>) -> Result<String, &'static str> {
        let id = id.ok_or("Token(Invalid)")?;
        match self.organizations.get(id).map(|org| &org.stage) {
            Some(Stage::Active | Stage::Renaming(_)) => Ok(id.to_owned()),
            Some(Stage::Suspended | Stage::Suspending(_)) => Err("Suspended"),
            _ => Err(NO_ORGANIZATION),
        }
    }

    /// Finishes the pending work of `id`. An organization provisioned for a taken address is
    /// removed.
    fn settle(&mut self, id: &str) {
        let Some(org) = self.organizations.get_mut(id) else { return };
        if let Some(address) = org.stage.address() {
            let owner = self.owners.entry(address.to_owned()).or_insert_with(|| id.to_owned());
            if owner != id {
                self.organizations.remove(id);
                return;
            }
        }
        let ends = org.stage == Stage::Deleting;
        org.settle();
        if ends {
            self.owners.retain(|_, owner| owner != id);
            self.documents.retain(|(owner, _), _| owner != id);
        }
    }

    /// Whether an organization other than `id` has this name, or will have it.
    fn is_taken(&self, name: &str, id: &str) -> bool {
        let key = slug(name);
        let mut others = self.organizations.iter().filter(|(other, _)| *other != id);
        others.any(|(_, org)| org.names().any(|name| slug(name) == key))
    }
}

impl Org {
    pub(crate) fn of(organization: &Organization) -> Self {
        let (stage, kind) = match organization.phase() {
            Phase::Provisioning { admin, placement, suspension, .. } => {
                let address = admin.email().key().as_str().to_owned();
                let stage = match suspension {
                    None => Stage::Provisioning(address),
                    Some(_) => Stage::ProvisioningSuspended(address),
                };
                (stage, Some(*placement))
            }
            Phase::Active | Phase::AddingAdmin { .. } | Phase::UpdatingAdmin { .. } => {
                (Stage::Active, None)
            }
            Phase::Renaming { to, .. } => (Stage::Renaming(to.to_string()), None),
            Phase::Suspending { to, .. } => (Stage::Suspending(to.to_string()), None),
            Phase::Suspended => (Stage::Suspended, None),
            Phase::Deleting { .. } => (Stage::Deleting, None),
            Phase::Deleted => (Stage::Deleted, None),
        };
        let shares = match kind {
            Some(kind) => kind == PlacementKind::Shared,
            None => organization.placement() == Some(&Placement::Shared),
        };
        Self {
            name: organization.name().to_string(),
            description: organization.description().map(ToString::to_string),
            stage,
            shares,
            rate_limit: organization.rate_limit().map(RateLimit::get),
            quota: (organization.quota().documents(), organization.quota().bytes()),
        }
    }

    /// Finishes its pending work.
    pub(crate) fn settle(&mut self) {
        match &self.stage {
            Stage::Provisioning(_) => self.stage = Stage::Active,
            Stage::ProvisioningSuspended(_) => self.stage = Stage::Suspended,
            Stage::Renaming(to) => {
                self.name.clone_from(to);
                self.stage = Stage::Active;
            }
            Stage::Suspending(to) => {
                self.name.clone_from(to);
                self.stage = Stage::Suspended;
            }
            Stage::Deleting => self.stage = Stage::Deleted,
            Stage::Active | Stage::Suspended | Stage::Deleted => {}
        }
    }

    /// The names that it reserves.
    fn names(&self) -> impl Iterator<Item = &str> {
        let (own, next) = match &self.stage {
            Stage::Deleted => (None, None),
            Stage::Renaming(to) | Stage::Suspending(to) => (Some(&self.name), Some(to)),
            _ => (Some(&self.name), None),
        };
        own.into_iter().chain(next).map(String::as_str)
    }
}

impl Stage {
    fn status(&self) -> Status {
        match self {
            Self::Provisioning(_) | Self::ProvisioningSuspended(_) => Status::Provisioning,
            Self::Active => Status::Active,
            Self::Renaming(_) => Status::Renaming,
            Self::Suspended | Self::Suspending(_) => Status::Suspended,
            Self::Deleting => Status::Deleting,
            Self::Deleted => Status::Deleted,
        }
    }

    fn is_pending(&self) -> bool {
        !matches!(self, Self::Active | Self::Suspended | Self::Deleted)
    }

    /// The organization being provisioned.
    fn address(&self) -> Option<&str> {
        match self {
            Self::Provisioning(address) | Self::ProvisioningSuspended(address) => Some(address),
            _ => None,
        }
    }
}

/// The key of an address.
pub(crate) fn key(address: &str) -> String {
    email(address).key().as_str().to_owned()
}
