//! Process hardening.

use anyhow::Result;

/// Excludes the memory of this process, which holds passwords and keys, from core dumps, and
/// prevents other processes of the same user from reading it (`PR_SET_DUMPABLE`, prctl(2)).
///
/// # Errors
/// Fails if the system call fails.
#[cfg(target_os = "linux")]
pub(crate) fn forbid_memory_dumps() -> Result<()> {
    use anyhow::Context;
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    set_dumpable_behavior(DumpableBehavior::NotDumpable).context("can't forbid memory dumps")
}

/// No-op: other systems have no such option.
#[cfg(not(target_os = "linux"))]
pub(crate) fn forbid_memory_dumps() -> Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    use super::*;

    #[test]
    fn core_dumps_are_disabled() {
        forbid_memory_dumps().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
