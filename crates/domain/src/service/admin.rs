//! Use cases of admins.

pub(super) mod admins;
mod passwords;

pub use admins::{Admins, CreateAdmin, Progress};
pub use passwords::Passwords;
