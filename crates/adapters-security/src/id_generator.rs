//! Ordered, unique ids.

use domain::model::{
    AdminId, DocumentId, EventId, Invalid, NodeId, OrganizationId, SessionId, TokenId,
};
use domain::ports::{BoxError, IdGenerator};
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

use crate::key_error::KeyError;

/// Generates `UUIDv7` ids (RFC 9562): globally unique, and in this process in ascending order,
/// across threads and even when the clock is set back. Their text has the same order.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidIds;

impl IdGenerator for UuidIds {
    fn organization(&self) -> OrganizationId {
        id(OrganizationId::parse)
    }

    fn admin(&self) -> AdminId {
        id(AdminId::parse)
    }

    fn document(&self) -> DocumentId {
        id(DocumentId::parse)
    }

    fn event(&self) -> EventId {
        id(EventId::parse)
    }

    fn session(&self) -> SessionId {
        id(SessionId::parse)
    }

    fn token(&self) -> TokenId {
        id(TokenId::parse)
    }

    fn random(&self) -> Result<[u8; 32], BoxError> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
        Ok(bytes)
    }

    fn node(&self) -> NodeId {
        id(NodeId::parse)
    }
}

/// `now_v7` counts within a millisecond and never goes back, under an internal lock.
#[expect(clippy::disallowed_methods, reason = "this is the IdGenerator port")]
fn id<T>(parse: impl FnOnce(String) -> Result<T, Invalid>) -> T {
    parse(Uuid::now_v7().to_string())
        .unwrap_or_else(|refusal| unreachable!("a UUID is a valid id: {refusal}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;

    use super::*;

    const THREADS: usize = 4;
    const EACH: usize = 10_000;

    #[test]
    fn every_id_is_a_uuid_of_version_7() {
        let ids = [
            UuidIds.organization().to_string(),
            UuidIds.admin().to_string(),
            UuidIds.document().to_string(),
            UuidIds.event().to_string(),
            UuidIds.session().to_string(),
            UuidIds.token().to_string(),
            UuidIds.node().to_string(),
        ];
        for id in ids {
            let uuid = Uuid::parse_str(&id).unwrap();
            assert_eq!(uuid.get_version_num(), 7);
            assert_eq!(uuid.to_string(), id, "hyphenated and in lower case");
        }
    }

    #[test]
    fn text_sorts_in_the_order_of_creation_across_threads_and_kinds() {
        let made = Mutex::new(Vec::new());
        let make = || {
            for _ in 0..EACH {
                let mut made = made.lock().unwrap();
                made.push(UuidIds.organization().to_string());
                made.push(UuidIds.token().to_string());
            }
        };
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(make);
            }
        });
        let made = made.into_inner().unwrap();
        assert_eq!(made.len(), 2 * THREADS * EACH);
        assert!(made.is_sorted_by(|a, b| a < b));
    }
}
