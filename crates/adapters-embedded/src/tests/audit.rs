use domain::model::{
    ChainHead, Checkpoint, EventFilter, KeyId, LoggedEvent, PageSize, Precondition, Seq, Trail,
};
use domain::ports::{
    AdminRepo, AuditLog, CheckpointRepo, OrganizationRepo, StoreError, TenantError, TenantStore,
    WriteError,
};
use port_contracts::fixtures::{
    active, admin, at, document, document_id, event, renaming, slug, tenant,
};
use serde_json::json;

use super::broken_records::is_corrupt;
use super::leftovers::count;
use crate::EmbeddedStore;
use crate::tables::{AUDIT_EVENT_IDS, AUDIT_EVENTS, AUDIT_SIGNED_HEADS};

/// More events than one transaction truncates, and some unreadable ones.
#[tokio::test]
async fn a_long_truncation_removes_all_truncated_events() {
    let store = EmbeddedStore::in_memory().unwrap();
    let events: Vec<_> = (1..=3000).map(|i| event(&i.to_string(), "acme")).collect();
    store.append(&events).await.unwrap();
    store.append(&[event("1", "other")]).await.unwrap();
    put_event(&store, 1500, br#""a secret!""#).await;
    store.truncate(&acme(), Seq::new(2900)).await.unwrap();
    assert_eq!(count(&store, AUDIT_EVENTS), 101);
    assert_eq!(count(&store, AUDIT_EVENT_IDS), 102, "the id without an event is left");
}

#[tokio::test]
async fn tampered_events_are_listed_as_stored() {
    let store = EmbeddedStore::in_memory().unwrap();
    store.append(&["1", "2", "3"].map(|id| event(id, "acme"))).await.unwrap();
    let changed = json!({"id": 7, "seq": "first", "organization_id": ["other"]});
    put_event(&store, 2, changed.to_string().as_bytes()).await;
    let found = list(&store, &EventFilter::default()).await.unwrap();
    assert_eq!(json!(found[1]), changed);
    let intact: Vec<bool> = found.iter().map(LoggedEvent::is_unchanged).collect();
    assert_eq!(intact, [true, false, true]);
    let filter = EventFilter { actor: Some("operator".to_owned()), ..EventFilter::default() };
    assert_eq!(list(&store, &filter).await.unwrap().len(), 2);

    put_event(&store, 2, br#""a secret!""#).await;
    let found = list(&store, &EventFilter::default()).await.unwrap();
    assert_eq!((found.len(), json!(found[1])), (3, json!({})));
}

/// It would be a change without an audit event.
#[tokio::test]
async fn changes_whose_event_can_not_be_appended_are_refused() {
    let store = EmbeddedStore::in_memory().unwrap();
    let organization = active("acme", "Acme");
    OrganizationRepo::insert(&store, &organization).await.unwrap();
    let ada = admin("ada", "acme", "ada@example.com");
    AdminRepo::insert(&store, &ada).await.unwrap();
    let tenant = tenant("acme", "org_acme");
    store.create(&tenant).await.unwrap();
    TenantStore::insert(&store, &tenant, &document("x", json!({})), None).await.unwrap();
    let refused = event("1", "acme");
    let broken = store.write::<(), StoreError>(|tx| {
        let end: &[u8] = br#"{"hash": "a secret!"}"#;
        tx.open_table(AUDIT_EVENTS)?.insert(("acme", 1), end)?;
        Ok(())
    });
    broken.await.unwrap();

    let (next, id) = (renaming("acme", "Acme", "Beta"), document_id("x"));
    let version = organization.version();
    let replaced =
        OrganizationRepo::replace(&store, &next, version, std::slice::from_ref(&refused)).await;
    let Err(WriteError::Store(replaced)) = replaced else { panic!("{replaced:?}") };
    let added =
        TenantStore::insert(&store, &tenant, &document("y", json!({})), Some(&refused)).await;
    let Err(TenantError::Store(added)) = added else { panic!("{added:?}") };
    let deleted = store.delete(&tenant, &id, &Precondition::None, Some(&refused)).await;
    let Err(TenantError::Store(deleted)) = deleted else { panic!("{deleted:?}") };
    let appended = store.append(&[event("1", "other"), refused]).await.unwrap_err();
    for refusal in [replaced, added, deleted, appended] {
        is_corrupt::<()>(Err(refusal), "audit_events", "acme#1");
    }

    // The commit of another operation would include anything written in spite of a refusal.
    AdminRepo::insert(&store, &admin("bob", "acme", "bob@example.com")).await.unwrap();
    assert_eq!(store.find_by_slug(&slug("Acme")).await.unwrap(), Some(organization));
    assert_eq!(store.find_by_slug(&slug("Beta")).await.unwrap(), None);
    assert!(TenantStore::get(&store, &tenant, &id).await.unwrap().is_some());
    assert!(TenantStore::get(&store, &tenant, &document_id("y")).await.unwrap().is_none());
    assert_eq!((count(&store, AUDIT_EVENTS), count(&store, AUDIT_EVENT_IDS)), (1, 0));
}

#[tokio::test]
async fn a_missing_start_checkpoint_is_unreadable() {
    let store = EmbeddedStore::in_memory().unwrap();
    let ChainHead { trail, hash, .. } = ChainHead::start(acme());
    let key_id = KeyId::parse("key").unwrap();
    let (seq, signature) = (Seq::new(5), "signature".to_owned());
    let (at, number, truncated, unstored) = (at(0), None, true, false);
    let mark = Checkpoint { trail, seq, hash, at, key_id, number, truncated, unstored, signature };
    store.keep(&mark).await.unwrap();
    store.begin_after(&mark).await.unwrap();
    let broken = store.write::<(), StoreError>(|tx| {
        tx.open_table(AUDIT_SIGNED_HEADS)?.remove(("acme", 5))?;
        Ok(())
    });
    broken.await.unwrap();
    let start = store.start(&acme()).await.unwrap();
    assert_eq!(start, Some(Checkpoint::unreadable(acme(), Seq::new(5))));
}

fn acme() -> Trail {
    event("any", "acme").trail
}

async fn list(store: &EmbeddedStore, filter: &EventFilter) -> Result<Vec<LoggedEvent>, StoreError> {
    let page = AuditLog::list(store, &acme(), filter, Seq::START, PageSize::MAX).await?;
    Ok(page.items.into_iter().map(|stored| stored.event).collect())
}

/// Replaces an event with `json`.
async fn put_event(store: &EmbeddedStore, seq: u64, json: &[u8]) {
    let json = json.to_owned();
    let write = store.write::<(), StoreError>(move |tx| {
        tx.open_table(AUDIT_EVENTS)?.insert(("acme", seq), json.as_slice())?;
        Ok(())
    });
    write.await.unwrap();
}
