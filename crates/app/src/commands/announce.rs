//! What a server says when it is ready.

use std::io::{Write, stdout};
use std::net::SocketAddr;

use anyhow::{Context, Result};
use domain::model::Timestamp;
use serde_json::json;

use super::reachable;
use crate::config::{Config, LogFormat, Store};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Says where everything is: lines for people, or one line of JSON for programs.
pub(crate) fn announce(config: &Config, address: SocketAddr, now: Timestamp) -> Result<()> {
    let api = format!("http://{}", reachable(address));
    let data = match &config.store {
        Store::Embedded(directory) => format!("{} (embedded store)", directory.display()),
        Store::Memory => "in memory, gone when the server stops".to_owned(),
    };
    let text = match config.log_format {
        LogFormat::Text => {
            format!("Tenantry {VERSION}\nAPI   {api}\nDocs  {api}/docs\nData  {data}")
        }
        LogFormat::Json => json!({
            "timestamp": now,
            "level": "INFO",
            "message": "serving",
            "version": VERSION,
            "api": api,
            "docs": format!("{api}/docs"),
            "data": data,
        })
        .to_string(),
    };
    writeln!(stdout(), "{text}").context("can't write to the standard output")
}
