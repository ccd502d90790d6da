//! Command `tenantry doctor`.

use std::fmt::Display;
use std::io::{Write, stdout};

use anyhow::{Context, Result, ensure};
use domain::ports::Causes;
use domain::service::{Doctor, Finding};
use tokio::runtime;

use crate::config::Config;
use crate::{logging, wire};

/// Prints the inconsistencies in the store, one per line, and repairs them if `repair` is set.
///
/// # Errors
/// Fails if the store can't be opened or examined, or if inconsistencies remain.
pub(crate) fn doctor(config: &Config, repair: bool) -> Result<()> {
    logging::start(config.log_level, config.log_format)?;
    wire::must_exist(config)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let installation = wire::installation(config).await.context("can't open the store")?;
        let doctor = installation.services.doctor;
        let findings = doctor.examine().await.context("can't examine the store")?;
        if repair { repair_all(&doctor, &findings).await } else { report(&findings) }
    })
}

fn report(findings: &[Finding]) -> Result<()> {
    for finding in findings {
        say(finding)?;
    }
    say(&summary(findings))?;
    ensure!(findings.is_empty(), "run `tenantry doctor --repair` to repair what can be repaired");
    Ok(())
}

async fn repair_all(doctor: &Doctor, findings: &[Finding]) -> Result<()> {
    let mut repaired = 0;
    for finding in findings {
        match doctor.repair(finding).await {
            Ok(()) => {
                repaired += 1;
                say(&format_args!("{finding}: repaired"))?;
            }
            Err(reason) => say(&format_args!("{finding}: not repaired: {}", Causes(&reason)))?,
        }
    }
    let summary = summary(findings);
    if findings.is_empty() {
        return say(&summary);
    }
    say(&format_args!("{summary}, {repaired} repaired"))?;
    ensure!(repaired == findings.len(), "not all findings could be repaired");
    Ok(())
}

fn summary(findings: &[Finding]) -> String {
    match findings.len() {
        0 => "nothing is wrong".to_owned(),
        1 => "1 finding".to_owned(),
        many => format!("{many} findings"),
    }
}

fn say(line: &impl Display) -> Result<()> {
    writeln!(stdout(), "{line}").context("can't write to the standard output")
}
