//! One workflow, on a store with internal faults.

use async_trait::async_trait;

use super::run::{Aftermath, Failure, Prepared};
use super::stores::Stores;
use super::workflow::Workflow;
use crate::faults::Plan;

/// Internal faults of a store.
#[async_trait]
pub trait Trouble: Send + Sync {
    /// Begins to record the operations of the store.
    async fn watch(&self);

    /// Descriptions of all faults that can affect the recorded operations.
    async fn ways(&self) -> Vec<String>;

    /// Activates one of these faults, by its index.
    async fn begin(&self, way: usize);

    /// Deactivates all faults. Every earlier operation has visibly happened, or will not happen any
    /// more.
    async fn end(&self);
}

/// Runs `workflow` undisturbed, and with every fault. Whether the request was carried out may stay
/// unknown, but no response is wrong.
pub(super) async fn exhaust(workflow: &Workflow, stores: &Stores, trouble: &dyn Trouble) {
    let prepared = Box::pin(Prepared::new(workflow, stores)).await;
    trouble.watch().await;
    let undisturbed = Box::pin(prepared.run(Plan::none(), "undisturbed")).await;
    let ways = trouble.ways().await;
    assert!(!ways.is_empty(), "nothing can go wrong with {workflow:?}");
    Box::pin(undisturbed.carried_out()).await;
    for (n, way) in ways.iter().enumerate() {
        // A slow store runs every other fault; with another number of faults these are different
        // ones.
        if stores.is_slow() && (n + ways.len()) % 2 == 0 {
            continue;
        }
        let aftermath = if n / 2 % 2 == 0 { Aftermath::Restart } else { Aftermath::SentAgain };
        let prepared = Box::pin(Prepared::new(workflow, stores)).await;
        trouble.begin(n).await;
        let run = Box::pin(prepared.run(Plan::none(), &format!("{way}, {aftermath:?}"))).await;
        trouble.end().await;
        Box::pin(run.disturbed(&undisturbed.outcome, Failure::Store, aftermath)).await;
    }
}
