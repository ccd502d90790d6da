//! One workflow with all possible failures.

use std::mem::discriminant;
use std::sync::Arc;

use domain::ports::StoreError;
use domain::service::{Caller, Error, Scope};

use super::audit_trails::{assert_audited, count_events};
use super::server_faults;
use super::snapshot::{View, snapshot};
use super::stores::{self, Stores};
use super::superseding::supersede_all_but_other;
use super::workflow::{Given, Outcome, Request, Workflow};
use super::world::{FREE, World, acme_id};
use crate::faults::{Plan, When};

/// Kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The process dies.
    Process,
    /// One call fails; the process continues.
    Call,
    /// The store fails internally.
    Store,
}

/// What follows the failure.
#[derive(Debug, Clone, Copy)]
pub(super) enum Aftermath {
    /// The process restarts, and recovers everything.
    Restart,
    /// Another node recovers work whose lease has expired.
    OtherNode,
    /// The client retries the request before any recovery.
    SentAgain,
}

/// Actions of other processes while the process stalls.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    /// Another node considers it dead, and recovers its work.
    Recovery,
    /// After that, the owner renames the organization.
    RecoveryAndRename,
    /// After that, the operator deletes the organization.
    RecoveryAndEnd,
    /// After that, the owner removes all other admins.
    RecoveryAndRemoval,
    /// Another organization has the requested address, but only until the recovery.
    TakenForAWhile,
    /// The operator suspends the organization, and can't finish any work that needs a name.
    Suspension,
    /// The operator deletes the organization in the same way.
    Deletion,
}

impl Meanwhile {
    const ALL: [Self; 3] = [Self::Recovery, Self::RecoveryAndRename, Self::RecoveryAndEnd];

    /// The cases that can affect a request.
    fn during(request: Request) -> impl Iterator<Item = Self> {
        let removal = request.changes_admins().then_some(Self::RecoveryAndRemoval);
        let taken = matches!(request, Request::Account { .. }).then_some(Self::TakenForAWhile);
        let superseding = [Self::Suspension, Self::Deletion].into_iter();
        let superseding = superseding.filter(move |_| request.needs_a_name());
        Self::ALL.into_iter().chain(removal).chain(taken).chain(superseding)
    }
}

/// On a slow store, only one of this many runs is executed.
const SLOW: usize = 7;

/// Runs `workflow` undisturbed, with every failure and every delay at every call, and with every
/// call made twice.
pub(super) async fn exhaust(workflow: Workflow, stores: Stores) {
    // Boxed: the futures of all workflows of a test would overflow the stack of a thread.
    Box::pin(exhausted(workflow, stores)).await;
}

async fn exhausted(workflow: Workflow, stores: Stores) {
    if let Some(server_faults) = stores.server_faults() {
        return Box::pin(server_faults::exhaust(&workflow, &stores, server_faults)).await;
    }
    let undisturbed = Run::new(&workflow, &stores, "undisturbed", |_| Plan::none()).await;
    undisturbed.assert_document_events().await;
    undisturbed.carried_out().await;
    let calls = undisturbed.plan.calls();
    assert!(calls > 0, "{workflow:?} makes no calls");
    for n in 1..=calls {
        for when in [When::Before, When::After] {
            let mut turn = n + usize::from(when == When::After);
            let mut has_its_turn = || {
                turn += 1;
                !stores.is_slow() || turn % SLOW == 0
            };
            for aftermath in [Aftermath::Restart, Aftermath::OtherNode, Aftermath::SentAgain] {
                for failure in [Failure::Process, Failure::Call] {
                    if !has_its_turn() {
                        continue;
                    }
                    let what = format!("{failure:?} {when:?} call {n} of {calls}, {aftermath:?}");
                    let plan = |_: &_| failure.plan(n, when);
                    let run = Run::new(&workflow, &stores, &what, plan).await;
                    Box::pin(run.disturbed(&undisturbed.outcome, failure, aftermath)).await;
                }
            }
            for meanwhile in Meanwhile::during(workflow.request) {
                if !has_its_turn() {
                    continue;
                }
                let what = format!("stalled {when:?} call {n} of {calls}, {meanwhile:?}");
                let plan = |world: &Arc<World>| stall(n, when, meanwhile, world);
                let run = Run::new(&workflow, &stores, &what, plan).await;
                run.delayed(&undisturbed.outcome, meanwhile).await;
            }
        }
    }
    let twice = Run::new(&workflow, &stores, "every call twice", |_| Plan::twice()).await;
    twice.repeated(&undisturbed.outcome).await;
}

impl Failure {
    fn plan(self, n: usize, when: When) -> Plan {
        match self {
            Self::Process => Plan::crash(n, when),
            Self::Call => Plan::fail(n, when),
            Self::Store => Plan::none(),
        }
    }
}

fn stall(n: usize, when: When, meanwhile: Meanwhile, world: &Arc<World>) -> Plan {
    let world = Arc::clone(world);
    Plan::stall(n, when, move || {
        let world = Arc::clone(&world);
        async move {
            let guest = match meanwhile {
                Meanwhile::TakenForAWhile => world.create(("Guest", FREE.1)).await.ok(),
                Meanwhile::Suspension => return supersede_all_but_other(&world, false).await,
                Meanwhile::Deletion => return supersede_all_but_other(&world, true).await,
                _ => None,
            };
            world.recover_after_the_lease("meanwhile").await;
            if let Some(guest) = guest {
                world.delete(guest.id()).await;
            }
            match meanwhile {
                Meanwhile::Recovery
                | Meanwhile::TakenForAWhile
                | Meanwhile::Suspension
                | Meanwhile::Deletion => {}
                Meanwhile::RecoveryAndRename => world.rename_all_but_other().await,
                Meanwhile::RecoveryAndEnd => world.delete_all_but_other().await,
                Meanwhile::RecoveryAndRemoval => world.remove_all_but_the_owner().await,
            }
        }
    })
}

/// A workflow that is ready to run, on a store of its own.
pub(super) struct Prepared<'a> {
    workflow: &'a Workflow,
    world: Arc<World>,
    caller: Option<Caller>,
}

/// One run of a workflow.
pub(super) struct Run<'a> {
    workflow: &'a Workflow,
    world: Arc<World>,
    plan: Plan,
    pub(super) outcome: Outcome,
    label: String,
}

impl<'a> Prepared<'a> {
    pub(super) async fn new(workflow: &'a Workflow, stores: &Stores) -> Self {
        let world = Arc::new(stores::world(stores, workflow.settings).await);
        let caller = Box::pin(workflow.request.caller(&world)).await.unwrap();
        Box::pin(workflow.given.prepare(&world)).await;
        Self { workflow, world, caller }
    }

    /// Sends the request to a process under `plan`; `what` describes the run.
    pub(super) async fn run(self, plan: Plan, what: &str) -> Run<'a> {
        let Self { workflow, world, caller } = self;
        let services = workflow.services(&world, &plan);
        let outcome = Box::pin(workflow.request.send(&services, caller.as_ref())).await;
        let label = format!("{:?} when {:?}: {what}", workflow.request, workflow.given);
        Run { workflow, world, plan, outcome, label }
    }
}

impl<'a> Run<'a> {
    async fn new(
        workflow: &'a Workflow,
        stores: &Stores,
        what: &str,
        plan: impl FnOnce(&Arc<World>) -> Plan,
    ) -> Self {
        let prepared = Prepared::new(workflow, stores).await;
        let plan = plan(&prepared.world);
        prepared.run(plan, what).await
    }

    /// Checks a run after which the request must have been carried out.
    pub(super) async fn carried_out(&self) {
        self.world.recover(Scope::All, &self.label).await;
        self.assert_done("recovered").await;
        self.send_again().await;
        self.assert_done("sent again").await;
        self.reuse_what_is_free().await;
    }

    /// Checks a run in which every call was made twice.
    async fn repeated(&self, undisturbed: &Outcome) {
        let Self { workflow, label, outcome, .. } = self;
        let refused = workflow.request.is_refused_when_repeated();
        let clean = refused && outcome.as_ref().is_err_and(is_clean);
        assert!(clean || alike(outcome, undisturbed), "{label}: answered {outcome:?}");
        self.carried_out().await;
    }

    /// Checks a run without failures, in which other processes were faster.
    async fn delayed(&self, undisturbed: &Outcome, meanwhile: Meanwhile) {
        let Self { workflow, label, outcome, .. } = self;
        let clean = outcome.as_ref().map_or_else(is_clean, |_| true);
        assert!(clean, "{label}: answered {outcome:?}");
        self.assert_document_events().await;
        self.world.recover_after_the_lease(label).await;
        let found = self.snapshot("recovered").await;
        if let Meanwhile::Recovery = meanwhile {
            let ended = matches!(workflow.given, Given::Deleting);
            let answered = ended || alike(outcome, undisturbed);
            assert!(answered, "{label}: answered {outcome:?} instead of {undisturbed:?}");
            assert_eq!(found, workflow.done, "{label}: {outcome:?}");
        }
        if let Meanwhile::TakenForAWhile = meanwhile {
            let expected = if outcome.is_ok() { &workflow.done } else { &workflow.undone };
            assert_eq!(found[0], expected[0], "{label}: {outcome:?}");
        }
    }

    /// Checks a run after which the request may or may not have been carried out.
    pub(super) async fn disturbed(
        &self,
        undisturbed: &Outcome,
        failure: Failure,
        aftermath: Aftermath,
    ) {
        let Self { label, outcome, .. } = self;
        let pending = matches!(outcome, Ok(Some(organization)) if organization.is_pending());
        let answered = self.reports_failure() || pending || alike(outcome, undisturbed);
        assert!(answered, "{label}: answered {outcome:?} instead of {undisturbed:?}");
        self.assert_document_events().await;
        match aftermath {
            Aftermath::Restart => {
                self.world.recover(Scope::All, label).await;
                self.assert_done_or_undone(undisturbed, failure).await;
            }
            Aftermath::OtherNode => {
                self.world.recover_after_the_lease(label).await;
                self.assert_done_or_undone(undisturbed, failure).await;
            }
            Aftermath::SentAgain => {
                Box::pin(self.send_again()).await;
                self.world.recover_after_the_lease(label).await;
                self.assert_done("sent again, then recovered").await;
            }
        }
        self.send_again().await;
        self.assert_done("recovered, then sent again").await;
        self.reuse_what_is_free().await;
    }

    /// A process that survives a failure checks its effect, and reports no error for work that will
    /// be carried out. The exception is a document, which can't be distinguished from an equal one
    /// of another client.
    async fn assert_done_or_undone(&self, undisturbed: &Outcome, failure: Failure) {
        let Self { workflow, label, outcome, .. } = self;
        let found = self.snapshot("recovered").await;
        let learns = failure == Failure::Call
            && undisturbed.is_ok()
            && !workflow.request.is_refused_when_repeated();
        let undone = found == workflow.undone && self.reports_failure();
        let done = found == workflow.done && !(learns && self.reports_failure());
        assert!(undone || done, "{label}: {outcome:?} left {found:#?}");
    }

    /// An acknowledged write of a document has exactly one event, and a refused one none. With an
    /// unknown outcome, the store may or may not have recorded it.
    async fn assert_document_events(&self) {
        let Some((action, id)) = self.workflow.request.document() else { return };
        let acme = self.world.ports.organizations.get(&acme_id()).await.unwrap().unwrap();
        let found = count_events(&self.world, &acme, action, id).await;
        let is_audited = match &self.outcome {
            Ok(_) => found == 1,
            Err(error) if is_clean(error) => found == 0,
            Err(_) => found <= 1,
        };
        assert!(is_audited, "{}: {:?} has {found} events", self.label, self.outcome);
    }

    fn reports_failure(&self) -> bool {
        matches!(self.outcome, Err(Error::Store(StoreError::Unavailable(_))))
    }

    /// Retries the request like a client without a response.
    async fn send_again(&self) {
        let services = self.workflow.services(&self.world, &Plan::none());
        let again = match Box::pin(self.workflow.request.caller(&self.world)).await {
            Ok(caller) => Box::pin(self.workflow.request.send(&services, caller.as_ref())).await,
            Err(refusal) => Err(refusal),
        };
        let answered = again.as_ref().map_or_else(is_clean, |_| true);
        assert!(answered, "{}: sent again, answered {again:?}", self.label);
    }

    /// The name and the address of an organization that is gone, or never existed, are free for
    /// others.
    async fn reuse_what_is_free(&self) {
        if let Some(owner) = self.workflow.frees {
            let reused = self.world.create(owner).await;
            assert!(reused.is_ok(), "{}: reuse of {owner:?}: {reused:?}", self.label);
            self.snapshot("reused").await;
        }
    }

    async fn assert_done(&self, moment: &str) {
        let found = self.snapshot(moment).await;
        assert_eq!(found, self.workflow.done, "{}: {moment}", self.label);
    }

    async fn snapshot(&self, moment: &str) -> Vec<View> {
        let label = format!("{}: {moment}", self.label);
        assert_audited(&self.world, &label).await;
        snapshot(&self.world, &label).await
    }
}

/// Whether the error tells a client what became of its request.
fn is_clean(error: &Error) -> bool {
    !matches!(error, Error::Store(_) | Error::Internal(_) | Error::Contended | Error::Overloaded)
}

fn alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Ok(_), Ok(_)) => true,
        (Err(one), Err(other)) => discriminant(one) == discriminant(other),
        _ => false,
    }
}
