//! Complete content of a store, and the invariants that hold whenever no work is pending.

use domain::model::{
    Admin, Document, DocumentQuery, Organization, OrganizationId, PageSize, Placement, Role, Slug,
    Status, Usage,
};
use domain::ports::OrganizationFilter;

use super::world::{World, another_password, documents};
use crate::fixtures::sharer;

/// Marks an owner who has changed its password.
pub(super) const ANOTHER_PASSWORD: &str = "with another password";

/// An organization as its owner and the operator see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) status: Status,
    pub(crate) owners: Vec<String>,
    pub(crate) collection: Option<String>,
    pub(crate) documents: Vec<Document>,
}

/// Reads every organization, in the order of creation, and checks that nothing is pending, lost or
/// without an owner.
pub(crate) async fn snapshot(world: &World, label: &str) -> Vec<View> {
    let all = OrganizationFilter::default();
    let page = world.ports.organizations.list(&all, None, PageSize::MAX).await.unwrap();
    let mut views = Vec::new();
    for organization in &page.items {
        views.push(view(world, organization, label).await);
    }
    assert_collections_have_owners(world, &views, label).await;
    assert_shared_documents_have_owners(world, label).await;
    assert_admins_have_organizations(world, label).await;
    views
}

impl View {
    /// An organization as it was created, with documents.
    pub(crate) fn new((name, owner): (&str, &str)) -> Self {
        Self {
            name: name.to_owned(),
            description: None,
            status: Status::Active,
            owners: vec![owner.to_owned()],
            collection: Some(format!("org_{}", name.to_lowercase())),
            documents: documents(),
        }
    }
}

async fn view(world: &World, organization: &Organization, label: &str) -> View {
    let label = format!("{label}: {}", organization.name());
    let status = organization.status();
    assert!(!organization.is_pending(), "{label} is {}", status.as_str());
    assert_eq!(*organization.slug(), Slug::of(organization.name()), "{label}: key");
    let holder = world.ports.organizations.find_by_slug(organization.slug()).await.unwrap();
    let holds_its_name = holder.is_some_and(|holder| holder.id() == organization.id());
    let living = status != Status::Deleted;
    assert_eq!(holds_its_name, living, "{label}: holds its name");
    assert_eq!(organization.deleted_by().is_some(), !living, "{label}: deleted by");
    let owners = owners(world, organization, &label).await;
    assert_eq!(!owners.is_empty(), living, "{label}: has an owner");
    let documents = stored_documents(world, organization).await;
    assert_counted(world, organization, &documents, &label).await;
    View {
        name: organization.name().to_string(),
        description: organization.description().map(ToString::to_string),
        status,
        owners,
        collection: collection(world, organization, &label).await,
        documents,
    }
}

async fn owners(world: &World, organization: &Organization, label: &str) -> Vec<String> {
    let admins = &world.ports.admins;
    let page = admins.list(organization.id(), None, PageSize::MAX).await.unwrap();
    for admin in &page.items {
        let found = admins.find_by_email(&admin.email().key()).await.unwrap();
        assert_eq!(found.as_ref(), Some(admin), "{label}: admin by address");
    }
    let owners = page.items.iter().filter(|admin| admin.role() == Role::Owner);
    owners.map(shown).collect()
}

/// The address of an admin, and whether its password differs from the initial one.
fn shown(admin: &Admin) -> String {
    let hash = admin.password_hash().expose();
    if hash.ends_with(another_password().expose()) {
        format!("{} {ANOTHER_PASSWORD}", admin.email())
    } else {
        admin.email().to_string()
    }
}

/// Name of the collection with the documents; none when the organization has none any more.
async fn collection(world: &World, organization: &Organization, label: &str) -> Option<String> {
    let tenant = organization.tenant()?;
    let name = tenant.placement().own_collection()?;
    let owner = world.ports.namespaces.owner(name).await.unwrap();
    assert_eq!(owner.as_ref(), Some(organization.id()), "{label}: owner of {name}");
    Some(name.to_string())
}

/// Fails when the collection is missing.
async fn stored_documents(world: &World, organization: &Organization) -> Vec<Document> {
    match organization.tenant() {
        Some(tenant) => {
            world
                .ports
                .tenants
                .list(&tenant, &DocumentQuery::default(), PageSize::MAX)
                .await
                .unwrap()
                .items
        }
        None => Vec::new(),
    }
}

/// The usage of a deleted organization is zero; that of any other is the sum of its documents.
async fn assert_counted(
    world: &World,
    organization: &Organization,
    documents: &[Document],
    label: &str,
) {
    let tenant = organization.tenant().unwrap_or_else(|| sharer(organization.id().as_str()));
    let counted = world.ports.tenants.usage(&tenant).await.unwrap();
    let there = documents.iter().map(Usage::of).fold(Usage::default(), Usage::plus);
    if world.counts_exactly || organization.status() == Status::Deleted {
        assert_eq!(counted, there, "{label}: what is counted, and what is there");
    } else {
        let all = counted.documents >= there.documents && counted.bytes >= there.bytes;
        assert!(all, "{label}: counted are {counted:?} of {there:?}");
    }
}

async fn assert_collections_have_owners(world: &World, views: &[View], label: &str) {
    let page = world.ports.tenants.collections(None, PageSize::MAX).await.unwrap();
    let found: Vec<String> = page.items.into_iter().map(String::from).collect();
    let mut owned: Vec<String> = views.iter().filter_map(|view| view.collection.clone()).collect();
    owned.sort();
    assert_eq!(found, owned, "{label}: the collections, and those that have an owner");
}

async fn assert_admins_have_organizations(world: &World, label: &str) {
    for admin in world.ports.admins.all(None, PageSize::MAX).await.unwrap().items {
        assert_lives(world, admin.organization_id(), label).await;
    }
}

async fn assert_shared_documents_have_owners(world: &World, label: &str) {
    for sharer in world.ports.tenants.shared_tenants(None, PageSize::MAX).await.unwrap().items {
        let organization = assert_lives(world, &sharer, label).await;
        assert_eq!(organization.placement(), Some(&Placement::Shared), "{label}: {sharer}");
    }
}

async fn assert_lives(world: &World, id: &OrganizationId, label: &str) -> Organization {
    let organization = world.ports.organizations.get(id).await.unwrap();
    let lives = |it: &Organization| matches!(it.status(), Status::Active | Status::Suspended);
    match organization {
        Some(organization) if lives(&organization) => organization,
        gone => panic!("{label}: {id} has an admin or a document, and is {gone:?}"),
    }
}
