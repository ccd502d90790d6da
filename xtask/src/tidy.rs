//! `cargo xtask tidy`: the project rules that no other tool checks.
//!
//! Errors fail the run: a dependency between crates that is not planned, a large import circle, a
//! crate without the workspace lints, an undocumented dependency, fuzz targets of other versions, a
//! `mod.rs`, an `allow` attribute, a banned phrase, a broken link in Markdown. Warnings do not: a
//! file or a function over its budget.

mod circles;
mod edges;
mod finding;
mod links;
mod lock;
mod manifests;
mod markdown;
mod sources;
mod words;

use anyhow::{Result, ensure};
use cargo_metadata::MetadataCommand;

use self::finding::Severity;
use crate::fuzz;
use crate::process::root;

/// Prints all findings. Fails if one of them is an error.
pub(crate) fn run() -> Result<()> {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    let mut findings = manifests::check_workspace(root())?;
    for package in metadata.workspace_packages() {
        findings.extend(edges::check(package)?);
        findings.extend(manifests::check_crate(&package.manifest_path)?);
        if let Some(directory) = package.manifest_path.parent() {
            findings.extend(sources::check(directory.as_std_path())?);
            findings.extend(circles::check(directory.as_std_path())?);
            findings.extend(words::check_crate(directory.as_std_path())?);
        }
    }
    let fuzz = root().join(fuzz::DIRECTORY);
    findings.extend(manifests::check_alone(&fuzz)?);
    findings.extend(lock::check(root(), &fuzz)?);
    findings.extend(sources::check(&fuzz)?);
    findings.extend(words::check(root())?);
    findings.extend(links::check(root())?);
    findings.sort();

    for finding in &findings {
        eprintln!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    println!("tidy: errors: {errors}, warnings: {}", findings.len() - errors);
    ensure!(errors == 0, "tidy found {errors} errors");
    Ok(())
}
