//! Defects of the reference services, observed while they ran, and the tests that this server does
//! not have them. Tests in this directory are named after the number of the defect, and use both the
//! dialect and version 1. Paths are relative to `crates/`; `v1/` is `api-actix/tests/v1/`, and
//! `it/`, where the whole program runs, is `app/tests/it/`.
//!
//! | defect | tests |
//! |---|---|
//! | 1, a rename to a taken name | [`names`]; [`enterprise`]; `v1/compat/org/update.rs`; `it/races/renames.rs`; `port-contracts/src/crash.rs` (`rename_to_a_taken_name`) |
//! | 2, a rename during writes | `it/races/renames.rs`; `port-contracts/src/tenant_store/collections.rs` |
//! | 3, a rename of many documents | `it/mongodb/renames.rs`; `port-contracts/src/tenant_store/collections.rs`; `adapters-mongo/src/tests/unfenced.rs` |
//! | 4, SIGKILL during a change | `it/kill9.rs`; `port-contracts/src/crash.rs`, for every store |
//! | 5, a rename together with a taken address | [`names`]; `v1/compat/org/update.rs`; `port-contracts/src/accounts.rs` |
//! | 6, concurrent renames, a rename during a deletion | `it/races/renames.rs`; `port-contracts/src/organization_repo/writes.rs` |
//! | 7, concurrent creates of one name | [`enterprise`]; `it/races/creates.rs` |
//! | 8, a deletion that names another organization | [`names`]; `v1/compat/org/delete.rs`; `v1/isolation.rs` |
//! | 9, password hashing that blocks other requests | `it/races/creates.rs`; `adapters-security/src/hash_pool.rs` |
//! | 10, brute-force attacks and account enumeration | [`logins`]; `v1/login_throttle.rs`; `it/login_throttle.rs`; `it/login_timing.rs` |
//! | 11, tokens that stay valid too long | [`tokens`]; `v1/tokens.rs`; `it/hostile.rs`; `adapters-security/src/token_issuer/tests/attacks.rs` |
//! | 12, large bodies, and echoed bodies | [`bodies`]; `v1/compat/org/create.rs`; `v1/bodies.rs`; `it/hostile.rs` |
//! | 13, a frozen database | `v1/compat/health.rs`; `it/mongodb/outage.rs` |
//! | 14, rate limits that are not enforced, and CORS for any origin | [`limits`]; [`enterprise`]; `v1/limits.rs`; `v1/cors.rs`; `it/limits.rs` |
//! | 15, names in other scripts | [`scripts`]; [`enterprise`]; `it/names.rs` |

mod bodies;
mod enterprise;
mod limits;
mod logins;
mod names;
mod scripts;
mod tokens;

use std::fmt::Write;

use super::Tenant;
use crate::support::{Server, get, post};

/// Adds documents to an organization, and returns its export.
async fn fill(server: &Server, tenant: &Tenant, documents: usize) -> String {
    let mut lines = String::new();
    for n in 0..documents {
        writeln!(lines, "{{\"_id\":\"{n:05}\",\"of\":\"{}\"}}", tenant.id).unwrap();
    }
    let import = post(&format!("/v1/organizations/{}/documents/import", tenant.id));
    let import = import.header("Content-Type", "application/x-ndjson").body(lines.clone());
    let response = server.send(import.token(&tenant.token)).await;
    assert_eq!(response.json()["inserted"], documents, "{}", response.text());
    assert_eq!(exported(server, tenant).await, lines);
    lines
}

/// The documents of an organization.
async fn exported(server: &Server, tenant: &Tenant) -> String {
    let path = format!("/v1/organizations/{}/documents/export", tenant.id);
    let response = server.send(get(&path).token(&tenant.token)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.text()
}
