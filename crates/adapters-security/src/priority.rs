//! Thread priority.

/// Steps (`nice`) by which a thread yields to request threads: each step takes about a fifth of its
/// share of a contended core, so that ten leave a tenth. An idle core is all its own.
#[cfg(target_os = "linux")]
const STEPS: i32 = 10;

/// The lowest possible priority (setpriority(2)).
#[cfg(target_os = "linux")]
const LOWEST: i32 = 19;

/// Lowers the priority of the calling thread. On systems that do not support or permit it, all
/// threads stay equal.
#[cfg(target_os = "linux")]
pub(crate) fn give_way() {
    use rustix::process::{getpriority_process, setpriority_process};

    // Without an id, both calls affect the calling thread: Linux has a priority per thread.
    if let Ok(now) = getpriority_process(None) {
        let _ = setpriority_process(None, now.saturating_add(STEPS).min(LOWEST));
    }
}

/// Other systems have one priority for the whole process.
#[cfg(not(target_os = "linux"))]
pub(crate) fn give_way() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn lowering_priority_affects_only_the_calling_thread() {
        let before = getpriority_process(None).unwrap();
        let thread = thread::spawn(|| {
            give_way();
            getpriority_process(None).unwrap()
        });
        assert_eq!(thread.join().unwrap(), (before + STEPS).min(LOWEST));
        assert_eq!(getpriority_process(None).unwrap(), before);
    }
}
