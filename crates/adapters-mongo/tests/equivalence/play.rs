//! Runs one case on both stores and on the model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::model::{CollectionName, OrganizationId};
use port_contracts::fakes::Store;
use port_contracts::faults::Plan;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::contents::Contents;
use crate::installation::{Installation, RunResult};
use crate::known::Known;
use crate::model::{Contested, Context, Expected, Model, Outcome, View};
use crate::operations::{Case, Fault, Operation, Step, TenancySettings};

/// Longer than any lease.
const LONG_AFTER: Duration = Duration::from_secs(11 * 60);
/// The result after a fault, when the outcome is unknown.
const UNAVAILABLE: &str = "Store(Unavailable(\"injected by the test\"))";

/// Runs `case` on two empty stores, and compares them.
pub(crate) async fn play(case: Case, stores: [Arc<dyn Store>; 2]) -> TestCaseResult {
    let mut comparison = Comparison::new(case.settings, stores).await;
    for (n, step) in case.steps.iter().enumerate() {
        let played = comparison.step(step).await;
        played.map_err(|failed| TestCaseError::fail(format!("step {n}, {step:?}: {failed}")))?;
    }
    comparison.end().await
}

/// Two installations with the same inputs.
struct Comparison {
    settings: TenancySettings,
    one: Installation,
    other: Installation,
    /// The contents of both.
    contents: Contents,
    /// The organization of each collection that ever existed.
    owners: BTreeMap<CollectionName, OrganizationId>,
}

impl Comparison {
    async fn new(settings: TenancySettings, [one, other]: [Arc<dyn Store>; 2]) -> Self {
        let one = Installation::new(one, settings);
        let other = Installation::new(other, settings);
        let contents = Contents::read(&one.ports).await;
        Self { settings, one, other, contents, owners: BTreeMap::new() }
    }

    /// Applies the same step to both, and compares them with each other and with the model.
    async fn step(&mut self, step: &Step) -> TestCaseResult {
        let known = Known::from(&self.contents);
        let plans = [(); 2].map(|()| step.fault.map_or_else(Plan::none, Fault::plan));
        let result = self.one.execute(&step.operation, &known, &plans[0]).await;
        let other = self.other.execute(&step.operation, &known, &plans[1]).await;
        prop_assert_eq!(&result, &other, "answers");
        prop_assert_eq!(plans[0].calls(), plans[1].calls(), "calls");
        let after = self.same_contents().await?;
        self.compare_with_model(step, &known, &result, &after)?;
        self.contents = after;
        Ok(())
    }

    /// Finishes pending work on both, and looks for inconsistencies.
    async fn end(mut self) -> TestCaseResult {
        let recovery = Step { operation: Operation::Recover, fault: None };
        self.step(&recovery).await?;
        prop_assert_eq!(self.contents.inconsistency(self.settings.naming), None);
        for installation in [&self.one, &self.other] {
            installation.clock.advance(LONG_AFTER);
            let services = installation.services(&Plan::none());
            let findings = services.doctor.examine().await.unwrap();
            prop_assert!(findings.is_empty(), "{findings:?}");
        }
        Ok(())
    }

    async fn same_contents(&mut self) -> Result<Contents, TestCaseError> {
        let one = Contents::read(&self.one.ports).await;
        let other = Contents::read(&self.other.ports).await;
        prop_assert_eq!(&one, &other, "contents");
        for (name, collection) in &one.collections {
            let owner = self.owners.entry(name.clone()).or_insert(collection.owner.clone());
            prop_assert_eq!(&*owner, &collection.owner, "owner of {}", name);
        }
        Ok(one)
    }

    /// Compares the results and the contents with the expectations of the model.
    fn compare_with_model(
        &self,
        step: &Step,
        known: &Known,
        result: &RunResult,
        after: &Contents,
    ) -> TestCaseResult {
        let (before, after) = (Model::of(&self.contents), Model::of(after));
        let mut ids = after.organizations.keys();
        let newcomer = ids.find(|id| !before.organizations.contains_key(*id));
        let context = Context {
            settings: self.settings,
            id: &|n| known.id(n).to_string(),
            session: &|owner| self.one.organization_of(owner),
            quota_at_login: &|owner| self.one.quota_at_login(owner),
            newcomer: newcomer.map_or("nobody", String::as_str),
        };
        let mut expected = before.expected(&step.operation, &context);
        if step.fault.is_some() {
            expected.extend(before.superseding(&step.operation, &context));
        }
        let outcome = result.as_ref().map(View::of).map_err(String::as_str);
        let fits = match step.fault {
            None => {
                expected.iter().any(|expected| undisturbed(expected, &outcome, &before, &after))
            }
            Some(_) => disturbed(&expected, &outcome, &before, &after),
        };
        prop_assert!(fits, "told {outcome:?}, left {after:#?}, expected {expected:#?}");
        Ok(())
    }
}

fn undisturbed(expected: &Expected, outcome: &Outcome<'_>, before: &Model, after: &Model) -> bool {
    let left = after.pending().is_subset(&expected.after.pending());
    *outcome == expected.outcome && left && agree(before, after, &expected.after)
}

/// After a fault, either the outcome is known, or the request is finally executed completely or not
/// at all.
fn disturbed(expected: &[Expected], outcome: &Outcome<'_>, before: &Model, after: &Model) -> bool {
    let unknown = *outcome == Err(UNAVAILABLE);
    let outcome = outcome.clone().map(View::settled);
    expected.iter().any(|expected| {
        let as_told = outcome == expected.outcome.clone().map(View::settled);
        (unknown || as_told) && agree(before, after, &expected.after)
    }) || unknown && agree(before, after, before)
}

/// Whether `after` equals `expected` once nothing is pending.
fn agree(before: &Model, after: &Model, expected: &Model) -> bool {
    let mut contested = Contested::default();
    before.contest(&mut contested);
    after.contest(&mut contested);
    after.clone().settled(&contested) == expected.clone().settled(&contested)
}
