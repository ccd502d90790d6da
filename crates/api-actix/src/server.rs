//! The server.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_tls::accept::rustls_0_23::{Acceptor, TlsStream};
use actix_tls::accept::{TlsError, max_concurrent_tls_connect};
use actix_web::dev::{AppConfig, Server, ServiceFactory, fn_service};
use actix_web::rt::net::TcpStream as Plain;
use actix_web::{Error, web};
use domain::service::Services;
use futures_util::future::ok;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::client_address::Encrypted;
use crate::connections::Connections;
use crate::flow_control::Controlled;
use crate::idle::{IdleLimits, IdleWatch};
use crate::{AppOptions, Metrics, Routes, app};

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
    /// Maximum number of connections of each listener; at least one. Others wait until one ends. A
    /// client network has a quarter of them, at least 8; those beyond are closed at once.
    pub max_connections: usize,
    /// Maximum duration of requests in progress after a request to stop; whole seconds.
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
    /// The same while four fifths of the connections are used; also the maximum time to receive an
    /// answer.
    pub crowded: Duration,
    /// How long what a client still sends is thrown away after an answer that did not wait for it:
    /// the client can read the answer only if the connection is not reset meanwhile.
    pub linger: Duration,
}

impl Default for Timeouts {
    /// Connections are kept for longer than proxies and clients keep idle ones, 60 seconds as a
    /// rule: it is for them to end it, or a request may meet the end of its connection.
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
        let (timeouts, app) = (options.timeouts, options.app.clone());
        let usual = timeouts.keep_alive + timeouts.head;
        let crowded = timeouts.crowded.min(usual);
        let watch = IdleWatch {
            connections: Connections::new(options.max_connections, app.proxies.clone()),
            limits: IdleLimits { usual, crowded, head: timeouts.head },
        };
        let (services, metrics) = (services.clone(), metrics.clone());
        let site = Site { routes, services, metrics, app, timeouts, watch };
        let tls = options.tls.clone().filter(|_| routes != Routes::Metrics);
        site.serve(listener, tls, options, workers)
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

/// What is served on a listener. Each worker has a clone.
#[derive(Clone)]
struct Site {
    routes: Routes,
    services: web::Data<Services>,
    metrics: web::Data<Metrics>,
    app: AppOptions,
    timeouts: Timeouts,
    watch: IdleWatch,
}

impl Site {
    fn serve(
        self,
        listener: TcpListener,
        tls: Option<ServerConfig>,
        options: &ServerOptions,
        workers: usize,
    ) -> io::Result<Server> {
        // Each worker has a share, and none would have too small a one.
        let workers = workers.min(options.max_connections);
        let share = options.max_connections / workers;
        // A lower bound would let clients that connect and send nothing block all others.
        max_concurrent_tls_connect(share);
        let server = Server::build()
            .workers(workers)
            .max_concurrent_connections(share)
            .shutdown_timeout(options.shutdown_timeout.as_secs())
            .disable_signals();
        let signal = server.graceful_shutdown_signal();
        let stopping = move || {
            let signal = signal.clone();
            async move { signal.notified().await }
        };
        let name = listener.local_addr()?.to_string();
        let server = match tls {
            Some(tls) => server
                .listen(name, listener, move || self.clone().https(tls.clone(), stopping.clone())),
            None => server.listen(name, listener, move || self.clone().http(stopping.clone())),
        };
        Ok(server?.run())
    }

    fn http<F: Future<Output = ()> + 'static>(
        self,
        stopping: impl Fn() -> F + 'static,
    ) -> impl ServiceFactory<Plain, Config = (), Response = (), Error = DispatchError, InitError = ()>
    {
        let accept = |io: Plain| {
            let peer = accepted(&io);
            ok((Controlled::new(io), Protocol::Http1, peer))
        };
        fn_service(accept).and_then(self.connection(stopping, false, |io| io))
    }

    fn https<F: Future<Output = ()> + 'static>(
        self,
        mut tls: ServerConfig,
        stopping: impl Fn() -> F + 'static,
    ) -> impl ServiceFactory<
        Plain,
        Config = (),
        Response = (),
        Error = TlsError<io::Error, DispatchError>,
        InitError = (),
    > {
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut acceptor = Acceptor::new(tls);
        acceptor.set_handshake_timeout(self.timeouts.head);
        let accept = |io: TlsStream<Plain>| {
            let peer = accepted(io.get_ref().0);
            ok((Controlled::new(io), Protocol::Http1, peer))
        };
        let connection = self.connection(stopping, true, |io: &TlsStream<Plain>| io.get_ref().0);
        acceptor
            .map_err(TlsError::into_service_error)
            .and_then(fn_service(accept))
            .and_then(connection.map_err(TlsError::Service))
    }

    /// Serves a connection, which `stopping` ends after its request in progress.
    fn connection<T, F>(
        self,
        stopping: impl Fn() -> F + 'static,
        is_encrypted: bool,
        socket: fn(&T) -> &Plain,
    ) -> impl ServiceFactory<
        (Controlled<T>, Protocol, Option<SocketAddr>),
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    >
    where
        T: AsyncRead + AsyncWrite + Unpin + 'static,
        F: Future<Output = ()> + 'static,
    {
        let Self { routes, services, metrics, app: options, timeouts, watch } = self;
        let app = app(routes, services, metrics, options).into_factory();
        let app = app.map_err(|error: Error| error.error_response());
        HttpService::build()
            .graceful_shutdown_signal(stopping)
            .keep_alive(timeouts.keep_alive)
            .client_request_timeout(timeouts.head)
            .client_disconnect_timeout(timeouts.linger)
            .on_connect_ext(move |io: &Controlled<T>, data: &mut _| {
                data.insert(io.flow().clone());
                if is_encrypted {
                    data.insert(Encrypted);
                }
                watch.begin(socket(io.get_ref()), io.flow(), data);
            })
            .finish(map_config(app, |()| AppConfig::default()))
    }
}

/// The peer of a connection. Responses to pipelined requests leave in several segments, which must
/// not wait for each other's acknowledgement (Nagle's algorithm).
fn accepted(socket: &Plain) -> Option<SocketAddr> {
    let _ = socket.set_nodelay(true);
    socket.peer_addr().ok()
}
