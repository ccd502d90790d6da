//! Actors, targets and trails of events.

use serde::{Deserialize, Serialize};

use crate::model::{Admin, AdminId, DocumentId, KeyId, OrganizationId, SessionId};

/// A trail, one chain of events: one for each organization, which outlives it, and one for the
/// installation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Option<OrganizationId>", into = "Option<OrganizationId>")]
pub enum Trail {
    /// Events without an organization: keys, and logins with unknown addresses.
    Installation,
    /// Events of an organization.
    Organization(OrganizationId),
}

impl Trail {
    /// The key of the trail in a store: the id, or an empty text.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Installation => "",
            Self::Organization(id) => id.as_str(),
        }
    }

    /// The name of the trail in logs: the id, or `installation`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Installation => "installation",
            Self::Organization(id) => id.as_str(),
        }
    }

    /// The trail with this key.
    ///
    /// # Errors
    /// When the key is neither empty nor an id.
    pub fn of_key(key: &str) -> Result<Self, crate::model::Invalid> {
        if key.is_empty() {
            Ok(Self::Installation)
        } else {
            OrganizationId::parse(key).map(Self::Organization)
        }
    }
}

impl From<Option<OrganizationId>> for Trail {
    fn from(id: Option<OrganizationId>) -> Self {
        id.map_or(Self::Installation, Self::Organization)
    }
}

impl From<Trail> for Option<OrganizationId> {
    fn from(trail: Trail) -> Self {
        match trail {
            Trail::Installation => None,
            Trail::Organization(id) => Some(id),
        }
    }
}

/// Kind of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An admin of the organization.
    Admin,
    /// The operator of this installation.
    Operator,
    /// A client that is not authenticated.
    Anonymous,
    /// The service itself.
    System,
}

/// The actor of an event, with its name at that time. The members are in canonical order (RFC 8785,
/// section 3.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditActor {
    id: Option<AdminId>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: ActorKind,
}

impl AuditActor {
    /// An admin, named by its address: display names are not unique.
    #[must_use]
    pub fn admin(admin: &Admin) -> Self {
        let name = admin.email().to_string();
        Self { kind: ActorKind::Admin, id: Some(admin.id().clone()), name: Some(name) }
    }

    /// The operator of this installation.
    #[must_use]
    pub fn operator() -> Self {
        Self { kind: ActorKind::Operator, id: None, name: None }
    }

    /// A client that is not authenticated.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { kind: ActorKind::Anonymous, id: None, name: None }
    }

    /// The service itself.
    #[must_use]
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: None, name: None }
    }
}

/// Kind of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum TargetKind {
    Organization,
    Admin,
    Session,
    Document,
    Key,
    OperatorToken,
}

/// The target of an event. The members are in canonical order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTarget {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: TargetKind,
}

impl AuditTarget {
    /// An organization.
    #[must_use]
    pub fn organization(id: &OrganizationId) -> Self {
        Self { kind: TargetKind::Organization, id: Some(id.to_string()) }
    }

    /// An admin; none if no admin has the submitted address. That address is not recorded: a form
    /// field may contain anything, also a password.
    #[must_use]
    pub fn admin(id: Option<&AdminId>) -> Self {
        Self { kind: TargetKind::Admin, id: id.map(ToString::to_string) }
    }

    /// A session of the actor; none for all of them.
    #[must_use]
    pub fn session(id: Option<&SessionId>) -> Self {
        Self { kind: TargetKind::Session, id: id.map(ToString::to_string) }
    }

    /// A document of the organization.
    #[must_use]
    pub fn document(id: &DocumentId) -> Self {
        Self { kind: TargetKind::Document, id: Some(id.to_string()) }
    }

    /// A refused operator token; the token itself is not recorded.
    #[must_use]
    pub fn operator_token() -> Self {
        Self { kind: TargetKind::OperatorToken, id: None }
    }

    /// A signing key for tokens.
    #[must_use]
    pub fn key(id: &KeyId) -> Self {
        Self { kind: TargetKind::Key, id: Some(id.to_string()) }
    }
}
