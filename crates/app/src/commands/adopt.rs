//! `tenantry adopt`

use std::fmt::Display;
use std::io::{Write, stderr, stdout};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use domain::model::Organization;
use domain::service::{Adoptee, Adoption, AdoptionProgress, AdoptionRules, Checked, Plan, Problem};
use secrecy::SecretString;
use tokio::runtime;

use crate::config::Config;
use crate::logging;
use crate::wire::{self, LegacyLayout};

/// What is to be taken over.
pub(crate) struct AdoptRequest {
    /// The connection string.
    pub(crate) from: SecretString,
    /// The name of the database.
    pub(crate) database: String,
    /// Who wrote it.
    pub(crate) layout: LegacyLayout,
    /// Whether admins other than founders are taken from documents.
    pub(crate) admins_among_documents: bool,
    /// Whether nothing is to be changed.
    pub(crate) dry_run: bool,
}

/// Takes over what another service had, into the store that is configured, if all of it can be.
///
/// # Errors
/// When something is wrong, and then nothing was changed; and when a database fails.
pub(crate) fn adopt(config: &Config, request: &AdoptRequest) -> Result<()> {
    logging::start(config.log_level, config.log_format)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let rules = AdoptionRules {
        limit: config.document_limit,
        admins_among_documents: request.admins_among_documents,
    };
    runtime.block_on(async {
        let source = wire::legacy(config, request).await?;
        let target = wire::peeked(config, source.way()).await?;
        let checked = Adoption::new(source.clone(), target, rules).check().await;
        let plan = match checked.context("can't check what is there")? {
            Checked::Fit(plan) => plan,
            Checked::Unfit(problems) => return refuse(&problems),
        };
        announce(&plan)?;
        if request.dry_run {
            return say(&"nothing was changed: this is a dry run");
        }
        source.set_aside().await.context(CUT_SHORT)?;
        let target = wire::opened(config).await.context(CUT_SHORT)?;
        let adoption = Adoption::new(source, target, rules);
        adoption.carry_out(&plan, &Told::default()).await.context(CUT_SHORT)?;
        say(&format_args!("organizations adopted: {}", plan.adoptees.len()))
    })
}

const CUT_SHORT: &str = "cut short (run the same command again to finish)";

fn refuse(problems: &[Problem]) -> Result<()> {
    for problem in problems {
        say(problem)?;
    }
    match problems.len() {
        1 => bail!("nothing was changed: 1 thing is wrong"),
        many => bail!("nothing was changed: {many} things are wrong"),
    }
}

fn announce(plan: &Plan) -> Result<()> {
    for id in &plan.present {
        say(&format_args!("organization {id}: is there already"))?;
    }
    for adoptee in &plan.adoptees {
        say(adoptee)?;
        for admin in &adoptee.admins {
            say(admin)?;
        }
    }
    for note in &plan.notes {
        say(note)?;
    }
    let (new, old) = (plan.adoptees.len(), plan.present.len());
    say(&format_args!("organizations to adopt: {new}; there already: {old}"))
}

/// Tells how it goes on, on the standard error stream. Nobody is left to hear of it when that fails.
#[derive(Default)]
struct Told {
    /// How many tenths of an organization were told of.
    tenths: AtomicU64,
}

impl AdoptionProgress for Told {
    fn copied(&self, adoptee: &Adoptee, done: u64, of: u64) {
        let tenths = done * 10 / of.max(1);
        if self.tenths.swap(tenths, Ordering::Relaxed) != tenths {
            let id = &adoptee.organization.id;
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
