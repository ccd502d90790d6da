//! A trail, its server, and the administrator of its database.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{
    Action, AuditEvent, Checkpoint, EventFilter, LoggedEvent, PageSize, Seq, Trail, TrailLine,
};
use domain::ports::{AnchorLog, AuditLog, BoxError, CheckpointSigner, Ports};
use domain::service::{BreakKind, Ending, Services, TrailVerifier, Verification};
use tokio::sync::Notify;

use super::Subject;
use crate::fakes::{self, FakeSigner, SettableClock, Store};
use crate::fixtures::{event, page_of};
use crate::trail_keeping::services;

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Longer than a trail goes without a checkpoint.
const LATER: Duration = Duration::from_secs(11 * 60);

/// What an attacker deletes from a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Erased {
    Events,
    Heads,
}

/// Deletes from the database, bypassing the ports.
pub type Eraser =
    Box<dyn Fn(Trail, Erased) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What an attacker writes.
#[derive(Debug, Clone)]
pub enum Planted {
    /// A checkpoint, and whether the store marks it as the start of the trail.
    Head(Checkpoint, bool),
    /// A record that is not a checkpoint.
    Unreadable,
    /// New members of the existing event.
    Event(LoggedEvent),
}

/// Writes under the key of this trail and position, bypassing the ports.
pub type Planter =
    Box<dyn Fn(Trail, Seq, Planted) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A store whose database an attacker can write to.
pub struct StoreUnderAttack {
    /// The store of the server.
    pub store: Arc<dyn Store>,
    /// The same store, used by the attacker.
    pub attacker: Arc<dyn Store>,
    /// Deletes from the store.
    pub erase: Eraser,
    /// Writes to the store.
    pub plant: Planter,
}

/// A server with that store.
#[derive(Clone)]
pub(super) struct World {
    subject: Subject,
    pub(super) ports: Ports,
    pub(super) services: Services,
    pub(super) clock: Arc<SettableClock>,
}

impl World {
    pub(super) fn with(subject: Subject, anchors: Option<Arc<Anchors>>) -> Self {
        let clock = Arc::new(SettableClock::default());
        let ports = fakes::ports(Arc::clone(&subject.store), Arc::clone(&clock));
        let anchors = anchors.map(|anchors| -> Arc<dyn AnchorLog> { anchors });
        Self::over(subject, Ports { anchors, ..ports }, clock)
    }

    fn over(subject: Subject, ports: Ports, clock: Arc<SettableClock>) -> Self {
        Self { subject, services: services(ports.clone(), Some(RETENTION)), ports, clock }
    }

    /// A server whose trail has events and a checkpoint of them.
    pub(super) async fn signed(subject: Subject, numbers: std::ops::Range<u32>) -> Self {
        let world = Self::with(subject, None);
        world.append_events(numbers).await;
        world.sign_later().await;
        assert_eq!(world.first_break().await, None);
        world
    }

    /// Another process on the same store, which restores its memory from `anchors`.
    pub(super) fn restarted(&self, anchors: Option<Arc<Anchors>>) -> Self {
        let anchors = anchors.map(|anchors| -> Arc<dyn AnchorLog> { anchors });
        let ports = Ports { anchors, ..self.ports.clone() };
        Self::over(Arc::clone(&self.subject), ports, Arc::clone(&self.clock))
    }

    /// The same with another signer.
    pub(super) fn signing_with(&self, checkpoint_signer: Arc<dyn CheckpointSigner>) -> Self {
        let ports = Ports { checkpoint_signer, ..self.ports.clone() };
        Self::over(Arc::clone(&self.subject), ports, Arc::clone(&self.clock))
    }

    /// Records an event for each number.
    pub(super) async fn append_events(&self, numbers: std::ops::Range<u32>) {
        append(&*self.ports.audit, numbers).await;
    }

    /// The same, bypassing the server.
    pub(super) async fn append_as_attacker(&self, numbers: impl IntoIterator<Item = u32>) {
        append(&*self.subject.attacker, numbers).await;
    }

    pub(super) async fn erase(&self, erased: Erased) {
        (self.subject.erase)(trail(), erased).await;
    }

    /// Writes the planted record under the key of position `seq`.
    pub(super) async fn plant(&self, seq: u64, planted: Planted) {
        (self.subject.plant)(trail(), Seq::new(seq), planted).await;
    }

    /// Deletes the checkpoints, and links these events again. The server would sign this without
    /// its memory.
    pub(super) async fn forge(&self, numbers: impl IntoIterator<Item = u32>) {
        self.erase(Erased::Heads).await;
        self.erase(Erased::Events).await;
        self.append_as_attacker(numbers).await;
        self.sign_later().await;
    }

    pub(super) async fn sign_later(&self) {
        self.clock.advance(LATER);
        self.services.audit.sign_heads().await.unwrap();
    }

    pub(super) async fn verify(&self) -> Verification {
        let audit = &self.services.audit;
        audit.verify(&audit.any_trail(trail())).await.unwrap()
    }

    pub(super) async fn first_break(&self) -> Option<(u64, BreakKind)> {
        self.verify().await.first_break.map(|found| (found.seq.get(), found.kind))
    }

    /// The positions of all listed events, in pages of two.
    pub(super) async fn listed(&self) -> Vec<u64> {
        let (audit, mut after, mut places) = (&self.services.audit, Seq::START, Vec::new());
        let (context, all) = (audit.any_trail(trail()), EventFilter::default());
        loop {
            let page = audit.list(&context, &all, after, page_of(2)).await.unwrap();
            places.extend(page.items.iter().map(|stored| stored.seq.get()));
            after = page.items.last().map_or(after, |last| last.seq);
            if !page.more {
                return places;
            }
        }
    }

    pub(super) async fn export(&self) -> Vec<TrailLine> {
        let audit = &self.services.audit;
        let mut reader = audit.export(&audit.any_trail(trail())).await.unwrap();
        let mut lines = Vec::new();
        while let Some(more) = reader.next().await.unwrap() {
            lines.extend(more);
        }
        lines
    }

    /// The stored checkpoints.
    pub(super) async fn checkpoints(&self) -> Vec<Checkpoint> {
        let heads = &self.ports.signed_heads;
        heads.list(&trail(), Seq::START, PageSize::MAX).await.unwrap().items
    }
}

async fn append(log: &(impl AuditLog + ?Sized), numbers: impl IntoIterator<Item = u32>) {
    let events: Vec<AuditEvent> = numbers.into_iter().map(numbered_event).collect();
    log.append(&events).await.unwrap();
}

/// Number 0 is the creation of the organization.
pub(super) fn numbered_event(n: u32) -> AuditEvent {
    let action = if n == 0 { Action::OrganizationCreated } else { Action::OrganizationUpdated };
    AuditEvent { action, ..event(&format!("event-{n:04}"), "acme") }
}

pub(super) fn trail() -> Trail {
    crate::trails::trail("acme")
}

pub(super) fn numbers(checkpoints: &[Checkpoint]) -> Vec<u64> {
    checkpoints.iter().filter_map(|checkpoint| checkpoint.number).collect()
}

/// Verifies with nothing but the export, like a third party.
pub(super) fn verify(lines: &[TrailLine]) -> Verification {
    let mut verifier = TrailVerifier::new(&FakeSigner, None);
    lines.iter().for_each(|line| verifier.check(line));
    verifier.finish(Ending::Signed)
}

/// An anchor log in memory, which fails on demand.
#[derive(Default)]
pub(super) struct Anchors {
    appended: Mutex<Vec<Checkpoint>>,
    failures: AtomicUsize,
    hangs: AtomicBool,
    hung: Notify,
}

impl Anchors {
    /// Makes appends hang, or stops that. One that hangs never returns.
    pub(super) fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::SeqCst);
    }

    /// Waits until an append hangs.
    pub(super) async fn hung(&self) {
        self.hung.notified().await;
    }

    /// Makes the next `count` appends fail.
    pub(super) fn fail(&self, count: usize) {
        self.failures.store(count, Ordering::SeqCst);
    }

    pub(super) fn appended(&self) -> Vec<Checkpoint> {
        self.appended.lock().unwrap().clone()
    }
}

#[async_trait]
impl AnchorLog for Anchors {
    fn restored(&self) -> Vec<Checkpoint> {
        let last: HashMap<Trail, Checkpoint> =
            self.appended().into_iter().map(|anchor| (anchor.trail.clone(), anchor)).collect();
        last.into_values().collect()
    }

    async fn append(&self, checkpoint: &Checkpoint) -> Result<(), BoxError> {
        if self.hangs.load(Ordering::SeqCst) {
            self.hung.notify_one();
            std::future::pending::<()>().await;
        }
        let left = |left: usize| left.checked_sub(1);
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok() {
            return Err("the disk is full".into());
        }
        self.appended.lock().unwrap().push(checkpoint.clone());
        Ok(())
    }
}
