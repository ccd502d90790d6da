//! The real binary, as its users meet it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what is unexpected fails the test")]

mod api;
mod capacity;
mod cli;
mod config;
mod doctor;
mod hostile;
mod kill9;
mod limits;
mod metrics;
mod mongodb;
mod names;
mod races;
mod readme;
mod shutdown;
mod support;
