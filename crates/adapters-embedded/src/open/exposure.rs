//! Refuses files that other users can change: the store holds password hashes and private keys.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::geteuid;

use super::OpenError;

const ROOT: u32 = 0;
const WRITABLE_BY_OTHERS: u32 = 0o002;

const WORLD_WRITABLE: &str = "every user can write to it; take that permission away (chmod o-w), \
                              or name a path in another directory";
const OF_ANOTHER_USER: &str = "it belongs to another user; run as that user, or change its owner";

/// Refuses a file or directory that other users could write to.
pub(super) fn check_writers(path: &Path) -> Result<(), OpenError> {
    let metadata = fs::metadata(path)
        .map_err(|cause| OpenError::Directory { directory: path.to_owned(), cause })?;
    refuse_if(path, writer_exposure(metadata.uid(), metadata.mode(), geteuid().as_raw()))
}

/// Refuses a file outside the store, such as the anchor file, that other users could write to or
/// replace.
///
/// # Errors
/// [`OpenError::Exposed`]; [`OpenError::Directory`] when its metadata can't be read.
pub fn check_external_file(path: &Path) -> Result<(), OpenError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    for path in [path, parent.unwrap_or(Path::new("."))] {
        check_writers(path)?;
    }
    Ok(())
}

/// Refuses a file that belongs to another user, who could read and change it at any time.
pub(super) fn check_file(path: &Path, metadata: &Metadata) -> Result<(), OpenError> {
    refuse_if(path, file_exposure(metadata.uid(), geteuid().as_raw()))
}

/// Allows root as the owner, and a group with write permission, which is common in containers.
fn writer_exposure(owner: u32, mode: u32, user: u32) -> Option<&'static str> {
    if mode & WRITABLE_BY_OTHERS != 0 {
        Some(WORLD_WRITABLE)
    } else {
        (owner != ROOT).then(|| file_exposure(owner, user)).flatten()
    }
}

fn file_exposure(owner: u32, user: u32) -> Option<&'static str> {
    (owner != user).then_some(OF_ANOTHER_USER)
}

fn refuse_if(path: &Path, reason: Option<&'static str>) -> Result<(), OpenError> {
    reason.map_or(Ok(()), |reason| Err(OpenError::Exposed { path: path.to_owned(), reason }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: u32 = 1000;

    #[test]
    fn a_directory_that_other_users_can_write_to_is_refused() {
        for (owner, mode, refusal) in [
            (USER, 0o700, None),
            (USER, 0o775, None),
            (ROOT, 0o2775, None),
            (USER, 0o777, Some(WORLD_WRITABLE)),
            (ROOT, 0o1777, Some(WORLD_WRITABLE)),
            (1001, 0o700, Some(OF_ANOTHER_USER)),
        ] {
            assert_eq!(writer_exposure(owner, mode, USER), refusal, "{owner} {mode:o}");
        }
    }

    #[test]
    fn a_file_of_another_user_is_refused_to_root_too() {
        assert_eq!(file_exposure(USER, USER), None);
        assert_eq!(file_exposure(USER, ROOT), Some(OF_ANOTHER_USER));
        assert_eq!(file_exposure(ROOT, USER), Some(OF_ANOTHER_USER));
    }
}
