//! Command `tenantry healthcheck`.

mod any_certificate;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustls::{ClientConnection, StreamOwned};

use super::{reachable, scheme};
use crate::config::Config;

const TIMEOUT: Duration = Duration::from_secs(3);
const PATH: &str = "/health/ready";
/// Beginning of a success response.
const YES: &[u8] = b"HTTP/1.1 200";

/// Checks whether the server that listens on `BIND` is ready.
///
/// # Errors
/// Fails if the server is not ready or does not respond in time.
pub(crate) fn check_health(config: &Config) -> Result<()> {
    let bind = config.bind;
    ensure!(bind.port() != 0, "BIND has port 0, so only the server knows the port");
    let address = reachable(bind);
    let url = format!("{}://{address}{PATH}", scheme(config));
    let answer = connect(address).and_then(|stream| match config.tls {
        None => ask(stream, address),
        Some(_) => ask(StreamOwned::new(encrypted(address)?, stream), address),
    });
    let answer = answer.with_context(|| format!("no response from {url}"))?;
    let status = String::from_utf8_lossy(&answer);
    ensure!(answer == YES, "not ready: {url} returned {status}");
    Ok(())
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let start = Instant::now();
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    let left = TIMEOUT.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
    stream.set_write_timeout(Some(left))?;
    stream.set_read_timeout(Some(left))?;
    Ok(stream)
}

fn encrypted(address: SocketAddr) -> io::Result<ClientConnection> {
    let config = any_certificate::config().map_err(io::Error::other)?;
    ClientConnection::new(config, address.ip().into()).map_err(io::Error::other)
}

/// Reads the first bytes of the response, as many as [`YES`] has.
fn ask(mut stream: impl Read + Write, address: SocketAddr) -> io::Result<[u8; YES.len()]> {
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = [0; YES.len()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}
