//! `tenantry healthcheck`

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::reachable;

const TIMEOUT: Duration = Duration::from_secs(3);
const PATH: &str = "/health/ready";
/// How an answer begins that says yes.
const YES: &[u8] = b"HTTP/1.1 200";

/// Asks the server that listens on `bind` whether it is ready.
///
/// # Errors
/// When it is not, or does not say so in time.
pub(crate) fn check_health(bind: SocketAddr) -> Result<()> {
    ensure!(bind.port() != 0, "BIND has port 0, so the port is known to the server only");
    let address = reachable(bind);
    let answer = ask(address).with_context(|| format!("no answer from http://{address}{PATH}"))?;
    let status = String::from_utf8_lossy(&answer);
    ensure!(answer == YES, "not ready: http://{address}{PATH} answers {status}");
    Ok(())
}

/// The first bytes of the answer, as many as [`YES`] has.
fn ask(address: SocketAddr) -> std::io::Result<[u8; YES.len()]> {
    let start = Instant::now();
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    let left = TIMEOUT.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
    stream.set_write_timeout(Some(left))?;
    stream.set_read_timeout(Some(left))?;
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = [0; YES.len()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}
