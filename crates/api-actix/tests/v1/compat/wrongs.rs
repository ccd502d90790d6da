//! What the services of the reference APIs do wrong, seen while they ran, and the tests that show that it is right
//! here. Those of this directory are named after their point, and ask through the dialect and through version 1.
//! Files are below `crates/`; `v1/` is `api-actix/tests/v1/`, and `it/` is `app/tests/it/`, where the whole program runs.
//!
//! | point | shown by |
//! |---|---|
//! | 1, a rename onto another's name | [`names`]; [`enterprise`]; `v1/compat/org/update.rs`; `it/races/renames.rs`; `port-contracts/src/crash.rs` (`rename_to_a_taken_name`) |
//! | 2, a rename beside writes | `it/races/renames.rs`; `port-contracts/src/tenant_store/collections.rs` |
//! | 3, a rename of many documents | `it/mongodb/renames.rs`; `port-contracts/src/tenant_store/collections.rs`; `adapters-mongo/src/tests/unfenced.rs` |
//! | 4, kill -9 in the middle | `it/kill9.rs`; `port-contracts/src/crash.rs`, which every store runs |
//! | 5, a rename and a taken address at once | [`names`]; `v1/compat/org/update.rs`; `port-contracts/src/accounts.rs` |
//! | 6, two renames at once, a rename beside a delete | `it/races/renames.rs`; `port-contracts/src/organization_repo/writes.rs` |
//! | 7, many creates of one name | [`enterprise`]; `it/races/creates.rs` |
//! | 8, a delete that names another | [`names`]; `v1/compat/org/delete.rs`; `v1/isolation.rs` |
//! | 9, hashes in the way of everything else | `it/races/creates.rs`; `adapters-security/src/hash_pool.rs` |
//! | 10, guesses, and who has an account | [`logins`]; `v1/guessing.rs`; `it/guessing.rs`; `it/login_timing.rs` |
//! | 11, tokens that outlive their reason | [`tokens`]; `v1/tokens.rs`; `it/hostile.rs`; `adapters-security/src/token_issuer/tests/attacks.rs` |
//! | 12, bodies that are large, or told back | [`bodies`]; `v1/compat/org/create.rs`; `v1/bodies.rs`; `it/hostile.rs` |
//! | 13, a database that is frozen | `v1/compat/health.rs`; `it/mongodb/outage.rs` |
//! | 14, limits that do not hold, and any origin | [`limits`]; [`enterprise`]; `v1/limits.rs`; `v1/cors.rs`; `it/limits.rs` |
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

/// Gives an organization documents, and returns them as they are exported.
async fn fill(server: &Server, tenant: &Tenant, documents: usize) -> String {
    let mut lines = String::new();
    for n in 0..documents {
        writeln!(lines, "{{\"_id\":\"{n:05}\",\"of\":\"{}\"}}", tenant.id).unwrap();
    }
    let import = post(&format!("/v1/organizations/{}/documents/import", tenant.id));
    let import = import.header("Content-Type", "application/x-ndjson").body(lines.clone());
    let answer = server.send(import.token(&tenant.token)).await;
    assert_eq!(answer.json()["inserted"], documents, "{}", answer.text());
    assert_eq!(exported(server, tenant).await, lines);
    lines
}

/// The documents of an organization.
async fn exported(server: &Server, tenant: &Tenant) -> String {
    let path = format!("/v1/organizations/{}/documents/export", tenant.id);
    let answer = server.send(get(&path).token(&tenant.token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}
