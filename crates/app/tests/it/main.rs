//! The real binary, as its users meet it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what is unexpected fails the test")]

mod api;
mod cli;
mod config;
mod hostile;
mod kill9;
mod names;
mod readme;
mod shutdown;
mod support;
