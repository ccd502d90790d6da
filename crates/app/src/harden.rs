//! Process hardening.

use anyhow::Result;

/// Keeps the memory of this process, which holds passwords and keys, out of core dumps, and prevents other
/// processes of the same user from reading it (`PR_SET_DUMPABLE`, prctl(2)).
///
/// # Errors
/// When the system refuses.
#[cfg(target_os = "linux")]
pub(crate) fn forbid_memory_dumps() -> Result<()> {
    use anyhow::Context;
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    set_dumpable_behavior(DumpableBehavior::NotDumpable).context("can't forbid memory dumps")
}

/// Other systems have no such switch.
#[cfg(not(target_os = "linux"))]
pub(crate) fn forbid_memory_dumps() -> Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    use super::*;

    #[test]
    fn memory_is_not_dumped() {
        forbid_memory_dumps().unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
