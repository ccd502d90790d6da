//! The contracts of all ports, on the shared MongoDB of tests and on a standalone server.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

use adapters_mongo::{MongoConfig, MongoStore};
use local_mongod::{Deployment, Options, TestDatabase};
use tokio::sync::OnceCell;

macro_rules! every_port {
    ($fresh:expr) => {
        mod accounts {
            port_contracts::accounts!(guarded $fresh);
        }
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
        mod public_organizations {
            port_contracts::public_organizations!(guarded $fresh);
        }
        mod login_throttle {
            port_contracts::login_throttle!(guarded $fresh);
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
        mod checkpoint_repo {
            port_contracts::checkpoint_repo!(guarded $fresh);
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

/// A standalone server does not support retryable writes.
mod on_a_server_that_stands_alone {
    every_port!(super::super::on_a_server_that_stands_alone());
}

/// A store with exclusive use of a database.
async fn on_the_shared_server() -> (MongoStore, TestDatabase) {
    opened(TestDatabase::reused().await.unwrap()).await
}

/// The same on a server that ends with this process.
async fn on_a_server_that_stands_alone() -> (MongoStore, TestDatabase) {
    static SERVER: OnceCell<Deployment> = OnceCell::const_new();
    let server = SERVER.get_or_init(async || Options::standalone().start().await.unwrap()).await;
    opened(TestDatabase::reused_on(server.url().to_owned()).await.unwrap()).await
}

async fn opened(database: TestDatabase) -> (MongoStore, TestDatabase) {
    let config =
        MongoConfig { url: database.url().to_owned().into(), database: database.name().to_owned() };
    (MongoStore::open(&config).await.unwrap(), database)
}
