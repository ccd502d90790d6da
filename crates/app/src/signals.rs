//! Signals that stop the process, and the signal that reloads files.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, from supervisors, and SIGINT, from terminals. Once handled, neither terminates the
/// process by default.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Installs the signal handler.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// SIGHUP. Once handled, it no longer terminates the process, not even when its terminal is closed;
/// so it is handled only if there is something to reload.
pub(crate) struct ReloadSignals(Signal);

impl ReloadSignals {
    /// Installs the signal handler.
    pub(crate) fn listen() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        self.0.recv().await;
    }
}
