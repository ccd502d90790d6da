//! Changes between the authorization of a caller and the write of its change.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

use std::sync::Arc;

use adapters_embedded::EmbeddedStore;
use domain::model::{
    Description, DocumentLimit, Metadata, Naming, Organization, OrganizationChange, PageSize,
    Password, Precondition,
};
use domain::ports::{Clock, Ports};
use domain::service::{
    AuditRules, Caller, CreateOrganization, Error, NewOwner, OperatorToken, PlacementRules,
    RateLimits, Services, Settings, Signup,
};
use port_contracts::fakes::{self, SettableClock};
use port_contracts::fixtures::{LIFETIMES, STEP_UP, email, organization_name, request_info};
use secrecy::{ExposeSecret, SecretString};

const OPERATOR: &str = "operator-operator-operator-operator";
const PASSWORD: &str = "correct horse battery";

/// An installation with one organization.
struct World {
    ports: Ports,
    services: Services,
    clock: Arc<SettableClock>,
    acme: Organization,
}

impl World {
    async fn new() -> Self {
        let clock = Arc::new(SettableClock::default());
        let ports = fakes::ports(Arc::new(EmbeddedStore::in_memory().unwrap()), clock.clone());
        let settings = Settings {
            signup: Signup::Open,
            naming: Naming::Slug,
            placement: PlacementRules::default(),
            token_lifetimes: LIFETIMES,
            step_up: Some(STEP_UP),
            token_audiences: Vec::new(),
            operator: Some(OperatorToken::parse(&SecretString::from(OPERATOR)).unwrap()),
            limits: RateLimits::default(),
            document_limit: DocumentLimit::default(),
            audit: AuditRules::default(),
        };
        let services = Services::new(ports.clone(), settings);
        let request = CreateOrganization {
            name: organization_name("Acme"),
            description: None,
            metadata: Metadata::default(),
            owner: NewOwner {
                email: email("ada@example.com"),
                name: None,
                password: Password::attempt(PASSWORD.to_owned()),
            },
        };
        let acme = services.organizations.create(None, request_info(), request).await.unwrap();
        Self { ports, services, clock, acme }
    }

    /// A new context of its owner.
    async fn owner(&self) -> Caller {
        let password = Password::attempt(PASSWORD.to_owned());
        let login = self
            .services
            .login
            .login(&email("ada@example.com"), password, request_info(), None)
            .await
            .unwrap();
        self.services
            .access
            .authenticate(login.token.0.expose_secret(), request_info())
            .await
            .unwrap()
    }

    /// Its record after an interrupted request began a rename to "Beta".
    async fn renaming(&self) -> Organization {
        let change = OrganizationChange {
            name: Some(organization_name("Beta")),
            ..OrganizationChange::default()
        };
        let next = self.acme.amended(&change, Naming::Slug, self.clock.now()).unwrap();
        self.ports.organizations.replace(&next, self.acme.version(), &[]).await.unwrap();
        next
    }
}

fn describe(text: &str) -> OrganizationChange {
    let description = Some(Some(Description::parse(text).unwrap()));
    OrganizationChange { description, ..OrganizationChange::default() }
}

#[tokio::test]
async fn preconditions_are_checked_against_the_record_that_is_written() {
    let world = World::new().await;
    let seen = world.renaming().await.version();
    let (late, early) = (world.owner().await, world.owner().await);
    let update = |caller: Caller, text, precondition| {
        let (organizations, id) = (&world.services.organizations, world.acme.id());
        async move {
            let admin = caller.admin().unwrap();
            organizations.update(admin, id, &describe(text), &precondition).await
        }
    };
    update(early, "theirs", Precondition::None).await.unwrap();
    let mine = update(late, "mine", Precondition::AnyOf(vec![seen])).await;
    assert!(matches!(mine, Err(Error::PreconditionFailed)), "{mine:?}");
}

#[tokio::test]
async fn an_owner_cannot_delete_an_organization_suspended_concurrently() {
    let world = World::new().await;
    let owner = world.owner().await;
    let operator = world.services.access.authenticate(OPERATOR, request_info()).await.unwrap();
    let organizations = &world.services.organizations;
    let id = world.acme.id();
    let anyway = Precondition::None;
    organizations.suspend(operator.operator().unwrap(), id, &anyway).await.unwrap();
    let deleted = organizations.delete(&owner, id, &anyway).await;
    assert!(matches!(deleted, Err(Error::Suspended)), "{deleted:?}");
    assert!(organizations.delete(&operator, id, &anyway).await.is_ok(), "its operator may");
}

#[tokio::test]
async fn a_late_create_does_not_recreate_a_renamed_collection() {
    let world = World::new().await;
    let old_place = world.acme.tenant().unwrap();
    world.services.lifecycle.drive(world.renaming().await).await;
    world.ports.tenants.create(&old_place).await.unwrap();
    let collections = world.ports.tenants.collections(None, PageSize::MAX).await.unwrap().items;
    let names: Vec<_> = collections.iter().map(|name| name.as_str()).collect();
    assert_eq!(names, ["org_beta"]);
}

/// Concurrent use cases run in tasks, which may move between threads.
#[tokio::test]
async fn use_cases_can_be_spawned() {
    let world = World::new().await;
    let (owner, services, id) =
        (world.owner().await, world.services.clone(), world.acme.id().clone());
    let list = tokio::spawn(async move {
        let admin = owner.admin()?;
        services
            .documents
            .list(admin, &id, &domain::model::DocumentQuery::default(), PageSize::MAX)
            .await
    });
    assert!(list.await.unwrap().unwrap().items.is_empty());
}
