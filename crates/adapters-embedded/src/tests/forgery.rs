//! Audit trails that an attacker with write access to the file forges.

use std::sync::Arc;

use domain::model::Trail;
use domain::ports::StoreError;
use port_contracts::trail_forgery::{Erased, StoreUnderAttack};

use crate::EmbeddedStore;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS, AUDIT_SIGNED_HEADS, AUDIT_STARTS};

fn subject() -> StoreUnderAttack {
    let store = EmbeddedStore::in_memory().unwrap();
    let erased = store.clone();
    StoreUnderAttack {
        store: Arc::new(store.clone()),
        attacker: Arc::new(store),
        erase: Box::new(move |trail, what| Box::pin(erase(erased.clone(), trail, what))),
    }
}

async fn erase(store: EmbeddedStore, trail: Trail, what: Erased) {
    let write = store.write::<(), StoreError>(move |tx| {
        let places = (trail.key(), 0)..=(trail.key(), u64::MAX);
        match what {
            Erased::Events => {
                tx.open_table(AUDIT_EVENTS)?.retain_in(places, |_, _| false)?;
                let mut ids = tx.open_table(AUDIT_EVENT_IDS)?;
                ids.retain(|(_, of), ()| of != trail.key())?;
            }
            Erased::Heads => {
                tx.open_table(AUDIT_SIGNED_HEADS)?.retain_in(places, |_, _| false)?;
                tx.open_table(AUDIT_STARTS)?.remove(trail.key())?;
            }
        }
        Ok(())
    });
    write.await.unwrap();
}

port_contracts::trail_forgery!(async { subject() });
