//! Audit events of admins.

use std::sync::Arc;

use domain::model::{Admin, AuditEvent};
use domain::ports::WriteError;

use super::{Repo, insert_into_two_organizations, logged_in, readdressed, two_admins};
use crate::fixtures::{admin, admin_id, event, organization_id};
use crate::suite::at_once;
use crate::trails::{event_ids, logged_ids};

pub(super) async fn replace_records_its_events_once_and_in_order(repo: Repo) {
    let (ada, bob) = two_admins(&repo).await;
    let ada = replace(&repo, &ada, Some("9")).await;
    let ada = replace(&repo, &ada, None).await;
    let ada = replace(&repo, &ada, Some("1")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1"]);
    replace(&repo, &ada, Some("5")).await;
    for _ in 0..2 {
        assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1", "5"]);
    }
    replace(&repo, &bob, Some("2")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1", "5", "2"]);
}

pub(super) async fn replace_records_several_events_in_order(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    let events = ["9", "1", "5"].map(|id| event(id, "acme"));
    repo.replace(&logged_in(&ada, 1), ada.version(), &events).await.unwrap();
    for _ in 0..2 {
        assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1", "5"]);
    }
}

pub(super) async fn a_refused_replace_records_nothing(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    let unrecorded = event("1", "acme");
    let stale = repo
        .replace(&logged_in(&ada, 1), ada.version().next(), std::slice::from_ref(&unrecorded))
        .await;
    assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
    let next = readdressed(&ada, "bob@example.com");
    let taken = repo.replace(&next, ada.version(), std::slice::from_ref(&unrecorded)).await;
    assert!(matches!(taken, Err(WriteError::Taken)), "{taken:?}");
    let gone = admin("c", "acme", "c@example.com");
    let gone =
        repo.replace(&logged_in(&gone, 1), gone.version(), std::slice::from_ref(&unrecorded)).await;
    assert!(matches!(gone, Err(WriteError::Stale)), "{gone:?}");
    assert!(event_ids(repo.log(), "acme").await.is_empty());
    replace(&repo, &ada, Some("2")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["2"]);
}

pub(super) async fn one_of_many_concurrent_replaces_is_recorded(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    let results = at_once(32, |i| {
        let (repo, ada) = (Arc::clone(&repo), ada.clone());
        async move {
            let (next, event) = (logged_in(&ada, i as u64), event(&i.to_string(), "acme"));
            repo.replace(&next, ada.version(), &[event]).await.map(|()| i.to_string())
        }
    })
    .await;
    let winners: Vec<String> = results.into_iter().filter_map(Result::ok).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(event_ids(repo.log(), "acme").await, winners);
}

pub(super) async fn flush_outbox_changes_no_admin(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    let ada = replace(&repo, &ada, Some("1")).await;
    assert_eq!(repo.get(ada.id()).await.unwrap().as_ref(), Some(&ada));
    repo.log().flush_outbox(None).await.unwrap();
    assert_eq!(repo.get(ada.id()).await.unwrap().as_ref(), Some(&ada));
    replace(&repo, &ada, Some("2")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["1", "2"]);
}

pub(super) async fn flush_outbox_of_all_trails_appends_the_events_of_every_admin(repo: Repo) {
    insert_into_two_organizations(&repo).await;
    for (id, organization) in [("a", "acme"), ("b", "acme-2"), ("c", "acme"), ("d", "acme-2")] {
        let present = repo.get(&admin_id(id)).await.unwrap().unwrap();
        let event = event(id, organization);
        repo.replace(&logged_in(&present, 1), present.version(), &[event]).await.unwrap();
    }
    repo.log().flush_outbox(None).await.unwrap();
    for (organization, expected) in [("acme", ["a", "c"]), ("acme-2", ["b", "d"])] {
        let mut logged = logged_ids(repo.log(), organization).await;
        // Events of different records have no order among themselves.
        logged.sort_unstable();
        assert_eq!(logged, expected);
    }
}

pub(super) async fn remove_appends_the_pending_events_of_the_record(repo: Repo) {
    let (ada, _) = two_admins(&repo).await;
    let ada = replace(&repo, &ada, Some("1")).await;
    let ada = replace(&repo, &ada, Some("2")).await;
    let refusal = repo.remove(ada.id(), ada.version().next()).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    repo.remove(ada.id(), ada.version()).await.unwrap();
    assert_eq!(logged_ids(repo.log(), "acme").await, ["1", "2"]);
    repo.remove(ada.id(), ada.version()).await.unwrap();
    assert_eq!(event_ids(repo.log(), "acme").await, ["1", "2"]);
}

pub(super) async fn remove_all_appends_the_pending_events_of_the_records(repo: Repo) {
    let (ada, bob) = two_admins(&repo).await;
    let ada = replace(&repo, &ada, Some("1")).await;
    replace(&repo, &ada, Some("2")).await;
    replace(&repo, &bob, Some("3")).await;
    repo.remove_all(&organization_id("acme")).await.unwrap();
    let logged = logged_ids(repo.log(), "acme").await;
    let place = |id: &str| logged.iter().position(|logged| logged == id).unwrap();
    assert!(logged.len() == 3 && place("1") < place("2") && place("3") < 3, "{logged:?}");
    repo.remove_all(&organization_id("acme")).await.unwrap();
    assert_eq!(event_ids(repo.log(), "acme").await, logged);
}

/// Stores the admin after another login; with an event, if there is an id for it.
async fn replace(repo: &Repo, present: &Admin, event_id: Option<&str>) -> Admin {
    let organization = present.organization_id().as_str();
    let event: Option<AuditEvent> = event_id.map(|id| event(id, organization));
    let next = logged_in(present, 1);
    repo.replace(&next, present.version(), event.as_slice()).await.unwrap();
    next
}
