//! A server on a port of its own, for tests over a real connection.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use api_actix::{AppOptions, Listeners, ServerOptions, Timeouts, serve};

use crate::support::Server;

/// Options with one thread and the limits of a real server.
pub(crate) fn options() -> ServerOptions {
    ServerOptions {
        workers: 1,
        max_connections: 10_000,
        shutdown_timeout: Duration::from_secs(1),
        timeouts: Timeouts::default(),
        tls: None,
        app: AppOptions::default(),
    }
}

/// Serves while `client` runs on a thread of its own.
pub(crate) async fn serving<T: Send + 'static>(
    options: ServerOptions,
    client: impl FnOnce(SocketAddr) -> T + Send + 'static,
) -> T {
    serving_with(&Server::new().await, options, client).await
}

/// Like [`serving`], over `server`.
pub(crate) async fn serving_with<T: Send + 'static>(
    server: &Server,
    options: ServerOptions,
    client: impl FnOnce(SocketAddr) -> T + Send + 'static,
) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (services, metrics) = (server.services.clone(), server.metrics.clone());
    let listeners = Listeners { api: listener, metrics: None };
    let server = serve(services, metrics, listeners, &options).unwrap().remove(0);
    let handle: ServerHandle = server.handle();
    let running = actix_web::rt::spawn(server);
    let seen = actix_web::rt::task::spawn_blocking(move || client(address)).await.unwrap();
    handle.stop(false).await;
    running.await.unwrap().unwrap();
    seen
}
