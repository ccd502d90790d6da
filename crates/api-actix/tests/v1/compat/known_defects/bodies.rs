//! Request bodies, and passwords in them.

use std::num::NonZeroUsize;
use std::sync::Arc;

use adapters_security::{HasherConfig, PasswordScheme, PooledHasher};
use domain::ports::Ports;
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::compat::{login, put, sign_up};
use crate::store::ports;
use crate::support::{Server, organization, post};

const MOST: usize = 256 * 1024;

/// R0 read 64 MiB of any client, and echoed them.
#[actix_web::test]
async fn defect_12_an_oversized_body_is_not_repeated() {
    let server = Server::new().await;
    let large = format!("{{\"organization_name\": \"{}\"}}", "echo".repeat(MOST / 4));
    for (path, status) in
        [("/org/create", 413), ("/admin/login", 413), ("/v1/organizations", 413), ("/org/x", 404)]
    {
        let call = post(path).header("Content-Type", "application/json").body(large.clone());
        let response = server.send(call).await;
        assert_eq!(response.status, status, "{path}");
        assert!(response.body.len() < 500 && !response.text().contains("echoecho"), "{path}");
    }
    // A body of the maximum size gets only its errors.
    let fits = format!("{{\"organization_name\": \"{}\"}}", "echo".repeat(MOST / 4 - 10));
    let call = post("/org/create").header("Content-Type", "application/json").body(fits);
    let response = server.send(call).await;
    assert_eq!(response.wrong()[0].0, "string_too_long");
    assert!(response.body.len() < 1000, "{} bytes", response.body.len());
}

/// R0 and R2 echoed passwords that were refused.
#[actix_web::test]
async fn defect_12_a_refused_password_is_not_repeated() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    for password in ["Sesame", "sesame without a digit", "SESAME 1", &"Sesame 1".repeat(20)] {
        let mut create = sign_up("Globex", "bob@example.com");
        create["password"] = json!(password);
        let update = json!({"password": password, "organization_name": password});
        let mut v1 = organization("Globex", "bob@example.com");
        v1["owner"]["password"] = json!([password]);
        for (call, status) in [
            (post("/org/create").json(&create), 422),
            (put("/org/update", &update).token(&ada.token), 422),
            (post("/v1/organizations").json(&v1), 400),
        ] {
            let response = server.send(call).await;
            assert_eq!(response.status, status, "{}", response.text());
            assert!(!response.text().to_lowercase().contains("sesame"), "{}", response.text());
        }
    }
}

/// The reference services compared only the first 72 bytes, the limit of bcrypt.
#[actix_web::test]
async fn defect_12_every_byte_of_a_password_counts() {
    let config = HasherConfig {
        scheme: PasswordScheme::Bcrypt,
        argon2_memory_kib: 64,
        argon2_passes: 1,
        bcrypt_cost: 4,
        threads: NonZeroUsize::MIN,
        ..HasherConfig::default()
    };
    let clock = Arc::new(SettableClock::default());
    let hasher = Arc::new(PooledHasher::new(&config).unwrap());
    let ports = Ports { hasher, ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let start = format!("Aa1{}", "x".repeat(69));
    assert_eq!(start.len(), 72);
    let whole = format!("{start} and more");
    let mut body = sign_up("Acme Inc", "ada@example.com");
    body["password"] = json!(whole);
    assert_eq!(server.send(post("/org/create").json(&body)).await.status, 201);
    for path in ["/org/admin/login", "/admin/login", "/v1/auth/login"] {
        for wrong in [start.clone(), format!("{start} and else")] {
            let response = server.send(login(path, "ada@example.com", &wrong)).await;
            assert_eq!(response.status, 401, "{path}");
        }
        let response = server.send(login(path, "ada@example.com", &whole)).await;
        assert_eq!(response.status, 200, "{path}: {}", response.text());
    }
}
