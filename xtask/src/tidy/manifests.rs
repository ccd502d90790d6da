//! Rules for every `Cargo.toml`.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::finding::Finding;

/// Every crate must use the lints of the workspace.
pub(super) fn check_crate(manifest: impl AsRef<Path>) -> Result<Option<Finding>> {
    let manifest = manifest.as_ref();
    let has_lints = has_workspace_lints(&fs::read_to_string(manifest)?);
    let message = "no `[lints]` section with `workspace = true`";
    Ok((!has_lints).then(|| Finding::error(manifest, 1, message)))
}

/// Every dependency in the table of the workspace must have a comment with its purpose.
pub(super) fn check_workspace(root: &Path) -> Result<Vec<Finding>> {
    check_table(&root.join("Cargo.toml"), "[workspace.dependencies]")
}

/// The same for the dependencies of a crate outside the workspace.
pub(super) fn check_alone(crate_directory: &Path) -> Result<Vec<Finding>> {
    check_table(&crate_directory.join("Cargo.toml"), "[dependencies]")
}

fn check_table(manifest: &Path, table: &str) -> Result<Vec<Finding>> {
    let text = fs::read_to_string(manifest)?;
    let message = |name| format!("`{name}` has no comment that says what it is for");
    Ok(uncommented_dependencies(&text, table)
        .map(|(line, name)| Finding::error(manifest, line, message(name)))
        .collect())
}

fn has_workspace_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

/// Line (from 1) and name of each dependency without a comment on its first line; our own crates
/// are known by their description.
fn uncommented_dependencies<'a>(
    manifest: &'a str,
    table: &str,
) -> impl Iterator<Item = (usize, &'a str)> {
    let table = manifest
        .lines()
        .enumerate()
        .skip_while(move |(_, line)| *line != table)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['));
    table.filter_map(|(index, line)| {
        let (name, value) = line.split_once('=')?;
        let starts_entry = name.starts_with(|first: char| first.is_ascii_alphanumeric());
        let explained = value.contains("path =") || value.contains(" # ");
        (starts_entry && !explained).then_some((index + 1, name.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_come_from_the_workspace() {
        assert!(has_workspace_lints("[package]\n\n[lints]\nworkspace = true\n"));
        assert!(!has_workspace_lints("[package]\n\n[lints]\n\n[dependencies]\n"));
        assert!(!has_workspace_lints("[package]\nname = \"x\"\n"));
    }

    #[test]
    fn dependencies_without_a_reason_are_found() {
        let manifest = "[workspace.dependencies]\n# Language\nours = { path = \"ours\" }\n\
                        good = \"1\" # a reason\nbad = \"2\"\n\n[profile.dev]\ndebug = true\n";
        let found: Vec<_> =
            uncommented_dependencies(manifest, "[workspace.dependencies]").collect();
        assert_eq!(found, [(5, "bad")]);
    }
}
