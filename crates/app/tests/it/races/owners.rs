//! Concurrent removals of owners: one always stays.

use serde_json::{Value, json};

use super::{Member, assert_clean_shutdown, at_once, count, server};
use crate::api::{Api, PASSWORD, Result};

const ROUNDS: usize = 5;

/// Adds an owner, and returns the path of the admin and a token of it.
async fn second_owner(member: &Member, email: &str) -> (String, String) {
    let admins = format!("/v1/organizations/{}/admins", member.id);
    let new = json!({ "email": email, "password": PASSWORD, "role": "owner" });
    let api = &member.api;
    let created = api.send(api.post(&admins, &member.token).json(&new)).await.unwrap();
    assert_eq!(created.status, 201, "{}", created.body);
    let token = api.login(email).await.unwrap().text("access_token");
    (format!("{admins}/{}", created.text("id")), token)
}

/// Each of them requests one of the ways to stop being an owner.
async fn leave(api: Api, path: String, token: String, way: usize) -> Result {
    let change = match way % 3 {
        0 => return api.send(api.request(reqwest::Method::DELETE, &path, &token)).await,
        1 => json!({ "role": "viewer" }),
        _ => json!({ "is_active": false }),
    };
    api.send(api.request(reqwest::Method::PATCH, &path, &token).json(&change)).await
}

async fn active_owners(api: &Api, token: &str, organization: &str) -> usize {
    let path = format!("/v1/organizations/{organization}/admins?limit=100");
    let admins = api.all(token, &path).await.unwrap();
    let owns = |admin: &&Value| admin["role"] == "owner" && admin["is_active"] == true;
    admins.iter().filter(owns).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_owners_who_remove_each_other_concurrently_stays() {
    let server = server();
    let api = Api::new(&server);
    for round in 0..ROUNDS {
        let member = Member::new(&api, &format!("Acme {round}")).await;
        let own = api.send(api.get("/v1/me", &member.token)).await.unwrap();
        let admin = own.body["admin"]["id"].as_str().unwrap();
        let first = format!("/v1/organizations/{}/admins/{admin}", member.id);
        let (second, other) = second_owner(&member, &format!("second{round}@example.com")).await;
        let tries = [(second, member.token.clone()), (first, other.clone())];
        let responses = at_once(8, |number| {
            let (path, token) = tries[number % 2].clone();
            leave(api.clone(), path, token, round + number / 2)
        })
        .await;
        for response in &responses {
            let known = [200, 204, 401, 403, 404, 409].contains(&response.status);
            assert!(known, "{}: {}", response.status, response.body);
        }
        let done = count(&responses, 200) + count(&responses, 204);
        assert!(done >= 1, "{responses:?}");
        let mut owners = 0;
        for token in [&member.token, &other] {
            let is_in = api.send(api.get("/v1/me", token)).await.unwrap().status == 200;
            if is_in {
                owners = active_owners(&api, token, &member.id).await;
            }
        }
        assert_eq!(owners, 1, "{responses:?}");
    }
    assert_clean_shutdown(server);
}
