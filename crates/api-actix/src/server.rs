//! The server.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{HttpServer, web};
use domain::service::Services;

use crate::app;

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

/// Serves on `listener` until the server is stopped through its handle. Signals are the caller's.
///
/// # Errors
/// When the listener can't be used.
pub fn serve(
    services: Services,
    listener: TcpListener,
    options: ServerOptions,
) -> std::io::Result<Server> {
    let services = web::Data::new(services);
    let server = HttpServer::new(move || app(services.clone()))
        .workers(options.workers)
        .shutdown_timeout(options.shutdown_timeout.as_secs())
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(LINGER)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
