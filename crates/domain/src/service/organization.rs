//! Use cases of organizations.

mod accounts;
mod capacity;
mod directory;
mod lifecycle;
pub(super) mod organizations;

pub use accounts::{AccountChange, Accounts};
pub use capacity::{Capacity, CollectionUsage, PlacementPolicy, PlacementRules};
pub use directory::{Directory, Entry};
pub use lifecycle::{Driven, Lifecycle, Recovered, Scope};
pub use organizations::{CreateOrganization, NewOwner, Organizations, Signup};
