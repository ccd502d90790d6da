//! Test certificates, and connections that trust them.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A certificate and its key, in files.
pub(crate) struct Pair {
    directory: TempDir,
    settings: [String; 2],
}

impl Pair {
    /// Creates a self-signed certificate for loopback.
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        let settings = [path("certificate.pem"), path("key.pem")];
        let mut pair = Self { directory, settings };
        pair.renew();
        pair
    }

    /// Writes another one into the same files.
    pub(crate) fn renew(&mut self) {
        let created = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        self.write_certificate(&created.cert.pem());
        self.write_key(&created.signing_key.serialize_pem());
    }

    /// Copies the other one into the files of this one.
    pub(crate) fn copy(&self, other: &Self) {
        self.write_certificate(&other.certificate());
        self.write_key(&other.key());
    }

    /// The settings that make a server use it.
    pub(crate) fn settings(&self) -> [(&'static str, &str); 2] {
        [("TLS_CERT", &self.settings[0]), ("TLS_KEY", &self.settings[1])]
    }

    pub(crate) fn certificate(&self) -> String {
        fs::read_to_string(&self.settings[0]).unwrap()
    }

    pub(crate) fn key(&self) -> String {
        fs::read_to_string(&self.settings[1]).unwrap()
    }

    pub(crate) fn write_certificate(&self, text: &str) {
        fs::write(&self.settings[0], text).unwrap();
    }

    pub(crate) fn write_key(&self, text: &str) {
        fs::write(&self.settings[1], text).unwrap();
    }

    pub(crate) fn remove(&self) {
        for file in fs::read_dir(self.directory.path()).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
    }
}

/// A connection to a server.
pub(crate) struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Connection {
    /// Opens a connection, if the server has the certificate of `pair` and supports one of
    /// `versions`.
    pub(crate) fn open(
        address: SocketAddr,
        pair: &Pair,
        versions: &[&'static SupportedProtocolVersion],
    ) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(pair.certificate().as_bytes()).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let mut tls = ClientConnection::new(Arc::new(config), address.ip().into()).unwrap();
        let mut socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(Self { stream: StreamOwned::new(tls, socket) })
    }

    /// The response to `GET path`, or the part that arrives at once: at least its head.
    pub(crate) fn ask(&mut self, path: &str) -> String {
        write!(self.stream, "GET {path} HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        let mut response = [0; 16 * 1024];
        let read = self.stream.read(&mut response).unwrap();
        String::from_utf8_lossy(&response[..read]).into_owned()
    }

    /// The negotiated protocol (ALPN).
    pub(crate) fn protocol(&self) -> Option<String> {
        let protocol = self.stream.conn.alpn_protocol()?;
        Some(String::from_utf8_lossy(protocol).into_owned())
    }
}
