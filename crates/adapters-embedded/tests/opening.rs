//! Opening, closing and refusing a store on a file.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use adapters_embedded::{EmbeddedStore, OpenError};
use domain::model::{AttemptKey, ChainHead, KeyId, Seq, SigningKey, Usage};
use domain::ports::{
    AdminRepo, AttemptRepo, AuditLog, CheckpointRepo, KeyPurpose, NamespaceLedger,
    OrganizationRepo, Requester, SigningKeyRepo, TenantStore,
};
use port_contracts::fixtures::{
    active, admin, at, client, collection, document, event, marked, page_of, provisioning,
    renaming, sharer, tenant,
};
use redb::{Database, ReadableDatabase, TableDefinition};
use serde_json::json;

#[tokio::test]
async fn data_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let acme = renaming("acme", "Acme", "Acme Two");
    let new = provisioning("new", "New");
    let ada = admin("ada", "acme", "ada@example.com");
    let tenant = acme.tenant().unwrap();
    let note = document("note", json!({"z": 1, "a": [true, null]}));

    let store = EmbeddedStore::open(directory.path()).unwrap();
    store.create(&tenant).await.unwrap();
    for organization in [&acme, &new] {
        OrganizationRepo::insert(&store, organization).await.unwrap();
    }
    AdminRepo::insert(&store, &ada).await.unwrap();
    let name = store.claim(&collection("org_acme"), &acme.claim()).await.unwrap();
    TenantStore::insert(&store, &tenant, &note, Some(&event("1", "acme"))).await.unwrap();
    drop(store);

    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(store.find_by_slug(acme.slug()).await.unwrap(), Some(acme.clone()));
    let pending = store.pending(Some(at(1000)), None, page_of(10)).await.unwrap();
    assert_eq!(pending.items, [acme.id().clone(), new.id().clone()]);
    assert_eq!(store.find_by_email(&ada.email().key()).await.unwrap(), Some(ada));
    assert_eq!(store.owner(&name).await.unwrap().as_ref(), Some(acme.id()));
    let collections = store.collections(None, page_of(10)).await.unwrap();
    assert_eq!(collections.items, [collection("org_acme")]);
    assert_eq!(TenantStore::get(&store, &tenant, note.id()).await.unwrap(), Some(note));
    let mut head = ChainHead::start(event("1", "acme").trail);
    head.push(&event("1", "acme"));
    assert_eq!(store.head(&head.trail).await.unwrap(), Some(head));
}

/// A killed process leaves the file as it is at that moment.
#[tokio::test]
async fn acknowledged_writes_survive_a_crash() {
    let (running, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = EmbeddedStore::open(running.path()).unwrap();
    for i in 0..20 {
        let new = admin(&format!("admin-{i}"), "acme", &format!("{i}@example.com"));
        AdminRepo::insert(&store, &new).await.unwrap();
        let file = "tenantry.redb";
        fs::copy(running.path().join(file), crashed.path().join(file)).unwrap();
        let recovered = EmbeddedStore::open(crashed.path()).unwrap();
        assert_eq!(AdminRepo::get(&recovered, new.id()).await.unwrap(), Some(new));
    }
}

#[tokio::test]
async fn a_second_store_on_the_file_is_refused_with_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let refused = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(matches!(refused, OpenError::Locked(_)), "{refused:?}");
    let file = directory.path().join("tenantry.redb");
    assert_eq!(refused.to_string(), format!("{} is in use by another process", file.display()));

    let handle = store.clone();
    drop(store);
    assert!(EmbeddedStore::open(directory.path()).is_err(), "one handle is left");
    drop(handle);
    EmbeddedStore::open(directory.path()).unwrap();
}

#[test]
fn directory_and_file_are_private_to_their_owner() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("a/b");
    drop(EmbeddedStore::open(&directory).unwrap());
    let file = directory.join("tenantry.redb");
    assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));

    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    drop(EmbeddedStore::open(&directory).unwrap());
    assert_eq!(mode(&file), 0o600, "a loose file is tightened");
    assert_eq!(mode(&directory), 0o755, "a directory that was there may hold more than the store");
}

#[tokio::test]
async fn a_world_writable_directory_is_refused() {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o1777)).unwrap();
    let refused = EmbeddedStore::open(place.path()).map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::Exposed { .. }), "{refused}");
    assert!(refused.to_string().contains("chmod o-w"), "{refused}");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "nothing is made there");
    EmbeddedStore::open(&place.path().join("data")).unwrap();
}

#[test]
fn a_file_that_is_not_a_store_is_refused_and_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tenantry.redb");
    for content in [Vec::new(), b"short".to_vec(), vec![0; 100_000], b"{}".repeat(50_000)] {
        fs::write(&file, &content).unwrap();
        let refused = EmbeddedStore::open(directory.path()).unwrap_err();
        assert!(matches!(refused, OpenError::NotAStore(_)), "{refused:?}");
        is_one_line_about(&refused, &file);
        assert_eq!(fs::read(&file).unwrap(), content);
    }
}

#[test]
fn a_redb_database_of_another_program_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tenantry.redb");
    write_number(&file, TableDefinition::new("something"), 1);
    let refused = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(matches!(refused, OpenError::NotAStore(_)), "{refused:?}");
}

#[test]
fn a_newer_format_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(EmbeddedStore::open(directory.path()).unwrap());
    let file = directory.path().join("tenantry.redb");
    write_number(&file, TableDefinition::new("meta"), 5);
    let refused = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(matches!(refused, OpenError::NewerFormat { found: 5, .. }), "{refused:?}");
    is_one_line_about(&refused, &file);
}

#[tokio::test]
async fn a_store_of_format_1_is_upgraded() {
    let directory = tempfile::tempdir().unwrap();
    let acme = active("acme", "Acme");
    {
        let store = EmbeddedStore::open(directory.path()).unwrap();
        store.create(&tenant("acme", "org_acme")).await.unwrap();
        OrganizationRepo::insert(&store, &acme).await.unwrap();
        let note = document("x", json!({}));
        TenantStore::insert(&store, &acme.tenant().unwrap(), &note, None).await.unwrap();
    }
    let file = directory.path().join("tenantry.redb");
    write_number(&file, TableDefinition::new("meta"), 1);
    forget_counts(&file);
    let database = Database::open(&file).unwrap();
    let tx = database.begin_write().unwrap();
    tx.delete_table(TableDefinition::<&str, ()>::new("own_collections")).unwrap();
    tx.delete_table(TableDefinition::<&str, &[u8]>::new("shared_documents")).unwrap();
    tx.commit().unwrap();
    drop(database);

    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(store.count_dedicated().await.unwrap(), 1);
    assert_eq!(store.usage(&acme.tenant().unwrap()).await.unwrap().documents, 1);
    TenantStore::insert(&store, &sharer("b"), &document("x", json!({})), None).await.unwrap();
    assert_eq!(OrganizationRepo::get(&store, acme.id()).await.unwrap(), Some(acme));
}

/// This format did not count documents.
#[tokio::test]
async fn upgrade_of_format_2_counts_usage() {
    let directory = tempfile::tempdir().unwrap();
    let of = |id: &str, text: &str| document(id, json!({ "text": text }));
    let tenants = [tenant("own", "org_own"), sharer("b"), sharer("b-"), tenant("empty", "org_e")];
    let kept =
        [vec![of("x", "é\n"), of("y", "")], vec![of("x", "x"), of("z#", "")], vec![of("x", "")]];
    {
        let store = EmbeddedStore::open(directory.path()).unwrap();
        for (tenant, documents) in tenants.iter().zip(kept.iter().chain([&Vec::new()])) {
            store.create(tenant).await.unwrap();
            for document in documents {
                TenantStore::insert(&store, tenant, document, None).await.unwrap();
            }
        }
    }
    let file = directory.path().join("tenantry.redb");
    write_number(&file, TableDefinition::new("meta"), 2);
    forget_counts(&file);

    for _ in 0..2 {
        let store = EmbeddedStore::open(directory.path()).unwrap();
        for (tenant, documents) in tenants.iter().zip(kept.iter().chain([&Vec::new()])) {
            let sum = documents.iter().map(Usage::of).fold(Usage::default(), Usage::plus);
            assert_eq!(store.usage(tenant).await.unwrap(), sum);
        }
    }
    let database = Database::open(&file).unwrap();
    let meta = database.begin_read().unwrap();
    let meta = meta.open_table(TableDefinition::<&str, u64>::new("meta")).unwrap();
    assert_eq!(
        meta.get("format").unwrap().unwrap().value(),
        4,
        "an older version must not open it"
    );
}

/// This format did not list public organizations. Unreadable records do not prevent the upgrade.
#[tokio::test]
async fn upgrade_of_format_3_lists_public_organizations() {
    let directory = tempfile::tempdir().unwrap();
    let shown = [active("a", "A"), renaming("c", "C", "C next")];
    {
        let store = EmbeddedStore::open(directory.path()).unwrap();
        for organization in shown.iter().chain([&provisioning("b", "B"), &active("x", "X")]) {
            OrganizationRepo::insert(&store, organization).await.unwrap();
        }
    }
    let file = directory.path().join("tenantry.redb");
    write_number(&file, TableDefinition::new("meta"), 3);
    let database = Database::open(&file).unwrap();
    let tx = database.begin_write().unwrap();
    tx.delete_table(TableDefinition::<&str, ()>::new("shown_organizations")).unwrap();
    let organizations = TableDefinition::<&str, &[u8]>::new("organizations");
    tx.open_table(organizations).unwrap().insert("x", b"broken".as_slice()).unwrap();
    tx.commit().unwrap();
    drop(database);

    for _ in 0..2 {
        let store = EmbeddedStore::open(directory.path()).unwrap();
        assert_eq!(
            store.list_public(&Requester::Installation, None, 0, page_of(10)).await.unwrap().items,
            shown
        );
    }
}

/// The first format had one permanent key, without a position.
#[tokio::test]
async fn a_single_signing_key_of_a_former_format_becomes_the_first_key() {
    const TOKENS: KeyPurpose = KeyPurpose::Tokens;
    const SIGNING_KEYS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("signing_keys");
    let directory = tempfile::tempdir().unwrap();
    drop(EmbeddedStore::open(directory.path()).unwrap());
    let key = |id: &str, i| SigningKey {
        id: KeyId::parse(id).unwrap(),
        pkcs8: vec![i],
        created_at: at(u64::from(i)),
    };
    let (old, new) = (key("old", 1), key("new", 2));
    let record = json!({ "id": "old", "pkcs8": [1], "created_at": old.created_at }).to_string();
    let database = Database::open(directory.path().join("tenantry.redb")).unwrap();
    let tx = database.begin_write().unwrap();
    tx.open_table(SIGNING_KEYS).unwrap().insert("old", record.as_bytes()).unwrap();
    tx.commit().unwrap();
    drop(database);

    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(SigningKeyRepo::append(&store, TOKENS, new.clone(), None).await.unwrap(), old);
    assert_eq!(
        SigningKeyRepo::append(&store, TOKENS, new.clone(), Some(&old.id)).await.unwrap(),
        new
    );
    assert_eq!(SigningKeyRepo::list(&store, TOKENS).await.unwrap(), [old, new]);
}

/// In the current format, but without the tables of failed logins and audit events.
#[tokio::test]
async fn missing_tables_are_created() {
    let directory = tempfile::tempdir().unwrap();
    let acme = active("acme", "Acme");
    let store = EmbeddedStore::open(directory.path()).unwrap();
    OrganizationRepo::insert(&store, &acme).await.unwrap();
    drop(store);
    let database = Database::open(directory.path().join("tenantry.redb")).unwrap();
    let tx = database.begin_write().unwrap();
    tx.delete_table(TableDefinition::<&str, &[u8]>::new("login_attempts")).unwrap();
    tx.delete_table(TableDefinition::<(i64, &str), ()>::new("login_attempt_ends")).unwrap();
    tx.delete_table(TableDefinition::<&str, ()>::new("removed_admins")).unwrap();
    tx.delete_table(TableDefinition::<&str, &[u8]>::new("audit_keys")).unwrap();
    tx.delete_table(TableDefinition::<(&str, u64), &[u8]>::new("audit_events")).unwrap();
    tx.delete_table(TableDefinition::<(&str, &str), ()>::new("audit_event_ids")).unwrap();
    tx.delete_table(TableDefinition::<(&str, u64), &[u8]>::new("audit_signed_heads")).unwrap();
    tx.delete_table(TableDefinition::<&str, u64>::new("audit_starts")).unwrap();
    tx.commit().unwrap();
    drop(database);

    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(OrganizationRepo::get(&store, acme.id()).await.unwrap(), Some(acme.clone()));
    let key = AttemptKey::address(client("192.0.2.1"));
    store.fail(&key, at(0), Duration::from_secs(60)).await.unwrap();
    assert_eq!(AttemptRepo::get(&store, &[key]).await.unwrap().len(), 1);
    let recorded = event("1", "acme");
    OrganizationRepo::replace(
        &store,
        &marked(&acme, 1),
        acme.version(),
        std::slice::from_ref(&recorded),
    )
    .await
    .unwrap();
    assert_eq!(store.head(&recorded.trail).await.unwrap().unwrap().seq, Seq::new(1));
    assert_eq!(CheckpointRepo::start(&store, &recorded.trail).await.unwrap(), None);
    assert_eq!(SigningKeyRepo::list(&store, KeyPurpose::Audit).await.unwrap(), []);
    AdminRepo::insert(&store, &admin("ada", "acme", "ada@example.com")).await.unwrap();
}

#[test]
fn an_unusable_directory_is_named_in_the_error() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    for directory in [file.clone(), file.join("below")] {
        let refused = EmbeddedStore::open(&directory).unwrap_err();
        assert!(matches!(refused, OpenError::Directory { .. }), "{refused:?}");
        is_one_line_about(&refused, &directory);
    }
    fs::create_dir(parent.path().join("tenantry.redb")).unwrap();
    let refused = EmbeddedStore::open(parent.path()).unwrap_err();
    assert!(matches!(refused, OpenError::File { .. }), "{refused:?}");
    is_one_line_about(&refused, &parent.path().join("tenantry.redb"));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn is_one_line_about(error: &OpenError, path: &Path) {
    let line = error.to_string();
    assert!(!line.contains('\n') && line.contains(&*path.to_string_lossy()), "{line}");
}

fn write_number(file: &Path, table: TableDefinition<'_, &str, u64>, number: u64) {
    let database = Database::create(file).unwrap();
    let tx = database.begin_write().unwrap();
    tx.open_table(table).unwrap().insert("format", number).unwrap();
    tx.commit().unwrap();
}

/// Removes the usage records.
fn forget_counts(file: &Path) {
    let database = Database::open(file).unwrap();
    let tx = database.begin_write().unwrap();
    let counts = TableDefinition::<(&str, &str), (u64, u64)>::new("tenant_usage");
    assert!(tx.delete_table(counts).unwrap());
    tx.commit().unwrap();
}

/// An unfinished file of a killed start is replaced by the next start.
#[test]
fn an_interrupted_first_start_can_be_repeated() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(".tmpAbCdEf.new"), [0; 100]).unwrap();
    drop(EmbeddedStore::open(directory.path()).unwrap());
    let whole = fs::read(directory.path().join("tenantry.redb")).unwrap();
    assert!(whole.starts_with(b"redb"), "the store has its header from the moment it has its name");
}
