//! [`NamespaceLedger`]: one document per name, with its owner and claim.

use async_trait::async_trait;
use bson::doc;
use domain::model::{Claim, CollectionName, OrganizationId, Version};
use domain::ports::{NamespaceLedger, StoreError};
use serde::{Deserialize, Serialize};

use crate::call::with_timeout;
use crate::mongo_error::MongoError;
use crate::records::{encode, find, integer};
use crate::schema::NAMESPACES;
use crate::store::MongoStore;

#[async_trait]
impl NamespaceLedger for MongoStore {
    async fn claim(
        &self,
        wanted: &CollectionName,
        claim: &Claim,
    ) -> Result<CollectionName, StoreError> {
        let collections = self.fixed_collections()?;
        for family in claim.families(wanted) {
            let mut number = last_number(self, &family).await? + 1;
            // A taken name was taken by a concurrent claim, or long ago by one of another family.
            for _ in 0..Claim::ATTEMPTS {
                let name = NameRecord::new(&family, number, claim);
                match with_timeout(collections.namespaces.insert_one(encode(&name)?)).await {
                    Ok(_) => return Ok(name.id),
                    Err(MongoError::Duplicate) => {}
                    Err(error) => return Err(error.into()),
                }
                if let Some(assigned) = self.assigned_name(claim).await? {
                    return Ok(assigned);
                }
                number = number.max(last_number(self, &family).await?) + 1;
            }
        }
        Err(StoreError::unavailable("no physical name is free"))
    }

    async fn assigned_name(&self, claim: &Claim) -> Result<Option<CollectionName>, StoreError> {
        let collections = self.fixed_collections()?;
        let begun = integer(claim.begun.number())?;
        let by_claim = doc! { "organization": claim.organization.as_str(), "begun": begun };
        let find_one = collections.namespaces.find_one(by_claim);
        let latest = find_one.read_concern(self.features.latest_concern());
        let name: Option<NameRecord> = find(NAMESPACES, latest).await?;
        Ok(name.map(|name| name.id))
    }

    async fn owner(&self, name: &CollectionName) -> Result<Option<OrganizationId>, StoreError> {
        self.read_after_election(|collections| async move {
            let by_name = collections.namespaces.find_one(doc! { "_id": name.as_str() });
            let found: Option<NameRecord> = find(NAMESPACES, by_name).await?;
            Ok(found.map(|found| found.organization))
        })
        .await
    }
}

/// An assigned name.
#[derive(Serialize, Deserialize)]
struct NameRecord {
    id: CollectionName,
    organization: OrganizationId,
    begun: Version,
    /// The wanted name; `id` is the `number`-th of its family.
    family: CollectionName,
    number: u64,
}

impl NameRecord {
    fn new(wanted: &CollectionName, number: u64, claim: &Claim) -> Self {
        Self {
            id: wanted.numbered(number),
            organization: claim.organization.clone(),
            begun: claim.begun,
            family: wanted.clone(),
            number,
        }
    }
}

/// The greatest number assigned in the family of `wanted`; 0 when there is none.
async fn last_number(store: &MongoStore, wanted: &CollectionName) -> Result<u64, StoreError> {
    store
        .read_after_election(|collections| async move {
            let family = collections.namespaces.find_one(doc! { "family": wanted.as_str() });
            let last: Option<NameRecord> =
                find(NAMESPACES, family.sort(doc! { "number": -1 })).await?;
            Ok(last.map_or(0, |last| last.number))
        })
        .await
}
