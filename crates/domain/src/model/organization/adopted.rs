//! Organizations migrated from another service.

use super::Organization;
use crate::model::{
    Actor, AdminId, Description, DocumentIds, Metadata, OrganizationId, OrganizationName, Phase,
    Placement, Slug, StorageQuota, Timestamp, Version,
};

/// Values that are migrated from an organization of another service.
#[derive(Debug, Clone)]
pub struct AdoptedOrganization {
    /// The original id.
    pub id: OrganizationId,
    /// Display name.
    pub name: OrganizationName,
    /// Description.
    pub description: Option<Description>,
    /// The admin that was created with it.
    pub founder: Option<AdminId>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Whether its admins may use it.
    pub is_active: bool,
    /// The deletion, if it is deleted.
    pub deletion: Option<Deletion>,
    /// Kind of the ids of its documents.
    pub document_ids: DocumentIds,
}

/// Time and actor of a deletion.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// Time.
    pub at: Timestamp,
    /// Actor, if known.
    pub by: Option<Actor>,
}

impl Organization {
    /// Builds a migrated organization with its documents at `placement`: active, suspended or
    /// deleted, as in the other service.
    #[must_use]
    pub fn adopted(adopted: &AdoptedOrganization, placement: Option<Placement>) -> Self {
        let deletion = adopted.deletion.as_ref();
        Self {
            id: adopted.id.clone(),
            name: adopted.name.clone(),
            slug: Slug::of(&adopted.name),
            description: adopted.description.clone(),
            metadata: Metadata::default(),
            phase: match deletion {
                Some(_) => Phase::Deleted,
                None if adopted.is_active => Phase::Active,
                None => Phase::Suspended,
            },
            placement,
            version: Version::FIRST,
            created_at: adopted.created_at,
            updated_at: adopted.updated_at,
            deleted_at: deletion.map(|deletion| deletion.at),
            deleted_by: deletion.and_then(|deletion| deletion.by.clone()),
            lease_until: None,
            rate_limit: None,
            quota: StorageQuota::UNLIMITED,
            founder: adopted.founder.clone(),
            document_ids: adopted.document_ids,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;
    use crate::model::{CollectionName, Status};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(seconds))
    }

    fn acme(deletion: Option<Deletion>) -> AdoptedOrganization {
        AdoptedOrganization {
            id: OrganizationId::parse("65a000000000000000000001").unwrap(),
            name: OrganizationName::parse("acme").unwrap(),
            description: None,
            founder: AdminId::parse("65b000000000000000000001").ok(),
            created_at: at(1),
            updated_at: at(2),
            is_active: true,
            deletion,
            document_ids: DocumentIds::Mixed,
        }
    }

    #[test]
    fn an_active_legacy_organization_stays_active_in_its_collection() {
        let name = CollectionName::parse("org_acme").unwrap();
        let placement = Placement::Collection { name, uuid: None };
        let adopted = Organization::adopted(&acme(None), Some(placement.clone()));
        assert_eq!((adopted.status(), adopted.placement()), (Status::Active, Some(&placement)));
        assert_eq!((adopted.created_at(), adopted.updated_at()), (at(1), at(2)));
        assert_eq!(adopted.tenant().unwrap().document_ids(), DocumentIds::Mixed);
        assert!(!adopted.is_pending() && adopted.has_own_collection());
    }

    #[test]
    fn an_inactive_legacy_organization_stays_suspended() {
        let closed = AdoptedOrganization { is_active: false, ..acme(None) };
        assert_eq!(Organization::adopted(&closed, None).status(), Status::Suspended);
    }

    #[test]
    fn a_deleted_legacy_organization_stays_deleted_and_reserves_no_name() {
        let by = Some(Actor::Operator);
        let adopted = Organization::adopted(&acme(Some(Deletion { at: at(3), by })), None);
        assert_eq!((adopted.status(), adopted.deleted_at()), (Status::Deleted, Some(at(3))));
        assert_eq!(adopted.deleted_by(), Some(&Actor::Operator));
        assert!(adopted.tenant().is_none() && adopted.reserved_slugs().next().is_none());
    }
}
