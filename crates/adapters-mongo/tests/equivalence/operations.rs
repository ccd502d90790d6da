//! What may happen to an installation.

use std::fmt;

use domain::model::{ImportMode, Naming, Status};
use domain::service::PlacementRules;
use port_contracts::faults::{Plan, When};

/// That of every owner.
pub(crate) const PASSWORD: &str = "correct horse";

/// An installation and what happens to it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) house: House,
    pub(crate) steps: Vec<Step>,
}

/// What an operator decides about an installation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct House {
    pub(crate) naming: Naming,
    pub(crate) placement: PlacementRules,
}

/// A request, and what goes wrong with it.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) fault: Option<Fault>,
}

/// The call that goes wrong, counted from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) call: usize,
    pub(crate) when: When,
    /// Whether all later calls fail as well.
    pub(crate) is_crash: bool,
}

/// A request. Organizations are counted from 0 in the order in which they were made, owners who have logged in
/// in that of their addresses, and both from the start again beyond their end.
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

/// What an owner asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OwnersRequest {
    Rename { name: &'static str, condition: Condition },
    Describe { text: Option<&'static str> },
    Delete,
    Look { organization: usize },
}

/// What the operator asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OperatorsRequest {
    Suspend {
        organization: usize,
        condition: Condition,
    },
    Activate {
        organization: usize,
    },
    /// With a limit of its own for requests, or as all others again; and with a quota of documents and of bytes.
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

/// Which organizations are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing {
    pub(crate) status: Option<Status>,
    /// A part of the key of the name.
    pub(crate) part: Option<&'static str>,
    /// The organization before the first.
    pub(crate) after: Option<usize>,
    pub(crate) size: usize,
}

/// What an owner asks of the documents.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DocumentsRequest {
    Insert {
        id: &'static str,
        n: u8,
    },
    /// Of two documents.
    Import {
        mode: ImportMode,
        documents: [(&'static str, u8); 2],
    },
    Get {
        id: &'static str,
    },
    /// Only when it has a certain content, if so asked.
    Delete {
        id: &'static str,
        only: Option<u8>,
    },
    List {
        after: Option<&'static str>,
        size: usize,
    },
}

/// Somebody who has logged in, counted as owners are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    pub(crate) owner: usize,
    /// Whether its token was verified at the login, and the request was under way ever since.
    pub(crate) is_old: bool,
}

/// What a client says of the version it means.
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
        writeln!(f, "{:?}", self.house)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "    {step:?}"))
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.operation)?;
        self.fault.map_or(Ok(()), |fault| write!(f, ", {fault:?}"))
    }
}
