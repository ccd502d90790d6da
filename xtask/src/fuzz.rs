//! `cargo xtask fuzz`: arbitrary input for the parsers, by libFuzzer.
//!
//! Sanitizers need a nightly compiler, and detect errors that safe Rust excludes; without them, the
//! stable compiler suffices.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};

use crate::process::{cargo, command, root, run as run_command};
use crate::tool::Tool;

/// The manifest of the targets, from the root of the workspace.
pub(crate) const MANIFEST: &str = "crates/fuzz/Cargo.toml";

/// The directory of the targets.
pub(crate) const DIRECTORY: &str = "crates/fuzz";
/// Build artifacts, and the inputs that reached new code.
const OUTPUT: &str = "target/fuzz";
const TARGETS: [&str; 5] = ["filters", "forwarded", "json", "names", "tokens"];
const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", version: "0.13.2" };

/// Default time of each target in seconds.
const SECONDS: u32 = 10;
/// Maximum seconds for one input, which normally takes milliseconds.
const TIMEOUT: u32 = 5;
/// Maximum length of an input in bytes: the default limit of a document, the largest body that is
/// read as a whole.
const LONGEST: u32 = 1024 * 1024;
/// Maximum memory in MiB.
const MEMORY: u32 = 1024;

/// Options of fuzzing.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The only target to run
    target: Option<String>,
    /// A file to run the target with, once, instead of searching
    #[arg(requires = "target")]
    input: Option<PathBuf>,
    /// How long each target runs, in seconds
    #[arg(long, default_value_t = SECONDS)]
    seconds: u32,
}

impl Arguments {
    /// The options in CI.
    pub(crate) const CI: Self = Self { target: None, input: None, seconds: SECONDS };
}

/// Runs the targets in pairs, until one fails.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let targets = chosen(arguments.target.as_deref())?;
    if let (Some(input), [target]) = (&arguments.input, targets.as_slice()) {
        return run_command(cargo_fuzz("run")?.arg(target).arg(fs::canonicalize(input)?));
    }
    run_command(&mut cargo_fuzz("build")?)?;
    targets.chunks(2).try_for_each(|pair| {
        thread::scope(|scope| {
            let search = |target: &&'static str| search(target, arguments.seconds);
            let running: Vec<_> =
                pair.iter().map(|target| scope.spawn(move || search(target))).collect();
            let ended =
                running.into_iter().map(|one| one.join().map_err(|_| anyhow!("a panic"))?);
            ended.collect::<Vec<_>>().into_iter().collect()
        })
    })
}

/// Checks the format of the targets.
pub(crate) fn check_format() -> Result<()> {
    run_command(&mut cargo(&["fmt", "--manifest-path", MANIFEST, "--check"]))
}

fn chosen(target: Option<&str>) -> Result<Vec<&'static str>> {
    let chosen = TARGETS.into_iter().filter(|name| target.is_none_or(|target| target == *name));
    let chosen: Vec<_> = chosen.collect();
    ensure!(!chosen.is_empty(), "there is no such target; there are {}", TARGETS.join(", "));
    Ok(chosen)
}

/// Runs `target` from the checked-in corpus and from inputs that earlier runs found.
fn search(target: &str, seconds: u32) -> Result<()> {
    let found = found(target)?;
    let mut search = cargo_fuzz("run")?;
    search.arg(target).args([found, seeds(target)]).arg("--");
    search.args([format!("-max_total_time={seconds}"), format!("-timeout={TIMEOUT}")]);
    search.args([format!("-max_len={LONGEST}"), format!("-rss_limit_mb={MEMORY}")]);
    run_command(search.args(["-verbosity=0", "-print_final_stats=1"])).with_context(|| {
        format!(
            "`{target}` found a defect; once more with it: \
             cargo xtask fuzz {target} {DIRECTORY}/artifacts/{target}/<the file named above>"
        )
    })
}

/// The directory of inputs that `target` found.
fn found(target: &str) -> Result<PathBuf> {
    let found = root().join(OUTPUT).join("found").join(target);
    fs::create_dir_all(&found)?;
    Ok(found)
}

/// The checked-in corpus of `target`.
fn seeds(target: &str) -> PathBuf {
    root().join(DIRECTORY).join("corpus").join(target)
}

fn cargo_fuzz(subcommand: &str) -> Result<Command> {
    let mut command = command(&CARGO_FUZZ.program()?);
    command.args([subcommand, "--fuzz-dir", DIRECTORY, "--target-dir", OUTPUT]);
    command.args(["--sanitizer", "none"]);
    // The compiler with Clippy's lints in it: `cargo clippy` would build all of it a second time.
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    Ok(command)
}
