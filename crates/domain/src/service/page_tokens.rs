//! Where a sorted list goes on: a text for clients to send back, which nobody but this installation can make.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use super::Error;
use crate::model::{OrganizationId, Position, PositionTooLarge, Sort};
use crate::ports::PageSealer;

/// The greatest token in bytes: it has to fit into a URL.
const MAX_BYTES: usize = 4096;
/// The length of a seal in base64url.
const SEAL: usize = 43;

/// Makes and reads the tokens of sorted lists.
#[derive(Clone)]
pub struct PageTokens {
    sealer: Arc<dyn PageSealer>,
}

impl PageTokens {
    pub(super) fn new(sealer: Arc<dyn PageSealer>) -> Self {
        Self { sealer }
    }

    /// The token for what comes after `position` in a list of `organization` in this order.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/sort` when the values there are too long for a token.
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

    /// The position in a token that was made for the same organization and order; none in any other text.
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

    /// No part can hold the end of the part before it.
    fn seal(&self, organization: &OrganizationId, sort: &Sort, position: &str) -> [u8; 32] {
        self.sealer.seal(format!("documents\0{organization}\0{sort}\0{position}").as_bytes())
    }
}
