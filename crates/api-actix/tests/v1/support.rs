//! A server over fakes, and a client.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{Bytes, Data};
use api_actix::{AppOptions, Metrics, Routes};
use async_trait::async_trait;
use domain::model::{DocumentLimit, Naming, Password, PasswordHash};
use domain::ports::{HashJob, HasherError, PasswordHasher, PasswordVerdict, Ports};
use domain::service::{AuditRules, OperatorToken, RateLimits, Services, Settings, Signup};
use futures_util::future::LocalBoxFuture;
use futures_util::{StreamExt, stream};
use mockall::mock;
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, faulty};
use port_contracts::fixtures::{LIFETIMES, STEP_UP};
use serde_json::{Value, json};

use crate::store::{placement, ports};

/// The token of the operator.
pub(crate) const OPERATOR: &str = "operator-operator-operator-operator";
/// The audiences of other services.
const AUDIENCES: [&str; 2] = ["billing", "https://crm.example.com"];
/// The password of every admin.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A global subscriber that discards its output. It is installed before the first request of any
/// test, because a log line whose first use on one thread finds no subscriber may be lost to a test
/// that reads its own log on another.
static LOG: LazyLock<()> = LazyLock::new(|| {
    let discarding = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
    tracing::subscriber::set_global_default(discarding).unwrap();
});

mock! {
    /// A hasher that fails the test at any unexpected call.
    pub(crate) Hasher {}

    #[async_trait]
    impl PasswordHasher for Hasher {
        async fn hash(
            &self,
            job: HashJob,
            password: Password,
        ) -> Result<PasswordHash, HasherError>;
        async fn verify(
            &self,
            job: HashJob,
            password: Password,
            hash: Option<PasswordHash>,
        ) -> Result<PasswordVerdict, HasherError>;
    }
}

/// The server under test.
pub(crate) struct Server {
    pub(crate) services: Services,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Arc<SettableClock>,
    exchange: Box<Exchange>,
}

/// Sends a request; its body in two halves, when something is to happen between them.
type Exchange = dyn Fn(TestRequest, Option<Between>) -> LocalBoxFuture<'static, Response>;

/// What happens between the halves of the body.
pub(crate) type Between = LocalBoxFuture<'static, ()>;

/// A request to be sent.
pub(crate) struct Call(TestRequest);

/// The response of the server.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// An organization and its owner.
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) admin_id: String,
    pub(crate) path: String,
    pub(crate) token: String,
}

impl Server {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(SettableClock::default());
        Self::over(ports(&clock).await, clock, Signup::Open).await
    }

    /// With creation restricted to the operator.
    pub(crate) async fn for_operators() -> Self {
        let clock = Arc::new(SettableClock::default());
        Self::over(ports(&clock).await, clock, Signup::Operator).await
    }

    /// With audit events for every write of a document.
    pub(crate) async fn audited() -> Self {
        let clock = Arc::new(SettableClock::default());
        let audit = AuditRules { documents: true, ..AuditRules::default() };
        let settings = Settings { audit, ..settings(Signup::Open) };
        let services = Services::new(ports(&clock).await, settings);
        Self::of(services, clock, AppOptions::default()).await
    }

    /// With `max_age` as the maximum age of a login for step-up authentication.
    pub(crate) async fn stepping_up(max_age: Option<Duration>) -> Self {
        let clock = Arc::new(SettableClock::default());
        let settings = Settings { step_up: max_age, ..settings(Signup::Open) };
        let services = Services::new(ports(&clock).await, settings);
        Self::of(services, clock, AppOptions::default()).await
    }

    /// With `bytes` as the maximum size of a document.
    pub(crate) async fn with_documents_of(bytes: usize) -> Self {
        let clock = Arc::new(SettableClock::default());
        let document_limit = DocumentLimit::parse(bytes).unwrap();
        let settings = Settings { document_limit, ..settings(Signup::Open) };
        let services = Services::new(ports(&clock).await, settings);
        Self::of(services, clock, AppOptions::default()).await
    }

    /// With these options.
    pub(crate) async fn with(options: AppOptions) -> Self {
        let clock = Arc::new(SettableClock::default());
        let ports = ports(&clock).await;
        Self::over_with(ports, clock, Signup::Open, options).await
    }

    /// The same installation with its store under `plan`.
    pub(crate) async fn under(&self, ports: &Ports, plan: &Plan) -> Self {
        Self::over(faulty(ports, plan), self.clock.clone(), Signup::Open).await
    }

    /// With rate limits, which other test servers do not have.
    pub(crate) async fn limited(limits: RateLimits) -> Self {
        let clock = Arc::new(SettableClock::default());
        Self::limited_over(ports(&clock).await, clock, limits).await
    }

    pub(crate) async fn limited_over(
        ports: Ports,
        clock: Arc<SettableClock>,
        limits: RateLimits,
    ) -> Self {
        let settings = Settings { limits, ..settings(Signup::Open) };
        Self::of(Services::new(ports, settings), clock, AppOptions::default()).await
    }

    pub(crate) async fn over(ports: Ports, clock: Arc<SettableClock>, signup: Signup) -> Self {
        Self::over_with(ports, clock, signup, AppOptions::default()).await
    }

    pub(crate) async fn over_with(
        ports: Ports,
        clock: Arc<SettableClock>,
        signup: Signup,
        options: AppOptions,
    ) -> Self {
        Self::of(Services::new(ports, settings(signup)), clock, options).await
    }

    async fn of(services: Services, clock: Arc<SettableClock>, options: AppOptions) -> Self {
        LazyLock::force(&LOG);
        let metrics = Metrics::new(services.now()).unwrap();
        let (state, figures) = (Data::new(services.clone()), Data::new(metrics.clone()));
        let app = init_service(api_actix::app(Routes::All, state, figures, options)).await;
        let app = std::rc::Rc::new(app);
        let exchange = move |request: TestRequest, between: Option<Between>| {
            let app = app.clone();
            let exchange = async move {
                let mut request = request.to_request();
                if let Some(between) = between {
                    let payload = in_halves(request.take_payload(), between).await;
                    request = request.replace_payload(payload).0;
                }
                let response = call_service(&*app, request).await;
                let (status, headers) = (response.status(), response.headers().clone());
                Response { status, headers, body: read_body(response).await }
            };
            Box::pin(exchange) as LocalBoxFuture<'static, Response>
        };
        Self { services, metrics, clock, exchange: Box::new(exchange) }
    }

    pub(crate) async fn send(&self, call: Call) -> Response {
        (self.exchange)(call.0, None).await
    }

    /// The response to a request that is not sent yet.
    pub(crate) fn sending(&self, call: Call) -> LocalBoxFuture<'static, Response> {
        (self.exchange)(call.0, None)
    }

    /// Sends the head and half of the body of a request, and the rest after `between`.
    pub(crate) async fn send_in_halves(&self, call: Call, between: Between) -> Response {
        (self.exchange)(call.0, Some(between)).await
    }

    /// Creates an organization and logs its owner in.
    pub(crate) async fn member(&self, name: &str, email: &str) -> Member {
        let created = self.send(post("/v1/organizations").json(&organization(name, email))).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let token = self.login(email).await;
        let me = self.send(get("/v1/me").token(&token)).await.json();
        let id = text(&me["organization"]["id"]);
        let admin_id = text(&me["admin"]["id"]);
        Member { path: format!("/v1/organizations/{id}"), id, admin_id, token }
    }

    pub(crate) async fn login(&self, email: &str) -> String {
        self.try_login(email).await.unwrap()
    }

    /// The token of a login, or the response that refused it.
    pub(crate) async fn try_login(&self, email: &str) -> Result<String, String> {
        let exchange = self.tokens(email).await;
        if exchange.status == 200 {
            Ok(text(&exchange.json()["access_token"]))
        } else {
            Err(exchange.text())
        }
    }

    /// The response to a login with the usual password.
    pub(crate) async fn tokens(&self, email: &str) -> Response {
        let credentials = json!({"email": email, "password": PASSWORD});
        self.send(post("/v1/auth/login").json(&credentials)).await
    }
}

impl Call {
    pub(crate) fn header(self, name: impl AsRef<str>, value: &str) -> Self {
        Self(self.0.append_header((name.as_ref(), value)))
    }

    /// Sets the client address.
    pub(crate) fn from(self, address: &str) -> Self {
        Self(self.0.peer_addr(SocketAddr::new(address.parse().unwrap(), 50000)))
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub(crate) fn body(self, body: impl Into<Bytes>) -> Self {
        Self(self.0.set_payload(body))
    }
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// The header; empty if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let name = HeaderName::try_from(name).unwrap();
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Expects a problem, and returns its code.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        let code = text(&problem["code"]);
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        for member in ["title", "detail", "instance"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        code
    }

    /// The pointers and codes of the errors, in order.
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let place = |error: &Value| match &error["pointer"] {
            Value::String(pointer) => pointer.clone(),
            _ => format!("?{}", text(&error["parameter"])),
        };
        errors.iter().map(|error| (place(error), text(&error["code"]))).collect()
    }
}

pub(crate) fn call(method: &str, path: &str) -> Call {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let peer = "192.0.2.7:50000".parse().unwrap();
    Call(TestRequest::with_uri(path).method(method).peer_addr(peer))
}

pub(crate) fn get(path: &str) -> Call {
    call("GET", path)
}

pub(crate) fn post(path: &str) -> Call {
    call("POST", path)
}

pub(crate) fn delete(path: &str) -> Call {
    call("DELETE", path)
}

/// A merge patch.
pub(crate) fn patch(path: &str, body: &Value) -> Call {
    let call = call("PATCH", path).header("Content-Type", "application/merge-patch+json");
    call.body(body.to_string())
}

/// A body that creates an organization.
pub(crate) fn organization(name: &str, email: &str) -> Value {
    json!({"name": name, "owner": {"email": email, "password": PASSWORD}})
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The same body, with `between` happening when half of it was read.
async fn in_halves(payload: Payload, between: Between) -> Payload {
    let whole: Vec<Bytes> = payload.map(Result::unwrap).collect().await;
    let whole = Bytes::from(whole.concat());
    let (first, last) = (whole.slice(..whole.len() / 2), whole.slice(whole.len() / 2..));
    let last = stream::once(async move {
        between.await;
        Ok(last)
    });
    let payload = stream::once(async { Ok(first) }).chain(last);
    Payload::Stream { payload: Box::pin(payload) }
}

fn settings(signup: Signup) -> Settings {
    Settings {
        signup,
        naming: Naming::Slug,
        placement: placement(),
        token_lifetimes: LIFETIMES,
        step_up: Some(STEP_UP),
        token_audiences: AUDIENCES.map(|audience| audience.parse().unwrap()).into(),
        operator: Some(OperatorToken::parse(&OPERATOR.into()).unwrap()),
        limits: RateLimits::default(),
        document_limit: DocumentLimit::default(),
        audit: AuditRules::default(),
    }
}
