//! Everything the ports promise, on the MongoDB that tests share, and on one that stands alone.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

use std::sync::atomic::{AtomicUsize, Ordering};

use adapters_mongo::{MongoConfig, MongoStore};
use local_mongod::{Deployment, Options, TestDatabase};
use tokio::sync::OnceCell;

macro_rules! every_port {
    ($fresh:expr) => {
        mod admin_repo {
            port_contracts::admin_repo!(guarded $fresh);
        }
        mod attempt_repo {
            port_contracts::attempt_repo!(guarded $fresh);
        }
        mod audit_log {
            port_contracts::audit_log!(guarded $fresh);
        }
        mod capacity {
            port_contracts::capacity!(guarded $fresh);
        }
        mod guessing {
            port_contracts::guessing!(guarded $fresh);
        }
        mod idempotency_repo {
            port_contracts::idempotency_repo!(guarded $fresh);
        }
        mod many_nodes {
            port_contracts::many_nodes!(guarded $fresh);
        }
        mod namespace_ledger {
            port_contracts::namespace_ledger!(guarded $fresh);
        }
        mod node_registry {
            port_contracts::node_registry!(guarded $fresh);
        }
        mod organization_repo {
            port_contracts::organization_repo!(guarded $fresh);
        }
        mod signed_head_repo {
            port_contracts::signed_head_repo!(guarded $fresh);
        }
        mod signing_key_repo {
            port_contracts::signing_key_repo!(guarded $fresh);
        }
        mod signing_keys {
            port_contracts::signing_keys!(guarded $fresh);
        }
        mod store_probe {
            port_contracts::store_probe!(guarded $fresh);
        }
        mod tenant_store {
            port_contracts::tenant_store!(guarded $fresh);
        }
        mod queries {
            port_contracts::queries!(guarded $fresh);
        }
        mod trail_keeping {
            port_contracts::trail_keeping!(guarded $fresh);
        }
    };
}

mod on_a_replica_set {
    every_port!(super::super::on_the_shared_server());
}

/// There, no write can be sent twice.
mod on_a_server_that_stands_alone {
    every_port!(super::super::on_a_server_that_stands_alone());
}

/// A store on a database of its own.
async fn on_the_shared_server() -> (MongoStore, TestDatabase) {
    let database = TestDatabase::fresh().await.unwrap();
    (open(database.url(), database.name()).await, database)
}

/// The same on a server that ends with this process, and takes its databases along.
async fn on_a_server_that_stands_alone() -> (MongoStore, ()) {
    static SERVER: OnceCell<Deployment> = OnceCell::const_new();
    static DATABASES: AtomicUsize = AtomicUsize::new(0);
    let server = SERVER.get_or_init(async || Options::standalone().start().await.unwrap()).await;
    let database = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    (open(server.url(), &database).await, ())
}

async fn open(url: &str, database: &str) -> MongoStore {
    let config = MongoConfig { url: url.into(), database: database.to_owned() };
    MongoStore::open(&config).await.unwrap()
}
