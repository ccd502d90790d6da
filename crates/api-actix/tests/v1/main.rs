//! Version 1 of the API, as a client sees it, over the embedded store in memory or on MongoDB.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

mod admins;
mod audit;
mod authentication;
mod bad_input;
mod bodies;
mod compat;
mod conditions;
mod cors;
mod documents;
mod failures;
mod framework;
mod guessing;
mod headers;
mod idempotency;
mod isolation;
mod limits;
mod log;
mod login;
mod metrics;
mod moving;
mod organizations;
mod pages;
mod passwords;
mod patterns;
mod pending;
mod queries;
mod replacements;
mod server;
mod serving;
mod sessions;
mod slow;
mod store;
mod support;
mod tokens;
mod walk;
