//! Lists of records.

use std::sync::Arc;
use std::time::Duration;

use domain::model::{Organization, OrganizationId, Page, Status};
use domain::ports::{OrganizationFilter, Requester};

use super::Repo;
use super::writes::insert;
use crate::fixtures::{
    active, adding_admin, at, deleted, deleting, organization_id, page_of, provisioning, renamed,
    renaming, sharing, suspended, updating_admin, updating_admin_then_renaming,
};
use crate::suite::at_once;

pub(super) async fn list_pages_in_order_of_id(repo: Repo) {
    for id in ["c", "a", "e", "b", "d"] {
        insert(&repo, &active(id, &format!("Name {id}"))).await;
    }
    let all = OrganizationFilter::default();
    let first = repo.list(&all, None, page_of(2)).await.unwrap();
    assert_page(&first, "a b", true);
    let after_b = Some(&organization_id("b"));
    assert_page(&repo.list(&all, after_b, page_of(2)).await.unwrap(), "c d", true);
    let after_a_gap = Some(&organization_id("bb"));
    assert_page(&repo.list(&all, after_a_gap, page_of(3)).await.unwrap(), "c d e", false);
    let after_the_last = Some(&organization_id("e"));
    assert_page(&repo.list(&all, after_the_last, page_of(3)).await.unwrap(), "", false);
    assert_eq!(first.items[0], active("a", "Name a"));
}

pub(super) async fn list_has_exactly_the_matching_records(repo: Repo) {
    insert_one_in_each_phase(&repo).await;
    for (i, status) in Status::ALL.into_iter().enumerate() {
        let only = OrganizationFilter { status: Some(status), ..OrganizationFilter::default() };
        let expected = ["a", "b", "c", "d", "e", "f"][i];
        assert_page(&repo.list(&only, None, page_of(10)).await.unwrap(), expected, false);
    }
    let by_key = |text: &str| OrganizationFilter {
        slug_contains: Some(text.to_owned()),
        ..OrganizationFilter::default()
    };
    let north = repo.list(&by_key("_north"), None, page_of(10)).await.unwrap();
    assert_page(&north, "a c e", false);
    let both = OrganizationFilter { status: Some(Status::Renaming), ..by_key("north") };
    assert_page(&repo.list(&both, None, page_of(10)).await.unwrap(), "c", false);
    let second = repo.list(&by_key("north"), Some(&organization_id("a")), page_of(1)).await;
    assert_page(&second.unwrap(), "c", true);
    repo.insert(&sharing("g", "Golf")).await.unwrap();
    let own = OrganizationFilter { own_collection: true, ..OrganizationFilter::default() };
    assert_page(&repo.list(&own, None, page_of(10)).await.unwrap(), "a b c d e", false);
    let literal = repo.list(&by_key(".*"), None, page_of(10)).await.unwrap();
    assert_page(&literal, "", false);
}

pub(super) async fn list_public_has_exactly_the_public_organizations(repo: Repo) {
    insert_one_in_each_phase(&repo).await;
    for (id, organization) in [
        ("g", adding_admin("g", "Golf")),
        ("h", updating_admin("h", "Hotel")),
        ("i", updating_admin_then_renaming("i", "India", "Juliet")),
        ("j", sharing("j", "Kilo")),
    ] {
        insert(&repo, &organization).await;
        assert_eq!(organization.id().as_str(), id);
    }
    assert_page(
        &repo.list_public(&Requester::Installation, None, 0, page_of(10)).await.unwrap(),
        "b c d g h i j",
        false,
    );
    let (begun, present) = (provisioning("a", "Acme north"), active("b", "Acme south"));
    repo.replace(&active("a", "Acme north"), begun.version(), &[]).await.unwrap();
    repo.replace(&deleting("b", "Acme south"), present.version(), &[]).await.unwrap();
    let second = suspended("d", "Delta");
    repo.remove(second.id(), second.version()).await.unwrap();
    assert_page(
        &repo.list_public(&Requester::Installation, None, 0, page_of(10)).await.unwrap(),
        "a c g h i j",
        false,
    );
}

pub(super) async fn list_public_skips_records_after_a_position(repo: Repo) {
    for id in ["c", "a", "e", "b", "d"] {
        insert(&repo, &active(id, &format!("Name {id}"))).await;
    }
    insert(&repo, &deleted("bb", "Gone")).await;
    for (after, skip, size, ids, more) in [
        (None, 0, 2, "a b", true),
        (None, 2, 2, "c d", true),
        (None, 4, 2, "e", false),
        (None, 5, 2, "", false),
        (Some("b"), 1, 1, "d", true),
        (Some("bb"), 1, 9, "d e", false),
        (None, i64::MAX as u64, 2, "", false),
    ] {
        let after = after.map(organization_id);
        let page = repo
            .list_public(&Requester::Installation, after.as_ref(), skip, page_of(size))
            .await
            .unwrap();
        assert_page(&page, ids, more);
    }
}

pub(super) async fn own_collections_counts_existing_and_pending_collections(repo: Repo) {
    insert_one_in_each_phase(&repo).await;
    assert_eq!(repo.count_dedicated().await.unwrap(), 5, "all but the deleted one");
    let begun = provisioning("g", "Golf");
    insert(&repo, &begun).await;
    assert_eq!(repo.count_dedicated().await.unwrap(), 6);
    repo.replace(&begun.sharing(), begun.version(), &[]).await.unwrap();
    assert_eq!(repo.count_dedicated().await.unwrap(), 5, "it gave way");
    insert(&repo, &sharing("h", "Hotel")).await;
    let ended = deleting("e", "Echo north");
    repo.replace(&deleted("e", "Echo north"), ended.version(), &[]).await.unwrap();
    let undone = provisioning("a", "Acme north");
    repo.remove(undone.id(), undone.version()).await.unwrap();
    assert_eq!(repo.count_dedicated().await.unwrap(), 3);
}

/// Of many concurrent inserts, the last one to count sees all.
pub(super) async fn own_collections_misses_no_concurrent_insert(repo: Repo) {
    let counts = at_once(16, |i| {
        let (repo, new) = (Arc::clone(&repo), provisioning(&format!("id-{i}"), &format!("N{i}")));
        async move {
            insert(&repo, &new).await;
            repo.count_dedicated().await.unwrap()
        }
    })
    .await;
    assert_eq!(counts.into_iter().max(), Some(16));
}

pub(super) async fn pending_has_every_pending_and_no_settled_record(repo: Repo) {
    insert_one_in_each_phase(&repo).await;
    assert_ids(&repo.pending(None, None, page_of(10)).await.unwrap(), "a c e", false);
}

pub(super) async fn pending_has_no_record_that_was_settled_or_removed(repo: Repo) {
    let (settling, leaving) = (renaming("a", "Acme", "Beta"), provisioning("b", "Bravo"));
    insert(&repo, &settling).await;
    insert(&repo, &leaving).await;
    repo.replace(&renamed("a", "Acme", "Beta"), settling.version(), &[]).await.unwrap();
    repo.remove(leaving.id(), leaving.version()).await.unwrap();
    assert_ids(&repo.pending(None, None, page_of(10)).await.unwrap(), "", false);
}

pub(super) async fn pending_has_only_what_ended_before_the_deadline(repo: Repo) {
    insert_one_in_each_phase(&repo).await;
    let lease = Organization::LEASE;
    let moment = Duration::from_millis(1);
    for (deadline, expected) in [
        (at(0) + lease, ""),
        (at(0) + lease + moment, "a"),
        (at(1) + lease, "a"),
        (at(1) + lease + moment, "a c e"),
    ] {
        let ended = repo.pending(Some(deadline), None, page_of(10)).await.unwrap();
        assert_ids(&ended, expected, false);
    }
    let claimed = provisioning("a", "Acme north").claimed(at(100));
    repo.replace(&claimed, provisioning("a", "Acme north").version(), &[]).await.unwrap();
    let ended = repo.pending(Some(at(100)), None, page_of(10)).await.unwrap();
    assert_ids(&ended, "c e", false);
}

pub(super) async fn pending_pages_in_order_of_id(repo: Repo) {
    for id in ["c", "a", "b"] {
        insert(&repo, &provisioning(id, &format!("Name {id}"))).await;
    }
    for deadline in [None, Some(at(1000))] {
        let first = repo.pending(deadline, None, page_of(2)).await.unwrap();
        assert_ids(&first, "a b", true);
        let after = Some(&organization_id("b"));
        assert_ids(&repo.pending(deadline, after, page_of(2)).await.unwrap(), "c", false);
    }
}

/// The ids are `a` to `f` in the order of [`Status::ALL`].
async fn insert_one_in_each_phase(repo: &Repo) {
    insert(repo, &provisioning("a", "Acme north")).await;
    insert(repo, &active("b", "Acme south")).await;
    insert(repo, &renaming("c", "Beta north", "Beta south")).await;
    insert(repo, &suspended("d", "Delta")).await;
    insert(repo, &deleting("e", "Echo north")).await;
    insert(repo, &deleted("f", "Foxtrot")).await;
}

fn assert_page(page: &Page<Organization>, ids: &str, more: bool) {
    let found: Vec<&str> =
        page.items.iter().map(Organization::id).map(OrganizationId::as_str).collect();
    assert_eq!((found.join(" ").as_str(), page.more), (ids, more));
}

fn assert_ids(page: &Page<OrganizationId>, ids: &str, more: bool) {
    let found: Vec<&str> = page.items.iter().map(OrganizationId::as_str).collect();
    assert_eq!((found.join(" ").as_str(), page.more), (ids, more));
}
