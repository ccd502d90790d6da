//! What telling costs: durable writes per second with an event and without, of 16 concurrent writers. Both take
//! turns in one run, each on a store of its own. Only the ratios mean something: the rest is the disk.
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use adapters_embedded::EmbeddedStore;
use domain::model::{
    Action, AuditEvent, AuditTarget, Changes, Document, Organization, Tenant, Trail,
};
use domain::ports::{OrganizationRepo, TenantStore};
use port_contracts::fixtures::{act, active, document, marked, tenant};
use serde_json::json;
use tokio::task::JoinSet;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const WRITERS: u32 = 16;
/// How long one turn takes: so short that what else the machine does hits both alike.
const TURN: Duration = Duration::from_millis(250);
/// How many turns each kind of write has with an event, and as many without.
const TURNS: u32 = 40;

/// A kind of write.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Each writer has an organization, and replaces its record again and again.
    RecordReplaces,
    /// All insert into one collection.
    DocumentInserts,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    // Under the target directory, because `/tmp` may be in memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    for kind in [Kind::RecordReplaces, Kind::DocumentInserts] {
        let mut silent = Side::open(&directory.path().join(format!("{kind:?}")), kind, false)?;
        let mut telling = Side::open(&directory.path().join(format!("{kind:?}-told")), kind, true)?;
        let tenant = tenant("acme", "org_acme");
        silent.store.create(&tenant).await?;
        telling.store.create(&tenant).await?;
        for turn in 0..TURNS {
            // Neither is always the first: a disk that gets slower must not favour one.
            let (first, second) = match turn % 2 {
                0 => (&mut silent, &mut telling),
                _ => (&mut telling, &mut silent),
            };
            first.take_a_turn(turn).await?;
            second.take_a_turn(turn).await?;
        }
        let (silent, telling) = (silent.rate(), telling.rate());
        println!(
            "{kind:?} of {WRITERS} writers: {silent:>8.0}/s without events, {telling:>8.0}/s with, {:.2} x",
            telling / silent
        );
    }
    Ok(())
}

/// One of the two that are compared.
struct Side {
    store: EmbeddedStore,
    kind: Kind,
    tells: bool,
    count: u32,
    time: Duration,
}

impl Side {
    fn open(directory: &Path, kind: Kind, tells: bool) -> Outcome<Self> {
        let store = EmbeddedStore::open(directory)?;
        Ok(Self { store, kind, tells, count: 0, time: Duration::ZERO })
    }

    /// Lets each of the writers write, one answer after the other, as long as a turn takes.
    async fn take_a_turn(&mut self, turn: u32) -> Outcome<()> {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            let (store, tells) = (self.store.clone(), self.tells);
            let name = format!("{writer}-{turn}");
            match self.kind {
                Kind::RecordReplaces => tasks.spawn(replaces(store, name, tells, start)),
                Kind::DocumentInserts => tasks.spawn(inserts(store, name, tells, start)),
            };
        }
        while let Some(done) = tasks.join_next().await {
            self.count += done??;
        }
        self.time += start.elapsed();
        Ok(())
    }

    fn rate(&self) -> f64 {
        f64::from(self.count) / self.time.as_secs_f64()
    }
}

async fn replaces(store: EmbeddedStore, name: String, tells: bool, start: Instant) -> Outcome<u32> {
    let mut present = active(&name, &name);
    OrganizationRepo::insert(&store, &present).await?;
    let mut count = 0;
    while start.elapsed() < TURN {
        let next = marked(&present, count);
        let event = tells.then(|| told(&present, &next));
        OrganizationRepo::replace(&store, &next, present.version(), event.as_slice()).await?;
        present = next;
        count += 1;
    }
    Ok(count)
}

async fn inserts(store: EmbeddedStore, name: String, tells: bool, start: Instant) -> Outcome<u32> {
    let tenant = tenant("acme", "org_acme");
    let mut count = 0;
    while start.elapsed() < TURN {
        let id = format!("{name}-{count:08}");
        let new = document(&id, json!({ "writer": name, "count": count, "text": "x".repeat(200) }));
        let event = tells.then(|| told_of_document(&tenant, &new));
        TenantStore::insert(&store, &tenant, &new, event.as_ref()).await?;
        count += 1;
    }
    Ok(count)
}

/// An id as the service gives them out: in the order of time, and as long.
fn next_id() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("019aa7d4-0000-7000-8000-{:012x}", LAST.fetch_add(1, Ordering::Relaxed))
}

fn told(before: &Organization, after: &Organization) -> AuditEvent {
    let trail = Trail::Organization(before.id().clone());
    let target = AuditTarget::organization(before.id());
    let changes = Changes::of_organization(before, after);
    act(&next_id()).event(trail, Action::OrganizationUpdated, target, changes)
}

fn told_of_document(tenant: &Tenant, new: &Document) -> AuditEvent {
    let trail = Trail::Organization(tenant.organization().clone());
    let target = AuditTarget::document(new.id());
    act(&next_id()).event(
        trail,
        Action::DocumentInserted,
        target,
        Changes::of_document(None, Some(new)),
    )
}
