//! `tenantry audit verify`

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use domain::ports::HeadVerifier;

use super::check::{Check, Checked};
use super::lines::Lines;
use crate::wire::PublicKeys;

/// Prints whether the export in `file` is what it was when it was signed with one of the keys in `keys`. It asks
/// nobody: neither a store nor a server.
///
/// # Errors
/// When it is not, and when file or keys can't be read.
pub(crate) fn verify(file: &Path, keys: &[PathBuf]) -> Result<()> {
    let keys = public_keys(keys)?;
    let checked = if file == Path::new("-") {
        check(stdin().lock(), &keys).context("can't read the standard input")?
    } else {
        let opened = File::open(file).map(BufReader::new);
        let checked = opened.map_err(Into::into).and_then(|input| check(input, &keys));
        checked.with_context(|| format!("can't read {}", file.display()))?
    };
    writeln!(stdout(), "{checked}").context("can't write to the standard output")?;
    ensure!(checked.verification.first_break.is_none(), "the trail is not what it was");
    Ok(())
}

fn public_keys(files: &[PathBuf]) -> Result<PublicKeys> {
    let mut keys = PublicKeys::default();
    for file in files {
        let text = fs::read_to_string(file);
        let text = text.with_context(|| format!("can't read {}", file.display()))?;
        keys.extend(PublicKeys::parse(&text).with_context(|| file.display().to_string())?);
    }
    Ok(keys)
}

fn check(input: impl BufRead, keys: &dyn HeadVerifier) -> Result<Checked> {
    let (mut lines, mut check) = (Lines::new(input), Check::new(keys));
    while let Some(line) = lines.next()? {
        check.follow(line.as_ref());
    }
    Ok(check.finish())
}
