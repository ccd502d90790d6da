//! Authentication: logins, sessions, tokens and their keys.

pub(super) mod access;
mod audience_tokens;
pub(super) mod issue;
mod login;
mod login_throttle;
mod sessions;
mod signing_keys;
pub(super) mod step_up;

pub use access::{Access, AdminContext, Caller, OperatorContext, OperatorToken};
pub use audience_tokens::{AudienceToken, AudienceTokens};
pub use issue::{LoggedIn, TokenLifetimes};
pub use login::Login;
pub use login_throttle::{LoginAttempt, LoginThrottle};
pub use sessions::Sessions;
pub use signing_keys::{KeyPorts, KeyRules, SigningKeys};
