//! Workflows: the request, the initial state, and the expected result.

use domain::model::{
    Action, Actor, AdminChange, AuditTarget, Changes, Description, EventId, ImportMode, Naming,
    NewPassword, NextName, Organization, OrganizationChange, PendingAdminChange, Precondition,
    Refusal, Role, Trail,
};
use domain::ports::HashJob;
use domain::service::{AccountChange, Caller, CreateAdmin, Error, Scope, Services};
use serde_json::{Value, json};

use super::snapshot::View;
use super::superseding::without_names;
use super::world::{
    ACME, ACME_ID, FREE, NEWCOMER, TenancySettings, World, acme_id, another_password, ask_for,
    password, rename,
};
use super::{rival, superseding};
use crate::faults::Plan;
use crate::fixtures::{
    act, admin, admin_id, collection, document, document_id, email, organization_id,
    organization_name, provisioning, request_info,
};

/// The response: the organization, if the response contains one.
pub(super) type Outcome = Result<Option<Organization>, Error>;

/// A request, its initial state, and its expected result.
#[derive(Debug)]
pub(super) struct Workflow {
    pub(super) given: Given,
    pub(super) request: Request,
    pub(super) settings: TenancySettings,
    /// A rival creates an organization with this name and address during the request.
    pub(super) rival: Option<(&'static str, &'static str)>,
    /// Whether the ledger assigns no names during the request.
    pub(super) claims_fail: bool,
    /// All organizations, if the request was not carried out.
    pub(super) undone: Vec<View>,
    /// All organizations, if it was.
    pub(super) done: Vec<View>,
    /// A name and an address that are free once the request was carried out.
    pub(super) frees: Option<(&'static str, &'static str)>,
}

/// Initial state of a request. The caller's context is from before it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given {
    Settled,
    Suspended,
    /// Acme has a second owner.
    TwoOwners,
    /// The demotion of the second owner is pending.
    UpdatingAdmin,
    /// Pending: the owner of Acme gets this address and another password, and Acme is renamed to
    /// Renamed.
    Amending(&'static str),
    Provisioning,
    ProvisioningWithTakenAddress,
    /// Admin and collection exist, and the provisioning has not ended.
    Made,
    /// Suspended before the provisioning has ended.
    ProvisioningSuspended,
    Renaming,
    /// The collection has moved, and the rename has not ended.
    Moved,
    /// Suspended before the rename has ended.
    Suspending,
    Deleting,
    /// The collection is removed, and the deletion has not ended.
    Removed,
    /// The collection has moved, and the rename that moved it is superseded by a deletion.
    Superseded,
}

/// Kind of request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Request {
    Create((&'static str, &'static str)),
    Rename(&'static str),
    Describe(&'static str),
    Suspend,
    Activate,
    Delete,
    DeleteAsOperator,
    /// Suspends the organization that is provisioning.
    SuspendNewcomer,
    DeleteNewcomer,
    Insert(&'static str),
    DeleteDocument(&'static str),
    Import(&'static str),
    Login,
    AddOwner(&'static str),
    DemoteSecond,
    RemoveSecond,
    /// A new name, if there is one, a new address, and the other password.
    Account {
        name: Option<&'static str>,
        address: &'static str,
    },
    Recover,
}

impl Workflow {
    /// The use cases of a process under `plan`.
    pub(super) fn services(&self, world: &World, plan: &Plan) -> Services {
        match self.rival {
            Some(rival) => rival::services(world, plan, rival),
            None if self.claims_fail => world.services_over(without_names(world, plan)),
            None => world.services_under(plan),
        }
    }
}

impl Given {
    /// Brings the installation into this state, like a process that died at once.
    pub(super) async fn prepare(self, world: &World) {
        let acme = world.holder(ACME.0).await;
        let now = world.ports.clock.now();
        let act = act("prepared");
        let (next, action) = match self {
            Self::Settled => return,
            Self::ProvisioningWithTakenAddress => {
                return world.begin(&provisioning("acme", NEWCOMER.0)).await;
            }
            Self::Provisioning | Self::Made | Self::ProvisioningSuspended => {
                return superseding::begin(world, self).await;
            }
            Self::TwoOwners => return second_owner(world).await,
            Self::UpdatingAdmin => {
                second_owner(world).await;
                let change = PendingAdminChange::Amend(to_viewer());
                (acme.updating_admin(admin_id(SECOND.0), change, act.clone(), now), None)
            }
            Self::Amending(address) => (amending(world, &acme, address).await, None),
            Self::Suspended => (acme.suspended(now), Some(Action::OrganizationSuspended)),
            Self::Renaming | Self::Moved | Self::Suspending | Self::Superseded => {
                let renaming = acme.amended(&rename("Renamed"), Naming::Slug, now);
                (renaming, Some(Action::OrganizationUpdated))
            }
            Self::Deleting | Self::Removed => {
                (acme.deleting(Actor::Operator, now), Some(Action::OrganizationDeleted))
            }
        };
        let (next, tenant) = (next.unwrap(), acme.tenant().unwrap());
        let event = action.map(|action| {
            let trail = Trail::Organization(acme_id());
            let target = AuditTarget::organization(&acme_id());
            act.event(trail, action, target, Changes::of_organization(&acme, &next))
        });
        let organizations = &world.ports.organizations;
        organizations.replace(&next, acme.version(), event.as_slice()).await.unwrap();
        if let Self::Moved | Self::Superseded = self {
            let to = collection("org_renamed");
            let to = world.ports.namespaces.claim(&to, &next.claim()).await.unwrap();
            world.ports.tenants.rename(&tenant, &to).await.unwrap();
        }
        superseding::resume(world, self, &next).await;
        if let Self::Removed = self {
            world.ports.tenants.remove(&tenant).await.unwrap();
        }
    }
}

impl Request {
    /// The caller; none for requests without authentication.
    pub(super) async fn caller(self, world: &World) -> Result<Option<Caller>, Error> {
        match self {
            Self::Create(_) | Self::Login | Self::Recover => Ok(None),
            Self::Suspend
            | Self::Activate
            | Self::DeleteAsOperator
            | Self::SuspendNewcomer
            | Self::DeleteNewcomer => world.operator().await.map(Some),
            Self::Rename(_)
            | Self::Describe(_)
            | Self::Delete
            | Self::AddOwner(_)
            | Self::DemoteSecond
            | Self::RemoveSecond
            | Self::Insert(_)
            | Self::DeleteDocument(_)
            | Self::Account { .. }
            | Self::Import(_) => match world.owner(ACME.1).await {
                // Its address may have changed.
                Err(Error::InvalidCredentials) => world.owner(FREE.1).await.map(Some),
                known => known.map(Some),
            },
        }
    }

    pub(super) async fn send(self, services: &Services, caller: Option<&Caller>) -> Outcome {
        match (self, caller) {
            (Self::Create(owner), _) => {
                services.organizations.create(None, request_info(), ask_for(owner)).await.map(Some)
            }
            (Self::Login, _) => services
                .login
                .login(&email(ACME.1), password(), request_info(), None)
                .await
                .map(|_| None),
            (Self::Recover, _) => {
                let recovered = services.lifecycle.recover(Scope::All).await;
                recovered.map(|_| None).map_err(Error::from)
            }
            (_, None) => panic!("no caller for {self:?}"),
            (Self::Insert(_) | Self::DeleteDocument(_) | Self::Import(_), Some(caller)) => {
                self.change_documents(services, caller).await.map(|()| None)
            }
            (Self::AddOwner(_) | Self::DemoteSecond | Self::RemoveSecond, Some(caller)) => {
                self.change_admins(services, caller).await.map(|()| None)
            }
            (Self::Account { name, address }, Some(caller)) => {
                let change = AccountChange {
                    name: name.map(organization_name),
                    email: Some(email(address)),
                    password: Some(another_password()),
                };
                let changed = services.accounts.update(caller.admin()?, change).await;
                changed.map(|(organization, _)| Some(organization))
            }
            (_, Some(caller)) => self.change_organization(services, caller).await.map(Some),
        }
    }

    /// Whether a retry after success is refused: a document can't be distinguished from an equal
    /// one that another client inserted or deleted.
    pub(super) fn is_refused_when_repeated(self) -> bool {
        self.document().is_some() || matches!(self, Self::AddOwner(_) | Self::RemoveSecond)
    }

    /// Whether it changes the admins of an organization.
    pub(super) fn changes_admins(self) -> bool {
        matches!(self, Self::AddOwner(_) | Self::DemoteSecond | Self::RemoveSecond)
    }

    /// Whether it may create or move a collection.
    pub(super) fn needs_a_name(self) -> bool {
        matches!(self, Self::Create(_) | Self::Rename(_) | Self::Account { .. } | Self::Recover)
    }

    /// Action and target of the event of a request that changes documents.
    pub(super) fn document(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Insert(id) => Some(("document.inserted", id)),
            Self::DeleteDocument(id) => Some(("document.deleted", id)),
            Self::Import(_) => Some(("documents.imported", ACME_ID)),
            _ => None,
        }
    }

    async fn change_admins(self, services: &Services, caller: &Caller) -> Result<(), Error> {
        let (admins, admin, acme) = (&services.admins, caller.admin()?, acme_id());
        let (id, any_version) = (admin_id(SECOND.0), Precondition::None);
        match self {
            Self::AddOwner(address) => {
                let new = CreateAdmin {
                    email: email(address),
                    name: None,
                    role: Role::Owner,
                    password: password(),
                };
                admins.create(admin, &acme, new).await.map(|_| ())
            }
            Self::DemoteSecond => {
                let change = to_viewer();
                admins.update(admin, &acme, &id, &change, &any_version).await.map(|_| ())
            }
            Self::RemoveSecond => admins.remove(admin, &acme, &id, &any_version).await.map(|_| ()),
            _ => panic!("{self:?} changes no admin"),
        }
    }

    async fn change_documents(self, services: &Services, caller: &Caller) -> Result<(), Error> {
        let (documents, admin) = (&services.documents, caller.admin()?);
        match self {
            Self::Insert(id) => {
                documents.insert(admin, &acme_id(), &document(id, third_document())).await
            }
            Self::DeleteDocument(id) => {
                let id = document_id(id);
                documents.delete(admin, &acme_id(), &id, &Precondition::None).await
            }
            Self::Import(id) => {
                let mut importer = documents.import(admin, &acme_id(), ImportMode::Skip)?;
                let batch = vec![document(id, third_document())];
                importer.write(1..=1, batch, 0).await.map(|_| ())
            }
            _ => panic!("{self:?} changes no document"),
        }
    }

    async fn change_organization(
        self,
        services: &Services,
        caller: &Caller,
    ) -> Result<Organization, Error> {
        let (organizations, any_version) = (&services.organizations, Precondition::None);
        let id = match self {
            Self::SuspendNewcomer | Self::DeleteNewcomer => organization_id(superseding::ID),
            _ => acme_id(),
        };
        match self {
            Self::Rename(name) => {
                organizations.update(caller.admin()?, &id, &rename(name), &any_version).await
            }
            Self::Describe(text) => {
                organizations.update(caller.admin()?, &id, &describe(text), &any_version).await
            }
            Self::Suspend | Self::SuspendNewcomer => {
                organizations.suspend(caller.operator()?, &id, &any_version).await
            }
            Self::Activate => organizations.activate(caller.operator()?, &id, &any_version).await,
            Self::Delete | Self::DeleteAsOperator | Self::DeleteNewcomer => {
                organizations.delete(caller, &id, &any_version).await
            }
            _ => panic!("{self:?} changes no organization"),
        }
    }
}

/// The content of the document that is inserted.
pub(super) fn third_document() -> Value {
    json!({"n": 3})
}

fn describe(text: &str) -> OrganizationChange {
    let description = Some(Some(Description::parse(text).unwrap()));
    OrganizationChange { description, ..OrganizationChange::default() }
}

/// The id and the address of the second owner of Acme.
pub(super) const SECOND: (&str, &str) = ("second", "second@example.com");

async fn second_owner(world: &World) {
    let second = admin(SECOND.0, acme_id().as_str(), SECOND.1);
    world.ports.admins.insert(&second).await.unwrap();
    let (target, changes) =
        (AuditTarget::admin(Some(second.id())), Changes::of_admin(None, Some(&second)));
    let trail = Trail::Organization(acme_id());
    let event = act("second").event(trail, Action::AdminCreated, target, changes);
    world.ports.audit.append(&[event]).await.unwrap();
}

/// Acme with a pending change of its owner's account.
async fn amending(
    world: &World,
    acme: &Organization,
    address: &str,
) -> Result<Organization, Refusal> {
    let owner = world.owner(ACME.1).await.unwrap();
    let owner = owner.admin().unwrap();
    let event = |id: &str| EventId::parse(id).unwrap();
    let job = HashJob::change(acme.id());
    let password = NewPassword {
        hash: world.ports.hasher.hash(job, another_password()).await.unwrap(),
        kept: owner.session().clone(),
        event: event("password"),
    };
    let email = Some(email(address));
    let change = AdminChange { email, password: Some(password), ..AdminChange::default() };
    let name = NextName::new(organization_name("Renamed"), event("named"));
    let (owner, now) = (owner.admin().id().clone(), world.ports.clock.now());
    acme.updating_admin_then_renaming(owner, change, name, act("amended"), now)
}

fn to_viewer() -> AdminChange {
    AdminChange { role: Some(Role::Viewer), ..AdminChange::default() }
}
