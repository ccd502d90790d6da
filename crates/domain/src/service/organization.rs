//! Use cases of organizations.

mod accounts;
mod capacity;
mod lifecycle;
pub(super) mod organizations;
mod public_organizations;

pub use accounts::{AccountChange, Accounts};
pub use capacity::{Capacity, CollectionUsage, PlacementPolicy, PlacementRules};
pub use lifecycle::{DriveOutcome, Lifecycle, Recovered, Scope};
pub use organizations::{CreateOrganization, NewOwner, Organizations, Signup};
pub use public_organizations::{PublicOrganization, PublicOrganizations};
