//! Contract of [`AdminRepo`].

mod events;
mod removed;

use std::sync::Arc;

use domain::model::{Admin, AdminChange, AdminId, Page, PasswordHash, Version};
use domain::ports::{AdminRepo, WriteError};

use crate::fixtures::{admin, admin_id, at, email, organization_id, page_of, session};
use crate::suite::at_once;
use crate::trails::HasAuditLog;
use events::*;
use removed::*;

/// A repository of admins together with the log of their events.
pub trait AdminStore: AdminRepo + HasAuditLog + 'static {}

impl<S: AdminRepo + HasAuditLog + 'static> AdminStore for S {}

type Repo = Arc<dyn AdminStore>;

suite! { $ admin_repo(Repo):
    insert_refuses_a_taken_address_in_any_case,
    insert_of_a_known_id_changes_nothing,
    one_of_many_concurrent_inserts_of_an_address_succeeds,
    get_returns_a_record_as_it_was_written,
    get_finds_nothing_for_an_unknown_id,
    find_by_email_finds_any_spelling_and_no_other_address,
    replace_writes_the_next_value,
    replace_refuses_a_stale_version_and_changes_nothing,
    replace_refuses_a_removed_record,
    one_of_many_concurrent_replaces_of_a_version_succeeds,
    replace_refuses_an_address_of_another_admin_and_changes_nothing,
    replace_frees_the_former_address,
    one_of_many_concurrent_replaces_with_an_address_succeeds,
    remove_refuses_a_stale_version_and_changes_nothing,
    remove_removes_a_record_and_frees_its_address,
    remove_of_an_unknown_record_succeeds,
    list_pages_in_order_of_id,
    list_has_exactly_the_admins_of_the_organization,
    count_counts_exactly_the_admins_of_the_organization,
    all_lists_the_admins_of_every_organization,
    remove_all_removes_the_admins_of_the_organization_and_no_other,
    remove_all_frees_the_addresses,
    remove_all_without_admins_succeeds,
    insert_of_a_removed_admin_changes_nothing,
    a_removed_admin_is_not_found,
    late_inserts_do_not_restore_a_removed_admin,
    replace_records_its_events_once_and_in_order,
    replace_records_several_events_in_order,
    a_refused_replace_records_nothing,
    one_of_many_concurrent_replaces_is_recorded,
    flush_outbox_changes_no_admin,
    flush_outbox_of_all_trails_appends_the_events_of_every_admin,
    remove_appends_the_pending_events_of_the_record,
    remove_all_appends_the_pending_events_of_the_records,
}

async fn insert_refuses_a_taken_address_in_any_case(repo: Repo) {
    repo.insert(&admin("a", "acme", "Ada@Example.com")).await.unwrap();
    for address in ["Ada@Example.com", "ada@example.COM"] {
        for organization in ["acme", "other"] {
            let refusal = repo.insert(&admin("b", organization, address)).await;
            assert!(matches!(refusal, Err(WriteError::Taken)), "{address}: {refusal:?}");
        }
    }
    assert_eq!(repo.get(&admin_id("b")).await.unwrap(), None);
}

async fn insert_of_a_known_id_changes_nothing(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    let later = logged_in(&first, 1);
    repo.insert(&first).await.unwrap();
    repo.replace(&later, first.version(), &[]).await.unwrap();
    repo.insert(&first).await.unwrap();
    assert_eq!(repo.get(first.id()).await.unwrap(), Some(later));
}

async fn one_of_many_concurrent_inserts_of_an_address_succeeds(repo: Repo) {
    let results = at_once(32, |i| {
        let (repo, new) = (Arc::clone(&repo), admin(&format!("id-{i}"), "acme", "a@example.com"));
        async move { repo.insert(&new).await }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for refusal in results.into_iter().filter_map(Result::err) {
        assert!(matches!(refusal, WriteError::Taken), "{refusal:?}");
    }
}

async fn get_returns_a_record_as_it_was_written(repo: Repo) {
    let first = admin("a", "acme", "Ada@Example.com");
    repo.insert(&first).await.unwrap();
    assert_eq!(repo.get(first.id()).await.unwrap(), Some(first));
}

async fn get_finds_nothing_for_an_unknown_id(repo: Repo) {
    repo.insert(&admin("a", "acme", "ada@example.com")).await.unwrap();
    assert_eq!(repo.get(&admin_id("b")).await.unwrap(), None);
}

async fn find_by_email_finds_any_spelling_and_no_other_address(repo: Repo) {
    let first = admin("a", "acme", "Ada@Example.com");
    repo.insert(&first).await.unwrap();
    repo.insert(&admin("b", "acme", "bob@example.com")).await.unwrap();
    let found = repo.find_by_email(&email("ADA@example.com").key()).await.unwrap();
    assert_eq!(found, Some(first));
    let unknown = repo.find_by_email(&email("ada@example.org").key()).await.unwrap();
    assert_eq!(unknown, None);
}

async fn replace_writes_the_next_value(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    repo.insert(&first).await.unwrap();
    let next = first.logged_in(Some(PasswordHash::new("renewed".to_owned())), &session("s"), at(1));
    repo.replace(&next, first.version(), &[]).await.unwrap();
    assert_eq!(repo.get(first.id()).await.unwrap().as_ref(), Some(&next));
    assert_eq!(repo.find_by_email(&first.email().key()).await.unwrap(), Some(next));
}

async fn replace_refuses_a_stale_version_and_changes_nothing(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    let second = logged_in(&first, 1);
    repo.insert(&first).await.unwrap();
    repo.replace(&second, first.version(), &[]).await.unwrap();
    let third = logged_in(&second, 2);
    for expected in [Version::FIRST, third.version()] {
        let refusal = repo.replace(&third, expected, &[]).await;
        assert!(matches!(refusal, Err(WriteError::Stale)), "{expected}: {refusal:?}");
    }
    assert_eq!(repo.get(first.id()).await.unwrap(), Some(second));
}

async fn replace_refuses_a_removed_record(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    let refusal = repo.replace(&logged_in(&first, 1), first.version(), &[]).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    assert_eq!(repo.get(first.id()).await.unwrap(), None);
    assert_eq!(repo.find_by_email(&first.email().key()).await.unwrap(), None);
}

async fn one_of_many_concurrent_replaces_of_a_version_succeeds(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    repo.insert(&first).await.unwrap();
    let results = at_once(32, |i| {
        let next = logged_in(&first, i as u64);
        let (repo, expected) = (Arc::clone(&repo), first.version());
        async move { repo.replace(&next, expected, &[]).await.map(|()| next) }
    })
    .await;
    let mut winners = Vec::new();
    for result in results {
        match result {
            Ok(next) => winners.push(next),
            Err(refusal) => assert!(matches!(refusal, WriteError::Stale), "{refusal:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(repo.get(first.id()).await.unwrap(), winners.pop());
}

async fn replace_refuses_an_address_of_another_admin_and_changes_nothing(repo: Repo) {
    let (ada, bob) = two_admins(&repo).await;
    for address in ["bob@example.com", "BOB@example.com"] {
        let refusal = repo.replace(&readdressed(&ada, address), ada.version(), &[]).await;
        assert!(matches!(refusal, Err(WriteError::Taken)), "{address}: {refusal:?}");
    }
    assert_eq!(repo.get(ada.id()).await.unwrap(), Some(ada.clone()));
    assert_eq!(repo.find_by_email(&ada.email().key()).await.unwrap(), Some(ada));
    assert_eq!(repo.find_by_email(&bob.email().key()).await.unwrap(), Some(bob));
}

async fn replace_frees_the_former_address(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    let upper = readdressed(&ada, "ADA@example.com");
    repo.replace(&upper, ada.version(), &[]).await.unwrap();
    let moved = readdressed(&upper, "countess@example.com");
    repo.replace(&moved, upper.version(), &[]).await.unwrap();
    assert_eq!(repo.find_by_email(&ada.email().key()).await.unwrap(), None);
    assert_eq!(repo.find_by_email(&moved.email().key()).await.unwrap(), Some(moved));
    repo.insert(&admin("c", "other", "ada@example.com")).await.unwrap();
    repo.remove_all(&organization_id("acme")).await.unwrap();
    let later = admin("d", "other", "countess@example.com");
    repo.insert(&later).await.unwrap();
    assert_eq!(repo.find_by_email(&later.email().key()).await.unwrap(), Some(later));
}

async fn one_of_many_concurrent_replaces_with_an_address_succeeds(repo: Repo) {
    let all: Vec<Admin> =
        (0..16).map(|i| admin(&format!("id-{i}"), "acme", &format!("{i}@example.com"))).collect();
    for one in &all {
        repo.insert(one).await.unwrap();
    }
    let results = at_once(16, |i| {
        let (repo, expected) = (Arc::clone(&repo), all[i].version());
        let next = readdressed(&all[i], "wanted@example.com");
        async move { repo.replace(&next, expected, &[]).await }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for refusal in results.into_iter().filter_map(Result::err) {
        assert!(matches!(refusal, WriteError::Taken), "{refusal:?}");
    }
}

async fn remove_refuses_a_stale_version_and_changes_nothing(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    let refusal = repo.remove(ada.id(), ada.version().next()).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    assert_eq!(repo.find_by_email(&ada.email().key()).await.unwrap(), Some(ada));
}

async fn remove_removes_a_record_and_frees_its_address(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    repo.remove(ada.id(), ada.version()).await.unwrap();
    assert_eq!(repo.get(ada.id()).await.unwrap(), None);
    assert_eq!(repo.find_by_email(&ada.email().key()).await.unwrap(), None);
    let left = repo.list(&organization_id("acme"), None, page_of(9)).await.unwrap();
    assert_page(&left, "b", false);
    repo.insert(&admin("c", "other", "ada@example.com")).await.unwrap();
}

async fn remove_of_an_unknown_record_succeeds(repo: Repo) {
    repo.remove(&admin_id("a"), Version::FIRST).await.unwrap();
    let (ada, _) = two_admins(&repo).await;
    for _ in 0..2 {
        repo.remove(ada.id(), ada.version()).await.unwrap();
    }
}

async fn list_pages_in_order_of_id(repo: Repo) {
    for id in ["c", "a", "d", "b"] {
        repo.insert(&admin(id, "acme", &format!("{id}@example.com"))).await.unwrap();
    }
    let acme = organization_id("acme");
    let first = repo.list(&acme, None, page_of(2)).await.unwrap();
    assert_page(&first, "a b", true);
    assert_eq!(first.items[0], admin("a", "acme", "a@example.com"));
    let after_a_gap = Some(&admin_id("bb"));
    assert_page(&repo.list(&acme, after_a_gap, page_of(2)).await.unwrap(), "c d", false);
    assert_page(&repo.list(&acme, Some(&admin_id("d")), page_of(2)).await.unwrap(), "", false);
}

async fn list_has_exactly_the_admins_of_the_organization(repo: Repo) {
    insert_into_two_organizations(&repo).await;
    for (organization, ids) in [("acme", "a c"), ("acme-2", "b d"), ("acm", "")] {
        let page = repo.list(&organization_id(organization), None, page_of(9)).await.unwrap();
        assert_page(&page, ids, false);
    }
}

async fn count_counts_exactly_the_admins_of_the_organization(repo: Repo) {
    insert_into_two_organizations(&repo).await;
    let count = async |organization| repo.count(&organization_id(organization)).await.unwrap();
    assert_eq!((count("acme").await, count("acme-2").await, count("acm").await), (2, 2, 0));
    repo.remove(&admin_id("a"), Version::FIRST).await.unwrap();
    assert_eq!((count("acme").await, count("acme-2").await), (1, 2));
}

async fn all_lists_the_admins_of_every_organization(repo: Repo) {
    for (id, organization) in [("c", "acme"), ("a", "other"), ("b", "acme")] {
        let new = admin(id, organization, &format!("{id}@example.com"));
        repo.insert(&new).await.unwrap();
    }
    assert_page(&repo.all(None, page_of(2)).await.unwrap(), "a b", true);
    assert_page(&repo.all(Some(&admin_id("b")), page_of(2)).await.unwrap(), "c", false);
}

async fn remove_all_removes_the_admins_of_the_organization_and_no_other(repo: Repo) {
    insert_into_two_organizations(&repo).await;
    repo.remove_all(&organization_id("acme")).await.unwrap();
    for (organization, ids) in [("acme", ""), ("acme-2", "b d")] {
        let page = repo.list(&organization_id(organization), None, page_of(9)).await.unwrap();
        assert_page(&page, ids, false);
    }
    assert_eq!(repo.get(&admin_id("a")).await.unwrap(), None);
    assert!(repo.get(&admin_id("b")).await.unwrap().is_some());
    assert!(repo.find_by_email(&email("b@example.com").key()).await.unwrap().is_some());
}

async fn remove_all_frees_the_addresses(repo: Repo) {
    insert_into_two_organizations(&repo).await;
    repo.remove_all(&organization_id("acme")).await.unwrap();
    assert_eq!(repo.find_by_email(&email("a@example.com").key()).await.unwrap(), None);
    repo.insert(&admin("e", "other", "a@example.com")).await.unwrap();
}

async fn remove_all_without_admins_succeeds(repo: Repo) {
    repo.remove_all(&organization_id("acme")).await.unwrap();
}

/// Ada and Bob of one organization.
async fn two_admins(repo: &Repo) -> (Admin, Admin) {
    let pair = (admin("a", "acme", "ada@example.com"), admin("b", "acme", "bob@example.com"));
    repo.insert(&pair.0).await.unwrap();
    repo.insert(&pair.1).await.unwrap();
    pair
}

fn readdressed(admin: &Admin, address: &str) -> Admin {
    let change = AdminChange { email: Some(email(address)), ..AdminChange::default() };
    admin.amended(&change, at(1))
}

/// The same admin after a login.
fn logged_in(admin: &Admin, second: u64) -> Admin {
    admin.logged_in(None, &session("s"), at(second))
}

/// Two organizations; the id of one is a prefix of the other's.
async fn insert_into_two_organizations(repo: &Repo) {
    for (id, organization) in [("a", "acme"), ("b", "acme-2"), ("c", "acme"), ("d", "acme-2")] {
        repo.insert(&admin(id, organization, &format!("{id}@example.com"))).await.unwrap();
    }
}

fn assert_page(page: &Page<Admin>, ids: &str, more: bool) {
    let found: Vec<&str> = page.items.iter().map(Admin::id).map(AdminId::as_str).collect();
    assert_eq!((found.join(" ").as_str(), page.more), (ids, more));
}
