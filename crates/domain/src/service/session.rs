//! Authentication: logins, sessions, tokens and their keys.

pub(super) mod access;
mod audience_tokens;
mod guesses;
pub(super) mod issue;
mod login;
mod sessions;
mod signing_keys;
pub(super) mod step_up;

pub use access::{Access, AdminContext, Caller, OperatorContext, OperatorToken};
pub use audience_tokens::{AudienceToken, AudienceTokens};
pub use guesses::{Guess, Guesses};
pub use issue::{LoggedIn, TokenLifetimes};
pub use login::Login;
pub use sessions::Sessions;
pub use signing_keys::{KeyPorts, KeyRules, SigningKeys};
