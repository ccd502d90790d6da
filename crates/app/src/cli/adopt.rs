//! `tenantry adopt`, as it is typed.

use std::fs;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use secrecy::SecretString;

use crate::commands::AdoptRequest;
use crate::config::values::{database_name, mongodb_url};
use crate::wire::LegacyLayout;

pub(super) const ADOPT: &str = "adopt";
const FROM: &str = "from";
const FROM_FILE: &str = "from-file";
const DATABASE: &str = "database";
const LAYOUT: &str = "layout";
const ADMINS_AMONG_DOCUMENTS: &str = "admins-among-documents";
const DRY_RUN: &str = "dry-run";

const EXAMPLES: &str = "\
Examples:
  tenantry adopt --from mongodb://localhost --database org_management --layout org --dry-run
  tenantry adopt --from mongodb://localhost --database org_management --layout org \\
    --mongodb-url mongodb://localhost --database-name org_management
                             the same database: collections stay where they are
  tenantry adopt --from mongodb://old-host --database orgs --layout enterprise --data-dir ./data
                             another database, or the embedded store: documents are copied

Back up first, and stop the other service and every Tenantry server on the store. A run that was
cut short is finished by the same command; one that was not adopts nothing twice.

Exit status: 0, 1 when something is wrong and nothing was changed, or when it failed, 2 when the
usage is wrong.";

pub(super) fn command() -> Command {
    let from = Arg::new(FROM)
        .long(FROM)
        .value_name("URL")
        .value_parser(mongodb_url)
        .help("Connection string of the MongoDB of the other service");
    let from_file =
        Arg::new(FROM_FILE).long(FROM_FILE).value_name("FILE").value_parser(mongodb_url_in).help(
            "File that holds it: other users of the machine see flags, and a password in them",
        );
    let database = Arg::new(DATABASE)
        .long(DATABASE)
        .value_name("NAME")
        .value_parser(database_name)
        .required(true)
        .help("The database of the other service");
    let layout = Arg::new(LAYOUT)
        .long(LAYOUT)
        .value_name("LAYOUT")
        .value_parser(["org", "enterprise"])
        .required(true)
        .help("Where its admins are: all in `admins`, or each beside the documents");
    let among_documents = Arg::new(ADMINS_AMONG_DOCUMENTS)
        .long(ADMINS_AMONG_DOCUMENTS)
        .action(ArgAction::SetTrue)
        .help("Layout enterprise: take documents that look like admins, not the founder alone");
    let dry_run = Arg::new(DRY_RUN)
        .long(DRY_RUN)
        .action(ArgAction::SetTrue)
        .help("Check everything, list every admin, say what would be done, and change nothing");
    Command::new(ADOPT)
        .about("Take over organizations, admins and documents of another service from its MongoDB")
        .after_help(EXAMPLES)
        .args([from, from_file, database, layout, among_documents, dry_run])
        .group(ArgGroup::new("source").args([FROM, FROM_FILE]).required(true))
}

pub(super) fn request(given: &ArgMatches) -> AdoptRequest {
    let url = |name| given.get_one::<SecretString>(name).cloned();
    AdoptRequest {
        from: url(FROM).or_else(|| url(FROM_FILE)).unwrap_or_default(),
        database: given.get_one::<String>(DATABASE).cloned().unwrap_or_default(),
        layout: match given.get_one::<String>(LAYOUT).map(String::as_str) {
            Some("enterprise") => LegacyLayout::Enterprise,
            _ => LegacyLayout::Org,
        },
        admins_among_documents: given.get_flag(ADMINS_AMONG_DOCUMENTS),
        dry_run: given.get_flag(DRY_RUN),
    }
}

fn mongodb_url_in(path: &str) -> Result<SecretString, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    mongodb_url(text.trim_end_matches(['\r', '\n']))
}
