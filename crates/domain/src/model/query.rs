//! Queries of lists: filters, orders, projections and pages.

mod budget;
mod filter;
mod page;
mod projection;
mod sort;
pub(super) mod value_order;

pub use budget::{Budget, Exhausted};
pub use filter::{Condition, FieldPath, Filter, ValueSet};
pub use page::{Page, PageSize};
pub use projection::Projection;
pub use sort::{DocumentQuery, Position, PositionTooLarge, Sort, SortKey};
pub use value_order::compare;
