//! Audit trails that an administrator of the database forges.

use std::sync::Arc;

use bson::doc;
use domain::model::Trail;
use local_mongod::TestDatabase;
use port_contracts::trail_forgery::{Erased, StoreUnderAttack};

use super::{fresh, open};
use crate::schema::{AUDIT_EVENTS, AUDIT_HEADS, TRAIL};
use crate::store::MongoStore;

async fn subject() -> (StoreUnderAttack, TestDatabase) {
    let (store, database) = fresh().await;
    let attacker = open(&database).await.unwrap();
    let erased = attacker.clone();
    let subject = StoreUnderAttack {
        store: Arc::new(store),
        attacker: Arc::new(attacker),
        erase: Box::new(move |trail, what| Box::pin(erase(erased.clone(), trail, what))),
    };
    (subject, database)
}

async fn erase(store: MongoStore, trail: Trail, what: Erased) {
    let (name, key) = match what {
        Erased::Events => (AUDIT_EVENTS, TRAIL),
        Erased::Heads => (AUDIT_HEADS, "_id.trail"),
    };
    let link = store.link().unwrap();
    let collection = link.database.collection::<bson::Document>(name);
    collection.delete_many(doc! { key: trail.key() }).await.unwrap();
}

port_contracts::trail_forgery!(guarded subject());
