//! Creating the same thing at once.

use super::{OPERATOR, at_once, count, ends_well, server};
use crate::api::{Answer, Api};

const AT_ONCE: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creates_of_one_name_one_succeeds() {
    let server = server();
    let api = Api::new(&server);
    let answers = at_once(AT_ONCE, |number| {
        let api = api.clone();
        async move { api.create("Acme", &format!("owner{number}@example.com")).await }
    })
    .await;
    only_one_made(&api, &answers, "name_taken").await;

    // Whoever was refused left nothing behind: the other addresses are free.
    let again =
        at_once(AT_ONCE, |number| {
            let api = api.clone();
            async move {
                api.create(&format!("Acme {number}"), &format!("owner{number}@example.com")).await
            }
        })
        .await;
    assert_eq!((count(&again, 201), count(&again, 409)), (AT_ONCE - 1, 1));
    ends_well(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creates_with_one_address_one_succeeds() {
    let server = server();
    let api = Api::new(&server);
    let answers = at_once(AT_ONCE, |number| {
        let api = api.clone();
        async move { api.create(&format!("Acme {number}"), "ada@example.com").await }
    })
    .await;
    only_one_made(&api, &answers, "email_taken").await;

    let again =
        at_once(AT_ONCE, |number| {
            let api = api.clone();
            async move {
                api.create(&format!("Acme {number}"), &format!("owner{number}@example.com")).await
            }
        })
        .await;
    assert_eq!((count(&again, 201), count(&again, 409)), (AT_ONCE - 1, 1), "the names are free");
    ends_well(server);
}

/// One answer is 201 and the others are 409, and there is one organization.
async fn only_one_made(api: &Api, answers: &[Answer], code: &str) {
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((answer.status, answer.text("code").as_str()), (409, code));
    }
    assert_eq!(count(answers, 201), 1);
    let made = answers.iter().find(|answer| answer.status == 201).unwrap();
    let listed = api.all(OPERATOR, "/v1/organizations?limit=100").await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&made.body));
}
