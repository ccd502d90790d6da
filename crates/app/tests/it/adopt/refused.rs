//! Refused runs report all problems and change nothing.

use mongodb::bson::doc;

use super::migration::{Into, Migration, stdout_of};
use super::old::{ADMIN, HASH, ORGANIZATION, Old, email, hex, id};
use crate::api::Api;

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing() {
    for into in Into::ALL {
        for (old, layout) in [(Old::org().await, "org"), (Old::enterprise().await, "enterprise")] {
            let migration = Migration::new(old, layout, into).await;
            let before = migration.all_contents().await;
            let report = migration.adopt(&["--dry-run"]);
            assert_eq!(migration.all_contents().await, before, "{into:?} {layout}");
            let line = format!("organization {} (", hex(ORGANIZATION, 1));
            assert!(report.contains(&line) && report.contains("3 documents of org_"), "{report}");
            assert!(report.contains(", 2 admins") && report.ends_with("dry run\n"), "{report}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_problems_are_listed_and_nothing_is_changed() {
    for into in Into::ALL {
        let migration = Migration::new(with_invalid_records().await, "org", into).await;
        let before = migration.all_contents().await;
        let refused = migration.run(&[]);
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(migration.all_contents().await, before);
        let report = stdout_of(&refused);
        let lines: Vec<&str> = report.lines().collect();
        let expected = expected_problems();
        for (line, expected) in lines.iter().zip(&expected) {
            assert!(line.starts_with(expected.as_str()), "{line}\n{expected}");
        }
        assert_eq!(lines.len(), expected.len(), "{report}");
        assert!(!report.contains(HASH) && !report.contains("secret"));
        let errors = String::from_utf8_lossy(&refused.stderr);
        assert!(errors.contains("nothing was changed: 13 problems"), "{errors}");
        assert_eq!(migration.run(&["--dry-run"]).status.code(), Some(1));
    }
}

/// Two valid organizations, and invalid ones.
async fn with_invalid_records() -> Old {
    let old = Old::org().await;
    let acme = doc! {
        "_id": id(ORGANIZATION, 3), "organization_name": "Acme!", "admin_id": id(ADMIN, 1),
        "collection_name": "org_acme",
    };
    let more = [
        acme,
        doc! { "_id": id(ORGANIZATION, 4), "organization_name": "!!!", "admin_id": id(ADMIN, 4) },
        doc! { "_id": id(ORGANIZATION, 5), "organization_name": 7 },
    ];
    old.collection("organizations").insert_many(more).await.unwrap();
    let admin = |n: u32, email: &str, hash: &str| {
        let organization = id(ORGANIZATION, 2);
        doc! { "_id": id(ADMIN, n), "email": email, "password": hash, "organization_id": organization }
    };
    let more = [
        admin(4, "nobody", "secret"),
        admin(5, "FOUNDER1@example.COM", "secret"),
        doc! { "_id": id(ADMIN, 6), "email": "lost@example.com", "password": HASH },
    ];
    old.collection("admins").insert_many(more).await.unwrap();
    old
}

/// The beginning of each reported line.
fn expected_problems() -> [String; 13] {
    let (first, other) = (hex(ORGANIZATION, 1), hex(ADMIN, 1));
    let [a4, a5] = [4, 5].map(|n| format!("admin {}", hex(ADMIN, n)));
    let [o3, o4, o5] = [3, 4, 5].map(|n| format!("organization {}", hex(ORGANIZATION, n)));
    [
        format!("{a4}: email: must be an e-mail address"),
        format!("{a4}: password: must be a bcrypt hash"),
        format!("{a5}: password: must be a bcrypt hash"),
        format!("{a5}: email: FOUNDER1@example.COM is that of admin {other}, too"),
        format!("{o3}: name: Acme! is that of organization {first}, too"),
        format!("{o3}: admin_id: it has no admin"),
        format!("{o3}: collection_name: org_acme is that of organization {first}, too"),
        format!("{o4}: name: must contain a letter or a digit"),
        format!("{o4}: admin_id: it has no admin"),
        format!("{o4}: collection_name: org_!!! is not there"),
        format!("{o5}: name: must not be empty"),
        format!("{o5}: admin_id: it has no admin"),
        format!("{o5}: collection_name: org_ is not there"),
    ]
}

/// A customer document has the founder's id, as text, and a password: the founder is ambiguous.
#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_founder_is_refused() {
    let old = Old::enterprise().await;
    let customer = doc! {
        "_id": hex(ADMIN, 1), "email": "customer@example.com", "password": HASH, "role": "user",
    };
    old.collection("org_acme_corp").insert_one(customer).await.unwrap();
    let migration = Migration::new(old, "enterprise", Into::Embedded).await.only_founders();
    let refused = migration.run(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let report = stdout_of(&refused);
    let line = format!("admin {}: _id: is that of two admins\n", hex(ADMIN, 1));
    assert!(report.contains(&line), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_taken_in_the_store_are_refused() {
    for into in [Into::Other, Into::Embedded] {
        let migration = Migration::new(Old::org().await, "org", into).await;
        let mut server = migration.server();
        let api = Api::new(&server);
        let taken = api.create("Acme", &email(2)).await.unwrap().text("id");
        assert!(server.terminate().success());
        let before = migration.all_contents().await;
        let refused = migration.run(&[]);
        assert_eq!(refused.status.code(), Some(1));
        let report = stdout_of(&refused);
        let name = format!(
            "organization {}: name: acme is taken in the store, by organization {taken}",
            hex(ORGANIZATION, 1)
        );
        let address = format!("admin {}: email: {} is taken in the store", hex(ADMIN, 2), email(2));
        assert!(report.contains(&name) && report.contains(&address), "{report}");
        assert_eq!(report.lines().count(), 2);
        assert_eq!(migration.all_contents().await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_json_cannot_hold_are_refused_before_any_write() {
    let old = Old::org().await;
    let more = [
        doc! { "_id": id(9, 1) },
        doc! { "_id": hex(9, 1) },
        doc! { "_id": "x".repeat(129) },
        doc! { "_id": "large", "text": "x".repeat(2000) },
        doc! { "_id": 7, "fine": true },
    ];
    let documents = old.collection("org_acme");
    documents.insert_many(more).await.unwrap();
    let dotted =
        doc! { "$replaceWith": { "$setField": { "field": "a.b", "input": "$$ROOT", "value": 1 } } };
    documents.update_one(doc! { "_id": 7 }, vec![dotted]).await.unwrap();
    let migration = Migration::new(old, "org", Into::Embedded).await;
    let before = migration.all_contents().await;
    let refused = migration.command(&[]).env("MAX_DOCUMENT_BYTES", "1024").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let report = stdout_of(&refused);
    let of = format!("of organization {}", hex(ORGANIZATION, 1));
    for expected in [
        format!("document {} {of}: _id: another document", hex(9, 1)),
        format!("document {} {of}: content: /_id: must have at most 128", "x".repeat(129)),
        format!("document large {of}: content: : must be at most 1024 bytes"),
        format!("document 7 {of}: content: /a.b: a key must not contain `.`"),
    ] {
        assert!(report.contains(&expected), "{expected}\n{report}");
    }
    assert_eq!(report.lines().count(), 4, "{report}");
    assert_eq!(migration.all_contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn adoption_requires_a_legacy_database_and_a_durable_store() {
    let migration = Migration::new(Old::fresh().await, "org", Into::Same).await;
    let nothing = migration.run(&[]);
    assert_eq!(nothing.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&nothing.stderr).into_owned();
    assert!(errors.contains("no data of another service"), "{errors}");
    let memory = migration.run(&["--store", "memory"]);
    assert_eq!(memory.status.code(), Some(1));
    for wrong in [&["--layout", "flat"][..], &["--from", "postgres://x"], &["--colour"]] {
        assert_eq!(migration.run(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_legacy_collection_is_refused() {
    let migration = Migration::new(Old::org().await, "org", Into::Same).await;
    migration.old.collection("legacy_admins").insert_one(doc! {}).await.unwrap();
    let before = migration.all_contents().await;
    let refused = migration.run(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(errors.contains("`admins` and `legacy_admins` both exist"), "{errors}");
    assert_eq!(migration.all_contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_another_program_is_refused_and_unchanged() {
    let migration = Migration::new(Old::org().await, "org", Into::Other).await;
    let others = migration.database().unwrap().collection("organizations");
    others.insert_one(doc! { "name": "theirs" }).await.unwrap();
    let before = migration.all_contents().await;
    for more in [&[][..], &["--dry-run"]] {
        let refused = migration.run(more);
        assert_eq!(refused.status.code(), Some(1));
        let errors = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(errors.contains("that Tenantry did not make"), "{errors}");
        assert_eq!(migration.all_contents().await, before);
    }
}
