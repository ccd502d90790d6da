//! The command line.

mod adopt;
mod audit;

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::commands::{AdoptRequest, AuditAction};
use crate::config::{Fallback, Layer, Origin, SETTINGS, flag, names};

/// What somebody asked for.
pub(crate) struct Arguments {
    pub(crate) action: Action,
    /// The settings given as flags.
    pub(crate) flags: Layer,
    /// The file of settings to read.
    pub(crate) file: Option<PathBuf>,
}

/// What is to be done.
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
    /// Without a store or a configuration.
    VerifyAudit {
        file: PathBuf,
        keys: Vec<PathBuf>,
        anchors: Vec<PathBuf>,
    },
}

/// What is to be done about the signing keys.
#[derive(Clone, Copy)]
pub(crate) enum KeyAction {
    List,
    Rotate,
    Revoke,
}

/// Reads the arguments of this process. For help, the version and wrong usage it prints what there is
/// to say and ends the process, with status 2 when the usage is wrong.
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
  tenantry doctor                                     look for damage in the store
  tenantry doctor --repair                            and mend it
  tenantry adopt --from mongodb://old-host --database org_management --layout org --dry-run
                                                      take over what another service has
  tenantry keys list                                  what signs tokens
  tenantry keys rotate                                another key takes over in 10 minutes
  tenantry keys rotate --revoke                       at once, and what was signed is void
  tenantry audit key > audit-key.pem                  what signs audit trails; keep it elsewhere
  tenantry audit export --organization <ID> --out acme.ndjson
  tenantry audit verify acme.ndjson --public-key audit-key.pem
  tenantry --version

A setting is taken from its flag, else from the environment (DATA_DIR for --data-dir), else from
.env, else from tenantry.toml. Flags can be seen by other users of the machine: give secrets as files.

Exit status: 0, 1 when it failed, 2 when the usage is wrong.";

fn command() -> Command {
    let check =
        Command::new("check").about("Print what is configured, and all that is wrong with it");
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
                .help("File of settings [default: tenantry.toml, if there is one]")
                .global(true),
        )
        .subcommand(Command::new(SERVE).about("Serve the API until told to stop (the default)"))
        .subcommand(
            Command::new(CONFIG)
                .about("Look at the configuration")
                .subcommand(check)
                .subcommand_required(true),
        )
        .subcommand(Command::new(OPENAPI).about("Print the OpenAPI document"))
        .subcommand(
            Command::new(HEALTHCHECK)
                .about("Ask the server at BIND whether it is ready (for containers)"),
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
        .help("Mend what can be mended without losing anything");
    Command::new(DOCTOR)
        .about("Look for damage in the store: collections and admins without an organization, and the like")
        .arg(repair)
}

fn keys() -> Command {
    let list =
        Command::new(LIST).about("Print every key: its id, when it was made, what it does now");
    let revoke = Arg::new(REVOKE).long(REVOKE).action(ArgAction::SetTrue).help(
        "For a stolen key: remove all others at once; every access token is void, and logins go on",
    );
    let rotate = Command::new(ROTATE)
        .about("Make a key that takes over in 10 minutes; what the others signed stays good")
        .arg(revoke);
    Command::new(KEYS)
        .about("Look at, or change, the Ed25519 keys that sign access tokens")
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

/// A flag for every setting, and one more for the file of every secret.
fn settings() -> impl Iterator<Item = Arg> {
    SETTINGS.iter().flat_map(|setting| {
        let help = match setting.default {
            Fallback::Nothing => setting.meaning.to_owned(),
            _ => format!("{} [default: {}]", setting.meaning, setting.default.description()),
        };
        // A secret that begins with a dash is a secret, not a flag to be named in a complaint.
        let value =
            argument(setting.name.to_owned(), "VALUE", help).allow_hyphen_values(setting.secret);
        let file = setting.file_name().map(|name| {
            let help = format!("file that holds {}", setting.name);
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
    let mut layer = Layer::new(Origin::Flag);
    for name in names() {
        if let Some(value) = matches.get_one::<String>(&name) {
            layer.add(name, value.clone());
        }
    }
    layer
}
