//! Runs the commands of the README's tour as they are written.

use std::process::Command;

use tempfile::TempDir;

use crate::support::Server;

const README: &str = include_str!("../../../../README.md");
const ADDRESS: &str = "http://127.0.0.1:8000";
const OPERATOR: &str = "operator-token-of-the-readme-test-0123456789";

#[test]
fn the_readme_tour_works() {
    let tour = blocks(README, "sh tour");
    assert!(tour.len() >= 5, "the tour has {} blocks", tour.len());
    let script = tour.join("\n");
    expect(&script, &run(&script));
}

/// The code blocks of a page in this language.
pub(crate) fn blocks(page: &'static str, mark: &str) -> Vec<&'static str> {
    let start = format!("```{mark}\n");
    let blocks = page.split(&start).skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default()).collect()
}

/// The output of the commands, sent to a test server instead of the one that they name.
pub(crate) fn run(script: &str) -> String {
    for program in ["bash", "curl"] {
        let found = Command::new(program).arg("--version").output();
        assert!(found.is_ok(), "the commands need {program}, which is not installed");
    }
    let server = Server::start_with(&[("OPERATOR_TOKEN", OPERATOR)]);
    let directory = TempDir::new().unwrap();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script.replace(ADDRESS, &server.url(""))])
        .env("OPERATOR_TOKEN", OPERATOR)
        .current_dir(directory.path())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}\n{complaints}");
    shown.into_owned()
}

/// Expects these lines in this order, and returns their number.
pub(crate) fn expect(script: &str, shown: &str) -> usize {
    let (mut rest, mut count) = (shown, 0);
    for expected in script.lines().filter_map(|line| line.strip_prefix("#=> ")) {
        let found = rest.find(expected);
        let at = found.unwrap_or_else(|| panic!("no {expected} in {rest}, of {shown}"));
        rest = &rest[at + expected.len()..];
        count += 1;
    }
    count
}
