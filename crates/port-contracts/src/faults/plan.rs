//! Fault plans: what fails, and when.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::ports::StoreError;

/// Whether a failure comes before or after the effect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The call has no effect.
    Before,
    /// The call has its effect, and the caller does not learn of it.
    After,
}

/// Faults of the calls of all ports that share this plan. Calls are numbered from 1.
#[derive(Clone)]
pub struct Plan(Arc<State>);

struct State {
    mode: Mode,
    calls: AtomicUsize,
}

enum Mode {
    Healthy,
    Fail(usize, When),
    Crash(usize, When),
    Stall(usize, When, Meanwhile),
    Twice,
}

/// Actions of other processes while a call stalls.
type Meanwhile = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The fault of one call.
enum Fate<'a> {
    Answered,
    Fails(When),
    Stalls(When, &'a Meanwhile),
    Repeated,
}

impl Plan {
    /// No faults; calls are only counted.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Mode::Healthy)
    }

    /// The `n`-th call fails, and no other.
    #[must_use]
    pub fn fail(n: usize, when: When) -> Self {
        Self::new(Mode::Fail(n, when))
    }

    /// The process dies at the `n`-th call: this one fails, and all later ones before their effect.
    #[must_use]
    pub fn crash(n: usize, when: When) -> Self {
        Self::new(Mode::Crash(n, when))
    }

    /// The process stalls at the `n`-th call until `meanwhile` is over, and then continues
    /// normally.
    #[must_use]
    pub fn stall<F>(n: usize, when: When, meanwhile: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::new(Mode::Stall(n, when, Box::new(move || Box::pin(meanwhile()))))
    }

    /// Every call is made twice, and the second result is returned.
    #[must_use]
    pub fn twice() -> Self {
        Self::new(Mode::Twice)
    }

    /// Number of calls.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    fn new(mode: Mode) -> Self {
        Self(Arc::new(State { mode, calls: AtomicUsize::new(0) }))
    }

    /// Makes one call according to the plan.
    pub(super) async fn around<T, E, F>(&self, call: impl Fn() -> F) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
        F: Future<Output = Result<T, E>>,
    {
        match self.next_fate() {
            Fate::Answered => call().await,
            Fate::Fails(When::Before) => Err(injected()),
            Fate::Fails(When::After) => {
                drop(call().await);
                Err(injected())
            }
            Fate::Stalls(When::Before, meanwhile) => {
                meanwhile().await;
                call().await
            }
            Fate::Stalls(When::After, meanwhile) => {
                let answer = call().await;
                meanwhile().await;
                answer
            }
            Fate::Repeated => {
                drop(call().await);
                call().await
            }
        }
    }

    fn next_fate(&self) -> Fate<'_> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        match &self.0.mode {
            Mode::Fail(n, when) | Mode::Crash(n, when) if call == *n => Fate::Fails(*when),
            Mode::Crash(n, _) if call > *n => Fate::Fails(When::Before),
            Mode::Stall(n, when, meanwhile) if call == *n => Fate::Stalls(*when, meanwhile),
            Mode::Twice => Fate::Repeated,
            Mode::Healthy | Mode::Fail(..) | Mode::Crash(..) | Mode::Stall(..) => Fate::Answered,
        }
    }
}

fn injected<E: From<StoreError>>() -> E {
    StoreError::unavailable("injected by the test").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The result of each of three calls, and how often it had its effect.
    async fn three_calls(plan: &Plan) -> Vec<(bool, usize)> {
        let mut calls = Vec::new();
        for _ in 0..3 {
            let effects = AtomicUsize::new(0);
            let call = || async {
                effects.fetch_add(1, Ordering::SeqCst);
                Ok::<(), StoreError>(())
            };
            let answered = plan.around(call).await.is_ok();
            calls.push((answered, effects.into_inner()));
        }
        assert_eq!(plan.calls(), 3);
        calls
    }

    #[tokio::test]
    async fn plans_inject_their_faults() {
        let (answered, lost, refused) = ((true, 1), (false, 1), (false, 0));
        for (plan, expected) in [
            (Plan::none(), [answered, answered, answered]),
            (Plan::fail(2, When::Before), [answered, refused, answered]),
            (Plan::fail(2, When::After), [answered, lost, answered]),
            (Plan::crash(2, When::Before), [answered, refused, refused]),
            (Plan::crash(2, When::After), [answered, lost, refused]),
            (Plan::twice(), [(true, 2), (true, 2), (true, 2)]),
        ] {
            assert_eq!(three_calls(&plan).await, expected);
        }
    }

    #[tokio::test]
    async fn other_calls_proceed_while_one_stalls() {
        for (when, effects_before) in [(When::Before, 1), (When::After, 2)] {
            let (effects, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let plan = Plan::stall(2, when, {
                let (effects, seen) = (Arc::clone(&effects), Arc::clone(&seen));
                move || {
                    seen.store(effects.load(Ordering::SeqCst), Ordering::SeqCst);
                    std::future::ready(())
                }
            });
            for _ in 0..3 {
                let call = || async {
                    effects.fetch_add(1, Ordering::SeqCst);
                    Ok::<(), StoreError>(())
                };
                plan.around(call).await.unwrap();
            }
            let (effects, seen) = (effects.load(Ordering::SeqCst), seen.load(Ordering::SeqCst));
            assert_eq!((effects, seen), (3, effects_before), "{when:?}");
        }
    }
}
