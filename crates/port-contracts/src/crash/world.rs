//! A small installation: two organizations with their owners and documents.

use std::sync::Arc;
use std::time::Duration;

use domain::model::{
    Document, DocumentLimit, Metadata, Naming, Organization, OrganizationChange, OrganizationId,
    PageSize, Password, Precondition, Status,
};
use domain::ports::{OrganizationFilter, Ports};
use domain::service::{
    AuditRules, Caller, CreateOrganization, Error, NewOwner, OperatorToken, PlacementPolicy,
    PlacementRules, RateLimits, Scope, Services, Settings, Signup,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::fakes::{self, SettableClock, Store};
use crate::faults::{Plan, faulty};
use crate::fixtures::{
    LIFETIMES, STEP_UP, document, email, organization_id, organization_name, request_info, slug,
};

/// The organization that requests address, and its owner.
pub(crate) const ACME: (&str, &str) = ("Acme", "acme@example.com");
/// The control organization, which must not change.
pub(crate) const OTHER: (&str, &str) = ("Other", "other@example.com");
/// The organization that requests create.
pub(crate) const NEWCOMER: (&str, &str) = ("Newcomer", "newcomer@example.com");
/// A name and an address that were never used.
pub(crate) const FREE: (&str, &str) = ("Free", "free@example.com");

const OPERATOR: &str = "the-token-of-the-operator,-of-32-bytes-or-more";

/// An installation with its clock.
pub(crate) struct World {
    pub(crate) ports: Ports,
    settings: TenancySettings,
    pub(crate) clock: Arc<SettableClock>,
    /// As [`FreshStore`](super::stores::FreshStore) declares.
    pub(crate) counts_exactly: bool,
}

/// Naming and placement settings of an installation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TenancySettings {
    pub(crate) naming: Naming,
    pub(crate) placement: PlacementRules,
}

impl TenancySettings {
    /// Dedicated collections, named after the organization.
    pub(crate) const DEFAULT: Self = Self::with(PlacementPolicy::Auto, 100);
    /// Only the shared collection.
    pub(crate) const SHARED: Self = Self::with(PlacementPolicy::Shared, 100);

    pub(crate) const fn with(policy: PlacementPolicy, max_collections: u64) -> Self {
        Self { naming: Naming::Slug, placement: PlacementRules { policy, max_collections } }
    }
}

impl World {
    /// A world on an empty store, which may count documents that do not exist.
    pub(crate) async fn on(store: Arc<dyn Store>, settings: TenancySettings) -> Self {
        let clock = Arc::new(SettableClock::default());
        let ports = fakes::ports(store, Arc::clone(&clock));
        let world = Self { ports, settings, clock, counts_exactly: false };
        for owner in [ACME, OTHER] {
            let created = world.create(owner).await.unwrap();
            let caller = world.owner(owner.1).await.unwrap();
            let services = world.services();
            for document in documents() {
                let admin = caller.admin().unwrap();
                services.documents.insert(admin, created.id(), &document).await.unwrap();
            }
        }
        assert_eq!(*world.holder(ACME.0).await.id(), acme_id());
        world
    }

    /// The use cases of a process without failures.
    pub(crate) fn services(&self) -> Services {
        self.services_over(self.ports.clone())
    }

    /// The use cases of a process under `plan`.
    pub(crate) fn services_under(&self, plan: &Plan) -> Services {
        self.services_over(faulty(&self.ports, plan))
    }

    pub(crate) fn services_over(&self, ports: Ports) -> Services {
        let operator = OperatorToken::parse(&SecretString::from(OPERATOR)).unwrap();
        let settings = Settings {
            signup: Signup::Open,
            naming: self.settings.naming,
            placement: self.settings.placement,
            token_lifetimes: LIFETIMES,
            step_up: Some(STEP_UP),
            token_audiences: Vec::new(),
            operator: Some(operator),
            limits: RateLimits::default(),
            document_limit: DocumentLimit::default(),
            audit: AuditRules { documents: true, retention: None },
        };
        Services::new(ports, settings)
    }

    /// Creates an organization with this name and this address of its owner.
    pub(crate) async fn create(&self, owner: (&str, &str)) -> Result<Organization, Error> {
        self.services().organizations.create(None, request_info(), ask_for(owner)).await
    }

    /// Inserts a new record, and does not drive it.
    pub(crate) async fn begin(&self, organization: &Organization) {
        self.ports.organizations.insert(organization).await.unwrap();
    }

    /// The owner with this address, logged in with its current password.
    pub(crate) async fn owner(&self, address: &str) -> Result<Caller, Error> {
        match self.log_in(address, password()).await {
            Err(Error::InvalidCredentials) => self.log_in(address, another_password()).await,
            known => known,
        }
    }

    async fn log_in(&self, address: &str, password: Password) -> Result<Caller, Error> {
        let services = self.services();
        let logged_in =
            services.login.login(&email(address), password, request_info(), None).await?;
        services.access.authenticate(logged_in.token.0.expose_secret(), request_info()).await
    }

    pub(crate) async fn operator(&self) -> Result<Caller, Error> {
        self.services().access.authenticate(OPERATOR, request_info()).await
    }

    /// The organization that has this name.
    pub(crate) async fn holder(&self, name: &str) -> Organization {
        self.ports.organizations.find_by_slug(&slug(name)).await.unwrap().unwrap()
    }

    /// The operator deletes every organization except the control organization.
    pub(crate) async fn delete_all_but_other(&self) {
        for organization in self.all_but_other().await {
            self.delete(organization.id()).await;
        }
    }

    /// The operator deletes an organization.
    pub(crate) async fn delete(&self, id: &OrganizationId) {
        let (services, operator) = (self.services(), self.operator().await.unwrap());
        services.organizations.delete(&operator, id, &Precondition::None).await.unwrap();
    }

    /// Their owners rename them, where that is allowed.
    pub(crate) async fn rename_all_but_other(&self) {
        let services = self.services();
        for organization in self.all_but_other().await {
            let id = organization.id();
            let admins = self.ports.admins.list(id, None, PageSize::MAX).await.unwrap();
            let address = admins.items[0].email().as_str();
            let Ok(owner) = self.owner(address).await else { continue };
            let change = rename(&format!("Later {}", organization.name()));
            let (admin, any_version) = (owner.admin().unwrap(), Precondition::None);
            services.organizations.update(admin, id, &change, &any_version).await.unwrap();
        }
    }

    /// The owner of Acme removes every other admin.
    pub(crate) async fn remove_all_but_the_owner(&self) {
        let Ok(owner) = self.owner(ACME.1).await else { return };
        let (services, admin, acme) = (self.services(), owner.admin().unwrap(), acme_id());
        let admins = self.ports.admins.list(&acme, None, PageSize::MAX).await.unwrap();
        for other in admins.items.iter().filter(|other| other.id() != admin.admin().id()) {
            let any_version = Precondition::None;
            services.admins.remove(admin, &acme, other.id(), &any_version).await.unwrap();
        }
    }

    pub(crate) async fn all_but_other(&self) -> Vec<Organization> {
        let all = OrganizationFilter::default();
        let page = self.ports.organizations.list(&all, None, PageSize::MAX).await.unwrap();
        let concerned = |organization: &Organization| {
            organization.name().as_str() != OTHER.0 && organization.status() != Status::Deleted
        };
        page.items.into_iter().filter(concerned).collect()
    }

    /// A process without failures finishes pending work.
    pub(crate) async fn recover(&self, scope: Scope, label: &str) {
        let recovered = self.services().lifecycle.recover(scope).await.unwrap();
        assert_eq!(recovered.unfinished, 0, "{label}: recovery");
    }

    pub(crate) async fn recover_after_the_lease(&self, label: &str) {
        self.clock.advance(Organization::LEASE + Duration::from_secs(1));
        self.recover(Scope::Abandoned, label).await;
    }
}

/// The first generated id.
pub(crate) const ACME_ID: &str = "id-00000001";

pub(crate) fn acme_id() -> OrganizationId {
    organization_id(ACME_ID)
}

/// The request to create an organization with this name and this address of its owner.
pub(crate) fn ask_for((name, address): (&str, &str)) -> CreateOrganization {
    CreateOrganization {
        name: organization_name(name),
        description: None,
        metadata: Metadata::default(),
        owner: NewOwner { email: email(address), name: None, password: password() },
    }
}

/// A change of the name.
pub(crate) fn rename(name: &str) -> OrganizationChange {
    OrganizationChange { name: Some(organization_name(name)), ..OrganizationChange::default() }
}

/// The new password of owners.
pub(crate) fn another_password() -> Password {
    Password::choose("battery staple".to_owned()).unwrap()
}

/// The initial password of every owner.
pub(crate) fn password() -> Password {
    Password::choose("correct horse".to_owned()).unwrap()
}

/// The documents that both organizations start with.
pub(crate) fn documents() -> Vec<Document> {
    vec![document("1", json!({"n": 1})), document("2", json!({"n": 2}))]
}
