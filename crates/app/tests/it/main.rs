//! The binary, tested from outside.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what is unexpected fails the test")]

mod adopt;
mod api;
mod audit;
mod capacity;
mod cli;
mod clients;
mod config;
mod doctor;
mod edge;
mod hostile;
mod keys;
mod kill9;
mod limits;
mod login_throttle;
mod login_timing;
mod metrics;
mod mongodb;
mod races;
mod readme;
mod shutdown;
mod slow;
mod support;
mod tls;
