//! In-memory record of the last checkpoint of each trail, independent of the store.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{ChainHead, Checkpoint, EventHash, KeyId, Seq, Trail};

/// The checkpoints that this process signed or saw signed, independent of the store: about 200
/// bytes per trail.
#[derive(Default)]
pub(super) struct CheckpointMemory(Mutex<State>);

#[derive(Default)]
struct State {
    last: HashMap<Trail, LastCheckpoint>,
    /// The ends of exports that were signed after the last checkpoint and not stored.
    exported: HashMap<Trail, (Seq, EventHash)>,
    /// The last checkpoint of each trail that is not in the anchor log yet.
    unanchored: HashMap<Trail, Checkpoint>,
    /// Trails that this process refused to sign and logged.
    refused: HashSet<Trail>,
}

/// The last checkpoint of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LastCheckpoint {
    pub(super) seq: Seq,
    pub(super) hash: EventHash,
    pub(super) number: Option<u64>,
    pub(super) key_id: KeyId,
}

impl LastCheckpoint {
    pub(super) fn point(&self) -> (Seq, EventHash) {
        (self.seq, self.hash)
    }

    /// Whether it is the checkpoint of `head`.
    pub(super) fn is_of(&self, head: &ChainHead) -> bool {
        (self.seq, self.hash) == (head.seq, head.hash)
    }
}

impl CheckpointMemory {
    /// Remembers `checkpoints`.
    pub(super) fn restored(checkpoints: &[Checkpoint]) -> Self {
        let memory = Self::default();
        checkpoints.iter().for_each(|checkpoint| memory.remember(checkpoint));
        memory
    }

    pub(super) fn last(&self, trail: &Trail) -> Option<LastCheckpoint> {
        self.lock().last.get(trail).cloned()
    }

    /// Remembers `checkpoint`, unless a later one of its trail is remembered.
    pub(super) fn remember(&self, checkpoint: &Checkpoint) {
        let Checkpoint { trail, seq, hash, number, key_id, .. } = checkpoint.clone();
        let mut state = self.lock();
        if state.last.get(&trail).is_none_or(|last| last.seq <= seq) {
            state.refused.remove(&trail);
            if state.exported.get(&trail).is_some_and(|(exported, _)| *exported <= seq) {
                state.exported.remove(&trail);
            }
            state.last.insert(trail, LastCheckpoint { seq, hash, number, key_id });
        }
    }

    pub(super) fn exported(&self, trail: &Trail) -> Option<(Seq, EventHash)> {
        self.lock().exported.get(trail).copied()
    }

    /// Remembers the end of an export, unless a later one of its trail is remembered.
    pub(super) fn remember_export(&self, end: &Checkpoint) {
        let mut state = self.lock();
        let last = state.last.get(&end.trail).map(|last| last.seq);
        let known = state.exported.get(&end.trail).map(|(seq, _)| *seq);
        if last.max(known) < Some(end.seq) {
            state.exported.insert(end.trail.clone(), (end.seq, end.hash));
        }
    }

    /// Records a refusal. Returns whether it is the first one since the trail was signed last.
    pub(super) fn refuse(&self, trail: &Trail) -> bool {
        self.lock().refused.insert(trail.clone())
    }

    /// Keeps `checkpoint` until it can be appended to the anchor log.
    pub(super) fn keep_unanchored(&self, checkpoint: Checkpoint) {
        let mut state = self.lock();
        let kept = state.unanchored.get(&checkpoint.trail);
        if kept.is_none_or(|kept| kept.seq <= checkpoint.seq) {
            state.unanchored.insert(checkpoint.trail.clone(), checkpoint);
        }
    }

    /// Forgets a checkpoint that was appended, and earlier ones of its trail.
    pub(super) fn anchored(&self, checkpoint: &Checkpoint) {
        let mut state = self.lock();
        let kept = state.unanchored.get(&checkpoint.trail);
        if kept.is_some_and(|kept| kept.seq <= checkpoint.seq) {
            state.unanchored.remove(&checkpoint.trail);
        }
    }

    pub(super) fn unanchored(&self) -> Vec<Checkpoint> {
        self.lock().unanchored.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
