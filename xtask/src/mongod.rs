//! `cargo xtask mongod`: a MongoDB to work with, gone when the command is.

use anyhow::Result;
use local_mongod::{Deployment, Options, TEST_URL};
use tokio::runtime::Runtime;
use tokio::signal::ctrl_c;

/// Runs a server until Ctrl-C.
pub(crate) fn run() -> Result<()> {
    let server = start()?;
    let url = server.url();
    println!("mongod: {url}");
    println!("tests:  export {TEST_URL}='{url}'");
    println!("server: MONGODB_URL='{url}' cargo run --release");
    println!("Ctrl-C stops it and removes its data.");
    Runtime::new()?.block_on(ctrl_c())?;
    Ok(())
}

/// Starts a replica set of one member, which is the least that all of Tenantry's tests can do with.
pub(crate) fn start() -> Result<Deployment> {
    eprintln!("mongod: starting one; if there is none on this machine, it is downloaded once");
    Runtime::new()?.block_on(Options::replica_set(1).start())
}
