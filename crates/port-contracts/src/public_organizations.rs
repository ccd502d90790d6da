//! Contract of the public directory of organizations: the use cases over the ports of a store.

use std::sync::Arc;

use domain::model::{AdminChange, Organization, Precondition, Role};
use domain::service::{CreateAdmin, Error, PublicOrganizations};

use crate::crash::world::{ACME, OTHER, TenancySettings, World, acme_id, password};
use crate::fakes::Store;
use crate::fixtures::{
    active, deleted, deleting, email, organization_name, provisioning, renaming, request_info,
    suspended, updating_admin_then_renaming,
};

type AnyStore = Arc<dyn Store>;

suite! { $ public_organizations(AnyStore):
    the_founder_is_the_public_contact,
    the_first_active_owner_is_the_contact_after_the_founder_is_removed,
    without_admins_there_is_no_contact,
    only_existing_organizations_are_public,
    a_reserved_name_is_not_found,
    lists_page_in_order_of_creation,
    lists_skip_and_limit,
}

async fn the_founder_is_the_public_contact(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    assert_eq!(contact(&world, "ACME").await.as_deref(), Some(ACME.1));
    assert_eq!(contact(&world, OTHER.0).await.as_deref(), Some(OTHER.1));
}

async fn the_first_active_owner_is_the_contact_after_the_founder_is_removed(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let (services, founder) = (world.services(), world.owner(ACME.1).await.unwrap());
    let founder = founder.admin().unwrap();
    let mut others = Vec::new();
    for (address, role) in [
        ("viewer@example.com", Role::Viewer),
        ("inactive@example.com", Role::Owner),
        ("second@example.com", Role::Owner),
        ("third@example.com", Role::Owner),
    ] {
        let new = CreateAdmin { email: email(address), name: None, role, password: password() };
        others.push(services.admins.create(founder, &acme_id(), new).await.unwrap());
    }
    let (ends, any_version) =
        (AdminChange { is_active: Some(false), ..AdminChange::default() }, Precondition::None);
    let inactive = others[1].id();
    services.admins.update(founder, &acme_id(), inactive, &ends, &any_version).await.unwrap();
    assert_eq!(contact(&world, ACME.0).await.as_deref(), Some(ACME.1));
    let id = founder.admin().id();
    services.admins.remove(founder, &acme_id(), id, &any_version).await.unwrap();
    assert_eq!(contact(&world, ACME.0).await.as_deref(), Some("second@example.com"));
}

async fn without_admins_there_is_no_contact(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    world.ports.admins.remove_all(&acme_id()).await.unwrap();
    assert_eq!(contact(&world, ACME.0).await, None);
}

async fn only_existing_organizations_are_public(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let directory = world.services().public_organizations;
    for (organization, expected) in [
        (active("a", "Alpha"), true),
        (suspended("b", "Bravo"), true),
        (renaming("c", "Charlie", "Charlie two"), true),
        (updating_admin_then_renaming("d", "Delta", "Delta two"), true),
        (provisioning("e", "Echo"), false),
        (deleting("f", "Foxtrot"), false),
        (deleted("g", "Golf"), false),
    ] {
        world.begin(&organization).await;
        let by_name =
            directory.find_by_name(organization.name()).await.map(|entry| entry.organization);
        let by_id = directory.get(organization.id()).await;
        for found in [by_name, by_id] {
            match found {
                Ok(found) => assert!(expected && found == organization, "{found:?}"),
                Err(Error::NotFound(_)) => assert!(!expected, "{organization:?}"),
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    let unknown = directory.find_by_name(&organization_name("Unknown")).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}

async fn a_reserved_name_is_not_found(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    world.begin(&renaming("c", "Charlie", "Charlie two")).await;
    world.begin(&updating_admin_then_renaming("d", "Delta", "Delta two")).await;
    let directory = world.services().public_organizations;
    directory.find_by_name(&organization_name("Charlie two")).await.unwrap();
    let undecided = directory.find_by_name(&organization_name("Delta two")).await;
    assert!(matches!(undecided, Err(Error::NotFound(_))), "{undecided:?}");
}

async fn lists_page_in_order_of_creation(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let made = |n: usize| format!("made-{n:03}");
    for n in 0..130 {
        world.begin(&active(&made(n), &format!("Made {n}"))).await;
        if n % 10 == 0 {
            world.begin(&deleted(&format!("{}-gone", made(n)), "Gone")).await;
        }
    }
    let directory = world.services().public_organizations;
    let all = directory.list(request_info().address, 0, PublicOrganizations::MOST).await.unwrap();
    assert_eq!((all.len(), all[0].name().as_str()), (132, ACME.0));
    assert!(all.is_sorted_by_key(|organization| organization.id().clone()));
    for (skip, limit) in [(0, 1), (1, 100), (2, 101), (31, 130), (131, 5), (132, 5), (7, 0)] {
        let expected = all.iter().skip(skip).take(limit).cloned().collect::<Vec<_>>();
        assert_eq!(
            directory.list(request_info().address, skip, limit).await.unwrap(),
            expected,
            "{skip}, {limit}"
        );
    }
}

async fn lists_skip_and_limit(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let directory = world.services().public_organizations;
    let names = |found: Vec<Organization>| -> Vec<String> {
        found.iter().map(|organization| organization.name().to_string()).collect()
    };
    assert_eq!(
        names(directory.list(request_info().address, 1, usize::MAX).await.unwrap()),
        [OTHER.0]
    );
    for skip in [
        2,
        PublicOrganizations::FARTHEST as usize,
        PublicOrganizations::FARTHEST as usize + 1,
        usize::MAX,
    ] {
        assert!(directory.list(request_info().address, skip, 10).await.unwrap().is_empty());
    }
}

/// The address of the representative of the organization with this name.
async fn contact(world: &World, name: &str) -> Option<String> {
    let entry =
        world.services().public_organizations.find_by_name(&organization_name(name)).await.unwrap();
    entry.admin.map(|admin| admin.email().to_string())
}
