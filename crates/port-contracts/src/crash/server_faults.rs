//! One workflow, on a store with internal faults.

use async_trait::async_trait;

use super::run::{Aftermath, Failure, Prepared};
use super::stores::Stores;
use super::workflow::Workflow;
use crate::faults::Plan;

/// Internal faults of a store.
#[async_trait]
pub trait ServerFaults: Send + Sync {
    /// Begins to record the operations of the store.
    async fn start_recording(&self);

    /// Descriptions of all faults that can affect the recorded operations.
    async fn faults(&self) -> Vec<String>;

    /// Activates one of these faults, by its index.
    async fn begin(&self, fault: usize);

    /// Deactivates all faults. Every earlier operation has visibly happened, or will not happen any
    /// more.
    async fn end(&self);
}

/// Runs `workflow` undisturbed, and with every fault. Whether the request was carried out may stay
/// unknown, but no response is wrong.
pub(super) async fn exhaust(
    workflow: &Workflow,
    stores: &Stores,
    server_faults: &dyn ServerFaults,
) {
    let prepared = Box::pin(Prepared::new(workflow, stores)).await;
    server_faults.start_recording().await;
    let undisturbed = Box::pin(prepared.run(Plan::none(), "undisturbed")).await;
    let faults = server_faults.faults().await;
    assert!(!faults.is_empty(), "nothing can go wrong with {workflow:?}");
    Box::pin(undisturbed.carried_out()).await;
    for (n, fault) in faults.iter().enumerate() {
        // A slow store runs every other fault; with another number of faults these are different
        // ones.
        if stores.is_slow() && (n + faults.len()) % 2 == 0 {
            continue;
        }
        let aftermath = if n / 2 % 2 == 0 { Aftermath::Restart } else { Aftermath::SentAgain };
        let prepared = Box::pin(Prepared::new(workflow, stores)).await;
        server_faults.begin(n).await;
        let run = Box::pin(prepared.run(Plan::none(), &format!("{fault}, {aftermath:?}"))).await;
        server_faults.end().await;
        Box::pin(run.disturbed(&undisturbed.outcome, Failure::Store, aftermath)).await;
    }
}
