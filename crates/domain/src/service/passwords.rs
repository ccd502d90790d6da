//! Changing one's own password.

use super::admins::record::{self, Next};
use super::{AdminContext, Error};
use crate::model::{Admin, Invalid, InvalidAt, Password};
use crate::ports::{Ports, TokenError, Verdict};

/// The use case of changing one's password.
#[derive(Clone)]
pub struct Passwords {
    ports: Ports,
}

impl Passwords {
    pub(super) fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Gives the caller another password, and ends its other sessions.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/current_password` when that is wrong; [`Error::Overloaded`],
    /// [`Error::Contended`] and [`Error::Store`].
    pub async fn change(
        &self,
        caller: &AdminContext,
        current: Password,
        new: Password,
    ) -> Result<(), Error> {
        let id = caller.admin().id();
        let stored = self.ports.admins.get(id).await?.ok_or(TokenError::Invalid)?;
        let proven = stored.password_hash().clone();
        if self.ports.hasher.verify(current, Some(proven.clone())).await? == Verdict::Wrong {
            let wrong = InvalidAt::from(Invalid::Wrong).below("current_password");
            return Err(Error::Invalid(wrong));
        }
        let hash = self.ports.hasher.hash(new).await?;
        let change = |present: Option<Admin>| {
            let present = present.filter(Admin::is_active).ok_or(TokenError::Invalid)?;
            // Somebody else has changed it since, or it was hashed again: what was proven is not known.
            if *present.password_hash() != proven {
                return Err(Error::Contended);
            }
            let now = self.ports.clock.now();
            let next = present.with_password(hash.clone(), caller.session(), now);
            Ok(Next::Write(Box::new(next), ()))
        };
        record::change(&self.ports, id, change).await
    }
}
