//! Who did something.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AdminId;

/// Who did something, as records keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// An admin of the organization.
    Admin(AdminId),
    /// Whoever runs this installation.
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
