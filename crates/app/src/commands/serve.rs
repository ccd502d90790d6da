//! `tenantry serve`

use std::convert::Infallible;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use anyhow::{Context, Error, Result, anyhow, bail};
use api_actix::ServerOptions;
use tokio::runtime;
use tokio::task::JoinHandle;

use crate::commands::announce::announce;
use crate::config::Config;
use crate::signals::StopSignals;
use crate::{logging, recovery, wire};

/// How long requests under way may take to end once the process is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until a signal ends it.
///
/// # Errors
/// When it can't start, when a part of it dies, and when a second signal cuts the shutdown short.
pub(crate) fn serve(config: &Config) -> Result<()> {
    logging::start(config.log_level, config.log_format)?;
    // Requests have threads of their own; this one looks after them.
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = StopSignals::listen()?;
        let running = tokio::select! {
            started = start(config) => started?,
            () = signals.next() => return Ok(()),
        };
        running.until_stopped(signals).await
    })
}

/// A server that answers requests.
struct Running {
    server: Server,
    /// What goes on beside the requests; it does not end by itself.
    recovery: JoinHandle<Infallible>,
}

async fn start(config: &Config) -> Result<Running> {
    let listener = TcpListener::bind(config.bind)
        .with_context(|| format!("can't listen on {} (BIND)", config.bind))?;
    let address = listener.local_addr()?;
    let services = wire::services(config).await?;
    recovery::at_start(&services).await?;
    let options = ServerOptions { workers: config.workers, shutdown_timeout: DRAIN };
    let server = api_actix::serve(services.clone(), listener, options)?;
    announce(config, address, services.now())?;
    Ok(Running { server, recovery: tokio::spawn(recovery::keep_up(services)) })
}

impl Running {
    async fn until_stopped(self, mut signals: StopSignals) -> Result<()> {
        let Self { mut server, mut recovery } = self;
        let outcome = tokio::select! {
            ended = &mut server => {
                ended.context("the HTTP server failed")?;
                bail!("the HTTP server ended by itself");
            }
            Err(died) = &mut recovery => Err(Error::new(died).context("the recovery loop died")),
            () = signals.next() => Ok(()),
        };
        // Whatever it is at, the next process can finish.
        recovery.abort();
        tracing::info!("stopping");
        tokio::select! {
            drained = drain(server) => drained.and(outcome),
            () = signals.next() => Err(anyhow!("stopped by a second signal")),
        }
    }
}

/// Accepts nothing more, and waits for the requests under way.
async fn drain(server: Server) -> Result<()> {
    let stopped = server.handle().stop(true);
    let (ended, ()) = tokio::join!(server, stopped);
    ended.context("the HTTP server failed while it stopped")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layer, Origin, load};

    #[tokio::test]
    async fn a_recovery_loop_that_dies_ends_the_server_as_a_failure() {
        let mut flags = Layer::new(Origin::Flag);
        flags.add("BIND".to_owned(), "127.0.0.1:0".to_owned());
        flags.add("STORE".to_owned(), "memory".to_owned());
        let mut running = start(&load(flags, None).config.unwrap()).await.unwrap();
        running.recovery.abort();
        running.recovery = tokio::spawn(async { panic!("out of luck") });

        let error = running.until_stopped(StopSignals::listen().unwrap()).await.unwrap_err();
        assert!(format!("{error:#}").starts_with("the recovery loop died: "), "{error:#}");
    }
}
