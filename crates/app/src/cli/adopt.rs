//! Command line of `tenantry adopt`.

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

Back up first, and stop the legacy service and every Tenantry server on the store. If a run is
interrupted, repeat the same command to finish it; nothing is imported twice.

Exit status: 0 on success, 1 if a check failed (nothing was changed) or the import failed, 2 on a
usage error.";

pub(super) fn command() -> Command {
    let from = Arg::new(FROM)
        .long(FROM)
        .value_name("URL")
        .value_parser(mongodb_url)
        .help("Connection string of the legacy service's MongoDB");
    let from_file =
        Arg::new(FROM_FILE).long(FROM_FILE).value_name("FILE").value_parser(mongodb_url_in).help(
            "File that contains it; other users of the machine can see flags, including passwords",
        );
    let database = Arg::new(DATABASE)
        .long(DATABASE)
        .value_name("NAME")
        .value_parser(database_name)
        .required(true)
        .help("Database of the legacy service");
    let layout = Arg::new(LAYOUT)
        .long(LAYOUT)
        .value_name("LAYOUT")
        .value_parser(["org", "enterprise"])
        .required(true)
        .help("Location of its admins: all in the collection `admins` (org), or among the documents (enterprise)");
    let among_documents = Arg::new(ADMINS_AMONG_DOCUMENTS)
        .long(ADMINS_AMONG_DOCUMENTS)
        .action(ArgAction::SetTrue)
        .help(
            "Layout enterprise: also import documents that look like admins, not only the founder",
        );
    let dry_run = Arg::new(DRY_RUN)
        .long(DRY_RUN)
        .action(ArgAction::SetTrue)
        .help("Check everything, list every admin and the planned changes, and change nothing");
    Command::new(ADOPT)
        .about("Import organizations, admins and documents from the MongoDB of a legacy service")
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
