//! TLS certificate of the server, which can be replaced while it runs.

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

/// Paths of certificate and key.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    /// Certificate chain in PEM.
    pub(crate) certificate: PathBuf,
    /// Private key in PEM.
    pub(crate) key: PathBuf,
}

/// Current certificate.
pub(crate) struct Certificate {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Loads `files`.
    ///
    /// # Errors
    /// Returns one line that names the setting, if the files are not a certificate and its key.
    pub(crate) fn load(files: &TlsFiles) -> Result<Arc<Self>> {
        let current = RwLock::new(read(files)?);
        Ok(Arc::new(Self { files: files.clone(), current }))
    }

    /// Reloads the files for new connections; established connections keep the previous
    /// certificate.
    ///
    /// # Errors
    /// Same as [`Certificate::load`]; the current certificate is kept.
    pub(crate) fn reload(&self) -> Result<()> {
        let fresh = read(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Server configuration for TLS 1.2 and 1.3 with this certificate.
    ///
    /// # Errors
    /// Fails if the cryptography provider supports neither version.
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

/// Omits the private key.
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
    // The parser's error may quote the key.
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
