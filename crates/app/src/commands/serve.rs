//! Command `tenantry serve`.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use anyhow::{Context, Error, Result, anyhow, bail};
use api_actix::{Listeners, Metrics, ServerOptions, Timeouts};
use domain::service::{Services, SigningKeys};
use futures_util::future::{join, select_all, try_join_all};
use tokio::runtime;
use tokio::task::JoinHandle;

use crate::capacity::CapacityWatch;
use crate::commands::announce::{Addresses, announce};
use crate::config::{Config, Loaded};
use crate::signals::StopSignals;
use crate::tls::Certificate;
use crate::wire::Installation;
use crate::{logging, recovery, reload, trails, wire};

/// Maximum time for running requests to complete during shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until a signal stops the process.
///
/// # Errors
/// Fails if the server can't start, if a background task fails, or if a second signal interrupts
/// the shutdown.
pub(crate) fn serve(loaded: Loaded) -> Result<()> {
    let warnings = loaded.warnings();
    let config = &loaded.config?;
    logging::start(config.log_level, config.log_format)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    // Requests run on worker threads; this runtime supervises them.
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

/// Running servers and background tasks.
struct Running {
    services: Services,
    servers: Vec<Server>,
    /// Background tasks; they never end on their own.
    recovery: JoinHandle<Infallible>,
    /// Certificate reload on SIGHUP; only with TLS.
    reloading: Option<JoinHandle<Infallible>>,
}

async fn start(config: &Config) -> Result<Running> {
    let certificate = config.tls.as_ref().map(Certificate::load).transpose()?;
    let reloading = certificate.clone().map(reload::on_signal).transpose()?;
    let listeners = listen(config)?;
    let addresses = Addresses {
        api: listeners.api.local_addr()?,
        metrics: listeners.metrics.as_ref().unwrap_or(&listeners.api).local_addr()?,
    };
    let Installation { services, keys, recover_at_start } = wire::installation(config).await?;
    let metrics = Metrics::new(services.now())?;
    recovery::at_start(&services, recover_at_start).await?;
    let options = ServerOptions {
        workers: config.workers,
        max_connections: config.max_connections,
        shutdown_timeout: DRAIN_TIMEOUT,
        timeouts: Timeouts::default(),
        tls: certificate.map(Certificate::config).transpose()?,
        app: config.app.clone(),
    };
    let servers = api_actix::serve(services.clone(), metrics.clone(), listeners, &options)?;
    announce(config, &addresses, services.now())?;
    let capacity = CapacityWatch::new(services.clone(), metrics);
    let recovery = tokio::spawn(run_background_tasks(services.clone(), keys, capacity));
    Ok(Running { services, servers, recovery, reloading })
}

/// Runs the background tasks, each in its own loop, so that none waits for the others.
async fn run_background_tasks(
    services: Services,
    keys: Option<SigningKeys>,
    capacity: CapacityWatch,
) -> Infallible {
    tokio::select! {
        never = recovery::send_heartbeats(services.clone()) => never,
        never = recovery::maintain_keys(keys) => never,
        never = trails::flush_outboxes(services.clone()) => never,
        never = trails::sign_and_truncate(services.clone()) => never,
        never = recovery::run(services, capacity) => never,
    }
}

fn listen(config: &Config) -> Result<Listeners> {
    let api = bind(config.bind, "BIND")?;
    let metrics = config.metrics_bind.map(|address| bind(address, "METRICS_BIND")).transpose()?;
    Ok(Listeners { api, metrics })
}

fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("can't listen on {address} ({setting})"))
}

impl Running {
    async fn until_stopped(self, mut signals: StopSignals) -> Result<()> {
        let Self { services, mut servers, mut recovery, reloading } = self;
        let outcome = tokio::select! {
            (ended, ..) = select_all(&mut servers) => {
                ended.context("the HTTP server failed")?;
                bail!("the HTTP server stopped unexpectedly");
            }
            Err(died) = &mut recovery => Err(Error::new(died).context("the recovery loop failed")),
            () = signals.next() => Ok(()),
        };
        // The next process finishes interrupted work.
        recovery.abort();
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        tracing::info!("stopping");
        let drained = try_join_all(servers.into_iter().map(drain));
        let ended = async {
            let (drained, ()) = join(drained, recovery::deregister(&services)).await;
            trails::final_flush(&services).await;
            drained
        };
        tokio::select! {
            drained = ended => drained.and(outcome),
            () = signals.next() => Err(anyhow!("stopped by a second signal")),
        }
    }
}

/// Stops accepting connections, and waits for running requests.
async fn drain(server: Server) -> Result<()> {
    let stopped = server.handle().stop(true);
    let (ended, ()) = tokio::join!(server, stopped);
    ended.context("the HTTP server failed during shutdown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layer, Source, load};

    #[tokio::test]
    async fn a_failed_recovery_loop_ends_the_server_with_an_error() {
        let mut flags = Layer::new(Source::Flag);
        flags.add("BIND".to_owned(), "127.0.0.1:0".to_owned());
        flags.add("STORE".to_owned(), "memory".to_owned());
        let mut running = start(&load(flags, None).config.unwrap()).await.unwrap();
        running.recovery.abort();
        running.recovery = tokio::spawn(async { panic!("out of luck") });

        let error = running.until_stopped(StopSignals::listen().unwrap()).await.unwrap_err();
        assert!(format!("{error:#}").starts_with("the recovery loop failed: "), "{error:#}");
    }
}
