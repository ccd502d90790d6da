//! Runs a MongoDB on loopback for tests and for `cargo run`, until Ctrl-C.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

use std::io::stdin;
use std::{env, io};

use anyhow::Result;
use local_mongod::{Options, TEST_URL};
use tokio::signal::ctrl_c;

/// Ends the server when standard input ends, which is when the process that started it ends.
const UNTIL_STDIN_CLOSES: &str = "--until-stdin-closes";

fn main() -> Result<()> {
    eprintln!("mongod: starting one; if there is none on this machine, it is downloaded once");
    let runtime = tokio::runtime::Runtime::new()?;
    // A replica set of one member is the least that all tests need.
    let mut server = runtime.block_on(Options::replica_set(1).start())?;
    let url = server.url();
    println!("mongod: {url}");
    println!("tests:  export {TEST_URL}='{url}'");
    println!("server: MONGODB_URL='{url}' cargo run --release");
    if env::args().any(|argument| argument == UNTIL_STDIN_CLOSES) {
        io::copy(&mut stdin().lock(), &mut io::sink())?;
    } else {
        println!("Ctrl-C stops it and removes its data.");
        runtime.block_on(ctrl_c())?;
    }
    server.check()
}
