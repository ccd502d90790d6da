//! Audit trails that an administrator of the database forges.

use std::sync::Arc;

use bson::doc;
use domain::model::{Seq, Trail};
use local_mongod::TestDatabase;
use port_contracts::trail_forgery::{Erased, Planted, StoreUnderAttack};

use super::{new_store, open};
use crate::json::to_document;
use crate::records::{encode, stored_position};
use crate::schema::{AUDIT_EVENTS, AUDIT_HEADS, POSITION, TRAIL, TRAIL_START};
use crate::store::MongoStore;

async fn subject() -> (StoreUnderAttack, TestDatabase) {
    let (store, database) = new_store().await;
    let attacker = open(&database).await.unwrap();
    let (erased, planted) = (attacker.clone(), attacker.clone());
    let subject = StoreUnderAttack {
        store: Arc::new(store),
        attacker: Arc::new(attacker),
        erase: Box::new(move |trail, what| Box::pin(erase(erased.clone(), trail, what))),
        plant: Box::new(move |trail, seq, what| Box::pin(plant(planted.clone(), trail, seq, what))),
    };
    (subject, database)
}

async fn erase(store: MongoStore, trail: Trail, what: Erased) {
    let (name, key) = match what {
        Erased::Events => (AUDIT_EVENTS, TRAIL),
        Erased::Heads => (AUDIT_HEADS, "_id.trail"),
    };
    let connection = store.connection().unwrap();
    let collection = connection.database.collection::<bson::Document>(name);
    collection.delete_many(doc! { key: trail.key() }).await.unwrap();
}

async fn plant(store: MongoStore, trail: Trail, seq: Seq, planted: Planted) {
    let collections = store.fixed_collections().unwrap();
    match planted {
        Planted::Head(head, begins) => {
            let id = doc! { "_id": { "trail": trail.key(), "seq": stored_position(seq) } };
            let mut document = id.clone();
            document.extend(encode(&head).unwrap());
            if begins {
                document.insert(TRAIL_START, true);
            }
            let heads = &collections.audit_heads;
            heads.replace_one(id, document).upsert(true).await.unwrap();
        }
        Planted::Unreadable => {
            let id = doc! { "_id": { "trail": trail.key(), "seq": stored_position(seq) } };
            let heads = &collections.audit_heads;
            heads.replace_one(id.clone(), id).upsert(true).await.unwrap();
        }
        Planted::Event(event) => {
            let there = doc! { TRAIL: trail.key(), POSITION: stored_position(seq) };
            let change = doc! { "$set": to_document(event.members()).unwrap() };
            collections.audit_events.update_one(there, change).await.unwrap();
        }
    }
}

port_contracts::trail_forgery!(guarded subject());
