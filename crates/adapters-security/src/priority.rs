//! The priority of threads.

/// Steps (`nice`) that a thread gives way to those that serve requests: each takes about a fifth of its
/// share of a core that others want, so that ten leave a tenth. A core that nobody wants is all its own.
#[cfg(target_os = "linux")]
const STEPS: i32 = 10;

/// The lowest priority there is (setpriority(2)).
#[cfg(target_os = "linux")]
const LOWEST: i32 = 19;

/// Lets other threads of the process go first. Where the system has no such thing, or refuses it, all stay
/// equal.
#[cfg(target_os = "linux")]
pub(crate) fn give_way() {
    use rustix::process::{getpriority_process, setpriority_process};

    // Without an id both are about the calling thread: Linux keeps this for each.
    if let Ok(now) = getpriority_process(None) {
        let _ = setpriority_process(None, now.saturating_add(STEPS).min(LOWEST));
    }
}

/// Other systems keep one priority for the whole process.
#[cfg(not(target_os = "linux"))]
pub(crate) fn give_way() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn a_thread_gives_way_and_no_other_does() {
        let before = getpriority_process(None).unwrap();
        let thread = thread::spawn(|| {
            give_way();
            getpriority_process(None).unwrap()
        });
        assert_eq!(thread.join().unwrap(), (before + STEPS).min(LOWEST));
        assert_eq!(getpriority_process(None).unwrap(), before);
    }
}
