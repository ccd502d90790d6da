//! Dialect `org`.

mod account;
mod anywhere;
mod create;
mod delete;
mod get;
mod login;
mod me;
mod pending;
mod update;
