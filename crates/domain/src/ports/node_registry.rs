//! Registry of the server processes of an installation.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::model::{NodeId, Nodes};

/// Counts the processes that use a store by their heartbeats. A store that only one process at a
/// time can use counts that process alone.
#[async_trait]
pub trait NodeRegistry: Send + Sync {
    /// Records a heartbeat of `node` and returns the number of live nodes. MUST count `node`
    /// exactly once however often it calls, also after it deregistered. MUST count all others whose
    /// last heartbeat is within [`HEARTBEAT_TIMEOUT`], by one clock for all of them, and that did
    /// not deregister since; MUST NOT count any other.
    async fn heartbeat(&self, node: &NodeId) -> Result<Nodes, StoreError>;

    /// Deregisters `node`: it MUST NOT be counted any more. Does nothing for an unknown node.
    async fn deregister(&self, node: &NodeId) -> Result<(), StoreError>;
}

/// Heartbeat timeout: a node without a heartbeat for this long is no longer counted.
pub const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(5);
