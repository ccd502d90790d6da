//! Command `tenantry audit export`.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use domain::model::{Trail, TrailLine};
use domain::service::Audit;
use tokio::runtime;

use crate::commands::open::open;
use crate::config::Config;
use crate::logging;

/// Writes the lines of `trail` to `out` or to the standard output, in the format of the HTTP
/// export.
///
/// # Errors
/// Fails if the store can't be opened or fails, if the trail has no events, if the lines can't be
/// written, or if the server refuses to sign the trail.
pub(super) fn export(config: &Config, trail: Trail, out: Option<&Path>) -> Result<()> {
    logging::start(config.log_level, config.log_format)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let installation = open(config).await?;
        let audit = installation.services.audit;
        match out {
            None => write(&audit, trail, || Ok(stdout().lock())).await,
            Some(path) => {
                let create = || {
                    // Readable by the current user only, because exports contain personal data.
                    let mut options = OpenOptions::new();
                    let file =
                        options.write(true).create(true).truncate(true).mode(0o600).open(path);
                    file.with_context(|| format!("can't write to {}", path.display()))
                };
                write(&audit, trail, create).await
            }
        }
    })
}

/// Opens `out` only if the trail has events.
async fn write<W: Write>(
    audit: &Audit,
    trail: Trail,
    out: impl FnOnce() -> Result<W>,
) -> Result<()> {
    let mut reader = audit.export(&audit.any_trail(trail)).await.context("can't read the trail")?;
    let first = reader.next().await.context("can't read the trail")?;
    let mut next = first.filter(|lines| !lines.is_empty());
    ensure!(next.is_some(), "the trail has no events");
    let mut out = BufWriter::new(out()?);
    while let Some(lines) = next {
        for line in &lines {
            write_line(&mut out, line).context("can't write the export")?;
        }
        next = reader.next().await.context("can't read the trail: the export is incomplete")?;
    }
    out.flush().context("can't write the export")?;
    ensure!(
        !reader.is_refused(),
        "refused to sign the trail: it does not contain its last checkpoint, and the export has no \
         checkpoint of its end"
    );
    Ok(())
}

fn write_line(out: &mut impl Write, line: &TrailLine) -> Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(writeln!(out)?)
}
