//! The signals that end the process, and the one that has it read files again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, from supervisors, and SIGINT, from people. Once listened for, neither ends the process by
/// itself.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// SIGHUP. Once listened for, it does not end the process any more, not even when its terminal is closed:
/// so it is listened for only where there is something to read again.
pub(crate) struct ReloadSignals(Signal);

impl ReloadSignals {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        self.0.recv().await;
    }
}
