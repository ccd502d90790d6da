//! The contracts of all ports, in memory and on a file.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

use adapters_embedded::EmbeddedStore;

macro_rules! every_port {
    ($fresh:expr) => {
        mod accounts {
            port_contracts::accounts!($fresh);
        }
        mod admin_repo {
            port_contracts::admin_repo!($fresh);
        }
        mod attempt_repo {
            port_contracts::attempt_repo!($fresh);
        }
        mod audit_log {
            port_contracts::audit_log!($fresh);
        }
        mod capacity {
            port_contracts::capacity!($fresh);
        }
        mod public_organizations {
            port_contracts::public_organizations!($fresh);
        }
        mod login_throttle {
            port_contracts::login_throttle!($fresh);
        }
        mod idempotency_repo {
            port_contracts::idempotency_repo!($fresh);
        }
        mod namespace_ledger {
            port_contracts::namespace_ledger!($fresh);
        }
        mod node_registry {
            port_contracts::node_registry!($fresh);
        }
        mod organization_repo {
            port_contracts::organization_repo!($fresh);
        }
        mod checkpoint_repo {
            port_contracts::checkpoint_repo!($fresh);
        }
        mod signing_key_repo {
            port_contracts::signing_key_repo!($fresh);
        }
        mod signing_keys {
            port_contracts::signing_keys!($fresh);
        }
        mod store_probe {
            port_contracts::store_probe!($fresh);
        }
        mod tenant_store {
            port_contracts::tenant_store!($fresh);
        }
        mod queries {
            port_contracts::queries!($fresh);
        }
        mod trail_keeping {
            port_contracts::trail_keeping!($fresh);
        }
    };
}

mod in_memory {
    every_port!(super::super::in_memory());
}

mod on_a_file {
    every_port!(super::super::on_a_file());
}

async fn in_memory() -> EmbeddedStore {
    EmbeddedStore::in_memory().unwrap()
}

/// The directory is removed immediately; the file exists as long as it is open.
async fn on_a_file() -> EmbeddedStore {
    let directory = tempfile::tempdir().unwrap();
    EmbeddedStore::open(directory.path()).unwrap()
}
