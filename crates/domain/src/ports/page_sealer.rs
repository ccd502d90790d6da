//! Whoever seals the tokens of pages.

/// Makes seals that only this installation can make.
pub trait PageSealer: Send + Sync {
    /// MUST be a message authentication code (HMAC, RFC 2104, with SHA-256) of `message`, with a key that is the same in
    /// all processes of the installation, and after a restart.
    fn seal(&self, message: &[u8]) -> [u8; 32];
}
