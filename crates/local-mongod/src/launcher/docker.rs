//! A mongod in a container, which shares the network and a directory of this machine.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fs, io, process};

use anyhow::{Context, Result, ensure};
use bson::oid::ObjectId;
use tokio::process::Command;

use super::{MINUTES, SECONDS, succeed};

const IMAGE: &str = "mongo:8";

/// Checks that Docker responds; pulls the image, if it is missing.
pub(super) async fn check() -> Result<()> {
    succeed(Command::new("docker").arg("info"), SECONDS).await?;
    let here = succeed(Command::new("docker").args(["image", "inspect", IMAGE]), SECONDS).await;
    if here.is_err() {
        succeed(Command::new("docker").args(["pull", "--quiet", IMAGE]), MINUTES).await?;
    }
    Ok(())
}

/// A unique name for a container.
pub(crate) fn new_name() -> String {
    format!("tenantry-mongod-{}", ObjectId::new())
}

/// The command that runs mongod, without arguments yet, as the owner of `directory`.
pub(crate) fn run(container: &str, directory: &Path) -> io::Result<Vec<OsString>> {
    let owner = fs::metadata(directory)?;
    let user = format!("{}:{}", owner.uid(), owner.gid());
    let mut volume = directory.as_os_str().to_owned();
    volume.push(":");
    volume.push(directory);
    let mut command: Vec<OsString> =
        ["docker", "run", "--rm", "--network", "host"].map(Into::into).into();
    command.extend(["--name", container, "--user", &user, "--volume"].map(Into::into));
    command.push(volume);
    command.extend(["--entrypoint", "mongod", IMAGE].map(Into::into));
    Ok(command)
}

/// Runs a `docker` command and returns its output.
pub(crate) fn call(arguments: &[&str]) -> Result<String> {
    let output = process::Command::new("docker").args(arguments).output().context("docker")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "docker {}: {}", arguments.join(" "), complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
