//! The certificate that the server shows, which can be exchanged while it serves.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result, anyhow};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// Where certificate and key are.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    /// The certificate and those between it and a root, in PEM.
    pub(crate) certificate: PathBuf,
    /// Its private key, in PEM.
    pub(crate) key: PathBuf,
}

/// The certificate in use.
pub(crate) struct Certificate {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads `files`.
    ///
    /// # Errors
    /// One line that names the setting, when they are no certificate and its key.
    pub(crate) fn load(files: &TlsFiles) -> Result<Arc<Self>> {
        let current = RwLock::new(read(files)?);
        Ok(Arc::new(Self { files: files.clone(), current }))
    }

    /// Reads the files again, for connections to come: those that are there keep what they have.
    ///
    /// # Errors
    /// As [`Certificate::load`]; the certificate in use stays.
    pub(crate) fn reload(&self) -> Result<()> {
        let fresh = read(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// TLS 1.2 and 1.3, in which this certificate is shown.
    ///
    /// # Errors
    /// When the cryptography has neither.
    pub(crate) fn config(self: Arc<Self>) -> Result<ServerConfig> {
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?;
        Ok(config.with_no_client_auth().with_cert_resolver(self))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Without the key.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

fn read(files: &TlsFiles) -> Result<Arc<CertifiedKey>> {
    let TlsFiles { certificate, key } = files;
    let chain = content(certificate, "TLS_CERT")?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain
        .ok_or_else(|| anyhow!("TLS_CERT: no certificate in {} (PEM)", certificate.display()))?;
    // What the reader says may quote the key.
    let secret = PrivateKeyDer::from_pem_slice(&content(key, "TLS_KEY")?);
    let secret =
        secret.map_err(|_| anyhow!("TLS_KEY: no private key in {} (PEM)", key.display()))?;
    match CertifiedKey::from_der(chain, secret, &default_provider()) {
        Ok(both) => Ok(Arc::new(both)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(anyhow!(
            "TLS_KEY: {} is not the key of the certificate in {} (TLS_CERT)",
            key.display(),
            certificate.display()
        )),
        Err(error) => Err(anyhow!("TLS_CERT, TLS_KEY: can't be used: {error}")),
    }
}

fn content(path: &Path, setting: &str) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{setting}: can't read {}", path.display()))
}
