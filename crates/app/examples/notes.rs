//! The notes of a customer, kept as docs/tenant-documents.md says: `cargo run --example notes -- http://127.0.0.1:8000`.

use std::io::{self, Write};

use anyhow::{Result, anyhow, ensure};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let server = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8000".to_owned());
    tell(&server, &mut io::stdout()).await
}

/// One customer, from its first day on.
pub(crate) async fn tell(server: &str, out: &mut impl Write) -> Result<()> {
    let email = "ada@notes.example.com";
    let mut session = Session::begin(server, "Notes", email, "correct horse battery").await?;
    for (id, text, due, done) in [
        ("plants", "water the plants", 3, false),
        ("bank", "call the bank", 1, false),
        ("taxes", "file the taxes", 2, false),
        ("tea", "buy tea", 1, true),
    ] {
        let note = json!({"text": text, "due": due, "done": done});
        session.json(Method::PUT, &format!("documents/{id}"), &note).await?;
    }
    // As if an hour had passed: what follows gets a new access token by itself.
    session.access_token.clear();

    let open = find(&mut session, &json!({"done": false, "due": {"$lte": 3}}), "due").await?;
    let texts: Vec<_> = open.iter().filter_map(|note| note["text"].as_str()).collect();
    writeln!(out, "open: {}", texts.join(", "))?;

    let refused = change(&mut session, "plants", |note| note["done"] = json!(true)).await?;
    let plants = session.answer(Method::GET, "documents/plants").await?;
    writeln!(out, "after {refused} refused attempt: {}", plants.json::<Value>().await?)?;

    for _ in 0..2 {
        let counts = import(&mut session, "imported", 3).await?;
        writeln!(out, "imported {}, skipped {}", counts["inserted"], counts["skipped"])?;
    }
    let mut export = session.answer(Method::GET, "documents/export").await?;
    let mut lines = 0;
    while let Some(piece) = export.chunk().await? {
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
    }
    let usage: Value = session.answer(Method::GET, "usage").await?.json().await?;
    writeln!(out, "exported {lines}, of {} documents", usage["documents"])?;
    Ok(())
}

/// An admin of an organization who is logged in.
pub(crate) struct Session {
    http: Client,
    server: String,
    /// The path of its organization.
    organization: String,
    access_token: String,
    refresh_token: String,
}

impl Session {
    /// Signs a customer up, and logs its first admin in.
    async fn begin(server: &str, name: &str, email: &str, password: &str) -> Result<Self> {
        let http = Client::new();
        let owner = json!({"email": email, "password": password});
        let sign_up = http.post(format!("{server}/v1/organizations"));
        let made = sign_up.json(&json!({"name": name, "owner": owner})).send().await?;
        let organization = made.error_for_status()?.json::<Value>().await?;
        let login = http.post(format!("{server}/v1/auth/login")).json(&owner).send().await?;
        let tokens: Value = login.error_for_status()?.json().await?;
        Ok(Self {
            organization: format!("/v1/organizations/{}", text(&organization, "id")?),
            access_token: text(&tokens, "access_token")?,
            refresh_token: text(&tokens, "refresh_token")?,
            server: server.to_owned(),
            http,
        })
    }

    /// A refresh token is good for one use: the next one has to be kept in its place.
    async fn refresh(&mut self) -> Result<()> {
        let refresh = self.http.post(format!("{}/v1/auth/refresh", self.server));
        let answer = refresh.json(&json!({"refresh_token": self.refresh_token})).send().await?;
        let tokens: Value = answer.error_for_status()?.json().await?;
        self.access_token = text(&tokens, "access_token")?;
        self.refresh_token = text(&tokens, "refresh_token")?;
        Ok(())
    }

    /// The address of something in the organization.
    fn url(&self, path: &str) -> Result<Url> {
        Ok(Url::parse(&format!("{}{}/{path}", self.server, self.organization))?)
    }

    /// Sends what `complete` makes of a request; with a new access token, when the one at hand is not good any more.
    async fn send(
        &mut self,
        method: Method,
        url: Url,
        complete: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response> {
        for _ in 0..2 {
            let request = self.http.request(method.clone(), url.clone());
            let token = format!("Bearer {}", self.access_token);
            let answer = complete(request.header(AUTHORIZATION, token)).send().await?;
            if answer.status() != 401 {
                return Ok(answer);
            }
            self.refresh().await?;
        }
        Err(anyhow!("the session has ended"))
    }

    async fn answer(&mut self, method: Method, path: &str) -> Result<Response> {
        let url = self.url(path)?;
        Ok(self.send(method, url, |request| request).await?.error_for_status()?)
    }

    async fn json(&mut self, method: Method, path: &str, body: &Value) -> Result<Response> {
        let url = self.url(path)?;
        Ok(self.send(method, url, |request| request.json(body)).await?.error_for_status()?)
    }
}

/// All documents that pass a filter, page by page.
async fn find(session: &mut Session, filter: &Value, sort: &str) -> Result<Vec<Value>> {
    let mut all = session.url("documents")?;
    all.query_pairs_mut().extend_pairs([("filter", &*filter.to_string()), ("sort", sort)]);
    let (mut found, mut url) = (Vec::new(), all.clone());
    loop {
        url.query_pairs_mut().append_pair("limit", "2");
        let answer = session.send(Method::GET, url, |request| request).await?;
        let mut page: Value = answer.error_for_status()?.json().await?;
        found.append(page["items"].as_array_mut().ok_or_else(|| anyhow!("that is no page"))?);
        let Some(next) = page["next"].as_str() else { return Ok(found) };
        url = all.clone();
        url.query_pairs_mut().append_pair("after", next);
    }
}

/// Changes a document as it is now, again whenever somebody else was faster; tells how often that was.
async fn change(session: &mut Session, id: &str, edit: impl Fn(&mut Value)) -> Result<u32> {
    let path = format!("documents/{id}");
    for refused in 0..8 {
        let seen = session.answer(Method::GET, &path).await?;
        let tag = seen.headers()["etag"].clone();
        let mut note: Value = seen.json().await?;
        edit(&mut note);
        if refused == 0 {
            // The somebody else of this story.
            session.json(Method::PATCH, &path, &json!({"by": "Bob"})).await?;
        }
        let put = |request: RequestBuilder| request.header("If-Match", tag.clone()).json(&note);
        let answer = session.send(Method::PUT, session.url(&path)?, put).await?;
        if answer.status() != 412 {
            answer.error_for_status()?;
            return Ok(refused);
        }
    }
    Err(anyhow!("{id} changes all the time"))
}

/// Sends documents under ids of their own: what is there already is passed over, so this may be done again until it
/// was done to its end.
async fn import(session: &mut Session, prefix: &str, count: usize) -> Result<Value> {
    let line = |n| format!("{}\n", json!({"_id": format!("{prefix}-{n}"), "text": "an old note"}));
    let lines: String = (0..count).map(line).collect();
    let post = |request: RequestBuilder| {
        request.header(CONTENT_TYPE, "application/x-ndjson").body(lines.clone())
    };
    let url = session.url("documents/import?mode=skip")?;
    let answer = session.send(Method::POST, url, post).await?;
    let counts: Value = answer.error_for_status()?.json().await?;
    ensure!(counts["refused"] == 0, "lines that are no documents: {}", counts["errors"]);
    Ok(counts)
}

fn text(value: &Value, member: &str) -> Result<String> {
    let text = value[member].as_str().map(str::to_owned);
    text.ok_or_else(|| anyhow!("an answer without {member}"))
}
