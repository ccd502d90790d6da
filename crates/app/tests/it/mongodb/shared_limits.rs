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
async fn wait_for_nodes(api: &Api, nodes: u32) {
    let start = Instant::now();
    loop {
        let response = api.send(api.get("/v1/me", "")).await.unwrap();
        let header = response.headers["ratelimit"].to_str().unwrap();
        let left = header.split("r=").nth(1).unwrap().split(';').next().unwrap();
        let left: u32 = left.parse().unwrap();
        // Each of two nodes allows three quarters.
        let taken_for = if left > ANONYMOUS * 3 / 4 { 1 } else { 2 };
        if taken_for == nodes {
            return;
        }
        assert!(start.elapsed() < KNOWN, "{header}");
    }
}

/// An organization, and the token of its owner.
async fn member(api: &Api, name: &str) -> String {
    let email = format!("{name}@example.com");
    assert_eq!(api.create(name, &email).await.unwrap().status, 201);
    api.login(&email).await.unwrap().text("access_token")
}

/// The number of allowed requests of `count`, sent one after the other to the servers in turn.
async fn count_allowed(servers: &[&Api], token: &str, requests: usize) -> usize {
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
    wait_for_nodes(&first, 2).await;
    wait_for_nodes(&second, 2).await;

    let flood = member(&first, "flood").await;
    let hammer = async |api: &Api| count_allowed(&[api], &flood, 2 * LIMIT).await;
    let (here, there) = tokio::join!(hammer(&first), hammer(&second));
    let sum = here + there;
    assert!((LIMIT..=LIMIT * 3 / 2).contains(&sum), "{here} + {there}");

    let even = member(&first, "even").await;
    assert_eq!(count_allowed(&[&first, &second], &even, LIMIT).await, LIMIT, "none too early");
    let more = count_allowed(&[&first, &second], &even, 2 * LIMIT).await;
    assert!(more <= LIMIT / 2, "{more} more");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_a_stopped_or_killed_server_goes_to_the_others() {
    let set = Options::replica_set(1).start().await.unwrap();
    let (first, mut second) = (server_on(&set), server_on(&set));
    let api = Api::new(&first);
    wait_for_nodes(&api, 2).await;
    assert!(second.terminate().success());
    assert_eq!(count_nodes(&set).await, 1, "it deregistered");
    wait_for_nodes(&api, 1).await;

    second.restart();
    wait_for_nodes(&Api::new(&second), 2).await;
    wait_for_nodes(&api, 2).await;
    second.kill9();
    assert_eq!(count_nodes(&set).await, 2, "it did not deregister");
    wait_for_nodes(&api, 1).await;
}

/// The number of nodes in the database.
async fn count_nodes(deployment: &Deployment) -> u64 {
    let client = Client::with_uri_str(deployment.url()).await.unwrap();
    let nodes = client.database("org_management").collection::<Document>("nodes");
    nodes.count_documents(doc! {}).await.unwrap()
}
