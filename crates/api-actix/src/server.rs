//! The server.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{HttpServer, web};
use domain::service::Services;
use rustls::ServerConfig;

use crate::connections::Connections;
use crate::idle::IdleLimits;
use crate::{AppOptions, Metrics, Routes, app, idle};

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
    /// Maximum number of connections of each listener; at least one. Others wait until one ends. A client
    /// network has a quarter of them, at least 8; those beyond are closed at once.
    pub max_connections: usize,
    /// How long requests under way may take to end once the server is told to stop; whole seconds.
    pub shutdown_timeout: Duration,
    /// How long clients are waited for.
    pub timeouts: Timeouts,
    /// For TLS on the listener of the API; the other one is plain in any case.
    pub tls: Option<ServerConfig>,
    /// What holds for each request.
    pub app: AppOptions,
}

/// How long clients are waited for. A body has its own time, wherever it is read.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Until a connection is encrypted, and again until the head of its first request is there.
    pub head: Duration,
    /// Between an answer and the next request.
    pub keep_alive: Duration,
    /// The same while four fifths of the connections are used; also the maximum time to receive an answer.
    pub crowded: Duration,
    /// How long what a client still sends is thrown away after an answer that did not wait for it: the
    /// client can read the answer only if the connection is not reset meanwhile.
    pub linger: Duration,
}

impl Default for Timeouts {
    /// Connections are kept for longer than proxies and clients keep idle ones, 60 seconds as a rule: it is
    /// for them to end it, or a request may meet the end of its connection.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            crowded: Duration::from_secs(15),
            linger: Duration::from_secs(10),
        }
    }
}

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
        let (timeouts, options) = (options.timeouts, options.clone());
        // Each worker has a share, and none would have too small a one.
        let workers = workers.min(options.max_connections);
        let share = options.max_connections / workers;
        let connections = Connections::new(options.max_connections, options.app.proxies.clone());
        let usual = timeouts.keep_alive + timeouts.head;
        let idle = IdleLimits { usual, crowded: timeouts.crowded.min(usual) };
        let app = move || app(routes, services.clone(), metrics.clone(), options.app.clone());
        let server = HttpServer::new(app)
            .workers(workers)
            .max_connections(share)
            // A lower bound would let those who connect and say nothing shut everybody out.
            .max_connection_rate(share)
            .shutdown_timeout(options.shutdown_timeout.as_secs())
            .keep_alive(timeouts.keep_alive)
            .tls_handshake_timeout(timeouts.head)
            .client_request_timeout(timeouts.head)
            .client_disconnect_timeout(timeouts.linger)
            .on_connect(idle::watch(connections, idle))
            .disable_signals();
        let server = match options.tls {
            Some(tls) if routes != Routes::Metrics => server.listen_rustls_0_23(listener, tls)?,
            _ => server.listen(listener)?,
        };
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
