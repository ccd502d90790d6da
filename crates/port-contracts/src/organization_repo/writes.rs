//! Writes of single records.

use std::sync::Arc;

use domain::model::{Organization, Version};
use domain::ports::WriteError;

use super::Repo;
use crate::fixtures::{
    active, adding_admin, at, deleted, deleting, marked, organization_id, provisioning, renamed,
    renaming, slug, suspended, updating_admin, updating_admin_then_renaming,
};
use crate::suite::at_once;

pub(super) async fn insert_refuses_a_reserved_name(repo: Repo) {
    insert(&repo, &renaming("a", "Old name", "New name")).await;
    for name in ["Old name", "NEW  name"] {
        let refusal = repo.insert(&provisioning("b", name)).await;
        assert!(matches!(refusal, Err(WriteError::Taken)), "{name}: {refusal:?}");
    }
    assert_eq!(repo.get(&organization_id("b")).await.unwrap(), None);
}

pub(super) async fn insert_of_the_same_record_changes_nothing(repo: Repo) {
    let organization = provisioning("a", "Acme");
    insert(&repo, &organization).await;
    insert(&repo, &organization).await;
    assert_stored(&repo, &organization).await;
}

pub(super) async fn insert_refuses_another_content_under_the_same_id(repo: Repo) {
    let organization = provisioning("a", "Acme");
    insert(&repo, &organization).await;
    for other in [provisioning("a", "Other"), active("a", "Acme")] {
        let refusal = repo.insert(&other).await;
        assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    }
    assert_stored(&repo, &organization).await;
    insert(&repo, &provisioning("b", "Other")).await;
}

pub(super) async fn one_of_many_concurrent_inserts_of_a_name_succeeds(repo: Repo) {
    let results = at_once(32, |i| {
        let repo = Arc::clone(&repo);
        async move { repo.insert(&provisioning(&format!("id-{i}"), "Acme")).await }
    })
    .await;
    assert_one_succeeds(results, |refusal| matches!(refusal, WriteError::Taken));
}

pub(super) async fn get_returns_a_record_in_every_phase_as_it_was_written(repo: Repo) {
    let in_every_phase = [
        provisioning("a", "A"),
        active("b", "B"),
        renaming("c", "C", "C next"),
        suspended("d", "D"),
        deleting("e", "E"),
        deleted("f", "F"),
        adding_admin("g", "G"),
        updating_admin("h", "H"),
        updating_admin_then_renaming("i", "I", "I next"),
    ];
    for organization in &in_every_phase {
        insert(&repo, organization).await;
    }
    for organization in &in_every_phase {
        assert_stored(&repo, organization).await;
    }
}

pub(super) async fn get_finds_nothing_for_an_unknown_id(repo: Repo) {
    insert(&repo, &active("a", "Acme")).await;
    assert_eq!(repo.get(&organization_id("b")).await.unwrap(), None);
}

pub(super) async fn find_by_slug_finds_the_current_and_the_next_name(repo: Repo) {
    for (organization, names) in [
        (renaming("a", "Old name", "New name"), ["Old name", "New name"]),
        (
            updating_admin_then_renaming("b", "Older name", "Newer name"),
            ["Older name", "Newer name"],
        ),
    ] {
        insert(&repo, &organization).await;
        for name in names {
            assert_eq!(holder(&repo, name).await.as_ref(), Some(&organization), "{name}");
        }
    }
    assert_eq!(holder(&repo, "Another").await, None);
}

pub(super) async fn find_by_slug_does_not_find_a_former_name(repo: Repo) {
    let pending = renaming("a", "Old name", "New name");
    let done = renamed("a", "Old name", "New name");
    insert(&repo, &pending).await;
    repo.replace(&done, pending.version(), &[]).await.unwrap();
    assert_eq!(holder(&repo, "Old name").await, None);
    assert_eq!(holder(&repo, "New name").await, Some(done));
}

pub(super) async fn find_by_slug_does_not_find_a_deleted_organization(repo: Repo) {
    insert(&repo, &deleted("a", "Acme")).await;
    assert_eq!(holder(&repo, "Acme").await, None);
}

pub(super) async fn replace_refuses_a_stale_version_and_changes_nothing(repo: Repo) {
    let organization = active("a", "Acme");
    insert(&repo, &organization).await;
    let next = organization.suspended(at(5)).unwrap();
    for expected in [Version::FIRST, next.version()] {
        let refusal = repo.replace(&next, expected, &[]).await;
        assert!(matches!(refusal, Err(WriteError::Stale)), "{expected}: {refusal:?}");
    }
    assert_stored(&repo, &organization).await;
}

pub(super) async fn replace_refuses_a_removed_record(repo: Repo) {
    let organization = active("a", "Acme");
    let refusal = repo.replace(&marked(&organization, 1), organization.version(), &[]).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    assert_eq!(repo.get(organization.id()).await.unwrap(), None);
    assert_eq!(holder(&repo, "Acme").await, None);
}

pub(super) async fn replace_refuses_a_reserved_name_and_changes_nothing(repo: Repo) {
    let before = active("a", "Acme");
    let other = active("b", "Taken");
    insert(&repo, &before).await;
    insert(&repo, &other).await;
    let refusal = repo.replace(&renaming("a", "Acme", "Taken"), before.version(), &[]).await;
    assert!(matches!(refusal, Err(WriteError::Taken)), "{refusal:?}");
    assert_stored(&repo, &before).await;
    assert_eq!(holder(&repo, "Acme").await, Some(before));
    assert_eq!(holder(&repo, "Taken").await, Some(other));
}

pub(super) async fn replace_frees_the_former_names(repo: Repo) {
    let pending = renaming("a", "Old name", "New name");
    insert(&repo, &pending).await;
    repo.replace(&renamed("a", "Old name", "New name"), pending.version(), &[]).await.unwrap();
    insert(&repo, &provisioning("b", "Old name")).await;

    let ending = deleting("c", "Ending");
    insert(&repo, &ending).await;
    repo.replace(&deleted("c", "Ending"), ending.version(), &[]).await.unwrap();
    insert(&repo, &provisioning("d", "Ending")).await;
}

pub(super) async fn one_of_many_concurrent_replaces_of_a_version_succeeds(repo: Repo) {
    let organization = active("a", "Acme");
    insert(&repo, &organization).await;
    let results = at_once(32, |i| {
        let (repo, next) = (Arc::clone(&repo), marked(&organization, i));
        let expected = organization.version();
        async move { repo.replace(&next, expected, &[]).await.map(|()| next) }
    })
    .await;
    let winner = assert_one_succeeds(results, |refusal| matches!(refusal, WriteError::Stale));
    assert_stored(&repo, &winner).await;
}

pub(super) async fn one_of_many_concurrent_renames_to_a_name_succeeds(repo: Repo) {
    let before = |i: usize| active(&format!("id-{i}"), &format!("Name {i}"));
    for i in 0..32 {
        insert(&repo, &before(i)).await;
    }
    let results = at_once(32, |i| {
        let next = renaming(&format!("id-{i}"), &format!("Name {i}"), "Wanted");
        let (repo, expected) = (Arc::clone(&repo), before(i).version());
        async move { repo.replace(&next, expected, &[]).await.map(|()| next) }
    })
    .await;
    let winner = assert_one_succeeds(results, |refusal| matches!(refusal, WriteError::Taken));
    assert_eq!(holder(&repo, "Wanted").await, Some(winner));
}

pub(super) async fn remove_refuses_a_stale_version_and_changes_nothing(repo: Repo) {
    let organization = active("a", "Acme");
    insert(&repo, &organization).await;
    for expected in [Version::FIRST, organization.version().next()] {
        let refusal = repo.remove(organization.id(), expected).await;
        assert!(matches!(refusal, Err(WriteError::Stale)), "{expected}: {refusal:?}");
    }
    assert_stored(&repo, &organization).await;
    assert_eq!(holder(&repo, "Acme").await, Some(organization));
}

pub(super) async fn remove_frees_the_names(repo: Repo) {
    let organization = renaming("a", "Old name", "New name");
    insert(&repo, &organization).await;
    repo.remove(organization.id(), organization.version()).await.unwrap();
    assert_eq!(repo.get(organization.id()).await.unwrap(), None);
    insert(&repo, &provisioning("b", "Old name")).await;
    insert(&repo, &provisioning("c", "New name")).await;
}

pub(super) async fn remove_of_an_unknown_organization_succeeds(repo: Repo) {
    repo.remove(&organization_id("a"), Version::FIRST).await.unwrap();
}

pub(super) async fn insert(repo: &Repo, organization: &Organization) {
    repo.insert(organization).await.unwrap();
}

async fn assert_stored(repo: &Repo, organization: &Organization) {
    let stored = repo.get(organization.id()).await.unwrap();
    assert_eq!(stored.as_ref(), Some(organization));
}

async fn holder(repo: &Repo, name: &str) -> Option<Organization> {
    repo.find_by_slug(&slug(name)).await.unwrap()
}

/// The only success among `results`; all others must be the `expected` refusal.
fn assert_one_succeeds<T>(
    results: Vec<Result<T, WriteError>>,
    expected: impl Fn(&WriteError) -> bool,
) -> T {
    let mut successes = Vec::new();
    for result in results {
        match result {
            Ok(success) => successes.push(success),
            Err(refusal) => assert!(expected(&refusal), "{refusal:?}"),
        }
    }
    assert_eq!(successes.len(), 1, "successes");
    successes.remove(0)
}
