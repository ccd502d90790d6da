//! The server.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{HttpServer, web};
use domain::service::Services;

use crate::{Metrics, Routes, app};

/// Where to serve.
#[derive(Debug)]
pub struct Listeners {
    /// For the API and everything else.
    pub api: TcpListener,
    /// For `/metrics`, which is not on the other one then.
    pub metrics: Option<TcpListener>,
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// How many threads answer requests; at least one.
    pub workers: usize,
    /// How long requests under way may take to end once the server is told to stop; whole seconds.
    pub shutdown_timeout: Duration,
}

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what a client still sends is thrown away after an answer that did not wait for it: the
/// client can read the answer only if the connection is not reset meanwhile.
const LINGER: Duration = Duration::from_secs(10);

/// Serves on `listeners`, with a server each, until the servers are stopped through their handles.
/// Signals are the caller's.
///
/// # Errors
/// When a listener can't be used.
pub fn serve(
    services: Services,
    metrics: Metrics,
    listeners: Listeners,
    options: &ServerOptions,
) -> io::Result<Vec<Server>> {
    let (services, metrics) = (web::Data::new(services), web::Data::new(metrics));
    let server = |routes: Routes, listener: TcpListener, workers: usize| -> io::Result<Server> {
        let (services, metrics) = (services.clone(), metrics.clone());
        let server = HttpServer::new(move || app(routes, services.clone(), metrics.clone()))
            .workers(workers)
            .shutdown_timeout(options.shutdown_timeout.as_secs())
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(LINGER)
            .disable_signals()
            .listen(listener)?;
        Ok(server.run())
    };
    let Listeners { api, metrics: own } = listeners;
    match own {
        None => Ok(vec![server(Routes::All, api, options.workers)?]),
        Some(own) => Ok(vec![
            server(Routes::AllButMetrics, api, options.workers)?,
            server(Routes::Metrics, own, 1)?,
        ]),
    }
}
