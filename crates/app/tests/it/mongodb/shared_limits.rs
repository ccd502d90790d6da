//! A rate limit shared by two servers on one database.

use std::time::{Duration, Instant};

use local_mongod::{Deployment, Options};
use mongodb::Client;
use mongodb::bson::{Document, doc};

use super::OPERATOR;
use crate::api::Api;
use crate::support::Server;

const LIMIT: usize = 100;
/// A limit that no test exhausts: it shows the share that a server allows.
const ANONYMOUS: u32 = 1_000_000;
/// Timeout until the servers know of each other: a killed server is forgotten after 5 seconds.
const KNOWN: Duration = Duration::from_secs(30);

fn server_on(deployment: &Deployment) -> Server {
    Server::start_with(&[
        ("MONGODB_URL", deployment.url()),
        ("OPERATOR_TOKEN", OPERATOR),
        ("RATE_LIMIT_PER_ORG", &LIMIT.to_string()),
        ("RATE_LIMIT_ANONYMOUS", &ANONYMOUS.to_string()),
        // No window ends while a test counts.
        ("RATE_LIMIT_WINDOW_SECONDS", "3600"),
    ])
}

/// Waits until the server counts this number of nodes.
async fn is_one_of(api: &Api, nodes: u32) {
    let start = Instant::now();
    loop {
        let answer = api.send(api.get("/v1/me", "")).await.unwrap();
        let told = answer.headers["ratelimit"].to_str().unwrap();
        let left = told.split("r=").nth(1).unwrap().split(';').next().unwrap();
        let left: u32 = left.parse().unwrap();
        // Each of two nodes allows three quarters.
        let taken_for = if left > ANONYMOUS * 3 / 4 { 1 } else { 2 };
        if taken_for == nodes {
            return;
        }
        assert!(start.elapsed() < KNOWN, "it tells {told}");
    }
}

/// An organization, and the token of its owner.
async fn member(api: &Api, name: &str) -> String {
    let email = format!("{name}@example.com");
    assert_eq!(api.create(name, &email).await.unwrap().status, 201);
    api.login(&email).await.unwrap().text("access_token")
}

/// The number of allowed requests of `count`, sent one after the other to the servers in turn.
async fn let_through(servers: &[&Api], token: &str, requests: usize) -> usize {
    let mut passed = 0;
    for api in servers.iter().cycle().take(requests) {
        match api.send(api.get("/v1/me", token)).await.unwrap().status {
            200 => passed += 1,
            429 => {}
            other => panic!("{other}"),
        }
    }
    passed
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_a_rate_limit() {
    let set = Options::replica_set(1).start().await.unwrap();
    let (first, second) = (server_on(&set), server_on(&set));
    let (first, second) = (Api::new(&first), Api::new(&second));
    is_one_of(&first, 2).await;
    is_one_of(&second, 2).await;

    let flood = member(&first, "flood").await;
    let hammer = async |api: &Api| let_through(&[api], &flood, 2 * LIMIT).await;
    let (here, there) = tokio::join!(hammer(&first), hammer(&second));
    let sum = here + there;
    assert!((LIMIT..=LIMIT * 3 / 2).contains(&sum), "{here} + {there}");

    let even = member(&first, "even").await;
    assert_eq!(let_through(&[&first, &second], &even, LIMIT).await, LIMIT, "none too early");
    let more = let_through(&[&first, &second], &even, 2 * LIMIT).await;
    assert!(more <= LIMIT / 2, "{more} more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_a_stopped_or_killed_server_goes_to_the_others() {
    let set = Options::replica_set(1).start().await.unwrap();
    let (first, mut second) = (server_on(&set), server_on(&set));
    let api = Api::new(&first);
    is_one_of(&api, 2).await;
    assert!(second.terminate().success());
    assert_eq!(known(&set).await, 1, "it told that it ends");
    is_one_of(&api, 1).await;

    second.restart();
    is_one_of(&Api::new(&second), 2).await;
    is_one_of(&api, 2).await;
    second.kill9();
    assert_eq!(known(&set).await, 2, "nobody told");
    is_one_of(&api, 1).await;
}

/// The number of nodes in the database.
async fn known(deployment: &Deployment) -> u64 {
    let client = Client::with_uri_str(deployment.url()).await.unwrap();
    let nodes = client.database("org_management").collection::<Document>("nodes");
    nodes.count_documents(doc! {}).await.unwrap()
}
