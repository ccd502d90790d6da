//! The commands of the README's tour are run as they stand, so that they can't rot.

use std::process::Command;

use crate::support::Server;

const README: &str = include_str!("../../../../README.md");
const ADDRESS: &str = "http://127.0.0.1:8000";
const OPERATOR: &str = "operator-token-of-the-readme-test-0123456789";

#[test]
fn the_tour_of_the_readme_works() {
    for program in ["bash", "curl"] {
        let found = Command::new(program).arg("--version").output();
        assert!(found.is_ok(), "the tour of the README needs {program}, which is not installed");
    }
    let server = Server::start_with(&[("OPERATOR_TOKEN", OPERATOR)]);
    let tour = tour();
    assert!(tour.len() >= 5, "the tour has {} blocks", tour.len());
    let script = tour.join("\n").replace(ADDRESS, &server.url(""));
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .env("OPERATOR_TOKEN", OPERATOR)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}\n{complaints}");
    // Each expectation is found after the one before it.
    let mut rest = &*shown;
    for expected in script.lines().filter_map(|line| line.strip_prefix("#=> ")) {
        let found = rest.find(expected);
        let at = found.unwrap_or_else(|| panic!("no {expected} in {rest}, of {shown}"));
        rest = &rest[at + expected.len()..];
    }
}

/// The blocks that are marked as the tour.
fn tour() -> Vec<&'static str> {
    let blocks = README.split("```sh tour\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default()).collect()
}
