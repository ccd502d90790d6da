//! Allowed dependencies between crates.

use std::fs;

use anyhow::Result;
use cargo_metadata::{DependencyKind, Package};

use super::finding::Finding;

/// Every crate of the workspace, and the crates of the workspace it may depend on.
const EDGES: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("bulkhead", &[]),
    ("adapters-embedded", &["domain", "bulkhead"]),
    ("adapters-mongo", &["domain", "bulkhead"]),
    ("adapters-security", &["domain", "bulkhead"]),
    ("api-actix", &["domain", "bulkhead"]),
    ("app", &["domain", "api-actix", "adapters-embedded", "adapters-mongo", "adapters-security"]),
    ("port-contracts", &["domain"]),
    ("local-mongod", &[]),
    ("xtask", &[]),
];

/// Additional dependencies of tests, except in `domain`: there, each would add a second `domain`,
/// whose types are not those under test.
const TEST_EDGES: [&str; 5] =
    ["port-contracts", "adapters-embedded", "adapters-mongo", "adapters-security", "local-mongod"];

/// Compares the dependencies that `package` declares with the table.
pub(super) fn check(package: &Package) -> Result<Vec<Finding>> {
    let manifest = package.manifest_path.as_std_path();
    let text = fs::read_to_string(manifest)?;
    if allowed(&package.name).is_none() {
        let message = format!("`{}` is not in the table in xtask/src/tidy/edges.rs", package.name);
        return Ok(vec![Finding::error(manifest, 1, message)]);
    }
    let refused = package.dependencies.iter().filter(|dependency| {
        let ours = dependency.path.is_some();
        ours && !is_allowed(&package.name, &dependency.name, dependency.kind)
    });
    Ok(refused
        .map(|dependency| {
            let line = line_of(&text, &dependency.name, dependency.kind);
            let message = format!("`{}` must not depend on `{}`", package.name, dependency.name);
            Finding::error(manifest, line, message)
        })
        .collect())
}

fn allowed(from: &str) -> Option<&'static [&'static str]> {
    EDGES.iter().find(|(name, _)| *name == from).map(|(_, to)| *to)
}

fn is_allowed(from: &str, to: &str, kind: DependencyKind) -> bool {
    let in_tests = kind == DependencyKind::Development && from != "domain";
    allowed(from).is_some_and(|names| names.contains(&to)) || (in_tests && TEST_EDGES.contains(&to))
}

/// The line (from 1) that declares the dependency; 1 if it is written in a way not known here.
fn line_of(manifest: &str, dependency: &str, kind: DependencyKind) -> usize {
    let section = match kind {
        DependencyKind::Development => "[dev-dependencies]",
        DependencyKind::Build => "[build-dependencies]",
        _ => "[dependencies]",
    };
    let declares = |line: &str| {
        line.strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    let mut lines = manifest.lines().enumerate().skip_while(|(_, line)| line.trim() != section);
    lines.find(|(_, line)| declares(line)).map_or(1, |(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_planned_edges_are_allowed() {
        assert!(is_allowed("app", "adapters-security", DependencyKind::Normal));
        assert!(!is_allowed("domain", "api-actix", DependencyKind::Normal));
        assert!(!is_allowed("adapters-embedded", "adapters-security", DependencyKind::Normal));
        assert!(!is_allowed("adapters-embedded", "port-contracts", DependencyKind::Build));
        assert!(!is_allowed("newcomer", "domain", DependencyKind::Normal));
    }

    #[test]
    fn tests_may_use_the_contracts_and_the_adapters_except_in_domain() {
        assert!(is_allowed("adapters-embedded", "port-contracts", DependencyKind::Development));
        assert!(is_allowed("api-actix", "adapters-embedded", DependencyKind::Development));
        assert!(is_allowed("adapters-mongo", "local-mongod", DependencyKind::Development));
        assert!(!is_allowed("api-actix", "app", DependencyKind::Development));
        assert!(!is_allowed("domain", "port-contracts", DependencyKind::Development));
        assert!(!is_allowed("app", "local-mongod", DependencyKind::Normal));
    }

    #[test]
    fn a_refusal_points_at_its_line() {
        let manifest = "[dependencies]\ndomain-x = \"1\"\ndomain.workspace = true\n\n\
                        [dev-dependencies]\ndomain = { path = \"..\" }\n";
        assert_eq!(line_of(manifest, "domain", DependencyKind::Normal), 3);
        assert_eq!(line_of(manifest, "domain", DependencyKind::Development), 6);
        assert_eq!(line_of(manifest, "elsewhere", DependencyKind::Normal), 1);
    }
}
