//! Contract of reading, verifying, signing and truncating audit trails: the use cases over the
//! ports of a store.

use std::sync::Arc;
use std::time::Duration;

use domain::model::{
    AuditEvent, Checkpoint, DocumentLimit, EventFilter, KeyId, LoggedEvent, Naming, PageSize, Seq,
    Trail, TrailLine,
};
use domain::ports::{BoxError, CheckpointSigner, CheckpointVerifier, Ports, SignatureVerdict};
use domain::service::{
    AuditRules, BreakKind, Caller, Ending, OperatorToken, PlacementRules, RateLimits, Services,
    Settings, Signup, TrailContext, TrailVerifier, Verification,
};
use secrecy::SecretString;

use crate::fakes::{self, FakeSigner, SettableClock, Store};
use crate::faults::{Plan, When, faulty};
use crate::fixtures::{LIFETIMES, STEP_UP, event, request_info};

type AnyStore = Arc<dyn Store>;

const OPERATOR: &str = "the-token-of-the-operator,-of-32-bytes-or-more";
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

suite! { $ trail_keeping(AnyStore):
    a_trail_is_exported_with_its_checkpoints,
    changed_trails_are_signed_every_ten_minutes,
    a_new_key_signs_immediately,
    an_export_ends_with_a_checkpoint_despite_concurrent_events,
    events_missing_at_the_end_are_detected_by_their_checkpoint,
    old_events_are_truncated_at_a_checkpoint_and_the_rest_verifies,
    without_a_retention_period_nothing_is_truncated,
    truncation_keeps_the_last_event_and_the_chain_continues,
    an_interrupted_truncation_leaves_a_valid_trail_and_is_finished,
}

async fn a_trail_is_exported_with_its_checkpoints(store: AnyStore) {
    let world = World::new(store);
    for part in 0..7 {
        // More than a page in total, and pages that end without a checkpoint.
        world.append_events(part * 50..(part + 1) * 50).await;
        world.clock.advance(10 * MINUTE);
        world.services.audit.sign_heads().await.unwrap();
    }
    world.append_events(350..360).await;
    let verification = world.verify().await;
    assert_eq!((verification.first_break, verification.events), (None, 360));
    assert_eq!(verification.head.unwrap().seq, Seq::new(360));
    assert_eq!(verification.signed_head.unwrap().seq, Seq::new(350));
    let lines = world.export().await;
    let signed = [50, 100, 150, 200, 250, 300, 350, 360].map(Seq::new);
    assert_eq!(signatures(&lines), signed);
    assert_eq!(lines.len(), 368);
    let verification = verify(&lines);
    assert_eq!((verification.first_break, verification.events), (None, 360));
}

async fn changed_trails_are_signed_every_ten_minutes(store: AnyStore) {
    let world = World::new(store);
    for (minutes, appended, signed) in [
        (0, 0..0, &[][..]),
        (1, 0..2, &[2]),
        (1, 2..3, &[2]),
        (8, 3..3, &[2]),
        (1, 3..3, &[2, 3]),
        (60, 3..3, &[2, 3]),
        (0, 3..5, &[2, 3, 5]),
    ] {
        world.clock.advance(minutes * MINUTE);
        world.append_events(appended).await;
        world.services.audit.sign_heads().await.unwrap();
        let found: Vec<u64> = world.signed_heads().await.iter().map(|it| it.seq.get()).collect();
        assert_eq!(found, signed);
    }
}

async fn a_new_key_signs_immediately(store: AnyStore) {
    let world = World::new(store);
    world.append_events(0..3).await;
    world.services.audit.sign_heads().await.unwrap();
    let ports = Ports { checkpoint_signer: Arc::new(OtherSigner), ..world.ports.clone() };
    let other = World::over(ports, Arc::clone(&world.clock));
    let unknown = other.verify().await.first_break.map(|found| found.kind);
    assert_eq!(unknown, Some(BreakKind::UnknownKey));
    other.services.audit.sign_heads().await.unwrap();
    assert_eq!(other.verify().await.first_break, None);
    let keys: Vec<_> = other.signed_heads().await.into_iter().map(|it| it.key_id).collect();
    assert_eq!(keys, [OtherSigner.key_id()]);
}

async fn an_export_ends_with_a_checkpoint_despite_concurrent_events(store: AnyStore) {
    let world = World::new(store);
    world.append_events(0..150).await;
    let mut reader = world.services.audit.export(&world.trail().await).await.unwrap();
    let mut lines = reader.next().await.unwrap().unwrap();
    world.clock.advance(10 * MINUTE);
    world.append_events(150..300).await;
    world.services.audit.sign_heads().await.unwrap();
    while let Some(more) = reader.next().await.unwrap() {
        lines.extend(more);
    }
    assert_eq!((signatures(&lines), lines.len()), (vec![Seq::new(150)], 151));
    assert_eq!(verify(&lines).first_break, None);
}

async fn events_missing_at_the_end_are_detected_by_their_checkpoint(store: AnyStore) {
    let world = World::new(store);
    world.append_events(0..5).await;
    // A checkpoint of a removed event.
    let (at, key_id) = (world.ports.clock.now(), FakeSigner.key_id());
    let mut head = world.ports.audit.head(&Trail::Installation).await.unwrap().unwrap();
    head.push(&numbered_event(5));
    let (trail, seq, hash) = (head.trail, head.seq, head.hash);
    let (number, signature) = (Some(1), String::new());
    let (truncated, unstored) = (false, false);
    let mut signed =
        Checkpoint { trail, seq, hash, at, key_id, number, truncated, unstored, signature };
    signed.signature = FakeSigner.sign(&signed.message()).unwrap();
    world.ports.signed_heads.keep(&signed).await.unwrap();
    let found = world.verify().await.first_break.unwrap();
    assert_eq!((found.seq, found.kind), (Seq::new(6), BreakKind::Removed));
}

async fn old_events_are_truncated_at_a_checkpoint_and_the_rest_verifies(store: AnyStore) {
    let world = World::new(store);
    for day in 0..40 {
        world.append_events(day * 3..day * 3 + 3).await;
        world.services.audit.sign_heads().await.unwrap();
        world.clock.advance(DAY);
    }
    // It is day 40: what was signed on day 9 is 31 days old, and on day 10 exactly 30.
    world.services.audit.truncate_expired().await.unwrap();
    let found: Vec<_> = world.events().await.iter().filter_map(LoggedEvent::seq).collect();
    assert_eq!(found, (31..=120).map(Seq::new).collect::<Vec<_>>());
    assert_eq!(world.signed_heads().await.first().unwrap().seq, Seq::new(30));
    let verification = world.verify().await;
    assert_eq!((verification.first_break, verification.events), (None, 90));
    let lines = world.export().await;
    assert!(matches!(lines.first(), Some(TrailLine::Head { .. })));
    assert_eq!(verify(&lines).first_break, None);
    // Again, and later.
    world.services.audit.truncate_expired().await.unwrap();
    assert_eq!(world.events().await.len(), 90);
    world.clock.advance(DAY);
    world.services.audit.truncate_expired().await.unwrap();
    assert_eq!(world.events().await.len(), 87);
    assert_eq!(world.verify().await.first_break, None);
}

async fn without_a_retention_period_nothing_is_truncated(store: AnyStore) {
    let mut world = World::new(store);
    world.services = services(world.ports.clone(), None);
    world.append_events(0..3).await;
    world.services.audit.sign_heads().await.unwrap();
    world.clock.advance(1000 * DAY);
    world.append_events(3..6).await;
    world.services.audit.truncate_expired().await.unwrap();
    assert_eq!(world.events().await.len(), 6);
}

async fn truncation_keeps_the_last_event_and_the_chain_continues(store: AnyStore) {
    let world = World::new(store);
    for n in 0..3 {
        world.append_events(n..n + 1).await;
        world.services.audit.sign_heads().await.unwrap();
        world.clock.advance(DAY);
    }
    world.clock.advance(1000 * DAY);
    world.services.audit.truncate_expired().await.unwrap();
    assert_eq!(world.events().await.len(), 1);
    world.append_events(3..4).await;
    let found: Vec<_> = world.events().await.iter().filter_map(LoggedEvent::seq).collect();
    assert_eq!(found, [Seq::new(3), Seq::new(4)]);
    assert_eq!(world.verify().await.first_break, None);
}

async fn an_interrupted_truncation_leaves_a_valid_trail_and_is_finished(store: AnyStore) {
    let world = World::new(store);
    for round in 0.. {
        world.append_events(round * 10..round * 10 + 10).await;
        world.services.audit.sign_heads().await.unwrap();
        world.clock.advance(RETENTION + DAY);
        world.append_events(round * 10 + 1000..round * 10 + 1001).await;
        let call = usize::try_from(round).unwrap() / 2 + 1;
        let when = if round % 2 == 0 { When::Before } else { When::After };
        let plan = Plan::crash(call, when);
        let cut =
            services(faulty(&world.ports, &plan), Some(RETENTION)).audit.truncate_expired().await;
        let over = plan.calls() < call;
        assert_eq!(world.verify().await.first_break, None, "{when:?} call {call}: {cut:?}");
        world.services.audit.truncate_expired().await.unwrap();
        assert_eq!(world.verify().await.first_break, None, "{when:?} call {call}, and again");
        assert_eq!(world.events().await.len(), 1, "{when:?} call {call}");
        assert_eq!(world.signed_heads().await.len(), 1, "{when:?} call {call}");
        if over {
            assert!(round > 8, "there is nothing that could fail");
            return;
        }
    }
}

/// Signs like the other signer, under another key id.
struct OtherSigner;

impl CheckpointVerifier for OtherSigner {
    fn verify(&self, key: &KeyId, message: &[u8], signature: &str) -> SignatureVerdict {
        if *key == self.key_id() {
            FakeSigner.verify(&FakeSigner.key_id(), message, signature)
        } else {
            SignatureVerdict::UnknownKey
        }
    }
}

impl CheckpointSigner for OtherSigner {
    fn key_id(&self) -> KeyId {
        KeyId::parse("other").unwrap()
    }

    fn sign(&self, message: &[u8]) -> Result<String, BoxError> {
        FakeSigner.sign(message)
    }

    fn jwks(&self) -> serde_json::Value {
        FakeSigner.jwks()
    }
}

/// An installation with its own trail under test; events are kept for [`RETENTION`].
struct World {
    ports: Ports,
    services: Services,
    clock: Arc<SettableClock>,
}

impl World {
    fn new(store: AnyStore) -> Self {
        let clock = Arc::new(SettableClock::default());
        Self::over(fakes::ports(store, Arc::clone(&clock)), clock)
    }

    fn over(ports: Ports, clock: Arc<SettableClock>) -> Self {
        Self { services: services(ports.clone(), Some(RETENTION)), ports, clock }
    }

    /// Records an event for each number.
    async fn append_events(&self, numbers: std::ops::Range<u32>) {
        let events: Vec<AuditEvent> = numbers.map(numbered_event).collect();
        self.ports.audit.append(&events).await.unwrap();
    }

    async fn trail(&self) -> TrailContext {
        let operator = self.services.access.authenticate(OPERATOR, request_info()).await.unwrap();
        let Caller::Operator(operator) = operator else { panic!("an operator is none") };
        self.services.audit.of_installation(&operator)
    }

    async fn verify(&self) -> Verification {
        self.services.audit.verify(&self.trail().await).await.unwrap()
    }

    async fn export(&self) -> Vec<TrailLine> {
        let mut reader = self.services.audit.export(&self.trail().await).await.unwrap();
        let mut lines = Vec::new();
        while let Some(more) = reader.next().await.unwrap() {
            lines.extend(more);
        }
        lines
    }

    /// The stored events.
    async fn events(&self) -> Vec<LoggedEvent> {
        let (mut events, mut after) = (Vec::new(), Seq::START);
        loop {
            let (all, size) = (EventFilter::default(), PageSize::MAX);
            let page = self.ports.audit.list(&Trail::Installation, &all, after, size).await;
            let page = page.unwrap();
            after = page.items.last().map_or(after, |last| last.seq);
            events.extend(page.items.into_iter().map(|stored| stored.event));
            if !page.more {
                return events;
            }
        }
    }

    /// The stored checkpoints, of which there are few.
    async fn signed_heads(&self) -> Vec<Checkpoint> {
        let heads = &self.ports.signed_heads;
        heads.list(&Trail::Installation, Seq::START, PageSize::MAX).await.unwrap().items
    }
}

/// The use cases over `ports`; events are kept for `retention`.
pub(crate) fn services(ports: Ports, retention: Option<Duration>) -> Services {
    let settings = Settings {
        signup: Signup::Open,
        naming: Naming::Slug,
        placement: PlacementRules::default(),
        token_lifetimes: LIFETIMES,
        step_up: Some(STEP_UP),
        token_audiences: Vec::new(),
        operator: Some(OperatorToken::parse(&SecretString::from(OPERATOR)).unwrap()),
        limits: RateLimits::default(),
        document_limit: DocumentLimit::default(),
        audit: AuditRules { documents: false, retention },
    };
    Services::new(ports, settings)
}

fn numbered_event(n: u32) -> AuditEvent {
    AuditEvent { trail: Trail::Installation, ..event(&format!("event-{n:04}"), "any") }
}

fn signatures(lines: &[TrailLine]) -> Vec<Seq> {
    let signed = lines.iter().filter_map(|line| match line {
        TrailLine::Head { signed_head } => Some(signed_head.seq),
        TrailLine::Event(_) => None,
    });
    signed.collect()
}

/// Verifies with nothing but the export.
fn verify(lines: &[TrailLine]) -> Verification {
    let mut verifier = TrailVerifier::new(&FakeSigner, None);
    lines.iter().for_each(|line| verifier.check(line));
    verifier.finish(Ending::Signed)
}
