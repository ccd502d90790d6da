//! Message authentication of page tokens.

/// Authenticates page tokens with a key that only this installation has.
pub trait PageSealer: Send + Sync {
    /// MUST return the HMAC (RFC 2104, with SHA-256) of `message`. The key MUST be the same in all
    /// processes of the installation, and after a restart.
    fn seal(&self, message: &[u8]) -> [u8; 32];
}
