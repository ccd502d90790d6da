//! What clients read in responses.

use domain::model::{Document, Imported, Organization};

use super::Org;
use crate::installation::Output;

/// What a client reads in a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum View {
    Nothing,
    /// With its id.
    Organization(String, Org),
    /// And whether there are more.
    Organizations(Vec<(String, Org)>, bool),
    /// With its id.
    Document(String, u64),
    /// And whether there are more.
    Documents(Vec<(String, u64)>, bool),
    Imported(Vec<Imported>),
}

impl View {
    pub(crate) fn of(output: &Output) -> Self {
        match output {
            Output::Nothing | Output::Recovered(_) => Self::Nothing,
            Output::Session { organization, .. } | Output::Organization(organization) => {
                let (id, org) = view(organization);
                Self::Organization(id, org)
            }
            Output::Organizations(page) => {
                Self::Organizations(page.items.iter().map(view).collect(), page.more)
            }
            Output::Document(document) => {
                let (id, n) = content(document);
                Self::Document(id, n)
            }
            Output::Imported(imported) => Self::Imported(imported.clone()),
            Output::Documents(page) => {
                Self::Documents(page.items.iter().map(content).collect(), page.more)
            }
        }
    }

    /// The same once the organization is not pending.
    pub(crate) fn settled(mut self) -> Self {
        if let Self::Organization(_, org) = &mut self {
            org.settle();
        }
        self
    }
}

/// A document with the given id.
pub(crate) fn content(document: &Document) -> (String, u64) {
    (document.id().to_string(), document.tree().fields()["n"].as_u64().unwrap())
}

fn view(organization: &Organization) -> (String, Org) {
    (organization.id().to_string(), Org::of(organization))
}
