//! Command line interface.

mod adopt;
mod audit;

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::commands::{AdoptRequest, AuditAction};
use crate::config::{Fallback, Layer, SETTINGS, Source, flag, names};

/// Parsed command line arguments.
pub(crate) struct Arguments {
    pub(crate) action: Action,
    /// Settings given as flags.
    pub(crate) flags: Layer,
    /// Configuration file to read.
    pub(crate) file: Option<PathBuf>,
}

/// Action to perform.
pub(crate) enum Action {
    Serve,
    CheckConfig,
    PrintOpenapi,
    CheckHealth,
    Doctor {
        repair: bool,
    },
    Adopt(AdoptRequest),
    Keys(KeyAction),
    Audit(AuditAction),
    /// Verification of an export; needs no store or configuration.
    VerifyAudit {
        file: PathBuf,
        keys: Vec<PathBuf>,
        anchors: Vec<PathBuf>,
    },
}

/// Action on the signing keys.
#[derive(Clone, Copy)]
pub(crate) enum KeyAction {
    List,
    Rotate,
    Revoke,
}

/// Parses the arguments of this process. For help, the version and usage errors, it prints a
/// message and exits, with status 2 for a usage error.
pub(crate) fn arguments() -> Arguments {
    let matches = command().get_matches();
    let action = match matches.subcommand() {
        Some((CONFIG, _)) => Action::CheckConfig,
        Some((OPENAPI, _)) => Action::PrintOpenapi,
        Some((HEALTHCHECK, _)) => Action::CheckHealth,
        Some((DOCTOR, given)) => Action::Doctor { repair: given.get_flag(REPAIR) },
        Some((adopt::ADOPT, given)) => Action::Adopt(adopt::request(given)),
        Some((KEYS, given)) => Action::Keys(key_action(given)),
        Some((audit::AUDIT, given)) => audit::action(given),
        _ => Action::Serve,
    };
    let file = matches.get_one::<PathBuf>(FILE).cloned();
    Arguments { action, flags: flags(&matches), file }
}

const SERVE: &str = "serve";
const CONFIG: &str = "config";
const OPENAPI: &str = "openapi";
const HEALTHCHECK: &str = "healthcheck";
const DOCTOR: &str = "doctor";
const REPAIR: &str = "repair";
const KEYS: &str = "keys";
const LIST: &str = "list";
const ROTATE: &str = "rotate";
const REVOKE: &str = "revoke";
const FILE: &str = "config-file";

const EXAMPLES: &str = "\
Examples:
  tenantry                                            serve, with ./data as the store
  tenantry serve --bind 0.0.0.0:8000 --signup operator
  tenantry config check --config /etc/tenantry/tenantry.toml
  tenantry openapi > openapi.json
  tenantry healthcheck && echo ready
  tenantry doctor                                     check the store for inconsistencies
  tenantry doctor --repair                            check and repair the store
  tenantry adopt --from mongodb://old-host --database org_management --layout org --dry-run
                                                      import the data of a legacy service
  tenantry keys list                                  list the keys that sign tokens
  tenantry keys rotate                                add a key that signs in 10 minutes
  tenantry keys rotate --revoke                       rotate now; revoke all access tokens
  tenantry audit key > audit-key.pem                  public keys of audit trails; store elsewhere
  tenantry audit export --organization <ID> --out acme.ndjson
  tenantry audit verify acme.ndjson --public-key audit-key.pem
  tenantry --version

Precedence of settings: flag, environment (DATA_DIR for --data-dir), .env, tenantry.toml. Other
users of the machine can see flags: pass secrets as files.

Exit status: 0 on success, 1 on failure, 2 on a usage error.";

fn command() -> Command {
    let check = Command::new("check").about("Print the effective settings and all errors in them");
    Command::new("tenantry")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A self-hosted organization management service.")
        .after_help(EXAMPLES)
        .args(settings())
        .arg(
            Arg::new(FILE)
                .long("config")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Configuration file [default: tenantry.toml, if it exists]")
                .global(true),
        )
        .subcommand(Command::new(SERVE).about("Serve the API until stopped (default command)"))
        .subcommand(
            Command::new(CONFIG)
                .about("Inspect the configuration")
                .subcommand(check)
                .subcommand_required(true),
        )
        .subcommand(Command::new(OPENAPI).about("Print the OpenAPI document"))
        .subcommand(
            Command::new(HEALTHCHECK)
                .about("Check whether the server at BIND is ready (for containers)"),
        )
        .subcommand(doctor())
        .subcommand(adopt::command())
        .subcommand(keys())
        .subcommand(audit::command())
}

fn doctor() -> Command {
    let repair = Arg::new(REPAIR)
        .long("repair")
        .action(ArgAction::SetTrue)
        .help("Repair everything that can be repaired without data loss");
    Command::new(DOCTOR)
        .about("Check the store for inconsistencies, such as collections and admins without an organization")
        .arg(repair)
}

fn keys() -> Command {
    let list = Command::new(LIST).about("Print every key with its id, creation time and state");
    let revoke = Arg::new(REVOKE).long(REVOKE).action(ArgAction::SetTrue).help(
        "For a stolen key: remove all other keys now. Revokes every access token; sessions continue",
    );
    let rotate = Command::new(ROTATE)
        .about("Create a key that signs in 10 minutes; existing tokens stay valid")
        .arg(revoke);
    Command::new(KEYS)
        .about("Manage the Ed25519 keys that sign access tokens")
        .subcommand(list)
        .subcommand(rotate)
        .subcommand_required(true)
}

fn key_action(keys: &ArgMatches) -> KeyAction {
    match keys.subcommand() {
        Some((ROTATE, given)) if given.get_flag(REVOKE) => KeyAction::Revoke,
        Some((ROTATE, _)) => KeyAction::Rotate,
        _ => KeyAction::List,
    }
}

/// Flags for all settings, and an additional file flag for every secret.
fn settings() -> impl Iterator<Item = Arg> {
    SETTINGS.iter().flat_map(|setting| {
        let help = match setting.default {
            Fallback::Nothing => setting.meaning.to_owned(),
            _ => format!("{} [default: {}]", setting.meaning, setting.default.description()),
        };
        // A secret may begin with a dash. It must not be parsed as a flag, because the error would
        // print it.
        let value =
            argument(setting.name.to_owned(), "VALUE", help).allow_hyphen_values(setting.secret);
        let file = setting.file_name().map(|name| {
            let help = format!("file that contains {}", setting.name);
            argument(name, "FILE", help)
        });
        [Some(value), file].into_iter().flatten()
    })
}

fn argument(name: String, value: &'static str, help: String) -> Arg {
    Arg::new(name.clone())
        .long(flag(&name))
        .value_name(value)
        .help(help)
        .action(ArgAction::Set)
        .help_heading("Settings")
        .global(true)
}

fn flags(matches: &ArgMatches) -> Layer {
    let mut layer = Layer::new(Source::Flag);
    for name in names() {
        if let Some(value) = matches.get_one::<String>(&name) {
            layer.add(name, value.clone());
        }
    }
    layer
}
