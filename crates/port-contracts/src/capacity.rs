//! Contract of the limit on dedicated collections, and of the placement of organizations beyond it:
//! the use cases over the ports of a store.

use std::sync::Arc;

use domain::model::{
    DocumentLimit, DocumentQuery, Metadata, Naming, Organization, PageSize, Password, Placement,
    Precondition,
};
use domain::ports::Ports;
use domain::service::{
    AuditRules, CollectionUsage, CreateOrganization, Error, NewOwner, OperatorToken,
    PlacementPolicy, PlacementRules, RateLimits, Services, Settings, Signup,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::fakes::{self, SettableClock, Store};
use crate::fixtures::{LIFETIMES, STEP_UP, document, email, organization_name, request_info};
use crate::suite::at_once;

type AnyStore = Arc<dyn Store>;

const MAX: u64 = 3;
const OPERATOR: &str = "the-token-of-the-operator,-of-32-bytes-or-more";

suite! { $ capacity(AnyStore):
    auto_placement_shares_after_the_maximum_of_collections,
    collection_placement_refuses_beyond_the_maximum,
    shared_placement_creates_no_collection,
    a_deleted_organization_frees_capacity,
    concurrent_creates_stay_within_the_maximum_of_collections,
    concurrent_creates_succeed_or_leave_nothing,
    documents_in_both_placements_are_accessed_alike,
}

async fn auto_placement_shares_after_the_maximum_of_collections(store: AnyStore) {
    let world = World::new(store, PlacementPolicy::Auto);
    let mut places = Vec::new();
    for n in 0..MAX + 2 {
        places.push(place(&world.create(n).await.unwrap()));
    }
    assert_eq!(places, ["org_n0", "org_n1", "org_n2", Placement::SHARED, Placement::SHARED]);
    assert_eq!(world.collections().await, places[..3]);
    let usage = world.services.capacity.usage().await.unwrap();
    assert_eq!(usage, CollectionUsage { used: MAX, max: MAX });
}

async fn collection_placement_refuses_beyond_the_maximum(store: AnyStore) {
    let world = World::new(store, PlacementPolicy::Collection);
    for n in 0..MAX {
        world.create(n).await.unwrap();
    }
    let refusal = world.create(MAX).await;
    assert!(matches!(refusal, Err(Error::Capacity)), "{refusal:?}");
    // A refused request reserves neither name nor address.
    let sharing = world.under(PlacementPolicy::Auto);
    assert_eq!(place(&sharing.create(MAX).await.unwrap()), Placement::SHARED);
}

async fn shared_placement_creates_no_collection(store: AnyStore) {
    let world = World::new(store, PlacementPolicy::Shared);
    assert_eq!(place(&world.create(0).await.unwrap()), Placement::SHARED);
    assert!(world.collections().await.is_empty());
}

async fn a_deleted_organization_frees_capacity(store: AnyStore) {
    let world = World::new(store, PlacementPolicy::Collection);
    let first = world.create(0).await.unwrap();
    for n in 1..MAX {
        world.create(n).await.unwrap();
    }
    let operator = world.services.access.authenticate(OPERATOR, request_info()).await.unwrap();
    let organizations = &world.services.organizations;
    organizations.delete(&operator, first.id(), &Precondition::None).await.unwrap();
    assert_eq!(place(&world.create(MAX).await.unwrap()), format!("org_n{MAX}"));
}

async fn concurrent_creates_stay_within_the_maximum_of_collections(store: AnyStore) {
    let world = Arc::new(World::new(store, PlacementPolicy::Auto));
    let created = at_once(16, |n| {
        let world = Arc::clone(&world);
        async move { world.create(n as u64).await.unwrap() }
    })
    .await;
    let own = created.iter().filter(|it| place(it) != Placement::SHARED).count();
    assert!(own as u64 <= MAX, "{own} collections");
    assert_eq!(world.collections().await.len(), own);
}

async fn concurrent_creates_succeed_or_leave_nothing(store: AnyStore) {
    let world = Arc::new(World::new(store, PlacementPolicy::Collection));
    let results = at_once(16, |n| {
        let world = Arc::clone(&world);
        async move { (n as u64, world.create(n as u64).await) }
    })
    .await;
    let collections = world.collections().await.len();
    assert!(collections as u64 <= MAX, "{collections} collections");
    let sharing = world.under(PlacementPolicy::Shared);
    for (n, result) in results {
        match result {
            Ok(_) => {}
            Err(Error::Capacity) => drop(sharing.create(n).await.unwrap()),
            Err(other) => panic!("{other:?}"),
        }
    }
}

async fn documents_in_both_placements_are_accessed_alike(store: AnyStore) {
    let world = World::new(store, PlacementPolicy::Auto);
    for n in 0..=MAX {
        let organization = world.create(n).await.unwrap();
        let login = world
            .services
            .login
            .login(&address(n), password(), request_info(), None)
            .await
            .unwrap();
        let token = login.token.0.expose_secret();
        let caller = world.services.access.authenticate(token, request_info()).await.unwrap();
        let (admin, id) = (caller.admin().unwrap(), organization.id());
        let own = document("x", json!({ "n": n }));
        let documents = &world.services.documents;
        documents.insert(admin, id, &own).await.unwrap();
        let again = documents.insert(admin, id, &own).await;
        assert!(matches!(again, Err(Error::DocumentExists)), "{again:?}");
        assert_eq!(documents.get(admin, id, own.id()).await.unwrap(), own);
        let page =
            documents.list(admin, id, &DocumentQuery::default(), PageSize::MAX).await.unwrap();
        assert_eq!(page.items, [own]);
    }
}

/// An installation with a limit of [`MAX`] collections.
struct World {
    ports: Ports,
    services: Services,
}

impl World {
    fn new(store: AnyStore, policy: PlacementPolicy) -> Self {
        Self::over(fakes::ports(store, Arc::new(SettableClock::default())), policy)
    }

    /// The same installation under another policy.
    fn under(&self, policy: PlacementPolicy) -> Self {
        Self::over(self.ports.clone(), policy)
    }

    fn over(ports: Ports, policy: PlacementPolicy) -> Self {
        let settings = Settings {
            signup: Signup::Open,
            naming: Naming::Slug,
            placement: PlacementRules { policy, max_collections: MAX },
            token_lifetimes: LIFETIMES,
            step_up: Some(STEP_UP),
            token_audiences: Vec::new(),
            operator: Some(OperatorToken::parse(&SecretString::from(OPERATOR)).unwrap()),
            limits: RateLimits::default(),
            document_limit: DocumentLimit::default(),
            audit: AuditRules::default(),
        };
        Self { services: Services::new(ports.clone(), settings), ports }
    }

    async fn create(&self, n: u64) -> Result<Organization, Error> {
        let request = CreateOrganization {
            name: organization_name(&format!("N{n}")),
            description: None,
            metadata: Metadata::default(),
            owner: NewOwner { email: address(n), name: None, password: password() },
        };
        self.services.organizations.create(None, request_info(), request).await
    }

    async fn collections(&self) -> Vec<String> {
        let page = self.ports.tenants.collections(None, PageSize::MAX).await.unwrap();
        page.items.into_iter().map(String::from).collect()
    }
}

fn place(organization: &Organization) -> String {
    organization.placement().unwrap().collection_name().to_owned()
}

fn address(n: u64) -> domain::model::Email {
    email(&format!("n{n}@example.com"))
}

fn password() -> Password {
    Password::choose("correct horse".to_owned()).unwrap()
}
