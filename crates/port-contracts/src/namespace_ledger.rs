//! Contract of [`NamespaceLedger`].

use std::collections::HashSet;
use std::sync::Arc;

use domain::model::{Claim, CollectionName, Version};
use domain::ports::NamespaceLedger;

use crate::fixtures::{collection, organization_id, slug};
use crate::suite::at_once;

/// An id in the format for new organizations.
const ID: &str = "0199d1f0-5b6a-7c3e-8f00-000000000001";

type Ledger = Arc<dyn NamespaceLedger>;

suite! { $ namespace_ledger(Ledger):
    the_first_claim_gets_the_wanted_name_and_later_ones_numbered_names,
    the_same_claim_gets_the_same_name,
    a_repeated_claim_keeps_its_name_when_it_wants_another,
    a_later_claim_of_an_organization_gets_another_name,
    a_numbered_name_that_is_taken_is_skipped,
    a_claim_whose_family_is_occupied_gets_the_reserved_name,
    no_organization_can_occupy_a_reserved_name,
    concurrent_claims_get_distinct_names,
    a_claim_repeated_concurrently_gets_one_name,
    given_returns_the_name_of_a_claim,
    owner_returns_the_organization_of_a_name,
    owner_of_an_unclaimed_name_is_none,
}

async fn the_first_claim_gets_the_wanted_name_and_later_ones_numbered_names(ledger: Ledger) {
    let expected = ["org_acme", "org_acme_2", "org_acme_3"];
    for (organization, expected) in ["a", "b", "c"].into_iter().zip(expected) {
        assert_eq!(claim(&ledger, "org_acme", organization, 1).await, collection(expected));
    }
    assert_eq!(claim(&ledger, "org_other", "d", 1).await, collection("org_other"));
}

async fn the_same_claim_gets_the_same_name(ledger: Ledger) {
    for _ in 0..2 {
        assert_eq!(claim(&ledger, "org_acme", "a", 1).await, collection("org_acme"));
        assert_eq!(claim(&ledger, "org_acme", "b", 1).await, collection("org_acme_2"));
    }
}

/// A claim is repeated after a crash, perhaps by a process that prefers another name.
async fn a_repeated_claim_keeps_its_name_when_it_wants_another(ledger: Ledger) {
    claim(&ledger, "org_acme", "a", 1).await;
    assert_eq!(claim(&ledger, "org_a", "a", 1).await, collection("org_acme"));
    assert_eq!(ledger.owner(&collection("org_a")).await.unwrap(), None);
}

async fn a_later_claim_of_an_organization_gets_another_name(ledger: Ledger) {
    assert_eq!(claim(&ledger, "org_acme", "a", 1).await, collection("org_acme"));
    assert_eq!(claim(&ledger, "org_acme", "a", 7).await, collection("org_acme_2"));
    assert_eq!(claim(&ledger, "org_acme", "a", 1).await, collection("org_acme"));
}

async fn a_numbered_name_that_is_taken_is_skipped(ledger: Ledger) {
    assert_eq!(claim(&ledger, "org_acme_2", "a", 1).await, collection("org_acme_2"));
    assert_eq!(claim(&ledger, "org_acme", "b", 1).await, collection("org_acme"));
    assert_eq!(claim(&ledger, "org_acme", "c", 1).await, collection("org_acme_3"));
    assert_eq!(claim(&ledger, "org_acme_3", "d", 1).await, collection("org_acme_3_2"));
}

/// "Acme" and "Acme 2" to "Acme 102" have every name that a second "Acme" could get in its family.
async fn a_claim_whose_family_is_occupied_gets_the_reserved_name(ledger: Ledger) {
    occupy(&ledger, "org_acme", 102).await;
    for _ in 0..2 {
        assert_eq!(claim(&ledger, "org_acme", ID, 1).await, collection(&format!("org_{ID}")));
    }
    let renamed = claim(&ledger, "org_acme", ID, 7).await;
    assert_eq!(renamed, collection(&format!("org_{ID}_2")), "never used before");
    let adopted = "65a000000000000000000001";
    let name = claim(&ledger, "org_acme", adopted, 1).await;
    assert_eq!(name, collection(&format!("org_-{adopted}")));
    assert_eq!(ledger.owner(&name).await.unwrap(), Some(organization_id(adopted)));
}

/// Whatever organizations are called, also where `TENANT_NAMING` is `id`.
async fn no_organization_can_occupy_a_reserved_name(ledger: Ledger) {
    occupy(&ledger, "org_acme", 20).await;
    for id in [ID, "65a000000000000000000001"] {
        for name in [id, &format!("-{id}"), &format!("org_{id}"), &format!("{id} 2")] {
            let wanted = CollectionName::for_slug(&slug(name));
            claim(&ledger, wanted.as_str(), "hostile", name.len() as u64).await;
        }
        let reserved = CollectionName::reserved_for(&organization_id(id));
        assert_eq!(ledger.owner(&reserved).await.unwrap(), None, "{reserved}");
        assert_eq!(claim(&ledger, "org_acme", id, 1).await, reserved);
    }
}

async fn concurrent_claims_get_distinct_names(ledger: Ledger) {
    let names = at_once(64, |i| {
        let ledger = Arc::clone(&ledger);
        let wanted = ["org_acme", "org_acme_2"][i % 2];
        async move { claim(&ledger, wanted, &format!("id-{i}"), 1).await }
    })
    .await;
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
    for (i, name) in names.iter().enumerate() {
        let owner = ledger.owner(name).await.unwrap();
        assert_eq!(owner, Some(organization_id(&format!("id-{i}"))), "{name}");
    }
}

async fn a_claim_repeated_concurrently_gets_one_name(ledger: Ledger) {
    let names = at_once(32, |_| {
        let ledger = Arc::clone(&ledger);
        async move { claim(&ledger, "org_acme", "a", 1).await }
    })
    .await;
    assert!(names.iter().all(|name| name.as_str() == "org_acme"), "{names:?}");
}

async fn given_returns_the_name_of_a_claim(ledger: Ledger) {
    let of = |begun| Claim { organization: organization_id("a"), begun: Version::new(begun) };
    assert_eq!(ledger.assigned_name(&of(1)).await.unwrap(), None);
    let name = claim(&ledger, "org_acme", "a", 1).await;
    assert_eq!(ledger.assigned_name(&of(1)).await.unwrap(), Some(name));
    assert_eq!(ledger.assigned_name(&of(2)).await.unwrap(), None, "another claim");
}

async fn owner_returns_the_organization_of_a_name(ledger: Ledger) {
    for organization in ["a", "b"] {
        let name = claim(&ledger, "org_acme", organization, 1).await;
        let owner = ledger.owner(&name).await.unwrap();
        assert_eq!(owner, Some(organization_id(organization)));
    }
}

async fn owner_of_an_unclaimed_name_is_none(ledger: Ledger) {
    claim(&ledger, "org_acme", "a", 1).await;
    for name in ["org_acme_2", "org_acm", "org_acmes"] {
        assert_eq!(ledger.owner(&collection(name)).await.unwrap(), None, "{name}");
    }
}

/// Claims `name` and the names of its family up to the `last`-th, each in a family of its own.
async fn occupy(ledger: &Ledger, name: &str, last: u64) {
    for number in 1..=last {
        let wanted = collection(name).numbered(number);
        claim(ledger, wanted.as_str(), &format!("occupant-{number}"), 1).await;
    }
}

async fn claim(ledger: &Ledger, wanted: &str, organization: &str, begun: u64) -> CollectionName {
    let claim = Claim { organization: organization_id(organization), begun: Version::new(begun) };
    ledger.claim(&collection(wanted), &claim).await.unwrap()
}
