//! Complete runs, from each layout into each store.

use adapters_embedded::EmbeddedStore;
use domain::model::AdminId;
use domain::ports::AdminRepo;
use mongodb::bson::{Bson, Document, doc};
use serde_json::{Value, json};

use super::migration::{Into, Migration, OPERATOR, all_contents, contents};
use super::old::{ADMIN, CHANGED, DOCUMENT, LOGIN, MADE, ORGANIZATION, Old, email, hex, id};
use crate::api::Api;

#[tokio::test(flavor = "multi_thread")]
async fn organizations_of_layout_org_are_adopted() {
    for into in Into::ALL {
        let migration = Migration::new(Old::org().await, "org", into).await;
        let report = migration.adopt(&[]);
        assert!(report.ends_with("organizations adopted: 2\n"), "{report}");
        migration.nothing_is_wrong();
        let server = migration.server();
        let api = Api::new(&server);
        for (n, name, collection) in [(1, "acme", "org_acme"), (2, "tesla_inc", "org_tesla_inc")] {
            let admin = logged_in(&api, &email(n)).await;
            assert_eq!(admin["id"], hex(ADMIN, n));
            assert_eq!(admin["role"], "owner", "the founder is");
            assert_unchanged(&api, n, (name, Value::Null, collection)).await;
            has_its_documents(&migration, &api, n, collection).await;
        }
        assert_eq!(logged_in(&api, "reader@example.com").await["role"], "viewer");
        drop(api);
        hashes_are_new(&migration, server, &[&hex(ADMIN, 1), &hex(ADMIN, 2), &hex(ADMIN, 9)]).await;
        migration.nothing_is_wrong();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_of_layout_enterprise_are_adopted() {
    for into in Into::ALL {
        let migration = Migration::new(Old::enterprise().await, "enterprise", into).await;
        let report = migration.adopt(&[]);
        assert!(report.ends_with("organizations adopted: 3\n"), "{report}");
        migration.nothing_is_wrong();
        let server = migration.server();
        let api = Api::new(&server);
        for (n, name, collection) in [(1, "Acme Corp", "org_acme_corp"), (2, "Zeta", "org_zeta")] {
            let admin = logged_in(&api, &email(n)).await;
            assert_eq!((&admin["role"], &admin["name"]), (&json!("owner"), &json!("Ada")));
            assert_unchanged(&api, n, (name, json!("What it is for"), collection)).await;
            has_its_documents(&migration, &api, n, collection).await;
        }
        let reader = logged_in(&api, "reader@example.com").await;
        assert_eq!((&reader["role"], &reader["name"]), (&json!("viewer"), &json!("Rita Reader")));
        assert_deleted(&api).await;
        drop(api);
        hashes_are_new(&migration, server, &[&hex(ADMIN, 1), &hex(ADMIN, 2), "reader-1"]).await;
    }
}

/// Logs in with the old password, and returns the admin.
async fn logged_in(api: &Api, email: &str) -> Value {
    let response = api.login(&email.to_lowercase()).await.unwrap();
    assert_eq!(response.status, 200, "{email}: {}", response.body);
    response.body["admin"].clone()
}

async fn assert_unchanged(api: &Api, n: u32, (name, description, collection): (&str, Value, &str)) {
    let path = format!("/v1/organizations/{}", hex(ORGANIZATION, n));
    let found = api.send(api.get(&path, OPERATOR)).await.unwrap().body;
    let expected = json!([name, description, collection, "active", MADE.1, CHANGED.1]);
    let fields = ["name", "description", "collection_name", "status", "created_at", "updated_at"];
    assert_eq!(json!(fields.map(|field| found[field].clone())), expected);
    let path = format!("{path}/audit-events?limit=10");
    let events = api.all(OPERATOR, &path).await.unwrap();
    assert_eq!(events[0]["action"], "organization.adopted");
    assert_eq!(events[0]["actor"]["type"], "system");
    assert_eq!(events[0]["seq"], 1);
    assert_eq!(events[0]["changes"]["documents"]["after"], 3);
}

async fn has_its_documents(migration: &Migration, api: &Api, n: u32, collection: &str) {
    let path = format!("/v1/organizations/{}/documents", hex(ORGANIZATION, n));
    let token = api.login(&email(n)).await.unwrap().text("access_token");
    let third = api.send(api.get(&format!("{path}/third"), &token)).await.unwrap();
    assert_eq!((&third.body["n"], &third.body["role"]), (&json!(3), &json!("user")));
    assert_eq!(api.login("somebody@example.com").await.unwrap().status, 401);
    let first = api.send(api.get(&format!("{path}/{}", hex(DOCUMENT, 1)), &token)).await.unwrap();
    let expected = json!([hex(DOCUMENT, 1), 1, MADE.1]);
    assert_eq!(json!(["_id", "n", "at"].map(|member| first.body[member].clone())), expected);
    let all = api.all(&token, &format!("{path}?limit=2")).await.unwrap();
    assert_eq!(all.len(), 3, "{all:?}");
    let usage = format!("/v1/organizations/{}/usage", hex(ORGANIZATION, n));
    let usage = api.send(api.get(&usage, &token)).await.unwrap().body;
    assert_eq!(usage["documents"], 3, "{usage}");
    let Some(database) = migration.database() else { return };
    let (indexes, documents) = contents(database, collection).await;
    assert_eq!(indexes, ["_id_", "n_1"]);
    let ids: Vec<&Bson> = documents.iter().filter_map(|found| found.get("_id")).collect();
    let [first, second] = [1, 2].map(|n| Bson::from(id(DOCUMENT, n)));
    assert_eq!(ids, [&Bson::from("third"), &first, &second], "no admin among them");
    assert_eq!(documents[2].get("n"), Some(&Bson::Int64(2)), "as it was");
}

/// The third organization is deleted, and its name is free.
async fn assert_deleted(api: &Api) {
    let path = format!("/v1/organizations/{}", hex(ORGANIZATION, 3));
    let found = api.send(api.get(&path, OPERATOR)).await.unwrap().body;
    assert_eq!(found["status"], "deleted");
    assert_eq!(
        (&found["deleted_at"], &found["deleted_by"]),
        (&json!(CHANGED.1), &json!(hex(ADMIN, 3)))
    );
}

/// An admin that has logged in has a new hash.
async fn hashes_are_new(migration: &Migration, mut server: crate::support::Server, ids: &[&str]) {
    assert!(server.terminate().success());
    for id in ids {
        let hash = match migration.database() {
            Some(database) => {
                let admins = database.collection::<Document>("admins");
                let admin = admins.find_one(doc! { "_id": id }).await.unwrap().unwrap();
                admin.get_str("password_hash").unwrap().to_owned()
            }
            None => {
                let settings = migration.settings();
                let store = EmbeddedStore::open(settings[1].1.as_ref()).unwrap();
                let id = AdminId::parse(*id).unwrap();
                let admin = AdminRepo::get(&store, &id).await.unwrap().unwrap();
                admin.password_hash().expose().to_owned()
            }
        };
        assert!(hash.starts_with("$argon2id$"), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_in_the_same_database_are_unchanged() {
    let migration = Migration::new(Old::org().await, "org", Into::Same).await;
    let database = migration.database().unwrap();
    let before = all_contents(database).await;
    migration.adopt(&[]);
    let after = all_contents(database).await;
    for name in ["org_acme", "org_tesla_inc"] {
        let name = format!("{}.{name}", database.name());
        assert_eq!(after[&name], before[&name]);
    }
    for name in ["organizations", "admins"] {
        let [was, is] =
            [name, &format!("legacy_{name}")].map(|it| format!("{}.{it}", database.name()));
        assert_eq!(after[&is], before[&was]);
    }
    let admins = database.collection::<Document>("admins");
    let admin = admins.find_one(doc! { "_id": hex(ADMIN, 1) }).await.unwrap().unwrap();
    assert_eq!(admin.get_datetime("last_login").unwrap().timestamp_millis(), LOGIN.0);
    assert_eq!(admin.get_datetime("created_at").unwrap().timestamp_millis(), MADE.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_with_an_unusable_name_gets_a_free_name() {
    let old = Old::enterprise().await;
    old.enterprise_organization(4, "日本", "org_").await;
    // The name that Tenantry would give to the one above.
    old.enterprise_organization(5, "Ri Ben", "org_ri_ben").await;
    let migration = Migration::new(old, "enterprise", Into::Same).await;
    migration.adopt(&[]);
    migration.nothing_is_wrong();
    let server = migration.server();
    let api = Api::new(&server);
    for (n, name, collection) in [(4, "日本", "org_ri_ben_2"), (5, "Ri Ben", "org_ri_ben")] {
        logged_in(&api, &email(n)).await;
        assert_unchanged(&api, n, (name, json!("What it is for"), collection)).await;
        has_its_documents(&migration, &api, n, collection).await;
    }
    assert!(migration.adopt(&[]).contains("organizations to adopt: 0; already present: 5"));
}

/// A legacy service may have a second document of an admin, under its id.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_with_the_id_of_an_admin_stays_a_document() {
    for into in Into::ALL {
        let old = Old::org().await;
        let profile = doc! { "_id": id(ADMIN, 1), "email": email(1), "password": super::old::HASH };
        old.collection("org_acme").insert_one(profile.clone()).await.unwrap();
        let migration = Migration::new(old, "org", into).await;
        assert!(migration.adopt(&[]).contains("4 documents of org_acme, 2 admins"));
        if let Some(database) = migration.database() {
            assert!(contents(database, "org_acme").await.1.contains(&profile), "{into:?}");
        }
    }
}

/// Also among the documents: a document without a password is not an admin, whatever the type of
/// its id.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_beside_an_admin_of_the_same_id_stays_a_document() {
    for into in Into::ALL {
        let old = Old::enterprise().await;
        let more = doc! {
            "_id": id(ADMIN, 8), "email": "eve@example.com", "hashed_password": super::old::HASH,
            "role": "admin",
        };
        let acme = old.collection("org_acme_corp");
        let profiles = [1, 8].map(|n| doc! { "_id": hex(ADMIN, n), "email": "x@example.com" });
        acme.insert_one(more).await.unwrap();
        acme.insert_many(&profiles).await.unwrap();
        let migration = Migration::new(old, "enterprise", into).await;
        assert!(
            migration.adopt(&[]).contains("5 documents of org_acme_corp, 3 admins"),
            "{into:?}"
        );
        migration.nothing_is_wrong();
        let server = migration.server();
        let api = Api::new(&server);
        logged_in(&api, "eve@example.com").await;
        let token = api.login(&email(1)).await.unwrap().text("access_token");
        let documents = format!("/v1/organizations/{}/documents?limit=100", hex(ORGANIZATION, 1));
        let documents = api.all(&token, &documents).await.unwrap();
        assert_eq!(documents.len(), 5, "{documents:?}");
        for n in [1, 8] {
            assert!(documents.iter().any(|found| found["_id"] == hex(ADMIN, n)), "{documents:?}");
        }
    }
}

/// A customer of the organization may have any role in it.
#[tokio::test(flavor = "multi_thread")]
async fn documents_become_admins_only_with_the_flag() {
    for into in Into::ALL {
        let old = Old::enterprise().await;
        let customer = |id: &str, role: &str| {
            doc! { "_id": id, "email": format!("{id}@example.com"), "password": super::old::HASH,
            "role": role }
        };
        let roles = ["Owner", "owner", "admin", "OWNER", "read_only"];
        let customers = roles.map(|role| customer(&format!("customer-{role}"), role));
        old.collection("org_acme_corp").insert_many(&customers).await.unwrap();
        let migration = Migration::new(old, "enterprise", into).await.only_founders();
        let report = migration.adopt(&["--dry-run"]);
        let founder = format!(
            "admin {id}: {}, owner, founder, role was \"admin\"; found in \"org_acme_corp\", _id {id}\n",
            email(1),
            id = hex(ADMIN, 1)
        );
        assert!(report.contains("9 documents of org_acme_corp, 1 admin\n"), "{report}");
        assert!(report.contains(&founder), "{report}");
        assert!(report.contains("_id customer-admin, customer-owner, reader-1\n"), "{report}");
        migration.adopt(&[]);
        migration.nothing_is_wrong();
        let server = migration.server();
        let api = Api::new(&server);
        assert_eq!(logged_in(&api, &email(1)).await["role"], "owner");
        for id in roles.map(|role| format!("customer-{role}")).iter().chain(&["reader".to_owned()])
        {
            let refused = api.login(&format!("{id}@example.com")).await.unwrap();
            assert_eq!(refused.status, 401, "{id}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_differently_spelled_roles_become_viewer() {
    let old = Old::org().await;
    let roles = ["read_only", "Owner", "ADMIN", "superadmin"];
    for role in roles {
        let more = doc! {
            "_id": role, "email": format!("{role}@example.com"), "password": super::old::HASH,
            "organization_id": id(ORGANIZATION, 2), "role": role,
        };
        old.collection("admins").insert_one(more).await.unwrap();
    }
    let more = doc! {
        "_id": "list", "email": "list@example.com", "password": super::old::HASH,
        "organization_id": id(ORGANIZATION, 2), "role": ["owner"], "is_active": 0,
    };
    old.collection("admins").insert_one(more).await.unwrap();
    let migration = Migration::new(old, "org", Into::Same).await;
    let report = migration.adopt(&[]);
    for role in roles {
        let line = format!("{role}@example.com, viewer, role was {role:?}; found in \"admins\"");
        assert!(report.contains(&line), "{report}");
    }
    assert!(
        report.contains("list@example.com, viewer, role was \"[\\\"owner\\\"]\", deactivated"),
        "{report}"
    );
    let server = migration.server();
    let api = Api::new(&server);
    for role in roles {
        assert_eq!(logged_in(&api, &format!("{role}@example.com")).await["role"], "viewer");
    }
    assert_eq!(logged_in(&api, &email(2)).await["role"], "owner");
}

#[tokio::test(flavor = "multi_thread")]
async fn inactive_organizations_and_admins_stay_inactive() {
    let old = Old::org().await;
    let off = doc! { "$set": { "is_active": false } };
    let of = doc! { "_id": id(ORGANIZATION, 1) };
    old.collection("organizations").update_one(of, off.clone()).await.unwrap();
    let more = doc! {
        "_id": id(ADMIN, 8), "email": "off@example.com", "hashed_password": super::old::HASH,
        "organization_id": id(ORGANIZATION, 2), "is_active": false,
    };
    old.collection("admins").insert_one(more).await.unwrap();
    let migration = Migration::new(old, "org", Into::Same).await;
    assert!(migration.adopt(&[]).contains("3 documents of org_acme, 2 admins; suspended"));
    let server = migration.server();
    let api = Api::new(&server);
    logged_in(&api, &email(2)).await;
    for address in [email(1), "off@example.com".to_owned()] {
        assert_eq!(api.login(&address).await.unwrap().status, 403, "{address}");
    }
    migration.nothing_is_wrong();
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_of_ten_thousand_documents_is_reported() {
    for into in [Into::Other, Into::Embedded] {
        let old = Old::fresh().await;
        old.org_organization(1, "acme").await;
        let more = (0..9_997).map(|n| doc! { "n": n, "text": "x".repeat(100) });
        old.collection("org_acme").insert_many(more).await.unwrap();
        let migration = Migration::new(old, "org", into).await;
        let output = migration.run(&[]);
        assert_eq!(output.status.code(), Some(0));
        let report = String::from_utf8(output.stderr).unwrap();
        let about = format!("organization {}: ", hex(ORGANIZATION, 1));
        let steps: Vec<&str> =
            report.lines().filter_map(|line| line.strip_prefix(&about)).collect();
        assert!(steps.len() > 5, "{report}");
        let last = steps.iter().rfind(|step| step.ends_with("copied")).unwrap();
        assert_eq!(*last, "10000 of 10000 documents copied");
        if let Some(database) = migration.database() {
            let there = contents(database, "org_acme").await;
            assert_eq!(there, contents(migration.old.database.database(), "org_acme").await);
        }
        migration.nothing_is_wrong();
    }
}
