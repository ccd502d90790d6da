//! Which processes serve an installation.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::model::{NodeId, Nodes};

/// Knows the processes that use a store, as far as they tell. A store that one process at a time can use
/// knows of that one alone.
#[async_trait]
pub trait NodeRegistry: Send + Sync {
    /// Tells that `node` is there, and how many are. MUST count `node`, once however often it calls, also
    /// after it left. MUST count all others that called within [`GONE_AFTER`], by one clock for all of
    /// them, and did not leave since; MUST NOT count any other.
    async fn beat(&self, node: &NodeId) -> Result<Nodes, StoreError>;

    /// MUST make `node` one that is not counted any more. Nothing happens when it is not there.
    async fn leave(&self, node: &NodeId) -> Result<(), StoreError>;
}

/// Who was not heard of for so long is gone.
pub const GONE_AFTER: Duration = Duration::from_secs(5);
