//! The clients of docs/tenant-documents.md: runs its commands, and the example programs that it
//! quotes.

use std::process::Command;

use crate::readme::{blocks, expect, run};
use crate::support::Server;

mod python;

#[path = "../../examples/notes.rs"]
#[expect(dead_code, reason = "it is a program of its own")]
mod notes;

const PAGE: &str = include_str!("../../../../docs/tenant-documents.md");
const RUST: &str = include_str!("../../examples/notes.rs");
const PYTHON: &str = include_str!("../../../../docs/examples/notes.py");

/// The output of both programs.
const STORY: &str = r#"open: call the bank, file the taxes, water the plants
after 1 refused attempt: {"_id":"plants","text":"water the plants","due":3,"done":true,"by":"Bob"}
imported 3, skipped 0
imported 0, skipped 3
exported 7, of 7 documents
"#;

#[test]
fn the_commands_of_the_documentation_work() {
    let script = blocks(PAGE, "sh notes").join("\n");
    let shown = run(&script);
    assert!(expect(&script, &shown) >= 15);
}

#[tokio::test]
async fn the_rust_example_works() {
    let server = Server::start();
    let mut printed = Vec::new();
    notes::tell(&server.url(""), &mut printed).await.unwrap();
    assert_eq!(String::from_utf8(printed).unwrap(), STORY);
}

#[test]
fn the_python_example_works() {
    let found = Command::new("python3").arg("--version").output();
    assert!(found.is_ok(), "the client in Python needs python3, which is not installed");
    let server = Server::start();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/notes.py");
    let output = Command::new("python3").args([program, &server.url("")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), STORY);
}

#[test]
fn the_documentation_quotes_the_examples_exactly() {
    for (mark, program, least) in [("rust", RUST, 2), ("python", PYTHON, 2)] {
        let quoted = blocks(PAGE, mark);
        assert!(quoted.len() >= least, "{mark}");
        for block in quoted {
            assert!(program.contains(block), "another one than the program's:\n{block}");
        }
    }
}
