//! What cargo builds: test binaries and programs.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Artifact, Message, TargetKind};

use crate::process::{cargo, describe};

/// An executable that cargo built.
pub(crate) struct Executable {
    /// The name of its package.
    pub(crate) package: String,
    /// The name of its target within the package.
    pub(crate) target: String,
    /// Whether it is a test binary; otherwise, it is a program.
    pub(crate) is_test: bool,
    pub(crate) file: PathBuf,
    /// The directory of its package, in which its tests run.
    pub(crate) directory: PathBuf,
}

/// Builds the test binaries that `selection` names, and the programs that they start. All packages
/// of the workspace are selected, or cargo would build every package again with fewer features.
pub(crate) fn build(selection: &[String]) -> Result<Vec<Executable>> {
    let mut command = cargo(&["test", "--workspace", "--no-run"]);
    command.args(["--message-format", "json-render-diagnostics"]).args(selection);
    let line = describe(&command);
    eprintln!("$ {line}");
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "`{line}`: {}", output.status);
    let mut executables = Vec::new();
    for message in Message::parse_stream(&output.stdout[..]) {
        if let Message::CompilerArtifact(artifact) = message? {
            executables.extend(executable(artifact));
        }
    }
    Ok(executables)
}

/// The program `name`, as it is built for the tests of its package, one of which is `test`.
pub(crate) fn program(name: &str, test: &str) -> Result<PathBuf> {
    let built = build(&["--test".to_owned(), test.to_owned()])?;
    find_program(&built, name)
}

/// The server, as it is built for the tests through HTTP.
pub(crate) fn server() -> Result<PathBuf> {
    program("tenantry", "it")
}

/// The program `name` among `executables`.
pub(crate) fn find_program(executables: &[Executable], name: &str) -> Result<PathBuf> {
    let found = executables.iter().find(|it| !it.is_test && it.target == name);
    Ok(found.with_context(|| format!("cargo did not build {name}"))?.file.clone())
}

fn executable(artifact: Artifact) -> Option<Executable> {
    let directory = artifact.manifest_path.parent()?;
    let is_program = artifact.target.kind.contains(&TargetKind::Bin);
    (artifact.profile.test || is_program).then_some(())?;
    Some(Executable {
        package: directory.file_name()?.to_owned(),
        target: artifact.target.name,
        is_test: artifact.profile.test,
        file: artifact.executable?.into_std_path_buf(),
        directory: directory.as_std_path().to_owned(),
    })
}
