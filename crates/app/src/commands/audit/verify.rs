//! Command `tenantry audit verify`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write, stderr, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use domain::model::{Checkpoint, EventHash, Seq, Trail, TrailLine};
use domain::ports::CheckpointVerifier;

use super::check::{ExportReport, ExportVerifier};
use super::lines::LineReader;
use crate::wire::{PublicKeys, read_anchors};

/// Verifies the integrity of the export in `file` with the public keys in `keys`, and that it
/// contains the checkpoints in the anchor files. Prints a report. Works offline, without a store or
/// a server.
///
/// # Errors
/// Fails if the trail is not intact, or if one of the files can't be read.
pub(crate) fn verify(file: &Path, keys: &[PathBuf], anchors: &[PathBuf]) -> Result<()> {
    let keys = public_keys(keys)?;
    let checked = if file == Path::new("-") {
        check(stdin().lock(), &keys, anchors).context("can't read the standard input")?
    } else {
        let opened = File::open(file).map(BufReader::new);
        let checked = opened.map_err(Into::into).and_then(|input| check(input, &keys, anchors));
        checked.with_context(|| format!("can't read {}", file.display()))?
    };
    writeln!(stdout(), "{checked}").context("can't write to the standard output")?;
    ensure!(checked.verification.first_break.is_none(), "the trail is not intact");
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

fn check(
    input: impl BufRead,
    keys: &dyn CheckpointVerifier,
    anchors: &[PathBuf],
) -> Result<ExportReport> {
    let mut lines = LineReader::new(input);
    let mut line = lines.next()?;
    let trail = line.as_ref().and_then(|line| line.as_ref()).and_then(TrailLine::trail);
    let mut check = ExportVerifier::new(keys);
    if !anchors.is_empty() {
        check = check.anchored(anchors_of(trail.as_ref(), anchors)?);
    }
    while let Some(read) = line {
        check.follow(read.as_ref());
        line = lines.next()?;
    }
    Ok(check.finish())
}

/// Reads the checkpoints of `trail` from anchor files.
fn anchors_of(trail: Option<&Trail>, files: &[PathBuf]) -> Result<BTreeMap<Seq, EventHash>> {
    let mut anchors = BTreeMap::new();
    for file in files {
        let mut disagreement = None;
        let take = |anchor: Checkpoint| {
            let known = *anchors.entry(anchor.seq).or_insert(anchor.hash);
            if known != anchor.hash {
                disagreement = Some(anchor.seq);
            }
        };
        let read = read_anchors_of(trail, file, take);
        let unreadable = read.with_context(|| format!("can't read {}", file.display()))?;
        if let Some(seq) = disagreement {
            bail!("{}: conflicting anchors for event {seq}", file.display());
        }
        if unreadable > 0 {
            let file = file.display();
            writeln!(stderr(), "tenantry: {file}: {unreadable} unreadable lines ignored")?;
        }
    }
    Ok(anchors)
}

fn read_anchors_of(
    trail: Option<&Trail>,
    file: &Path,
    mut take: impl FnMut(Checkpoint),
) -> Result<u64> {
    let opened = BufReader::new(File::open(file)?);
    let of_trail = |anchor: Checkpoint| {
        if trail == Some(&anchor.trail) {
            take(anchor);
        }
    };
    Ok(read_anchors(opened, of_trail)?.unreadable)
}
