//! What is read again while the server runs.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::signals::ReloadSignals;
use crate::tls::Certificate;

/// Reads the certificate again with each SIGHUP, from now on. One that is no good is told in the log, and
/// the one in use stays.
///
/// # Errors
/// When the signal can't be listened for.
pub(crate) fn on_signal(certificate: Arc<Certificate>) -> io::Result<JoinHandle<Infallible>> {
    let mut signals = ReloadSignals::listen()?;
    Ok(tokio::spawn(async move {
        loop {
            signals.next().await;
            match certificate.reload() {
                Ok(()) => tracing::info!("certificate loaded again"),
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the certificate in use stays");
                }
            }
        }
    }))
}
