//! Generator of ids and random secrets.

use super::BoxError;
use crate::model::{AdminId, DocumentId, EventId, NodeId, OrganizationId, SessionId, TokenId};

/// Generates ids. Each id MUST be unique and, compared as text, greater than the ids generated
/// before it in this process (`UUIDv7`, RFC 9562).
pub trait IdGenerator: Send + Sync {
    /// Generates the id of an organization.
    fn organization(&self) -> OrganizationId;
    /// Generates the id of an admin.
    fn admin(&self) -> AdminId;
    /// Generates the id of a document.
    fn document(&self) -> DocumentId;
    /// Generates the id of an audit event.
    fn event(&self) -> EventId;
    /// Generates the id of a login session.
    fn session(&self) -> SessionId;
    /// Generates the id of a token.
    fn token(&self) -> TokenId;
    /// Generates the id of a server process.
    fn node(&self) -> NodeId;

    /// Returns 256 unpredictable bits. MUST use a cryptographically secure source and never return
    /// the same value twice.
    ///
    /// # Errors
    /// When the operating system provides no random numbers.
    fn random(&self) -> Result<[u8; 32], BoxError>;
}
