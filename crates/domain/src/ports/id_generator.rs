//! Fresh ids.

use crate::model::{AdminId, DocumentId, NodeId, OrganizationId, SessionId, TokenId};

/// Makes ids. Each MUST be unique and, compared as text, greater than those made before it in this
/// process (`UUIDv7`, RFC 9562).
pub trait IdGenerator: Send + Sync {
    /// For a new organization.
    fn organization(&self) -> OrganizationId;
    /// For a new admin.
    fn admin(&self) -> AdminId;
    /// For a new document.
    fn document(&self) -> DocumentId;
    /// For a new login.
    fn session(&self) -> SessionId;
    /// For a new token.
    fn token(&self) -> TokenId;
    /// For a process that serves.
    fn node(&self) -> NodeId;
}
