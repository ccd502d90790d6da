//! An organization with all kinds of callers.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters_security::JwtIssuer;
use api_actix::{AppOptions, Dialects};
use domain::ports::{Ports, TokenIssuer};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use super::table::Who;
use crate::store::ports;
use crate::support::{
    Call, OPERATOR, PASSWORD, Server, delete, get, organization, patch, post, text,
};

/// Private data, contained in every resource of the organizations.
pub(super) const SECRET: &str = "anvil-4711";

/// An installation with one suspended and one deleted organization.
pub(super) struct Installation {
    pub(super) server: Server,
    /// The same installation with another token key.
    forger: Server,
    pub(super) suspended: Caller,
    pub(super) deleted: Caller,
}

/// A caller that can log in, and its tokens.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) email: String,
    pub(super) token: Option<String>,
    pub(super) refresh_token: String,
    /// The caller's own resources.
    pub(super) place: ResourceIds,
}

/// The ids that a path names.
#[derive(Clone)]
pub(super) struct ResourceIds {
    pub(super) organization: String,
    /// The name of the organization.
    pub(super) name: String,
    pub(super) admin: String,
    pub(super) document: String,
    pub(super) session: String,
}

/// An organization with all kinds of callers.
pub(super) struct World {
    pub(super) callers: BTreeMap<Who, Caller>,
}

fn issuer(secret: &str, clock: &Arc<SettableClock>) -> Arc<dyn TokenIssuer> {
    Arc::new(JwtIssuer::with_secret(&secret.repeat(8).into(), clock.clone()).unwrap())
}

impl Installation {
    pub(super) async fn new() -> Self {
        Self::with(Dialects::default()).await
    }

    /// With these dialects mounted.
    pub(super) async fn with(dialects: Dialects) -> Self {
        let clock = Arc::new(SettableClock::default());
        let store = ports(&clock).await;
        let over = |secret| {
            let ports = Ports { tokens: issuer(secret, &clock), ..store.clone() };
            let options = AppOptions { dialects, ..AppOptions::default() };
            Server::over_with(ports, clock.clone(), Signup::Open, options)
        };
        let (server, forger) = (over("own key ").await, over("another ").await);
        let suspended = founder(&server, "Suspended").await;
        let suspend = post(&format!("{}/suspend", suspended.place.path()));
        succeed(&server, suspend.token(OPERATOR)).await;
        let deleted = founder(&server, "Deleted").await;
        succeed(&server, delete(&deleted.place.path()).token(OPERATOR)).await;
        Self { server, forger, suspended, deleted }
    }

    /// Creates another organization called `name`, and one beside it.
    pub(super) async fn world(&self, name: &str) -> World {
        let server = &self.server;
        let owner = founder(server, &format!("{name} Acme")).await;
        let stranger = founder(server, &format!("{name} Globex")).await;
        let mut callers = BTreeMap::new();
        for (who, role) in
            [(Who::Viewer, "viewer"), (Who::Admin, "admin"), (Who::Deactivated, "admin")]
        {
            let mut caller = colleague(server, &owner, who, role).await;
            caller.place.document.clone_from(&owner.place.document);
            callers.insert(who, caller);
        }
        let deactivated = &callers[&Who::Deactivated].place.admin;
        let admin = format!("{}/admins/{deactivated}", owner.place.path());
        let change = patch(&admin, &json!({"is_active": false}));
        succeed(server, change.token(owner.token())).await;
        let as_owner =
            |token: Option<&str>| Caller { token: token.map(Into::into), ..owner.clone() };
        let forged = self.forger.login(&owner.email).await;
        callers.extend([
            (Who::Anonymous, as_owner(None)),
            (Who::Garbage, as_owner(Some("garbage"))),
            (Who::Forged, as_owner(Some(&forged))),
            (Who::Operator, as_owner(Some(OPERATOR))),
            (Who::Suspended, self.suspended.clone()),
            (Who::Deleted, self.deleted.clone()),
            (Who::Stranger, stranger),
            (Who::Owner, owner),
        ]);
        World { callers }
    }

    /// The responses to all requests that read the organizations of `world` and the inactive ones.
    pub(super) async fn snapshot(&self, world: &World) -> Vec<String> {
        let mut seen = Vec::new();
        for who in [Who::Owner, Who::Stranger] {
            let caller = &world.callers[&who];
            for list in ["admins?limit=100", "documents?limit=100"] {
                let path = format!("{}/{list}", caller.place.path());
                seen.push(succeed(&self.server, get(&path).token(caller.token())).await);
            }
        }
        for who in [Who::Owner, Who::Stranger, Who::Viewer, Who::Admin] {
            let sessions = get("/v1/auth/sessions").token(world.callers[&who].token());
            seen.push(succeed(&self.server, sessions).await);
        }
        for who in [Who::Owner, Who::Stranger, Who::Suspended, Who::Deleted] {
            let path = world.callers[&who].place.path();
            for path in [&path, &format!("{path}/usage")] {
                seen.push(succeed(&self.server, get(path).token(OPERATOR)).await);
            }
            let events = get(&format!("{path}/audit-events?limit=100")).token(OPERATOR);
            let events: Value = serde_json::from_str(&succeed(&self.server, events).await).unwrap();
            // Refused logins add audit events.
            let events = events["items"].as_array().unwrap().iter();
            let events = events.filter(|event| event["action"] != "login.refused");
            seen.extend(events.map(Value::to_string));
        }
        seen
    }

    /// Expects that nothing has changed.
    pub(super) async fn assert_unchanged(&self, before: &[String], world: &World, context: &str) {
        let after = self.snapshot(world).await;
        let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
        assert!(new.is_empty() && after.len() == before.len(), "{context}: {new:?}");
    }
}

impl World {
    /// The subject of requests that are not about the caller's own resources: the viewer, the only
    /// admin that any authorized caller can remove.
    pub(super) fn place(&self) -> &ResourceIds {
        &self.callers[&Who::Viewer].place
    }
}

impl Caller {
    pub(super) fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }
}

impl ResourceIds {
    /// The path of the organization.
    pub(super) fn path(&self) -> String {
        format!("/v1/organizations/{}", self.organization)
    }
}

/// The owner of a new organization with a document.
async fn founder(server: &Server, name: &str) -> Caller {
    let email = format!("{}@example.com", name.replace(' ', "."));
    let mut body = organization(name, &email);
    body["description"] = json!(SECRET);
    succeed(server, post("/v1/organizations").json(&body)).await;
    let mut founder = logged_in(server, &email).await;
    founder.place.document = format!("of-{}", founder.place.organization);
    let documents = format!("{}/documents", founder.place.path());
    let document = json!({"_id": founder.place.document, "text": SECRET});
    succeed(server, post(&documents).json(&document).token(founder.token())).await;
    founder
}

pub(super) async fn colleague(server: &Server, owner: &Caller, who: Who, role: &str) -> Caller {
    let email = format!("{who:?}.{}", owner.email);
    let body = json!({"email": email, "name": SECRET, "password": PASSWORD, "role": role});
    let admins = format!("{}/admins", owner.place.path());
    succeed(server, post(&admins).json(&body).token(owner.token())).await;
    logged_in(server, &email).await
}

async fn logged_in(server: &Server, email: &str) -> Caller {
    let login = server.tokens(email).await.json();
    let token = text(&login["access_token"]);
    let sessions = succeed(server, get("/v1/auth/sessions").token(&token)).await;
    let sessions: Value = serde_json::from_str(&sessions).unwrap();
    Caller {
        email: email.to_owned(),
        token: Some(token),
        refresh_token: text(&login["refresh_token"]),
        place: ResourceIds {
            organization: text(&login["organization"]["id"]),
            name: text(&login["organization"]["name"]),
            admin: text(&login["admin"]["id"]),
            document: String::new(),
            session: text(&sessions["items"][0]["id"]),
        },
    }
}

/// Sends `call`, expects success, and returns the text of the response.
pub(super) async fn succeed(server: &Server, call: Call) -> String {
    let response = server.send(call).await;
    assert!(response.status.is_success(), "{}", response.text());
    response.text()
}
