//! Concurrent creates.

use super::{OPERATOR, assert_clean_shutdown, at_once, count, server};
use tokio::task::JoinSet;

use crate::api::{Api, Interface, Response, Result};

const AT_ONCE: usize = 50;
/// A slow machine refuses some of the hashes.
const BUSY: u16 = 503;

/// Creates an organization, with retries while the server is busy.
async fn create(api: &Api, name: &str, email: &str) -> Result {
    loop {
        let response = api.create(name, email).await?;
        if response.status != BUSY {
            return Ok(response);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_concurrent_creates_of_a_name_succeeds() {
    let server = server();
    let api = Api::new(&server);
    let responses = at_once(AT_ONCE, |number| {
        let api = api.clone();
        async move { create(&api, "Acme", &format!("owner{number}@example.com")).await }
    })
    .await;
    assert_one_created(&api, &responses, "name_taken").await;

    // Refused requests leave nothing behind: the other addresses are free.
    let again = at_once(AT_ONCE, |number| {
        let (api, name) = (api.clone(), format!("Acme {number}"));
        async move { create(&api, &name, &format!("owner{number}@example.com")).await }
    })
    .await;
    assert_eq!((count(&again, 201), count(&again, 409)), (AT_ONCE - 1, 1));
    assert_clean_shutdown(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_concurrent_creates_with_an_address_succeeds() {
    let server = server();
    let api = Api::new(&server);
    let responses = at_once(AT_ONCE, |number| {
        let api = api.clone();
        async move { create(&api, &format!("Acme {number}"), "ada@example.com").await }
    })
    .await;
    assert_one_created(&api, &responses, "email_taken").await;

    let again = at_once(AT_ONCE, |number| {
        let (api, name) = (api.clone(), format!("Acme {number}"));
        async move { create(&api, &name, &format!("owner{number}@example.com")).await }
    })
    .await;
    assert_eq!((count(&again, 201), count(&again, 409)), (AT_ONCE - 1, 1), "the names are free");
    assert_clean_shutdown(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_concurrent_creates_through_a_dialect_succeeds() {
    for (interface, taken) in [(Interface::Org, 400), (Interface::Enterprise, 409)] {
        let server = server();
        let api = Api::new(&server).through(interface);
        let create_as = |name: String, number: usize| {
            let api = api.clone();
            async move { create(&api, &name, &format!("owner{number}@example.com")).await }
        };
        let responses = at_once(AT_ONCE, |number| create_as("acme".to_owned(), number)).await;
        assert_eq!(
            (count(&responses, 201), count(&responses, taken)),
            (1, AT_ONCE - 1),
            "{responses:?}"
        );
        let created = responses.iter().find(|response| response.status == 201).unwrap();
        let listed = api.all(OPERATOR, "/v1/organizations?limit=100").await.unwrap();
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert_eq!(listed[0]["id"], created.body["id"]);

        let again = at_once(AT_ONCE, |number| create_as(format!("acme_{number}"), number)).await;
        assert_eq!((count(&again, 201), count(&again, taken)), (AT_ONCE - 1, 1), "{again:?}");
        assert_clean_shutdown(server);
    }
}

/// Hashing a password is the most expensive operation of a server.
#[tokio::test(flavor = "multi_thread")]
async fn health_is_answered_while_many_passwords_are_hashed() {
    for interface in Interface::ALL {
        let server = server();
        let api = Api::new(&server).through(interface);
        let mut creates = JoinSet::new();
        for number in 0..AT_ONCE {
            let (api, name) = (api.clone(), format!("acme_{number}"));
            let email = format!("owner{number}@example.com");
            creates.spawn(async move { api.create(&name, &email).await.unwrap() });
        }
        // The number of other responses before the last create completed.
        let mut health_responses = 0;
        while !creates.is_empty() {
            let health = api.send(api.get("/health", "")).await.unwrap();
            assert_eq!((health.status, health.text("status").as_str()), (200, "healthy"));
            health_responses += 1;
            while let Some(created) = creates.try_join_next() {
                let created = created.unwrap();
                assert!([201, BUSY].contains(&created.status), "{}", created.body);
            }
        }
        assert!(health_responses > AT_ONCE, "{health_responses} answers beside {AT_ONCE} creates");
        assert_clean_shutdown(server);
    }
}

/// One response is 201 and the others are 409, and there is one organization.
async fn assert_one_created(api: &Api, responses: &[Response], code: &str) {
    for response in responses.iter().filter(|response| response.status != 201) {
        assert_eq!((response.status, response.text("code").as_str()), (409, code));
    }
    assert_eq!(count(responses, 201), 1);
    let created = responses.iter().find(|response| response.status == 201).unwrap();
    let listed = api.all(OPERATOR, "/v1/organizations?limit=100").await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&created.body));
}
