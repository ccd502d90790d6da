//! Actor of a stored record.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AdminId;

/// The actor of an operation, as records store it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// An admin of the organization.
    Admin(AdminId),
    /// The operator of this installation.
    Operator,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admin(id) => id.fmt(f),
            Self::Operator => f.write_str("operator"),
        }
    }
}
