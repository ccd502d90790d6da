//! Planting of damage in a store.

use domain::model::{
    Claim, CollectionName, Document, DocumentQuery, Naming, Organization, Placement, Status,
    Tenant, Version,
};
use serde_json::json;

use crate::crash::snapshot::View;
use crate::crash::world::{World, rename};
use crate::fixtures::{self, admin, at, document, organization_id, sharer, tenant_at};

/// Creates a collection of `organization` under the next name that the ledger assigns, which is
/// `name` unless that is taken. Must precede the record of the organization: some stores create no
/// second collection for an organization with a record.
pub(super) async fn collection(world: &World, organization: &str, name: &str) -> Placement {
    let organization = organization_id(organization);
    let wanted = fixtures::collection(name);
    // Names differ, so they belong to different claims.
    let begun = Version::new(name.len() as u64);
    let claim = Claim { organization: organization.clone(), begun };
    let name = world.ports.namespaces.claim(&wanted, &claim).await.unwrap();
    make(world, &tenant_at(&organization, Placement::Collection { name, uuid: None })).await
}

/// Removes the collection at `placement`, and creates another one of the same name.
pub(super) async fn replaced(
    world: &World,
    organization: &str,
    placement: &Placement,
) -> Placement {
    let tenant = tenant_at(&organization_id(organization), placement.clone());
    world.ports.tenants.remove(&tenant).await.unwrap();
    let name = placement.own_collection().unwrap().clone();
    let anew = Placement::Collection { name, uuid: None };
    make(world, &tenant_at(tenant.organization(), anew)).await
}

async fn make(world: &World, tenant: &Tenant) -> Placement {
    world.ports.tenants.create(tenant).await.unwrap()
}

/// Inserts a document with this id and content at `placement`.
pub(super) async fn insert(world: &World, organization: &str, placement: &Placement, id: &str) {
    let tenant = tenant_at(&organization_id(organization), placement.clone());
    world.ports.tenants.insert(&tenant, &written(id), None).await.unwrap();
}

/// Inserts a document into the shared collection.
pub(super) async fn share(world: &World, organization: &str, id: &str) {
    world.ports.tenants.insert(&sharer(organization), &written(id), None).await.unwrap();
}

/// Inserts the record of an organization, and its owner unless it is deleted.
pub(super) async fn record(world: &World, organization: &Organization) {
    world.begin(organization).await;
    let id = organization.id().as_str();
    if !matches!(organization.status(), Status::Provisioning | Status::Deleted) {
        own(world, id).await;
    }
}

/// Inserts the owner of an organization.
pub(super) async fn own(world: &World, organization: &str) {
    let address = format!("{organization}@example.com");
    let owner = admin(&format!("{organization}-owner"), organization, &address);
    world.ports.admins.insert(&owner).await.unwrap();
}

/// An organization in use whose documents are at `placement`.
pub(super) fn living(id: &str, name: &str, placement: &Placement) -> Organization {
    fixtures::provisioning(id, name).provisioned(placement.clone())
}

/// The organization, whose rename to `name` began at [`at`]`(1)`.
pub(super) fn renaming(organization: &Organization, name: &str) -> Organization {
    organization.amended(&rename(name), Naming::Slug, at(1)).unwrap()
}

/// [`living`] as its owner sees it.
pub(super) fn view(id: &str, name: &str, collection: Option<&str>, documents: &[&str]) -> View {
    View {
        description: Some("First line\nsecond".to_owned()),
        collection: collection.map(ToOwned::to_owned),
        documents: documents.iter().map(|id| written(id)).collect(),
        ..View::new((name, &format!("{id}@example.com")))
    }
}

/// A deleted organization as the operator sees it.
pub(super) fn deleted_view(name: &str) -> View {
    View { status: Status::Deleted, owners: vec![], ..view("", name, None, &[]) }
}

/// The names of all existing collections.
pub(super) async fn names(world: &World) -> Vec<String> {
    let page = world.ports.tenants.collections(None, fixtures::page_of(100)).await.unwrap();
    page.items.into_iter().map(CollectionName::into).collect()
}

/// The ids of the documents at `placement`.
pub(super) async fn ids(world: &World, organization: &str, placement: &Placement) -> Vec<String> {
    let tenant = tenant_at(&organization_id(organization), placement.clone());
    let page = world
        .ports
        .tenants
        .list(&tenant, &DocumentQuery::default(), fixtures::page_of(100))
        .await
        .unwrap();
    page.items.iter().map(|document| document.id().to_string()).collect()
}

fn written(id: &str) -> Document {
    document(id, json!({ "planted": id }))
}
