//! Key of the load limits.

use crate::model::{ClientAddress, OrganizationId, Trail};

/// The party on whose behalf work runs. Limits on scans, connections, hashes, computations and
/// bytes apply per requester (bulkhead).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Requester {
    /// An admin of this organization.
    Organization(OrganizationId),
    /// A reader of this organization's audit trail, the server that signs it included: queries for
    /// documents must not keep them waiting.
    Trail(OrganizationId),
    /// An unauthenticated client in this network.
    Client(ClientAddress),
    /// The operator, or work in the background.
    Installation,
}

impl Requester {
    /// An unauthenticated client: its network, not its address, is the key.
    #[must_use]
    pub fn client(address: ClientAddress) -> Self {
        Self::Client(address.network())
    }
}

impl From<&Trail> for Requester {
    fn from(trail: &Trail) -> Self {
        match trail {
            Trail::Organization(id) => Self::Trail(id.clone()),
            Trail::Installation => Self::Installation,
        }
    }
}
