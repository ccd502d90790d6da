//! Failures while outboxes are flushed: after a repetition, each trail is one chain that has each
//! event once.

use std::collections::BTreeSet;

use domain::model::{AuditEvent, ChainHead, EventFilter, PageSize, Trail};
use domain::ports::{AdminRepo, AuditLog, OrganizationRepo};
use futures_util::future::join_all;
use local_mongod::Options;
use port_contracts::crash::FreshStore;
use port_contracts::fakes::Store;
use port_contracts::fixtures::{active, admin, event, marked, organization_id};

use crate::faulty_server::{Failure, FaultyServer, InjectedFailure};
use crate::{ENDING, FAILED, NO_MAJORITY, NOT_PRIMARY, SHUTDOWN};

/// The commands of appends and flushes.
const COMMANDS: [&str; 3] = ["find", "insert", "update"];

#[tokio::test(flavor = "multi_thread")]
async fn failures_never_break_an_audit_trail() {
    exhaust(
        Options::replica_set(1),
        &[
            Failure::Refuses(NOT_PRIMARY),
            Failure::Refuses(FAILED),
            Failure::HangsUp,
            Failure::HangsUpAfter,
            Failure::Unsure(NO_MAJORITY),
            Failure::Unsure(SHUTDOWN),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_a_standalone_server_never_break_an_audit_trail() {
    exhaust(
        Options::standalone(),
        &[Failure::Refuses(ENDING), Failure::HangsUp, Failure::Unsure(SHUTDOWN)],
    )
    .await;
}

/// Each failure on a server of its own, concurrently, because they mostly wait.
async fn exhaust(options: Options, failures: &[Failure]) {
    let exhaust = |&failure: &Failure| {
        let options = options.clone();
        async move {
            let server = FaultyServer::start(options, &[]).await;
            for command in COMMANDS {
                for times in 1..=3 {
                    let fault = InjectedFailure { failure, command, times };
                    appends(&server, &*server.make().await, fault).await;
                    flushes(&server, &*server.make().await, fault).await;
                }
            }
        }
    };
    join_all(failures.iter().map(exhaust)).await;
}

/// An unacknowledged call is repeated.
async fn appends(server: &FaultyServer, store: &dyn Store, fault: InjectedFailure) {
    let log: &dyn AuditLog = store;
    log.append(&events("acme", 0..2)).await.unwrap();
    let recorded = [events("acme", 2..5), events("beta", 0..3)].concat();
    server.fail(fault).await;
    let appended = log.append(&recorded).await;
    server.recover().await;
    if appended.is_ok() {
        assert_eq!(chain(log, "acme").await.len(), 5, "{fault}");
        assert_eq!(chain(log, "beta").await.len(), 3, "{fault}");
    }
    log.append(&recorded).await.unwrap();
    assert_whole(log, "acme", 5, fault).await;
    assert_whole(log, "beta", 3, fault).await;
}

async fn flushes(server: &FaultyServer, log: &dyn Store, fault: InjectedFailure) {
    for (id, name) in [("acme", "Acme"), ("beta", "Beta")] {
        let (mut organization, ada) = (active(id, name), admin(id, id, &format!("{id}@a.example")));
        OrganizationRepo::insert(log, &organization).await.unwrap();
        AdminRepo::insert(log, &ada).await.unwrap();
        for recorded in events(id, 0..3) {
            let next = marked(&organization, recorded.id.as_str());
            let version = organization.version();
            OrganizationRepo::replace(log, &next, version, &[recorded]).await.unwrap();
            organization = next;
        }
        let next = ada.clone();
        AdminRepo::replace(log, &next, ada.version(), &[event("3", id)]).await.unwrap();
    }
    server.fail(fault).await;
    let settled = log.flush_outbox(None).await;
    server.recover().await;
    if settled.is_ok() {
        assert_whole(log, "acme", 4, fault).await;
    }
    log.flush_outbox(None).await.unwrap();
    for id in ["acme", "beta"] {
        assert_whole(log, id, 4, fault).await;
        // The outboxes are empty, so these removals succeed immediately.
        let admin =
            AdminRepo::get(log, admin(id, id, "any@a.example").id()).await.unwrap().unwrap();
        AdminRepo::remove(log, admin.id(), admin.version()).await.unwrap();
        assert_whole(log, id, 4, fault).await;
    }
}

async fn assert_whole(
    log: &dyn AuditLog,
    organization: &str,
    count: usize,
    fault: InjectedFailure,
) {
    let chain = chain(log, organization).await;
    let ids: BTreeSet<&String> = chain.iter().collect();
    assert_eq!((chain.len(), ids.len()), (count, count), "{fault}: {chain:?}");
}

fn events(organization: &str, ids: impl Iterator<Item = usize>) -> Vec<AuditEvent> {
    ids.map(|id| event(&id.to_string(), organization)).collect()
}

/// The ids of the events of a trail, which are one chain.
async fn chain(log: &dyn AuditLog, organization: &str) -> Vec<String> {
    let mut head = ChainHead::start(Trail::Organization(organization_id(organization)));
    let (trail, all) = (head.trail.clone(), EventFilter::default());
    let page = log.list(&trail, &all, head.seq, PageSize::MAX).await.unwrap();
    let mut ids = Vec::new();
    for stored in page.items {
        let event = stored.event;
        assert_eq!(event.seq(), Some(head.seq.next()));
        assert_eq!(event.prev_hash(), Some(head.hash));
        assert!(event.is_unchanged());
        head = event.head().unwrap();
        ids.push(event.id().unwrap().to_owned());
    }
    ids
}
