//! Removed admins are not resurrected.

use std::sync::Arc;

use domain::ports::WriteError;

use super::{Repo, assert_page, logged_in, two_admins};
use crate::fixtures::{admin, organization_id, page_of};
use crate::suite::at_once;

pub(super) async fn insert_of_a_removed_admin_changes_nothing(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    repo.remove(ada.id(), ada.version()).await.unwrap();
    let acme = organization_id("acme");
    for late in [&ada, &admin("a", "acme", "other@example.com"), &logged_in(&ada, 1)] {
        repo.insert(late).await.unwrap();
        assert_eq!(repo.get(ada.id()).await.unwrap(), None);
        assert_eq!(repo.find_by_email(&late.email().key()).await.unwrap(), None);
        assert_page(&repo.list(&acme, None, page_of(9)).await.unwrap(), "b", false);
    }
    repo.remove_all(&acme).await.unwrap();
    repo.insert(&ada).await.unwrap();
    assert_eq!(repo.get(ada.id()).await.unwrap(), None, "the others are gone as well");
    repo.insert(&admin("c", "other", "ada@example.com")).await.unwrap();
}

pub(super) async fn a_removed_admin_is_not_found(repo: Repo) {
    let (ada, bob) = two_admins(&repo).await;
    repo.remove(ada.id(), ada.version()).await.unwrap();
    let refusal = repo.replace(&logged_in(&ada, 1), ada.version(), &[]).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    repo.remove(ada.id(), ada.version()).await.unwrap();
    repo.remove(ada.id(), ada.version().next()).await.unwrap();
    assert_page(&repo.all(None, page_of(1)).await.unwrap(), "b", false);
    assert_page(&repo.all(Some(ada.id()), page_of(1)).await.unwrap(), "b", false);
    let acme = organization_id("acme");
    assert_page(&repo.list(&acme, None, page_of(1)).await.unwrap(), "b", false);
    repo.remove_all(&acme).await.unwrap();
    assert_page(&repo.all(None, page_of(9)).await.unwrap(), "", false);
    assert_eq!(repo.get(bob.id()).await.unwrap(), None);
}

pub(super) async fn late_inserts_do_not_restore_a_removed_admin(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    at_once(32, |i| {
        let (repo, ada) = (Arc::clone(&repo), ada.clone());
        async move {
            if i == 16 {
                repo.remove(ada.id(), ada.version()).await.unwrap();
            } else {
                repo.insert(&ada).await.unwrap();
            }
        }
    })
    .await;
    assert_eq!(repo.get(ada.id()).await.unwrap(), None);
    assert_eq!(repo.find_by_email(&ada.email().key()).await.unwrap(), None);
}
