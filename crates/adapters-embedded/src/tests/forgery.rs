//! Audit trails that an attacker with write access to the file forges.

use std::sync::Arc;

use domain::model::{Seq, Trail};
use domain::ports::StoreError;
use port_contracts::trail_forgery::{Erased, Planted, StoreUnderAttack};

use crate::EmbeddedStore;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS, AUDIT_SIGNED_HEADS, AUDIT_STARTS};

fn subject() -> StoreUnderAttack {
    let store = EmbeddedStore::in_memory().unwrap();
    let (erased, planted) = (store.clone(), store.clone());
    StoreUnderAttack {
        store: Arc::new(store.clone()),
        attacker: Arc::new(store),
        erase: Box::new(move |trail, what| Box::pin(erase(erased.clone(), trail, what))),
        plant: Box::new(move |trail, seq, what| Box::pin(plant(planted.clone(), trail, seq, what))),
    }
}

async fn erase(store: EmbeddedStore, trail: Trail, what: Erased) {
    let write = store.write::<(), StoreError>(move |tx| {
        let positions = (trail.key(), 0)..=(trail.key(), u64::MAX);
        match what {
            Erased::Events => {
                tx.open_table(AUDIT_EVENTS)?.retain_in(positions, |_, _| false)?;
                let mut ids = tx.open_table(AUDIT_EVENT_IDS)?;
                ids.retain(|(_, of), ()| of != trail.key())?;
            }
            Erased::Heads => {
                tx.open_table(AUDIT_SIGNED_HEADS)?.retain_in(positions, |_, _| false)?;
                tx.open_table(AUDIT_STARTS)?.remove(trail.key())?;
            }
        }
        Ok(())
    });
    write.await.unwrap();
}

async fn plant(store: EmbeddedStore, trail: Trail, seq: Seq, planted: Planted) {
    let write = store.write::<(), StoreError>(move |tx| {
        let position = (trail.key(), seq.get());
        match planted {
            Planted::Head(head, begins) => {
                let json = serde_json::to_vec(&head).unwrap();
                tx.open_table(AUDIT_SIGNED_HEADS)?.insert(position, json.as_slice())?;
                if begins {
                    tx.open_table(AUDIT_STARTS)?.insert(trail.key(), seq.get())?;
                }
            }
            Planted::Unreadable => {
                tx.open_table(AUDIT_SIGNED_HEADS)?.insert(position, b"{}".as_slice())?;
            }
            Planted::Event(event) => {
                let json = serde_json::to_vec(&event).unwrap();
                tx.open_table(AUDIT_EVENTS)?.insert(position, json.as_slice())?;
            }
        }
        Ok(())
    });
    write.await.unwrap();
}

port_contracts::trail_forgery!(async { subject() });
