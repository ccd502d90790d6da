//! Work budget of a query.

use std::cell::Cell;

use thiserror::Error;

/// The work budget of a query, in steps: about the cost of comparing two values. Every
/// [`Budget::INTERVAL`] steps it checks whether the query may continue, so that a deadline or a
/// cancelled request ends the query anywhere, also within one document.
pub struct Budget<'a> {
    left: Cell<usize>,
    may_go_on: &'a dyn Fn() -> bool,
}

/// The query must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the budget of the query is exhausted")]
pub struct Exhausted;

impl<'a> Budget<'a> {
    /// The number of steps between two checks.
    pub const INTERVAL: usize = 1024;

    /// A budget that lasts as long as `may_go_on` returns true.
    #[must_use]
    pub fn new(may_go_on: &'a dyn Fn() -> bool) -> Self {
        Self { left: Cell::new(Self::INTERVAL), may_go_on }
    }

    /// Spends `steps`.
    ///
    /// # Errors
    /// [`Exhausted`] when the query must stop.
    pub fn spend(&self, steps: usize) -> Result<(), Exhausted> {
        if let Some(left) = self.left.get().checked_sub(steps) {
            self.left.set(left);
            return Ok(());
        }
        self.left.set(Self::INTERVAL);
        if (self.may_go_on)() { Ok(()) } else { Err(Exhausted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_checks_once_per_interval_and_ends_when_refused() {
        let asked = Cell::new(0);
        let may_go_on = || {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        let budget = Budget::new(&may_go_on);
        let steps = (0..).take_while(|_| budget.spend(1).is_ok()).count();
        assert_eq!((steps, asked.get()), (3 * Budget::INTERVAL + 2, 3));
        assert_eq!(budget.spend(Budget::INTERVAL + 1), Err(Exhausted));
    }
}
