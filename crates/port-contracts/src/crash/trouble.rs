//! One workflow, on a store that fails from within.

use async_trait::async_trait;

use super::run::{Aftermath, Failure, Prepared};
use super::stores::Stores;
use super::workflow::Workflow;
use crate::faults::Plan;

/// What can go wrong inside of a store.
#[async_trait]
pub trait Trouble: Send + Sync {
    /// Begins to watch what the store is asked to do.
    async fn watch(&self);

    /// Every way in which that may go wrong what it was asked to do since, in words.
    async fn ways(&self) -> Vec<String>;

    /// Lets it go wrong in one of these ways, counted from 0, from now on.
    async fn begin(&self, way: usize);

    /// Lets everything go well again. What was asked for before has happened, for everybody to see, or will
    /// not happen any more.
    async fn end(&self);
}

/// Runs `workflow` undisturbed, and with every trouble. Whether the request was carried out may stay unknown,
/// but nobody is told what is not true.
pub(super) async fn exhaust(workflow: &Workflow, stores: &Stores, trouble: &dyn Trouble) {
    let prepared = Box::pin(Prepared::new(workflow, stores)).await;
    trouble.watch().await;
    let undisturbed = Box::pin(prepared.run(Plan::none(), "undisturbed")).await;
    let ways = trouble.ways().await;
    assert!(!ways.is_empty(), "nothing can go wrong with {workflow:?}");
    Box::pin(undisturbed.carried_out()).await;
    for (n, way) in ways.iter().enumerate() {
        // On a slow store every other way, which with another number of ways is another one.
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
