//! Startup message of the server.

use std::io::{Write, stdout};
use std::net::SocketAddr;

use anyhow::{Context, Result};
use domain::model::Timestamp;
use serde_json::json;

use super::{reachable, scheme};
use crate::config::{Config, LogFormat, Store};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Listen addresses of a server.
pub(crate) struct Addresses {
    /// Address of the API.
    pub(crate) api: SocketAddr,
    /// Address of `/metrics`; the same unless `METRICS_BIND` is set.
    pub(crate) metrics: SocketAddr,
}

/// Prints the addresses and the store: as text, or as one line of JSON.
pub(crate) fn announce(config: &Config, addresses: &Addresses, now: Timestamp) -> Result<()> {
    let api = format!("{}://{}", scheme(config), reachable(addresses.api));
    let docs = format!("{api}/docs");
    let metrics = match config.metrics_bind {
        None => format!("{api}/metrics"),
        Some(_) => format!("http://{}/metrics", reachable(addresses.metrics)),
    };
    let data = match &config.store {
        Store::Embedded(directory) => format!("{} (embedded store)", directory.display()),
        Store::Mongodb { database, .. } => format!("database {database} (MongoDB)"),
        Store::Memory => "in memory, lost when the server stops".to_owned(),
    };
    let text = match config.log_format {
        LogFormat::Text => format!(
            "Tenantry {VERSION}\n\
             API      {api}\n\
             Docs     {docs}\n\
             Metrics  {metrics}\n\
             Data     {data}"
        ),
        LogFormat::Json => json!({
            "timestamp": now,
            "level": "INFO",
            "message": "serving",
            "version": VERSION,
            "api": api,
            "docs": docs,
            "metrics": metrics,
            "data": data,
        })
        .to_string(),
    };
    writeln!(stdout(), "{text}").context("can't write to the standard output")
}
