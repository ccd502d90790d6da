//! Page tokens of sorted lists: authenticated cursors that only this installation can issue.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use crate::model::{OrganizationId, Position, PositionTooLarge, Sort};
use crate::ports::PageSealer;
use crate::service::Error;

/// Maximum size of a token in bytes: it has to fit into a URL.
const MAX_BYTES: usize = 4096;
/// The length of a seal in base64url.
const SEAL: usize = 43;

/// Issues and reads the page tokens of sorted lists.
#[derive(Clone)]
pub struct PageTokens {
    sealer: Arc<dyn PageSealer>,
}

impl PageTokens {
    pub(in crate::service) fn new(sealer: Arc<dyn PageSealer>) -> Self {
        Self { sealer }
    }

    /// Issues the token for the items after `position` in a list of `organization` in this order.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/sort` when the values of the position are too long for a token.
    pub fn make(
        &self,
        organization: &OrganizationId,
        sort: &Sort,
        position: &Position,
    ) -> Result<String, Error> {
        let position =
            serde_json::to_string(position).map_err(|error| Error::Internal(error.into()))?;
        if position.len() > MAX_BYTES {
            return Err(PositionTooLarge.into());
        }
        let seal = BASE64URL_NOPAD.encode(&self.seal(organization, sort, &position));
        Ok(seal + &position)
    }

    /// Reads the position from a token for the same organization and order; none for any other
    /// text.
    #[must_use]
    pub fn read(
        &self,
        organization: &OrganizationId,
        sort: &Sort,
        token: &str,
    ) -> Option<Position> {
        let (seal, position) = token.split_at_checked(SEAL)?;
        let seal = BASE64URL_NOPAD.decode(seal.as_bytes()).ok()?;
        let right = self.seal(organization, sort, position);
        if !bool::from(right.ct_eq(&*seal)) {
            return None;
        }
        serde_json::from_str(position).ok()
    }

    /// No part contains the separator (NUL), so the parts are unambiguous.
    fn seal(&self, organization: &OrganizationId, sort: &Sort, position: &str) -> [u8; 32] {
        self.sealer.seal(format!("documents\0{organization}\0{sort}\0{position}").as_bytes())
    }
}
