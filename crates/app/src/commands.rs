//! Commands of the binary, one file each.

mod adopt;
mod announce;
mod audit;
mod config_check;
mod doctor;
mod healthcheck;
mod keys;
mod open;
mod openapi;
mod reachable;
mod serve;

pub(crate) use adopt::{AdoptRequest, adopt};
pub(crate) use audit::{AuditAction, audit, verify};
pub(crate) use config_check::check_config;
pub(crate) use doctor::doctor;
pub(crate) use healthcheck::check_health;
pub(crate) use keys::keys;
pub(crate) use openapi::print_openapi;
pub(crate) use serve::serve;

use reachable::{reachable, scheme};
