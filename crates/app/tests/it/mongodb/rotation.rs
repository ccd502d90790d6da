//! Signing keys that two servers on one database share. Instead of waiting minutes or days, tests
//! change the age of the keys in the database.

use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use local_mongod::TestDatabase;
use mongodb::bson::{DateTime, Document, doc};
use serde_json::Value;
use tokio::time::interval;

use crate::api::Api;
use crate::keys::{listed, published, status};
use crate::support::Server;

const EMAIL: &str = "ada@example.com";
/// Timeout of a revocation: servers read the keys every 5 seconds, and the machine may be busy.
const KNOWN: Duration = Duration::from_secs(10);
/// Timeout of anything else: a write without a timely response is repeated in the next round.
const TIMEOUT: Duration = Duration::from_secs(60);
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

#[tokio::test(flavor = "multi_thread")]
async fn key_rotation_refuses_no_valid_token() {
    let pair = Pair::start().await;
    let before = pair.logins().await;
    let old = published(&pair.apis[0]).await[0].clone();
    assert_eq!(before.each_ref().map(|token| signer(token)), [old.clone(), old.clone()]);

    let rotated = pair.servers[0].run(&["keys", "rotate"]);
    assert_eq!(rotated.status.code(), Some(0), "{rotated:?}");
    let new = listed(&pair.servers[0])[1].0.clone();
    let both = [old.clone(), new.clone()];
    pair.until(async |api| published(api).await == both).await;
    let meanwhile = pair.logins().await;
    assert_eq!(meanwhile.each_ref().map(|token| signer(token)), [old.clone(), old]);

    pair.age(11 * MINUTE).await;
    pair.until(async |api| {
        let token = api.login(EMAIL).await.unwrap().text("access_token");
        // More sessions would evict the first ones.
        let ended = api.send(api.post("/v1/auth/logout", &token)).await.unwrap();
        assert_eq!(ended.status, 204, "{}", ended.body);
        signer(&token) == new
    })
    .await;
    let after = pair.logins().await;
    assert_eq!(after.each_ref().map(|token| signer(token)), [new.clone(), new.clone()]);
    for token in before.iter().chain(&meanwhile).chain(&after) {
        assert_eq!(pair.statuses(token).await, [200, 200]);
    }

    // The hour of the tokens, a minute of leeway, and 5 of servers that are late.
    pair.age(66 * MINUTE).await;
    pair.until(async |api| published(api).await == [new.clone()]).await;
    for token in before.iter().chain(&meanwhile) {
        assert_eq!(pair.statuses(token).await, [401, 401]);
    }
    for token in &after {
        assert_eq!(pair.statuses(token).await, [200, 200]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_scheduled_rotations_create_one_key() {
    let pair = Pair::start().await;
    for created in 2..=4 {
        let newest = published(&pair.apis[0]).await.pop().unwrap();
        pair.age(31 * DAY).await;
        // The key before the newest is removed at the same time.
        pair.until(async |api| {
            let keys = published(api).await;
            keys.len() == 2 && keys[0] == newest
        })
        .await;
        assert_eq!(published(&pair.apis[0]).await, published(&pair.apis[1]).await);
        assert_eq!(pair.ever().await, created);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_by_all_servers_within_seconds() {
    let pair = Pair::start().await;
    let stolen = pair.logins().await;
    let revoked = pair.servers[1].run(&["keys", "rotate", "--revoke"]);
    assert_eq!(revoked.status.code(), Some(0), "{revoked:?}");
    let start = Instant::now();
    for token in &stolen {
        pair.until(async |api| status(api, token).await == 401).await;
    }
    println!("refused by both {:.1?} after the revocation", start.elapsed());
    assert!(start.elapsed() < KNOWN, "{:?}", start.elapsed());

    let new = listed(&pair.servers[0]);
    assert_eq!((new.len(), new[0].1.as_str()), (1, "signing"));
    for token in pair.logins().await {
        assert_eq!(signer(&token), new[0].0);
        assert_eq!(pair.statuses(&token).await, [200, 200]);
    }
}

/// Two servers on one database, and an admin.
struct Pair {
    apis: [Api; 2],
    servers: [Server; 2],
    database: TestDatabase,
}

impl Pair {
    async fn start() -> Self {
        let database = TestDatabase::fresh().await.unwrap();
        let place = [("MONGODB_URL", database.url()), ("DATABASE_NAME", database.name())];
        let servers = [Server::start_with(&place), Server::start_with(&place)];
        let apis = servers.each_ref().map(Api::new);
        assert_eq!(apis[0].create("Acme", EMAIL).await.unwrap().status, 201);
        assert_eq!(published(&apis[0]).await, published(&apis[1]).await);
        Self { apis, servers, database }
    }

    /// A token from each server.
    async fn logins(&self) -> [String; 2] {
        let [first, second] = &self.apis;
        let logins = [first.login(EMAIL).await.unwrap(), second.login(EMAIL).await.unwrap()];
        logins.map(|login| login.text("access_token"))
    }

    /// The response of each server to a token.
    async fn statuses(&self, token: &str) -> [u16; 2] {
        [status(&self.apis[0], token).await, status(&self.apis[1], token).await]
    }

    /// Waits until `holds` is true of both servers. It polls with pauses, which leave the servers
    /// and the database time for their work on a small machine.
    async fn until(&self, holds: impl AsyncFn(&Api) -> bool) {
        let start = Instant::now();
        let mut again = interval(Duration::from_millis(100));
        for (api, server) in self.apis.iter().zip(&self.servers) {
            while !holds(api).await {
                let late = start.elapsed() >= TIMEOUT;
                assert!(!late, "still {:?}: {}", self.stored().await, server.stderr());
                again.tick().await;
            }
        }
    }

    /// Makes every key older, except those that the servers create meanwhile.
    async fn age(&self, milliseconds: i64) {
        let present = self.keys().distinct("_id", doc! {}).await.unwrap();
        let older = doc! { "created_at": { "$subtract": ["$created_at", milliseconds] } };
        let older = vec![doc! { "$set": older }];
        self.keys().update_many(doc! { "_id": { "$in": present } }, older).await.unwrap();
    }

    /// The contents of the database, for the message of a failed test.
    async fn stored(&self) -> Vec<(String, DateTime)> {
        let mut keys = self.keys().find(doc! {}).await.unwrap();
        let mut stored = Vec::new();
        while keys.advance().await.unwrap() {
            let key = keys.deserialize_current().unwrap();
            let created = *key.get_datetime("created_at").unwrap();
            stored.push((key.get_str("_id").unwrap().to_owned(), created));
        }
        stored
    }

    /// The number of keys, with removed ones.
    async fn ever(&self) -> u64 {
        self.keys().count_documents(doc! {}).await.unwrap()
    }

    fn keys(&self) -> mongodb::Collection<Document> {
        self.database.database().collection("signing_keys")
    }
}

/// The id of the key that signed a token.
fn signer(token: &str) -> String {
    let header = token.split('.').next().unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
