//! Contract of key rotation: the use case over the keys of a store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{KeyId, SigningKey};
use domain::ports::{AuditLog, Clock, KeyPurpose, SigningKeyRepo, StoreError};
use domain::service::{KeyPorts, KeyRules, SigningKeys};

use crate::fakes::{FakeKeyHolder, SequentialIds, SettableClock};
use crate::suite::at_once;

/// A repository of keys together with the log of their events.
pub trait KeyStore: SigningKeyRepo + AuditLog + 'static {}

impl<S: SigningKeyRepo + AuditLog + 'static> KeyStore for S {}

type Repo = Arc<dyn KeyStore>;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LIFETIME: Duration = Duration::from_secs(60 * 60);

suite! { $ signing_keys(Repo):
    the_first_key_is_created_once_and_used_by_all_nodes,
    keys_are_rotated_after_the_period_and_removed_later,
    without_a_period_keys_are_rotated_only_on_demand,
    rotate_creates_no_second_pending_key,
    revoke_leaves_one_new_key,
    concurrent_scheduled_rotations_create_one_key,
    concurrent_revocations_leave_one_key,
    an_interrupted_revocation_can_be_repeated,
    an_interrupted_rotation_is_completed_by_the_next,
}

async fn the_first_key_is_created_once_and_used_by_all_nodes(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    let (one, two) = (Node::new(&repo, &clock, "one"), Node::new(&repo, &clock, "two"));
    one.keys.load().await.unwrap();
    two.keys.load().await.unwrap();
    assert_eq!((one.holder.held(), two.holder.held()), (vec!["one1".into()], vec!["one1".into()]));
}

async fn keys_are_rotated_after_the_period_and_removed_later(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    let node = Node::new(&repo, &clock, "k");
    // An hour of token lifetime, 10 minutes of publication in advance, a minute of leeway and 5
    // minutes of delay between nodes.
    for (later, held) in [
        (Duration::ZERO, &["k1"][..]),
        (30 * DAY - MINUTE, &["k1"]),
        (MINUTE, &["k1", "k2"]),
        (75 * MINUTE, &["k1", "k2"]),
        (MINUTE, &["k2"]),
        (30 * DAY - 76 * MINUTE, &["k2", "k3"]),
    ] {
        clock.advance(later);
        node.keys.maintain().await.unwrap();
        assert_eq!(node.holder.held(), held);
    }
}

async fn without_a_period_keys_are_rotated_only_on_demand(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    let node = Node::ruled(&repo, &clock, "k", None);
    node.keys.maintain().await.unwrap();
    clock.advance(10_000 * DAY);
    node.keys.maintain().await.unwrap();
    assert_eq!(node.holder.held(), ["k1"]);
    node.keys.rotate().await.unwrap();
    assert_eq!(node.holder.held(), ["k1", "k2"]);
    clock.advance(DAY);
    node.keys.maintain().await.unwrap();
    assert_eq!(node.holder.held(), ["k2"]);
}

async fn rotate_creates_no_second_pending_key(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    let node = Node::new(&repo, &clock, "k");
    for held in [["k1", "k2"], ["k1", "k2"]] {
        let ring = node.keys.rotate().await.unwrap();
        assert_eq!(ring.signing(clock.now()).id.as_str(), "k1");
        assert_eq!(node.holder.held(), held);
        clock.advance(MINUTE);
    }
    clock.advance(10 * MINUTE);
    assert_eq!(node.keys.rotate().await.unwrap().signing(clock.now()).id.as_str(), "k2");
    assert_eq!(node.holder.held(), ["k1", "k2", "k3"]);
}

async fn revoke_leaves_one_new_key(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    let node = Node::new(&repo, &clock, "k");
    node.keys.rotate().await.unwrap();
    let (ring, removed) = node.keys.revoke().await.unwrap();
    assert_eq!(ring.signing(clock.now()).id.as_str(), "k3");
    assert_eq!(node.holder.held(), ["k3"]);
    assert_eq!(removed.iter().map(KeyId::as_str).collect::<Vec<_>>(), ["k1", "k2"]);
    let other = Node::new(&repo, &clock, "other");
    other.keys.maintain().await.unwrap();
    assert_eq!(other.holder.held(), ["k3"]);
}

async fn concurrent_scheduled_rotations_create_one_key(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    Node::new(&repo, &clock, "k").keys.load().await.unwrap();
    clock.advance(31 * DAY);
    let held = at_once(16, |i| {
        let node = Node::new(&repo, &clock, &format!("node{i}-"));
        async move {
            node.keys.maintain().await.unwrap();
            node.holder.held()
        }
    })
    .await;
    assert_eq!(held[0].len(), 2, "{held:?}");
    assert!(held.iter().all(|keys| *keys == held[0]), "{held:?}");
}

async fn concurrent_revocations_leave_one_key(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    Node::new(&repo, &clock, "k").keys.load().await.unwrap();
    at_once(16, |i| {
        let node = Node::new(&repo, &clock, &format!("node{i}-"));
        async move { node.keys.revoke().await.unwrap() }
    })
    .await;
    let left = SigningKeyRepo::list(&*repo, KeyPurpose::Tokens).await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_ne!(left[0].id.as_str(), "k1");
}

async fn an_interrupted_revocation_can_be_repeated(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    let mut cuts = 0;
    for call in 0.. {
        let before = Node::new(&repo, &clock, &format!("old{call}-"));
        let stolen = before.keys.rotate().await.unwrap();
        let cut =
            Node::with_failure(&repo, &clock, &format!("cut{call}-"), call).keys.revoke().await;
        let node = Node::new(&repo, &clock, &format!("new{call}-"));
        if cut.is_err() {
            cuts += 1;
            node.keys.revoke().await.unwrap();
        }
        let left = SigningKeyRepo::list(&*repo, KeyPurpose::Tokens).await.unwrap();
        assert_eq!(left.len(), 1, "{left:?} after trouble at call {call}");
        assert!(stolen.keys().all(|key| key.id != left[0].id), "{left:?}");
        if cut.is_ok() {
            break;
        }
    }
    // List, append, list, two removals, list: each before and after its effect.
    assert_eq!(cuts, 12);
}

async fn an_interrupted_rotation_is_completed_by_the_next(repo: Repo) {
    let clock = Arc::new(SettableClock::default());
    let node = Node::new(&repo, &clock, "k");
    node.keys.maintain().await.unwrap();
    for call in 0..20 {
        clock.advance(31 * DAY);
        // The next node has to cope with the result.
        let _ =
            Node::with_failure(&repo, &clock, &format!("cut{call}-"), call).keys.maintain().await;
        node.keys.maintain().await.unwrap();
        assert_eq!(node.holder.held().len(), 2, "trouble at call {call}");
        clock.advance(DAY);
        let _ =
            Node::with_failure(&repo, &clock, &format!("late{call}-"), call).keys.maintain().await;
        node.keys.maintain().await.unwrap();
        assert_eq!(node.holder.held().len(), 1, "trouble at call {call}");
    }
}

/// One of many nodes that manage the same keys.
struct Node {
    keys: SigningKeys,
    holder: Arc<FakeKeyHolder>,
}

impl Node {
    /// A node whose key ids begin with its name, and which rotates keys every 30 days.
    fn new(repo: &Repo, clock: &Arc<SettableClock>, name: &str) -> Self {
        Self::ruled(repo, clock, name, Some(30 * DAY))
    }

    fn ruled(
        repo: &Repo,
        clock: &Arc<SettableClock>,
        name: &str,
        rotate_every: Option<Duration>,
    ) -> Self {
        let holder = Arc::new(FakeKeyHolder::with_prefix(name));
        let rules = KeyRules { rotate_every, access_token_lifetime: LIFETIME };
        Self::over(repo.clone(), repo, clock, (holder, rules))
    }

    /// A node called `name` whose calls to the repository fail once.
    fn with_failure(repo: &Repo, clock: &Arc<SettableClock>, name: &str, moment: usize) -> Self {
        let holder = Arc::new(FakeKeyHolder::with_prefix(name));
        let rules = KeyRules { rotate_every: Some(30 * DAY), access_token_lifetime: LIFETIME };
        Self::over(Arc::new(FailingRepo::at(repo, moment)), repo, clock, (holder, rules))
    }

    fn over(
        keys: Arc<dyn SigningKeyRepo>,
        store: &Repo,
        clock: &Arc<SettableClock>,
        (holder, rules): (Arc<FakeKeyHolder>, KeyRules),
    ) -> Self {
        let ports = KeyPorts {
            repo: keys,
            holder: holder.clone(),
            audit: store.clone(),
            clock: clock.clone(),
            ids: Arc::new(SequentialIds::default()),
        };
        Self { keys: SigningKeys::new(ports, rules), holder }
    }
}

/// A repository that fails once: at every call, before and then after its effect.
struct FailingRepo {
    repo: Repo,
    until: AtomicUsize,
}

impl FailingRepo {
    fn at(repo: &Repo, moment: usize) -> Self {
        Self { repo: repo.clone(), until: AtomicUsize::new(moment) }
    }

    fn pass(&self) -> Result<(), StoreError> {
        let next = |left: usize| Some(left.wrapping_sub(1));
        match self.until.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next) {
            Ok(0) => Err(StoreError::unavailable("out of luck")),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl SigningKeyRepo for FailingRepo {
    async fn append(
        &self,
        purpose: KeyPurpose,
        candidate: SigningKey,
        after: Option<&KeyId>,
    ) -> Result<SigningKey, StoreError> {
        self.pass()?;
        let kept = SigningKeyRepo::append(&*self.repo, purpose, candidate, after).await?;
        self.pass().map(|()| kept)
    }

    async fn list(&self, purpose: KeyPurpose) -> Result<Vec<SigningKey>, StoreError> {
        self.pass()?;
        let keys = SigningKeyRepo::list(&*self.repo, purpose).await?;
        self.pass().map(|()| keys)
    }

    async fn remove(&self, purpose: KeyPurpose, id: &KeyId) -> Result<(), StoreError> {
        self.pass()?;
        self.repo.remove(purpose, id).await?;
        self.pass()
    }
}
