//! Concurrent renames, and renames during other changes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::writer::{Writer, assert_contents, done};
use super::{Member, assert_clean_shutdown, at_once, count, server, written};
use crate::api::{Api, Interface, Response};
use crate::support::on_mongodb;

const AT_ONCE: usize = 32;
const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_renames_end_with_one_name_and_all_documents() {
    for interface in Interface::ALL {
        many_renames_at_once(interface).await;
    }
}

async fn many_renames_at_once(interface: Interface) {
    let server = server();
    let member = Member::new(&Api::new(&server).through(interface), "acme").await;
    for number in 0..20 {
        assert_eq!(member.insert(&format!("d{number}")).await.status, 201);
    }
    let responses =
        at_once(AT_ONCE, |number| member.clone().rename(format!("acme_{number}"))).await;
    assert_eq!(count(&responses, 200) + count(&responses, 409), AT_ONCE, "{responses:?}");

    let organization = member.organization().await;
    let name = organization.text("name");
    let acknowledged = responses.iter().filter(|response| response.status == 200);
    let names: BTreeSet<_> = acknowledged.map(|response| response.text("name")).collect();
    assert!(names.contains(&name), "{name} is not in {names:?}");
    assert_eq!(organization.text("status"), "active");
    assert_eq!(member.documents().await.len(), 20);
    assert_clean_shutdown(server);
}

/// The deletion succeeds, before or after the rename, and both names are free.
#[tokio::test(flavor = "multi_thread")]
async fn a_concurrent_rename_and_delete_leave_nothing() {
    for interface in Interface::ALL {
        a_rename_beside_a_delete(interface).await;
    }
}

async fn a_rename_beside_a_delete(interface: Interface) {
    let server = server();
    let api = Api::new(&server).through(interface);
    for round in 0..10 {
        let (old, new) = (format!("old_{round}"), format!("new_{round}"));
        let member = Member::new(&api, &old).await;
        assert_eq!(member.insert("d").await.status, 201);
        let (renamed, deleted) =
            tokio::join!(member.clone().rename(new.clone()), member.clone().delete());
        let renamed = renamed.unwrap();
        assert!([200, 404, 409].contains(&renamed.status), "{}", renamed.body);
        let deleted = deleted.unwrap();
        assert!(deleted.is_success(), "{}", deleted.body);
        assert_eq!(member.organization().await.status, 404);
        for (kind, name) in [("old", old), ("new", new)] {
            let again = api.create(&name, &format!("{kind}{round}@example.com")).await.unwrap();
            assert_eq!(again.status, 201, "{name} is free: {}", again.body);
        }
    }
    assert_clean_shutdown(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_renames_to_one_name_do_not_mix_organizations() {
    for interface in Interface::ALL {
        two_organizations(interface).await;
    }
}

async fn two_organizations(interface: Interface) {
    let taken = |response: &Response| match interface {
        Interface::V1 => assert_eq!(response.text("code"), "name_taken"),
        _ => assert!(response.text("detail").ends_with("already exists"), "{}", response.body),
    };
    let server = server();
    let api = Api::new(&server).through(interface);
    let (one, two) = (Member::new(&api, "one").await, Member::new(&api, "two").await);
    assert_eq!(one.insert("of one").await.status, 201);
    assert_eq!(two.insert("of two").await.status, 201);
    for _ in 0..20 {
        let (first, second) =
            tokio::join!(one.clone().rename("two".into()), two.clone().rename("one".into()));
        for response in [first.unwrap(), second.unwrap()] {
            assert_eq!(response.status, 409);
            taken(&response);
        }
    }
    // They exchange their names through a third name; each rename succeeds once the name is free.
    for round in 0..10 {
        let names = if round % 2 == 0 { ["one", "two"] } else { ["two", "one"] };
        let (aside, second) =
            tokio::join!(one.clone().rename("three".into()), two.clone().rename(names[0].into()));
        assert_eq!(aside.unwrap().status, 200);
        let second = second.unwrap();
        if second.status != 200 {
            assert_eq!(second.status, 409);
            taken(&second);
            assert_eq!(two.clone().rename(names[0].into()).await.unwrap().status, 200);
        }
        assert_eq!(one.clone().rename(names[1].into()).await.unwrap().status, 200);
        assert_eq!(one.documents().await, BTreeSet::from(["of one".to_owned()]));
        assert_eq!(two.documents().await, BTreeSet::from(["of two".to_owned()]));
    }
    assert_clean_shutdown(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_during_repeated_renames() {
    let server = server();
    let api = Api::new(&server);
    let member = Member::new(&api, "acme").await;
    let time = Duration::from_secs(if on_mongodb() { 30 } else { 10 });
    let over = Arc::new(AtomicBool::new(false));
    // The documents moved repeatedly.
    let refusals = &[(503, "moving")];
    let writers: Vec<_> = (0..WRITERS)
        .map(|name| Writer::new(member.clone(), name, refusals))
        .map(|writer| tokio::spawn(written(writer, Arc::clone(&over))))
        .collect();
    let (start, mut renames) = (Instant::now(), 0);
    while start.elapsed() < time {
        let interface = Interface::ALL[renames % Interface::ALL.len()];
        let renamer = Member { api: api.clone().through(interface), ..member.clone() };
        let response = renamer.rename(format!("acme_{renames}")).await.unwrap();
        assert_eq!(response.status, 200, "{}", response.body);
        renames += 1;
    }
    over.store(true, Ordering::Relaxed);
    let mut ended = Vec::new();
    for writer in writers {
        ended.push(writer.await.unwrap());
    }
    let done = done(&ended);
    assert!(renames > 50 && done.values().sum::<usize>() > 500, "{renames}, {done:?}");
    assert!(done.len() == 6 && done.values().all(|count| *count > 10), "{done:?}");
    assert_contents(&member, &ended).await;
    assert_clean_shutdown(server);
}
