//! Forged variants of tokens of the real issuers.

use std::sync::Arc;
use std::time::Duration;

use adapters_security::{JwtIssuer, generate_signing_key};
use domain::ports::{Clock, Ports, TokenIssuer};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;

use crate::store::ports;
use crate::support::{Server, get};

const SECRET: &str = "secret-secret-secret-secret-secret";

fn symmetric(clock: &Arc<SettableClock>) -> Arc<dyn TokenIssuer> {
    Arc::new(JwtIssuer::with_secret(&SECRET.into(), clock.clone()).unwrap())
}

fn asymmetric(clock: &Arc<SettableClock>) -> Arc<dyn TokenIssuer> {
    let key = generate_signing_key(clock.now()).unwrap();
    Arc::new(JwtIssuer::with_key(&key, clock.clone()).unwrap())
}

/// The token without a signature, with another signature, with another header, and with other
/// claims.
fn forgeries(token: &str) -> Vec<String> {
    let parts: Vec<_> = token.split('.').collect();
    let (head, claims, signature) = (parts[0], parts[1], parts[2]);
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    vec![
        format!("{head}.{claims}."),
        format!("{head}.{claims}"),
        format!("{head}.{claims}.{flipped}{}", &signature[1..]),
        format!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.{claims}."),
        format!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.{claims}.{signature}"),
        format!("{head}.{}.{signature}", claims.to_lowercase()),
        token.to_uppercase(),
    ]
}

#[actix_web::test]
async fn expired_forged_unsigned_and_foreign_tokens_are_refused() {
    let clock = Arc::new(SettableClock::default());
    for issuers in [[symmetric, asymmetric], [asymmetric, symmetric]] {
        let [own, foreign] = issuers.map(|issuer| issuer(&clock));
        let store = ports(&clock).await;
        let over =
            |tokens| Server::over(Ports { tokens, ..store.clone() }, clock.clone(), Signup::Open);
        let server = over(own).await;
        let ada = server.member("Acme", "ada@example.com").await;
        let of_another_algorithm = over(foreign).await.login("ada@example.com").await;
        let mut refused = forgeries(&ada.token);
        refused.push(of_another_algorithm);
        for token in &refused {
            let response = server.send(get("/v1/me").token(token)).await;
            assert_eq!(response.problem(401), "token_invalid", "{token}");
        }
        assert_eq!(server.send(get("/v1/me").token(&ada.token)).await.status, 200);
        clock.advance(Duration::from_secs(3600 + 61));
        let response = server.send(get("/v1/me").token(&ada.token)).await;
        assert_eq!(response.problem(401), "token_expired");
    }
}
