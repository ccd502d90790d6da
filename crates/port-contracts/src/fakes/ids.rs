//! Ids that are the same in every run.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::model::{AdminId, DocumentId, EventId, NodeId, OrganizationId, SessionId, TokenId};
use domain::ports::{BoxError, IdGenerator};

/// Generates `id-00000001`, `id-00000002` and so on, for all kinds of ids.
#[derive(Debug, Default)]
pub struct SequentialIds {
    ids: AtomicUsize,
    secrets: AtomicUsize,
}

impl SequentialIds {
    fn next(&self) -> String {
        format!("id-{:08}", self.ids.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl IdGenerator for SequentialIds {
    fn organization(&self) -> OrganizationId {
        OrganizationId::parse(self.next()).unwrap()
    }

    fn admin(&self) -> AdminId {
        AdminId::parse(self.next()).unwrap()
    }

    fn document(&self) -> DocumentId {
        DocumentId::parse(self.next()).unwrap()
    }

    /// Numbered together with the secrets: names of collections follow from the other ids.
    fn event(&self) -> EventId {
        let number = self.secrets.fetch_add(1, Ordering::Relaxed);
        EventId::parse(format!("event-{number:08}")).unwrap()
    }

    fn session(&self) -> SessionId {
        SessionId::parse(self.next()).unwrap()
    }

    fn token(&self) -> TokenId {
        TokenId::parse(self.next()).unwrap()
    }

    fn random(&self) -> Result<[u8; 32], BoxError> {
        let mut bytes = [0; 32];
        let number = self.secrets.fetch_add(1, Ordering::Relaxed);
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Ok(bytes)
    }

    /// Without a number: no stored value is named after it.
    fn node(&self) -> NodeId {
        NodeId::parse("node").unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sequential() {
        let ids = SequentialIds::default();
        assert_eq!(ids.organization().as_str(), "id-00000001");
        assert_eq!(ids.document().as_str(), "id-00000002");
    }
}
