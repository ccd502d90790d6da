//! What the services of the reference APIs do wrong, seen while they ran, and the tests that show that it is right
//! here. Those of this directory are named after their point, and ask through the dialect and through version 1.
//!
//! | point | shown by |
//! |---|---|
//! | 1: a rename onto another's name | [`names`]; [`enterprise`]; `app/tests/it/races/renames.rs` |
//! | 2: a rename beside writes | `app/tests/it/races/renames.rs` |
//! | 3: a rename of many documents | `port-contracts`, in the suite of the tenant store; `xtask/src/bench` |
//! | 4: kill -9 in the middle | `app/tests/it/kill9.rs`; `port-contracts/tests` |
//! | 5: a rename and a taken address in one request | [`names`]; `compat/org/update.rs` |
//! | 6: two renames at once, a rename beside a delete | `app/tests/it/races/renames.rs` |
//! | 7: many creates of one name | [`enterprise`]; `app/tests/it/races/creates.rs` |
//! | 8: a delete that names another | [`names`]; `compat/org/delete.rs` |
//! | 9: hashing that holds up everything else | `adapters-security/src/hash_pool.rs`; `app/tests/it` |
//! | 10: guesses, and who has an account | [`logins`]; `guessing.rs`; `app/tests/it/login_timing.rs` |
//! | 11: tokens that outlive their reason | [`tokens`]; `adapters-security/src/token_issuer/tests/attacks.rs` |
//! | 12: bodies that are too large, or told back | [`bodies`]; `compat/org/create.rs`; `app/tests/it/hostile.rs` |
//! | 13: a database that is frozen | `app/tests/it/mongodb/outage.rs`; `compat/health.rs` |
//! | 14: limits that do not hold, and any origin | [`limits`]; [`enterprise`]; `limits.rs`; `cors.rs` |
//! | 15: names in other scripts | [`scripts`]; [`enterprise`]; `app/tests/it/names.rs` |

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
