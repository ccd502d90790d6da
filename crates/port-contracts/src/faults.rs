//! Fault injection: ports that fail, die or repeat themselves at a chosen call.

mod decorator;
mod plan;

pub use decorator::faulty;
pub use plan::{Plan, When};
