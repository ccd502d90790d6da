//! Inputs of an installation.

use std::fmt;

use domain::model::{ImportMode, Naming, Status};
use domain::service::PlacementRules;
use port_contracts::faults::{Plan, When};

/// The password of every owner.
pub(crate) const PASSWORD: &str = "correct horse";

/// The settings of an installation, and its steps.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) settings: TenancySettings,
    pub(crate) steps: Vec<Step>,
}

/// Settings of an installation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TenancySettings {
    pub(crate) naming: Naming,
    pub(crate) placement: PlacementRules,
}

/// A request, and its fault.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) fault: Option<Fault>,
}

/// The number of the failing call, from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) call: usize,
    pub(crate) when: When,
    /// Whether all later calls fail as well.
    pub(crate) is_crash: bool,
}

/// A request. Organizations are numbered from 0 in order of creation, logged-in owners in order of
/// their addresses, both modulo their number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Create { name: &'static str, address: &'static str },
    Login { address: &'static str, password: &'static str },
    Owner(usize, OwnersRequest),
    Operator(OperatorsRequest),
    Documents(Session, DocumentsRequest),
    Recover,
    RecoverAbandoned,
}

/// The requests of an owner.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OwnersRequest {
    Rename { name: &'static str, condition: Condition },
    Describe { text: Option<&'static str> },
    Delete,
    Look { organization: usize },
}

/// The requests of the operator.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OperatorsRequest {
    Suspend {
        organization: usize,
        condition: Condition,
    },
    Activate {
        organization: usize,
    },
    /// With an own rate limit, or the default; and with a quota of documents and of bytes.
    Limit {
        organization: usize,
        rate_limit: Option<u32>,
        quota: (u64, u64),
    },
    Delete {
        organization: usize,
    },
    Look {
        organization: usize,
    },
    List(Listing),
}

/// Parameters of a list of organizations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing {
    pub(crate) status: Option<Status>,
    /// A part of the slug.
    pub(crate) part: Option<&'static str>,
    /// The organization before the first.
    pub(crate) after: Option<usize>,
    pub(crate) size: usize,
}

/// The requests of an owner about documents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DocumentsRequest {
    Insert {
        id: &'static str,
        n: u8,
    },
    /// About two documents.
    Import {
        mode: ImportMode,
        documents: [(&'static str, u8); 2],
    },
    Get {
        id: &'static str,
    },
    /// Only when it has a certain content, if there is a precondition.
    Delete {
        id: &'static str,
        only: Option<u8>,
    },
    List {
        after: Option<&'static str>,
        size: usize,
    },
}

/// A logged-in owner, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    pub(crate) owner: usize,
    /// Whether its token was verified at the login, and the request has been in progress since.
    pub(crate) is_old: bool,
}

/// The precondition on the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Nothing,
    Present,
    Past,
}

impl Fault {
    pub(crate) fn plan(self) -> Plan {
        if self.is_crash {
            Plan::crash(self.call, self.when)
        } else {
            Plan::fail(self.call, self.when)
        }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.settings)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "    {step:?}"))
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.operation)?;
        self.fault.map_or(Ok(()), |fault| write!(f, ", {fault:?}"))
    }
}
