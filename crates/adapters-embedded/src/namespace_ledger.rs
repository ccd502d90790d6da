//! [`NamespaceLedger`]: the owner of each name, the name of each claim, and the last number of each
//! family of names.

use async_trait::async_trait;
use domain::model::{Claim, CollectionName, OrganizationId};
use domain::ports::{NamespaceLedger, StoreError};
use redb::{ReadableTable, TableHandle, WriteTransaction};

use crate::records::parse_text;
use crate::store::EmbeddedStore;
use crate::tables::{NAMESPACE_CLAIMS, NAMESPACE_FAMILIES, NAMESPACES};
use crate::tx_error::TxError;

#[async_trait]
impl NamespaceLedger for EmbeddedStore {
    async fn claim(
        &self,
        wanted: &CollectionName,
        claim: &Claim,
    ) -> Result<CollectionName, StoreError> {
        let (wanted, claim) = (wanted.clone(), claim.clone());
        self.write(move |tx| assign(tx, &wanted, &claim)).await
    }

    async fn assigned_name(&self, claim: &Claim) -> Result<Option<CollectionName>, StoreError> {
        self.read(|tx| assigned_name(&tx.open_table(NAMESPACE_CLAIMS)?, claim))
    }

    async fn owner(&self, name: &CollectionName) -> Result<Option<OrganizationId>, StoreError> {
        self.read(|tx| {
            let owner = tx.open_table(NAMESPACES)?.get(name.as_str())?;
            let parse = |owner: &str| parse_text(NAMESPACES.name(), name.as_str(), owner);
            Ok(owner.map(|owner| parse(owner.value())).transpose()?)
        })
    }
}

fn assign(
    tx: &WriteTransaction,
    wanted: &CollectionName,
    claim: &Claim,
) -> Result<CollectionName, TxError<StoreError>> {
    let mut claims = tx.open_table(NAMESPACE_CLAIMS)?;
    if let Some(assigned) = assigned_name(&claims, claim)? {
        return Ok(assigned);
    }
    let organization = claim.organization.as_str();
    let mut families = tx.open_table(NAMESPACE_FAMILIES)?;
    let mut names = tx.open_table(NAMESPACES)?;
    for family in claim.families(wanted) {
        let first = families.get(family.as_str())?.map_or(1, |last| last.value() + 1);
        // A name of this family may have been assigned in another one: `org_acme_2` is also the
        // first choice of the organization "Acme 2".
        for number in first..first + Claim::ATTEMPTS {
            let name = family.numbered(number);
            if names.get(name.as_str())?.is_none() {
                names.insert(name.as_str(), organization)?;
                claims.insert((organization, claim.begun.number()), name.as_str())?;
                families.insert(family.as_str(), number)?;
                return Ok(name);
            }
        }
    }
    Err(TxError::Refused(StoreError::unavailable("no physical name is free")))
}

fn assigned_name(
    claims: &impl ReadableTable<(&'static str, u64), &'static str>,
    claim: &Claim,
) -> Result<Option<CollectionName>, TxError<StoreError>> {
    let organization = claim.organization.as_str();
    let name = claims.get((organization, claim.begun.number()))?;
    let parse = |name: &str| parse_text(NAMESPACE_CLAIMS.name(), organization, name);
    Ok(name.map(|name| parse(name.value())).transpose()?)
}
