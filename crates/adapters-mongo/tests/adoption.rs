//! Adoption of a legacy database, on a real MongoDB.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

#[path = "support/one_database.rs"]
mod one_database;

use one_database::OneDatabase;

port_contracts::adoption!(guarded async { (OneDatabase::new().await, ()) });
