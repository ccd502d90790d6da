//! Contract of the use case that changes an organization and its admin's account in one request,
//! over the ports of a store.

use std::sync::Arc;

use domain::model::{Admin, EventFilter, Organization, PageSize, Password, Role, Seq, Trail};
use domain::service::{AccountChange, AdminContext, Caller, CreateAdmin, Error};

use crate::crash::world::{
    ACME, FREE, OTHER, TenancySettings, World, acme_id, another_password, documents, password,
};
use crate::fakes::Store;
use crate::fixtures::{email, organization_name};
use crate::suite::at_once;

type AnyStore = Arc<dyn Store>;

suite! { $ accounts(AnyStore):
    each_change_is_recorded_once,
    unchanged_values_are_not_recorded,
    a_new_password_ends_the_other_sessions,
    a_taken_name_leaves_the_address_as_it_was,
    a_taken_address_leaves_name_and_documents_as_they_were,
    a_guessable_password_is_refused,
    viewers_and_ended_sessions_are_refused,
    concurrent_changes_are_applied_atomically,
    one_of_many_concurrent_changes_gets_the_name_and_the_address,
}

async fn each_change_is_recorded_once(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let (all, renamed) = (Some(another_password()), "organization.updated");
    let (readdressed, other_password) = ("admin.updated", "admin.password_changed");
    for (name, address, password, expected) in [
        (Some("B"), None, None, vec![renamed]),
        (None, Some("b@example.com"), None, vec![readdressed]),
        (None, None, all.clone(), vec![other_password]),
        (None, Some("c@example.com"), all.clone(), vec![readdressed, other_password]),
        (Some("C"), None, all.clone(), vec![other_password, renamed]),
        (Some("D"), Some("d@example.com"), None, vec![readdressed, renamed]),
        (Some("E"), Some("e@example.com"), all, vec![readdressed, other_password, renamed]),
    ] {
        let (caller, before) = (acme(&world).await, recorded_actions(&world).await.len());
        let change = change(name, address, password);
        let (organization, admin) = update(&world, &caller, change).await.unwrap();
        let mut found = recorded_actions(&world).await.split_off(before);
        // On MongoDB, events of different records have no order among themselves.
        found.sort_unstable();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(stored(&world).await, (organization.clone(), admin.clone()));
        assert!(name.is_none_or(|name| organization.name().as_str() == name));
        assert!(address.is_none_or(|address| admin.email().as_str() == address));
    }
}

async fn unchanged_values_are_not_recorded(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let caller = acme(&world).await;
    let (before, events) = (stored(&world).await, recorded_actions(&world).await);
    for (name, address) in [(None, None), (Some("ACME!"), None), (Some(ACME.0), Some(ACME.1))] {
        let changed = update(&world, &caller, change(name, address, None)).await.unwrap();
        assert_eq!(changed, before);
    }
    assert_eq!((stored(&world).await, recorded_actions(&world).await), (before, events));
}

async fn a_new_password_ends_the_other_sessions(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let (kept, other) = (acme(&world).await, acme(&world).await);
    let change = change(Some("Renamed"), Some(FREE.1), Some(another_password()));
    update(&world, &kept, change.clone()).await.unwrap();
    let refused = update(&world, &other, change).await;
    assert!(matches!(refused, Err(Error::Token(_))), "{refused:?}");
    let (_, admin) = stored(&world).await;
    let sessions: Vec<_> = admin.sessions(world.ports.clock.now()).map(|one| one.id()).collect();
    assert_eq!(sessions, [kept.admin().unwrap().session()]);
    assert!(world.owner(ACME.1).await.is_err(), "the old address");
    world.owner(FREE.1).await.unwrap();
}

async fn a_taken_name_leaves_the_address_as_it_was(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let caller = acme(&world).await;
    let before = (stored(&world).await, recorded_actions(&world).await);
    for address in [FREE.1, OTHER.1] {
        let change = change(Some("oTHER"), Some(address), Some(another_password()));
        let refused = update(&world, &caller, change).await;
        assert!(matches!(refused, Err(Error::NameTaken)), "{refused:?}");
    }
    assert_eq!((stored(&world).await, recorded_actions(&world).await), before);
}

async fn a_taken_address_leaves_name_and_documents_as_they_were(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let caller = acme(&world).await;
    let before = (stored(&world).await, recorded_actions(&world).await);
    for name in [None, Some("Renamed")] {
        let change = change(name, Some(&OTHER.1.to_uppercase()), Some(another_password()));
        let refused = update(&world, &caller, change).await;
        assert!(matches!(refused, Err(Error::EmailTaken)), "{refused:?}");
    }
    assert_eq!((stored(&world).await, recorded_actions(&world).await), before);
    let (admin, all) = (caller.admin().unwrap(), Default::default());
    let page = world.services().documents.list(admin, &acme_id(), &all, PageSize::MAX).await;
    assert_eq!(page.unwrap().items, documents());
    world.create(("Renamed", FREE.1)).await.unwrap();
}

async fn a_guessable_password_is_refused(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let caller = acme(&world).await;
    let before = stored(&world).await;
    for (name, address, guess) in [
        (None, None, ACME.1),
        (None, Some("another.person@example.com"), "another.person"),
        (Some("Quite another"), None, "quite another"),
    ] {
        let password = Password::choose(guess.to_owned()).unwrap();
        let refused = update(&world, &caller, change(name, address, Some(password))).await;
        assert!(
            matches!(&refused, Err(Error::Invalid(it)) if it.pointer == "/password"),
            "{refused:?}"
        );
    }
    assert_eq!(stored(&world).await, before);
}

async fn viewers_and_ended_sessions_are_refused(store: AnyStore) {
    let world = World::on(store, TenancySettings::DEFAULT).await;
    let (owner, services) = (acme(&world).await, world.services());
    let viewer = CreateAdmin {
        email: email("viewer@example.com"),
        name: None,
        role: Role::Viewer,
        password: password(),
    };
    services.admins.create(owner.admin().unwrap(), &acme_id(), viewer).await.unwrap();
    let viewer = world.owner("viewer@example.com").await.unwrap();
    let all = change(Some("Renamed"), Some(FREE.1), None);
    let refused = update(&world, &viewer, all.clone()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    services.sessions.log_out(owner.admin().unwrap()).await.unwrap();
    let refused = update(&world, &owner, all).await;
    assert!(matches!(refused, Err(Error::Token(_))), "{refused:?}");
}

async fn concurrent_changes_are_applied_atomically(store: AnyStore) {
    let world = Arc::new(World::on(store, TenancySettings::DEFAULT).await);
    // Of one session: a change of the address ends the others.
    let caller = Arc::new(acme(&world).await);
    for round in 0..4 {
        let accounts =
            move |i: usize| (format!("N {round} {i}"), format!("n-{round}-{i}@example.com"));
        let results = at_once(2, |i| {
            let (world, caller) = (Arc::clone(&world), Arc::clone(&caller));
            async move {
                let (name, address) = accounts(i);
                update(&world, &caller, change(Some(&name), Some(&address), None)).await
            }
        })
        .await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        let (organization, admin) = stored(&world).await;
        let found = (organization.name().to_string(), admin.email().to_string());
        assert!([accounts(0), accounts(1)].contains(&found), "{found:?}");
    }
}

async fn one_of_many_concurrent_changes_gets_the_name_and_the_address(store: AnyStore) {
    const MANY: usize = 6;
    let world = Arc::new(World::on(store, TenancySettings::DEFAULT).await);
    let owned = |i: usize| (format!("Many {i}"), format!("many-{i}@example.com"));
    for i in 0..MANY {
        let (name, address) = owned(i);
        world.create((&name, &address)).await.unwrap();
    }
    let results = at_once(MANY, |i| {
        let world = Arc::clone(&world);
        async move {
            let caller = world.owner(&owned(i).1).await.unwrap();
            // Half of them only want the name.
            let name = if i % 2 == 0 { "Wanted".to_owned() } else { format!("Wanted {i}") };
            update(&world, &caller, change(Some(&name), Some(FREE.1), None)).await
        }
    })
    .await;
    let (mut won, mut kept) = (0, 0);
    for (i, result) in results.iter().enumerate() {
        let (name, address) = owned(i);
        match result {
            Ok((organization, admin)) => {
                assert_eq!(world.holder(organization.name().as_str()).await, *organization);
                assert_eq!(admin.email().as_str(), FREE.1);
                won += 1;
            }
            Err(Error::NameTaken | Error::EmailTaken) => {
                let home = world.holder(&name).await;
                let admins = world.ports.admins.list(home.id(), None, PageSize::MAX).await.unwrap();
                assert_eq!(home.name().as_str(), name);
                assert_eq!(admins.items[0].email().as_str(), address);
                kept += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((won, kept), (1, MANY - 1), "{results:?}");
}

/// The owner of Acme, with a new login.
async fn acme(world: &World) -> Caller {
    let (_, admin) = stored(world).await;
    world.owner(admin.email().as_str()).await.unwrap()
}

async fn update(
    world: &World,
    caller: &Caller,
    change: AccountChange,
) -> Result<(Organization, Admin), Error> {
    let caller: &AdminContext = caller.admin()?;
    world.services().accounts.update(caller, change).await
}

fn change(name: Option<&str>, address: Option<&str>, password: Option<Password>) -> AccountChange {
    AccountChange { name: name.map(organization_name), email: address.map(email), password }
}

/// Acme and its owner, as stored.
async fn stored(world: &World) -> (Organization, Admin) {
    let organization = world.ports.organizations.get(&acme_id()).await.unwrap().unwrap();
    let mut admins = world.ports.admins.list(&acme_id(), None, PageSize::MAX).await.unwrap();
    (organization, admins.items.remove(0))
}

/// The events in Acme's trail, without logins.
async fn recorded_actions(world: &World) -> Vec<String> {
    let (trail, all) = (Trail::Organization(acme_id()), EventFilter::default());
    world.ports.audit.flush_outbox(Some(&trail)).await.unwrap();
    let page = world.ports.audit.list(&trail, &all, Seq::START, PageSize::MAX).await.unwrap();
    assert!(!page.more);
    let actions = page.items.iter().filter_map(|stored| stored.event.action());
    actions.filter(|action| *action != "login.succeeded").map(ToOwned::to_owned).collect()
}
