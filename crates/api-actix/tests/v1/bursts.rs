//! Concurrent requests of one organization must not delay others.

use std::num::NonZeroUsize;
use std::sync::Arc;

use adapters_security::{HasherConfig, PasswordScheme, PooledHasher};
use domain::ports::Ports;
use domain::service::Signup;
use futures_util::future::{join, join_all};
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::store::ports;
use crate::support::{PASSWORD, Server, post};

/// Has one hashing thread, so that the order of the queue decides.
fn hasher() -> PooledHasher {
    let config = HasherConfig {
        scheme: PasswordScheme::Bcrypt,
        argon2_memory_kib: 64,
        argon2_passes: 1,
        bcrypt_cost: 4,
        threads: NonZeroUsize::MIN,
        ..HasherConfig::default()
    };
    PooledHasher::new(&config).unwrap()
}

#[actix_web::test]
async fn a_burst_of_new_admins_does_not_delay_logins_of_others() {
    let clock = Arc::new(SettableClock::default());
    let ports = Ports { hasher: Arc::new(hasher()), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.member("Globex", "bob@example.com").await;

    let admins = format!("{}/admins", ada.path);
    let create = |n: usize| {
        let email = format!("admin{n}@example.com");
        let body = json!({ "email": email, "password": PASSWORD, "role": "viewer" });
        server.send(post(&admins).token(&ada.token).json(&body))
    };
    let burst = join_all((0..600).map(create));
    let (burst, login) = join(burst, server.tokens("bob@example.com")).await;

    assert_eq!(login.status, 200, "{}", login.text());
    let count = |status: u16| burst.iter().filter(|response| response.status == status).count();
    assert!(count(201) > 0 && count(503) > 0, "{} created, {} refused", count(201), count(503));
    for response in burst.iter().filter(|response| response.status == 503) {
        // On MongoDB, some of so many requests get no database connection.
        let code = response.problem(503);
        assert!(["overloaded", "store_unavailable"].contains(&code.as_str()), "{code}");
        assert!(!response.header("retry-after").is_empty());
    }
}
