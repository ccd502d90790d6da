//! Reload of files while the server runs.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::signals::ReloadSignals;
use crate::tls::Certificate;

/// Starts a task that reloads the certificate on every SIGHUP. It logs an error for an invalid
/// certificate and keeps the current one.
///
/// # Errors
/// Fails if the signal handler can't be installed.
pub(crate) fn on_signal(certificate: Arc<Certificate>) -> io::Result<JoinHandle<Infallible>> {
    let mut signals = ReloadSignals::listen()?;
    Ok(tokio::spawn(async move {
        loop {
            signals.next().await;
            match certificate.reload() {
                Ok(()) => tracing::info!("certificate reloaded"),
                Err(error) => {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "certificate reload failed, keeping the current one"
                    );
                }
            }
        }
    }))
}
