//! Command `tenantry adopt`.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use domain::model::Organization;
use domain::service::{
    Adoption, AdoptionProblem, AdoptionProgress, AdoptionRules, CheckOutcome, MigratedOrganization,
    Plan,
};
use secrecy::SecretString;
use tokio::runtime;

use crate::config::Config;
use crate::logging;
use crate::wire::{self, LegacyLayout};

/// Parameters of an adoption.
pub(crate) struct AdoptRequest {
    /// Connection string of the legacy database.
    pub(crate) from: SecretString,
    /// Name of the legacy database.
    pub(crate) database: String,
    /// Layout of the legacy database.
    pub(crate) layout: LegacyLayout,
    /// Whether admins other than founders are imported from documents.
    pub(crate) admins_among_documents: bool,
    /// Whether to check only and change nothing.
    pub(crate) dry_run: bool,
}

/// Imports the data of a legacy service into the configured store, if all of it passes the checks.
///
/// # Errors
/// Fails if a check fails, in which case nothing was changed, or if a database fails.
pub(crate) fn adopt(config: &Config, request: &AdoptRequest) -> Result<()> {
    logging::start(config.log_level, config.log_format)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let rules = AdoptionRules {
        limit: config.document_limit,
        admins_among_documents: request.admins_among_documents,
    };
    runtime.block_on(async {
        let source = wire::legacy(config, request).await?;
        let target = wire::open_read_only(config, source.transfer_mode()).await?;
        let checked = Adoption::new(source.clone(), target, rules).check().await;
        let plan = match checked.context("can't check the databases")? {
            CheckOutcome::Accepted(plan) => plan,
            CheckOutcome::Rejected(problems) => return refuse(&problems),
        };
        announce(&plan)?;
        if request.dry_run {
            return say(&"nothing was changed: this is a dry run");
        }
        source.set_aside().await.context(INTERRUPTED)?;
        let target = wire::open_or_create(config).await.context(INTERRUPTED)?;
        let adoption = Adoption::new(source, target, rules);
        adoption.execute(&plan, &ProgressLine::default()).await.context(INTERRUPTED)?;
        say(&format_args!("organizations adopted: {}", plan.organizations.len()))
    })
}

const INTERRUPTED: &str = "interrupted (run the same command again to finish)";

fn refuse(problems: &[AdoptionProblem]) -> Result<()> {
    for problem in problems {
        say(problem)?;
    }
    match problems.len() {
        1 => bail!("nothing was changed: 1 problem"),
        many => bail!("nothing was changed: {many} problems"),
    }
}

fn announce(plan: &Plan) -> Result<()> {
    for id in &plan.already_adopted {
        say(&format_args!("organization {id}: already present"))?;
    }
    for migrated in &plan.organizations {
        say(migrated)?;
        for admin in &migrated.admins {
            say(admin)?;
        }
    }
    for note in &plan.notes {
        say(note)?;
    }
    let (new, old) = (plan.organizations.len(), plan.already_adopted.len());
    say(&format_args!("organizations to adopt: {new}; already present: {old}"))
}

/// Reports progress on the standard error stream. Ignores write errors, which could not be
/// reported.
#[derive(Default)]
struct ProgressLine {
    /// Last reported progress of an organization, in tenths.
    tenths: AtomicU64,
}

impl AdoptionProgress for ProgressLine {
    fn copied(&self, migrated: &MigratedOrganization, done: u64, of: u64) {
        let tenths = done * 10 / of.max(1);
        if self.tenths.swap(tenths, Ordering::Relaxed) != tenths {
            let id = &migrated.organization.id;
            let _ = writeln!(stderr(), "organization {id}: {done} of {of} documents copied");
        }
    }

    fn adopted(&self, organization: &Organization) {
        self.tenths.store(0, Ordering::Relaxed);
        let place = organization.placement().map_or(String::new(), |placement| {
            format!(", its documents are in {}", placement.collection_name())
        });
        let _ = writeln!(stderr(), "organization {}: adopted{place}", organization.id());
    }
}

fn say(line: &impl Display) -> Result<()> {
    writeln!(stdout(), "{line}").context("can't write to the standard output")
}
