//! Logging to the standard error stream.

use std::io::{IsTerminal, stderr};

use anyhow::{Result, anyhow};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

use crate::config::LogFormat;

/// Starts logging events at `level` and above to the standard error stream.
///
/// # Errors
/// Fails if logging is already started.
pub(crate) fn start(level: LevelFilter, format: LogFormat) -> Result<()> {
    let lines = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal());
    let registry = registry().with(targets(level));
    let started = match format {
        LogFormat::Text => registry.with(lines).try_init(),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            registry.with(lines).try_init()
        }
    };
    started.map_err(|error| anyhow!("can't write logs: {error}"))
}

/// Log levels per target. Events of the HTTP server library are reduced: at `info` Tenantry logs
/// the same itself, and malformed HTTP requests are errors of clients.
fn targets(level: LevelFilter) -> Targets {
    let look_closely = level >= LevelFilter::DEBUG;
    let of = |quiet: LevelFilter| if look_closely { level } else { level.min(quiet) };
    Targets::new()
        .with_default(level)
        .with_target("actix_server", of(LevelFilter::WARN))
        .with_target("actix_http", of(LevelFilter::OFF))
}
