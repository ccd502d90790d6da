//! A store with the use cases over it, and its clients.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use domain::model::{
    Admin, ClientAddress, Document, EmailKey, Imported, Metadata, Organization, Page, Password,
    RequestInfo,
};
use domain::ports::Ports;
use domain::service::{
    AuditRules, Caller, CreateOrganization, Error, LoggedIn, NewOwner, OperatorToken, RateLimits,
    Recovered, Scope, Services, Settings, Signup,
};
use port_contracts::fakes::{self, SettableClock, Store};
use port_contracts::faults::{Plan, faulty};
use port_contracts::fixtures::{LIFETIMES, STEP_UP, email, organization_name, request_info};
use secrecy::{ExposeSecret, SecretString};

use crate::contents::without_uuid;
use crate::known::Known;
use crate::operations::{Operation, PASSWORD, Session, TenancySettings};
use crate::requests;

const OPERATOR: &str = "the-token-of-the-operator,-of-32-bytes-or-more";
/// Longer than a lease.
const LATER: Duration = Duration::from_secs(16);

/// The result of an operation. Errors are text, so that they can be compared.
pub(crate) type RunResult = Result<Output, String>;

/// What a client can read.
#[derive(Debug, PartialEq)]
pub(crate) enum Output {
    Nothing,
    Session { token: String, admin: Box<Admin>, organization: Organization },
    Organization(Organization),
    Organizations(Page<Organization>),
    Document(Document),
    Documents(Page<Document>),
    Imported(Vec<Imported>),
    Recovered(Recovered),
}

/// A store with the use cases over it. Everything else is deterministic, so that two installations
/// with the same inputs give identical results.
pub(crate) struct Installation {
    pub(crate) ports: Ports,
    pub(crate) clock: Arc<SettableClock>,
    settings: TenancySettings,
    /// The last login with each address.
    sessions: BTreeMap<EmailKey, Login>,
    /// Number of clients so far.
    clients: u32,
}

/// What a client keeps of a login.
struct Login {
    token: String,
    /// The owner of the token at the login.
    caller: Caller,
}

impl Installation {
    pub(crate) fn new(store: Arc<dyn Store>, settings: TenancySettings) -> Self {
        let clock = Arc::new(SettableClock::default());
        let ports = fakes::ports(store, Arc::clone(&clock));
        Self { ports, clock, settings, sessions: BTreeMap::new(), clients: 0 }
    }

    /// The use cases of a process under `plan`.
    pub(crate) fn services(&self, plan: &Plan) -> Services {
        let operator = OperatorToken::parse(&SecretString::from(OPERATOR)).unwrap();
        let settings = Settings {
            document_limit: domain::model::DocumentLimit::default(),
            signup: Signup::Open,
            naming: self.settings.naming,
            placement: self.settings.placement,
            token_lifetimes: LIFETIMES,
            step_up: Some(STEP_UP),
            token_audiences: Vec::new(),
            operator: Some(operator),
            limits: RateLimits::default(),
            audit: AuditRules { documents: true, retention: None },
        };
        Services::new(faulty(&self.ports, plan), settings)
    }

    /// The organization of a logged-in owner.
    pub(crate) fn organization_of(&self, owner: usize) -> Option<String> {
        let admin = self.login(owner)?.caller.admin().unwrap();
        Some(admin.organization().id().to_string())
    }

    /// The quota of this organization when the owner logged in.
    pub(crate) fn quota_at_login(&self, owner: usize) -> Option<(u64, u64)> {
        let quota = self.login(owner)?.caller.admin().unwrap().organization().quota();
        Some((quota.documents(), quota.bytes()))
    }

    /// The result of `operation` under `plan`.
    pub(crate) async fn execute(
        &mut self,
        operation: &Operation,
        known: &Known,
        plan: &Plan,
    ) -> RunResult {
        self.send(operation, known, plan).await.map_err(|error| format!("{error:?}"))
    }

    async fn send(
        &mut self,
        operation: &Operation,
        known: &Known,
        plan: &Plan,
    ) -> Result<Output, Error> {
        let services = self.services(plan);
        match *operation {
            Operation::Create { name, address } => {
                let request = asked(name, address);
                output(services.organizations.create(None, request_info(), request).await)
            }
            Operation::Login { address, password } => {
                let password = Password::attempt(password.to_owned());
                let request_info = RequestInfo { address: self.new_client(), ..request_info() };
                let login =
                    services.login.login(&email(address), password, request_info, None).await?;
                self.keep(address, login).await
            }
            Operation::Recover => recovered(&services, Scope::All).await,
            Operation::RecoverAbandoned => {
                self.clock.advance(LATER);
                recovered(&services, Scope::Abandoned).await
            }
            Operation::Owner(owner, request) => {
                let caller = self.owner(&services, owner).await?;
                output(requests::of_owner(&services, &caller, request, known).await)
            }
            Operation::Operator(request) => {
                let caller = services.access.authenticate(OPERATOR, request_info()).await?;
                requests::of_operator(&services, &caller, request, known).await
            }
            Operation::Documents(session, request) => {
                let caller = self.caller(&services, session).await?;
                requests::for_documents(&services, &caller, request).await
            }
        }
    }

    /// A new client address: failed logins of others do not count for it.
    fn new_client(&mut self) -> ClientAddress {
        self.clients += 1;
        ClientAddress::new(IpAddr::V4(Ipv4Addr::from_bits(self.clients)))
    }

    async fn keep(&mut self, address: &str, login: LoggedIn) -> Result<Output, Error> {
        let token = login.token.0.expose_secret().to_owned();
        let caller =
            self.services(&Plan::none()).access.authenticate(&token, request_info()).await?;
        self.sessions.insert(email(address).key(), Login { token: token.clone(), caller });
        let organization = without_uuid(&login.organization);
        Ok(Output::Session { token, admin: Box::new(login.admin), organization })
    }

    async fn owner(&self, services: &Services, owner: usize) -> Result<Caller, Error> {
        let token = self.login(owner).map_or("nobody's", |login| &login.token);
        services.access.authenticate(token, request_info()).await
    }

    async fn caller(&self, services: &Services, session: Session) -> Result<Caller, Error> {
        match self.login(session.owner) {
            Some(login) if session.is_old => Ok(login.caller.clone()),
            _ => self.owner(services, session.owner).await,
        }
    }

    fn login(&self, owner: usize) -> Option<&Login> {
        self.sessions.values().cycle().nth(owner)
    }
}

fn asked(name: &str, address: &str) -> CreateOrganization {
    let password = Password::choose(PASSWORD.to_owned()).unwrap();
    CreateOrganization {
        name: organization_name(name),
        description: None,
        metadata: Metadata::default(),
        owner: NewOwner { email: email(address), name: None, password },
    }
}

pub(crate) fn output(organization: Result<Organization, Error>) -> Result<Output, Error> {
    organization.map(|organization| Output::Organization(without_uuid(&organization)))
}

async fn recovered(services: &Services, scope: Scope) -> Result<Output, Error> {
    Ok(Output::Recovered(services.lifecycle.recover(scope).await?))
}
