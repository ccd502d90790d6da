//! What clients know before a request.

use domain::model::{OrganizationId, Precondition, Version};
use port_contracts::fixtures::organization_id;

use crate::contents::Contents;
use crate::operations::Condition;

/// The ids and versions of organizations.
#[derive(Debug)]
pub(crate) struct Known {
    /// All organizations, in order of creation.
    organizations: Vec<(OrganizationId, Version)>,
}

impl From<&Contents> for Known {
    fn from(contents: &Contents) -> Self {
        let organizations = contents.organizations.iter();
        Self { organizations: organizations.map(|it| (it.id().clone(), it.version())).collect() }
    }
}

impl Known {
    /// The id of the `n`-th organization; an unknown id when there are none.
    pub(crate) fn id(&self, n: usize) -> OrganizationId {
        self.nth(n).map_or_else(|| organization_id("none"), |(id, _)| id.clone())
    }

    fn nth(&self, n: usize) -> Option<&(OrganizationId, Version)> {
        self.organizations.iter().cycle().nth(n)
    }

    /// The precondition on the version of this organization.
    pub(crate) fn condition(
        &self,
        condition: Condition,
        id: &OrganizationId,
    ) -> Precondition<Version> {
        let present = self.organizations.iter().find(|(known, _)| known == id);
        match (condition, present) {
            (Condition::Nothing, _) => Precondition::None,
            (Condition::Present, Some((_, version))) => Precondition::AnyOf(vec![*version]),
            (Condition::Past, _) | (_, None) => Precondition::AnyOf(vec![Version::new(0)]),
        }
    }
}
