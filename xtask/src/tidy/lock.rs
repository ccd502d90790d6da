//! Versions of packages in the lock files of the workspace and of the fuzz targets.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::finding::Finding;

/// Packages that both lock files contain must have a common version.
pub(super) fn check(root: &Path, crate_directory: &Path) -> Result<Vec<Finding>> {
    let file = crate_directory.join("Cargo.lock");
    let workspace = fs::read_to_string(root.join("Cargo.lock"))?;
    let found = strangers(&workspace, &fs::read_to_string(&file)?);
    let message = |package: String| {
        format!(
            "{package} is not what the workspace has; copy its Cargo.lock here and run cargo here"
        )
    };
    Ok(found
        .into_iter()
        .map(|(line, package)| Finding::error(&file, line, message(package)))
        .collect())
}

/// Line (from 1), name and version of each package in `lock` of which `workspace` has only other
/// versions.
fn strangers(workspace: &str, lock: &str) -> Vec<(usize, String)> {
    let mut known: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, name, version) in packages(workspace) {
        known.entry(name).or_default().push(version);
    }
    let strange = |(_, name, version): &(usize, &str, &str)| {
        known.get(name).is_some_and(|versions| !versions.contains(version))
    };
    let found = packages(lock).filter(strange);
    found.map(|(line, name, version)| (line, format!("{name} {version}"))).collect()
}

fn packages(lock: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    let quoted = |line, key| str::strip_prefix(line, key)?.strip_suffix('"');
    let lines = lock.lines().enumerate();
    lines.zip(lock.lines().skip(1)).filter_map(move |((index, line), next)| {
        Some((index + 1, quoted(line, "name = \"")?, quoted(next, "version = \"")?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_have_must_agree() {
        let package = |name, version| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"x\"\n\n")
        };
        let workspace =
            package("both", "1.0.0") + &package("both", "2.0.0") + &package("ours", "1.0.0");
        let lock =
            package("both", "2.0.0") + &package("theirs", "3.0.0") + &package("ours", "1.0.1");
        assert_eq!(strangers(&workspace, &lock), [(12, "ours 1.0.1".to_owned())]);
    }
}
