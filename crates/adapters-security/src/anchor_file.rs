//! Append-only file of signed checkpoints.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::model::{Checkpoint, Trail, TrailLine};
use domain::ports::{AnchorLog, BoxError};
use tokio::task::spawn_blocking;

/// Maximum bytes of a line; a checkpoint has about 400.
const MAX_LINE: u64 = 64 * 1024;

/// Appends each checkpoint as one line of JSON, as exports have it, and syncs it to the disk. The
/// file is opened for every append and never created again: a file that was removed is an error.
#[derive(Debug)]
pub struct AnchorFile {
    path: PathBuf,
    /// Until they are taken.
    restored: Mutex<Vec<Checkpoint>>,
    /// Whether the file ends within a line. Held while a line is written.
    is_torn: Arc<Mutex<bool>>,
}

impl AnchorFile {
    /// Opens the file at `path` and reads the last checkpoint of each trail; creates it, readable
    /// by its owner only, when there is none.
    ///
    /// # Errors
    /// When the file can't be read and written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).mode(0o600).open(path)?;
        file.sync_all()?;
        sync_directory(path)?;
        let mut last: HashMap<Trail, Checkpoint> = HashMap::new();
        let read = read_anchors(BufReader::new(file), |checkpoint| {
            let known = last.get(&checkpoint.trail);
            if known.is_none_or(|known| known.seq <= checkpoint.seq) {
                last.insert(checkpoint.trail.clone(), checkpoint);
            }
        })?;
        if read.unreadable > 0 {
            let (file, lines) = (path.display(), read.unreadable);
            tracing::warn!(%file, lines, "unreadable lines in AUDIT_ANCHOR_FILE ignored");
        }
        Ok(Self {
            path: path.to_owned(),
            restored: Mutex::new(last.into_values().collect()),
            is_torn: Arc::new(Mutex::new(read.is_torn)),
        })
    }

    /// Whether there is no checkpoint to restore.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock_restored().is_empty()
    }

    fn lock_restored(&self) -> MutexGuard<'_, Vec<Checkpoint>> {
        self.restored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A directory entry is durable once its directory is synced.
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// Content of an anchor file in addition to valid checkpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnchorsRead {
    /// Lines that are not checkpoints, such as one that a crash cut short.
    pub unreadable: u64,
    /// Whether the file ends within a line.
    pub is_torn: bool,
}

/// Reads an anchor file line by line, in bounded memory.
///
/// # Errors
/// When the file can't be read.
pub fn read_anchors(
    mut file: impl BufRead,
    mut take: impl FnMut(Checkpoint),
) -> io::Result<AnchorsRead> {
    let (mut read, mut line) = (AnchorsRead::default(), Vec::new());
    loop {
        line.clear();
        if file.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(read);
        }
        read.is_torn = line.last() != Some(&b'\n');
        match serde_json::from_slice(&line) {
            // The end of an export is no checkpoint that the trail contains.
            Ok(TrailLine::Head { signed_head }) if !read.is_torn && !signed_head.unstored => {
                take(signed_head);
            }
            // An empty line ends a torn one.
            _ if line == b"\n" => {}
            _ => read.unreadable += 1,
        }
    }
}

#[async_trait]
impl AnchorLog for AnchorFile {
    fn restored(&self) -> Vec<Checkpoint> {
        std::mem::take(&mut *self.lock_restored())
    }

    async fn append(&self, checkpoint: &Checkpoint) -> Result<(), BoxError> {
        let mut line = serde_json::to_vec(&TrailLine::Head { signed_head: checkpoint.clone() })?;
        line.push(b'\n');
        let (path, is_torn) = (self.path.clone(), Arc::clone(&self.is_torn));
        Ok(spawn_blocking(move || append_line(&path, &is_torn, line)).await??)
    }
}

fn append_line(path: &Path, is_torn: &Mutex<bool>, mut line: Vec<u8>) -> io::Result<()> {
    let mut is_torn = is_torn.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = OpenOptions::new().append(true).open(path)?;
    if *is_torn {
        line.insert(0, b'\n');
    }
    *is_torn = true;
    file.write_all(&line)?;
    *is_torn = false;
    file.sync_data()
}
