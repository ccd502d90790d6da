//! Dialect `org`.

mod account;
mod common;
mod create;
mod delete;
mod get;
mod login;
mod me;
mod pending;
mod update;
