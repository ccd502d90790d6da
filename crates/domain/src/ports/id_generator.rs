//! Fresh ids and secrets.

use super::BoxError;
use crate::model::{AdminId, DocumentId, EventId, NodeId, OrganizationId, SessionId, TokenId};

/// Makes ids. Each MUST be unique and, compared as text, greater than those made before it in this
/// process (`UUIDv7`, RFC 9562).
pub trait IdGenerator: Send + Sync {
    /// For a new organization.
    fn organization(&self) -> OrganizationId;
    /// For a new admin.
    fn admin(&self) -> AdminId;
    /// For a new document.
    fn document(&self) -> DocumentId;
    /// For an event of an audit trail.
    fn event(&self) -> EventId;
    /// For a new login.
    fn session(&self) -> SessionId;
    /// For a new token.
    fn token(&self) -> TokenId;
    /// For a process that serves.
    fn node(&self) -> NodeId;

    /// 256 bits that nobody can guess: MUST come from a source that is fit for secrets, and never be the
    /// same again.
    ///
    /// # Errors
    /// When the system has no random numbers.
    fn random(&self) -> Result<[u8; 32], BoxError>;
}
