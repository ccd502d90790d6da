//! Command line of `tenantry audit`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use domain::model::{OrganizationId, Trail};

use super::Action;
use crate::commands::AuditAction;

pub(super) const AUDIT: &str = "audit";
const VERIFY: &str = "verify";
const EXPORT: &str = "export";
const KEY: &str = "key";
const FILE: &str = "file";
const PUBLIC_KEY: &str = "public-key";
const ANCHORS: &str = "anchors";
const ORGANIZATION: &str = "organization";
const INSTALLATION: &str = "installation";
const OUT: &str = "out";

const VERIFY_EXAMPLES: &str = "\
Examples:
  tenantry audit verify acme.ndjson --public-key audit-key.pem
  tenantry audit verify acme.ndjson --public-key audit-key.pem --anchors anchors.ndjson
  curl -sH \"Authorization: Bearer $TOKEN\" $URL/v1/organizations/$ID/audit-events/export |
    tenantry audit verify - --public-key audit-key.pem

Exit status: 0 if the trail is intact, 1 if it is not or can't be read, 2 on a usage error.";
const EXPORT_EXAMPLES: &str = "\
Examples:
  tenantry audit export --organization 0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e --out acme.ndjson
  tenantry audit export --installation > installation.ndjson

On MongoDB, servers may keep running; with the embedded store, stop the server first.";
const KEY_EXAMPLES: &str = "\
Example:
  tenantry audit key > audit-key.pem

On MongoDB, servers may keep running; with the embedded store, stop the server first, or take the
keys from /.well-known/audit-keys.json.";

pub(super) fn command() -> Command {
    Command::new(AUDIT)
        .about("Export and verify audit trails")
        .subcommand(verify())
        .subcommand(export())
        .subcommand(
            Command::new(KEY)
                .about("Print the public keys that verify audit trails, in PEM")
                .after_help(KEY_EXAMPLES),
        )
        .subcommand_required(true)
}

pub(super) fn action(audit: &ArgMatches) -> Action {
    match audit.subcommand() {
        Some((VERIFY, given)) => Action::VerifyAudit {
            file: given.get_one::<PathBuf>(FILE).cloned().unwrap_or_default(),
            keys: given.get_many::<PathBuf>(PUBLIC_KEY).unwrap_or_default().cloned().collect(),
            anchors: given.get_many::<PathBuf>(ANCHORS).unwrap_or_default().cloned().collect(),
        },
        Some((EXPORT, given)) => {
            let id = given.get_one::<OrganizationId>(ORGANIZATION).cloned();
            let out = given.get_one::<PathBuf>(OUT).cloned();
            Action::Audit(AuditAction::Export { trail: Trail::from(id), out })
        }
        _ => Action::Audit(AuditAction::Key),
    }
}

fn verify() -> Command {
    let file = Arg::new(FILE)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .required(true)
        .help("Export of a trail; - for the standard input");
    let key = Arg::new(PUBLIC_KEY)
        .long(PUBLIC_KEY)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .action(ArgAction::Append)
        .required(true)
        .help("Public key in PEM, or a JWK or JWK set; may be given more than once");
    let anchors = Arg::new(ANCHORS)
        .long(ANCHORS)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .action(ArgAction::Append)
        .help(
            "AUDIT_ANCHOR_FILE of a server; the export must contain its checkpoints. May be given more than once",
        );
    Command::new(VERIFY)
        .about("Verify the integrity of an export offline, without a server, a store or settings")
        .after_help(VERIFY_EXAMPLES)
        .arg(file)
        .arg(key)
        .arg(anchors)
}

fn export() -> Command {
    let organization = Arg::new(ORGANIZATION)
        .long(ORGANIZATION)
        .value_name("ID")
        .value_parser(|text: &str| OrganizationId::parse(text))
        .help("Trail of this organization, which may be deleted");
    let installation = Arg::new(INSTALLATION)
        .long(INSTALLATION)
        .action(ArgAction::SetTrue)
        .help("Trail of the installation: events that belong to no organization");
    let out = Arg::new(OUT)
        .long(OUT)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Output file [default: standard output]");
    Command::new(EXPORT)
        .about("Export a whole trail from the store, with a checkpoint of its end")
        .after_help(EXPORT_EXAMPLES)
        .args([organization, installation, out])
        .group(ArgGroup::new("trail").args([ORGANIZATION, INSTALLATION]).required(true))
}
