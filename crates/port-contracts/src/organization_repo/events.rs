//! Audit events of organizations.

use std::slice;
use std::sync::Arc;

use domain::model::Organization;
use domain::ports::WriteError;

use super::Repo;
use super::writes::insert;
use crate::fixtures::{active, event, marked, renaming};
use crate::suite::at_once;
use crate::trails::{event_ids, logged_ids};

pub(super) async fn replace_records_its_events_once_and_in_order(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    let acme = replace(&repo, &acme, Some("9")).await;
    let acme = replace(&repo, &acme, None).await;
    let acme = replace(&repo, &acme, Some("1")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1"]);
    let acme = replace(&repo, &acme, Some("5")).await;
    for _ in 0..2 {
        assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1", "5"]);
    }
    let acme = replace(&repo, &acme, None).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1", "5"]);
    let both = ["8", "7"].map(|id| event(id, "acme"));
    repo.replace(&marked(&acme, 1), acme.version(), &both).await.unwrap();
    assert_eq!(event_ids(repo.log(), "acme").await, ["9", "1", "5", "8", "7"]);
}

pub(super) async fn a_refused_replace_records_nothing(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    insert(&repo, &active("other", "Taken")).await;
    let unrecorded = event("1", "acme");
    let stale =
        repo.replace(&marked(&acme, 1), acme.version().next(), slice::from_ref(&unrecorded)).await;
    assert!(matches!(stale, Err(WriteError::Stale)), "{stale:?}");
    let next = renaming("acme", "Name acme", "Taken");
    let taken = repo.replace(&next, acme.version(), slice::from_ref(&unrecorded)).await;
    assert!(matches!(taken, Err(WriteError::Taken)), "{taken:?}");
    let gone = active("gone", "Gone");
    let refusal = repo.replace(&marked(&gone, 1), gone.version(), &[event("1", "gone")]).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    for organization in ["acme", "gone"] {
        assert!(event_ids(repo.log(), organization).await.is_empty(), "{organization}");
    }
    replace(&repo, &acme, Some("2")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["2"]);
}

pub(super) async fn one_of_many_concurrent_replaces_is_recorded(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    let results = at_once(32, |i| {
        let (repo, acme) = (Arc::clone(&repo), acme.clone());
        async move {
            let (next, event) = (marked(&acme, i), event(&i.to_string(), "acme"));
            repo.replace(&next, acme.version(), &[event]).await.map(|()| i.to_string())
        }
    })
    .await;
    let winners: Vec<String> = results.into_iter().filter_map(Result::ok).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(event_ids(repo.log(), "acme").await, winners);
}

pub(super) async fn events_of_a_record_continue_the_trail(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    repo.log().append(&[event("login", "acme")]).await.unwrap();
    let acme = replace(&repo, &acme, Some("1")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["login", "1"]);
    repo.log().append(&[event("logout", "acme")]).await.unwrap();
    replace(&repo, &acme, Some("2")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["login", "1", "logout", "2"]);
}

pub(super) async fn an_appended_event_follows_acknowledged_events_of_records(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    replace(&repo, &acme, Some("renamed")).await;
    repo.log().append(&[event("login", "acme")]).await.unwrap();
    assert_eq!(event_ids(repo.log(), "acme").await, ["renamed", "login"]);
}

pub(super) async fn flush_outbox_changes_no_record(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    let acme = replace(&repo, &acme, Some("1")).await;
    assert_eq!(repo.get(acme.id()).await.unwrap().as_ref(), Some(&acme));
    assert_eq!(repo.find_by_slug(acme.slug()).await.unwrap().as_ref(), Some(&acme));
    repo.log().flush_outbox(None).await.unwrap();
    assert_eq!(repo.get(acme.id()).await.unwrap().as_ref(), Some(&acme));
    replace(&repo, &acme, Some("2")).await;
    assert_eq!(event_ids(repo.log(), "acme").await, ["1", "2"]);
}

pub(super) async fn flush_outbox_of_all_trails_appends_the_events_of_every_record(repo: Repo) {
    const ORGANIZATIONS: [&str; 4] = ["a", "aa", "b", "c"];
    for organization in ORGANIZATIONS {
        let mut present = inserted(&repo, organization).await;
        for id in ["2", "1", "3"] {
            present = replace(&repo, &present, Some(id)).await;
        }
    }
    repo.log().flush_outbox(None).await.unwrap();
    for organization in ORGANIZATIONS {
        assert_eq!(logged_ids(repo.log(), organization).await, ["2", "1", "3"], "{organization}");
    }
}

pub(super) async fn concurrent_flushes_append_each_event_once(repo: Repo) {
    let mut acme = inserted(&repo, "acme").await;
    let ids: Vec<String> = (0..10).map(|i| i.to_string()).collect();
    for id in &ids {
        acme = replace(&repo, &acme, Some(id)).await;
    }
    at_once(16, |i| {
        let repo = Arc::clone(&repo);
        async move {
            if i % 2 == 0 {
                repo.log().flush_outbox(None).await.unwrap();
            } else {
                assert_eq!(event_ids(repo.log(), "acme").await.len(), 10);
            }
        }
    })
    .await;
    assert_eq!(logged_ids(repo.log(), "acme").await, ids);
}

pub(super) async fn no_event_is_lost_that_is_written_during_a_flush(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    at_once(8, |i| {
        let (repo, mut acme) = (Arc::clone(&repo), acme.clone());
        async move {
            for n in 0..20 {
                if i == 0 {
                    acme = replace(&repo, &acme, Some(&n.to_string())).await;
                } else {
                    repo.log().append(&[event(&format!("{i}-{n}"), "acme")]).await.unwrap();
                    repo.log().flush_outbox(None).await.unwrap();
                }
            }
        }
    })
    .await;
    let recorded = event_ids(repo.log(), "acme").await;
    assert_eq!(recorded.len(), 160);
    let of_the_record: Vec<&String> = recorded.iter().filter(|id| !id.contains('-')).collect();
    let in_order: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(of_the_record, in_order.iter().collect::<Vec<_>>());
}

pub(super) async fn remove_appends_the_pending_events_of_the_record(repo: Repo) {
    let acme = inserted(&repo, "acme").await;
    let acme = replace(&repo, &acme, Some("1")).await;
    let acme = replace(&repo, &acme, Some("2")).await;
    let refusal = repo.remove(acme.id(), acme.version().next()).await;
    assert!(matches!(refusal, Err(WriteError::Stale)), "{refusal:?}");
    repo.remove(acme.id(), acme.version()).await.unwrap();
    assert_eq!(logged_ids(repo.log(), "acme").await, ["1", "2"]);
    repo.remove(acme.id(), acme.version()).await.unwrap();
    assert_eq!(event_ids(repo.log(), "acme").await, ["1", "2"], "the trail outlives it");
}

async fn inserted(repo: &Repo, id: &str) -> Organization {
    let organization = active(id, &format!("Name {id}"));
    insert(repo, &organization).await;
    organization
}

/// Stores the next value of a record; with an event, if there is an id for it.
async fn replace(repo: &Repo, present: &Organization, event_id: Option<&str>) -> Organization {
    let event = event_id.map(|id| event(id, present.id().as_str()));
    let next = marked(present, present.version().number());
    repo.replace(&next, present.version(), event.as_slice()).await.unwrap();
    next
}
