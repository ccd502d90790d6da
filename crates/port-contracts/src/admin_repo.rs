//! What [`AdminRepo`] promises.

use std::sync::Arc;

use domain::model::{Admin, AdminId, Page, PasswordHash, Version};
use domain::ports::{AdminRepo, InsertAdminError, WriteError};

use crate::fixtures::{admin, admin_id, at, email, organization_id, page_of};
use crate::suite::at_once;

type Repo = Arc<dyn AdminRepo>;

suite! { $ admin_repo(Repo):
    insert_refuses_a_taken_address_in_any_case,
    insert_of_a_known_id_changes_nothing,
    one_of_many_concurrent_inserts_of_an_address_succeeds,
    get_finds_a_record_as_it_was_written,
    get_finds_nothing_for_an_unknown_id,
    find_by_email_finds_any_spelling_and_no_other_address,
    replace_puts_the_next_value_in_its_place,
    replace_refuses_a_stale_version_and_changes_nothing,
    replace_refuses_a_record_that_is_gone,
    one_of_many_concurrent_replaces_of_a_version_succeeds,
    list_goes_page_by_page_in_order_of_ids,
    list_has_exactly_the_admins_of_the_organization,
    all_lists_the_admins_of_every_organization,
    remove_all_removes_the_admins_of_the_organization_and_no_other,
    remove_all_frees_the_addresses,
    remove_all_succeeds_when_there_is_none,
}

async fn insert_refuses_a_taken_address_in_any_case(repo: Repo) {
    repo.insert(&admin("a", "acme", "Ada@Example.com")).await.unwrap();
    for address in ["Ada@Example.com", "ada@example.COM"] {
        for organization in ["acme", "other"] {
            let refusal = repo.insert(&admin("b", organization, address)).await;
            assert!(matches!(refusal, Err(InsertAdminError::EmailTaken)), "{address}: {refusal:?}");
        }
    }
    assert_eq!(repo.get(&admin_id("b")).await.unwrap(), None);
}

async fn insert_of_a_known_id_changes_nothing(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    let logged_in = first.logged_in(None, at(1));
    repo.insert(&first).await.unwrap();
    repo.replace(&logged_in, first.version()).await.unwrap();
    repo.insert(&first).await.unwrap();
    assert_eq!(repo.get(first.id()).await.unwrap(), Some(logged_in));
}

async fn one_of_many_concurrent_inserts_of_an_address_succeeds(repo: Repo) {
    let results = at_once(32, |i| {
        let (repo, new) = (Arc::clone(&repo), admin(&format!("id-{i}"), "acme", "a@example.com"));
        async move { repo.insert(&new).await }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for refusal in results.into_iter().filter_map(Result::err) {
        assert!(matches!(refusal, InsertAdminError::EmailTaken), "{refusal:?}");
    }
}

async fn get_finds_a_record_as_it_was_written(repo: Repo) {
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

async fn replace_puts_the_next_value_in_its_place(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    repo.insert(&first).await.unwrap();
    let next = first.logged_in(Some(PasswordHash::new("renewed".to_owned())), at(1));
    repo.replace(&next, first.version()).await.unwrap();
    assert_eq!(repo.get(first.id()).await.unwrap().as_ref(), Some(&next));
    assert_eq!(repo.find_by_email(&first.email().key()).await.unwrap(), Some(next));
}

async fn replace_refuses_a_stale_version_and_changes_nothing(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    let second = first.logged_in(None, at(1));
    repo.insert(&first).await.unwrap();
    repo.replace(&second, first.version()).await.unwrap();
    let third = second.logged_in(None, at(2));
    for expected in [Version::FIRST, third.version()] {
        let refusal = repo.replace(&third, expected).await;
        assert!(matches!(refusal, Err(WriteError::Stale)), "{expected}: {refusal:?}");
    }
    assert_eq!(repo.get(first.id()).await.unwrap(), Some(second));
}

async fn replace_refuses_a_record_that_is_gone(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    let refusal = repo.replace(&first.logged_in(None, at(1)), first.version()).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    assert_eq!(repo.get(first.id()).await.unwrap(), None);
    assert_eq!(repo.find_by_email(&first.email().key()).await.unwrap(), None);
}

async fn one_of_many_concurrent_replaces_of_a_version_succeeds(repo: Repo) {
    let first = admin("a", "acme", "ada@example.com");
    repo.insert(&first).await.unwrap();
    let results = at_once(32, |i| {
        let next = first.logged_in(None, at(i as u64));
        let (repo, expected) = (Arc::clone(&repo), first.version());
        async move { repo.replace(&next, expected).await.map(|()| next) }
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

async fn list_goes_page_by_page_in_order_of_ids(repo: Repo) {
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
    insert_two_neighbours(&repo).await;
    for (organization, ids) in [("acme", "a c"), ("acme-2", "b d"), ("acm", "")] {
        let page = repo.list(&organization_id(organization), None, page_of(9)).await.unwrap();
        assert_page(&page, ids, false);
    }
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
    insert_two_neighbours(&repo).await;
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
    insert_two_neighbours(&repo).await;
    repo.remove_all(&organization_id("acme")).await.unwrap();
    assert_eq!(repo.find_by_email(&email("a@example.com").key()).await.unwrap(), None);
    repo.insert(&admin("e", "other", "a@example.com")).await.unwrap();
}

async fn remove_all_succeeds_when_there_is_none(repo: Repo) {
    repo.remove_all(&organization_id("acme")).await.unwrap();
}

/// Two organizations of which one's id begins with the other's.
async fn insert_two_neighbours(repo: &Repo) {
    for (id, organization) in [("a", "acme"), ("b", "acme-2"), ("c", "acme"), ("d", "acme-2")] {
        repo.insert(&admin(id, organization, &format!("{id}@example.com"))).await.unwrap();
    }
}

fn assert_page(page: &Page<Admin>, ids: &str, more: bool) {
    let found: Vec<&str> = page.items.iter().map(Admin::id).map(AdminId::as_str).collect();
    assert_eq!((found.join(" ").as_str(), page.more), (ids, more));
}
