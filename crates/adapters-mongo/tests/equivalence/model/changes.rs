//! Results of requests about organizations.

use domain::service::PlacementPolicy;
use port_contracts::fixtures::slug;

use super::{Contested, Expected, Model, NO_ORGANIZATION, Org, Outcome, Stage, View, key};
use crate::operations::{
    Condition, Listing, Operation, OperatorsRequest, OwnersRequest, PASSWORD, TenancySettings,
};

/// The state that a request meets.
pub(crate) struct Context<'a> {
    pub(crate) settings: TenancySettings,
    /// The id of the `n`-th organization.
    pub(crate) id: &'a dyn Fn(usize) -> String,
    /// The organization of a logged-in owner.
    pub(crate) session: &'a dyn Fn(usize) -> Option<String>,
    /// The quota that this organization had at the login.
    pub(crate) quota_at_login: &'a dyn Fn(usize) -> Option<(u64, u64)>,
    /// The id that a new organization gets.
    pub(crate) newcomer: &'a str,
}

impl Model {
    /// The possible results of `operation` without faults.
    pub(crate) fn expected(&self, operation: &Operation, context: &Context<'_>) -> Vec<Expected> {
        let session = |owner| (context.session)(owner);
        match *operation {
            Operation::Documents(who, request) => {
                let quota = (context.quota_at_login)(who.owner);
                self.reached(session(who.owner).as_deref(), quota, who, request)
            }
            Operation::Owner(owner, request) => self.certain(|after| {
                let id = after.authorize(session(owner).as_deref())?;
                after.asked_by_owner(&id, request, context)
            }),
            Operation::Operator(request) => {
                self.certain(|after| after.asked_by_operator(request, context))
            }
            Operation::Create { name, address } => {
                self.certain(|after| after.create(name, address, context))
            }
            Operation::Login { address, password } => {
                self.certain(|after| after.log_in(address, password))
            }
            Operation::Recover | Operation::RecoverAbandoned => self.certain(|after| {
                *after = after.clone().settled(&Contested::default());
                Ok(View::Nothing)
            }),
        }
    }

    /// The additional results of `operation` when pending work can't be finished: a suspension and
    /// a deletion supersede it.
    pub(crate) fn superseding(
        &self,
        operation: &Operation,
        context: &Context<'_>,
    ) -> Option<Expected> {
        let (id, condition, deletes) = match *operation {
            Operation::Owner(owner, OwnersRequest::Delete) => (
                self.authorize((context.session)(owner).as_deref()).ok()?,
                Condition::Nothing,
                true,
            ),
            Operation::Operator(OperatorsRequest::Delete { organization }) => {
                ((context.id)(organization), Condition::Nothing, true)
            }
            Operation::Operator(OperatorsRequest::Suspend { organization, condition }) => {
                ((context.id)(organization), condition, false)
            }
            _ => return None,
        };
        let mut after = self.clone();
        let org = after.organizations.get_mut(&id).filter(|_| condition != Condition::Past)?;
        match (&org.stage, deletes) {
            (Stage::Renaming(to) | Stage::Suspending(to), true) => {
                org.name.clone_from(to);
                org.stage = Stage::Deleting;
            }
            (Stage::Provisioning(_) | Stage::ProvisioningSuspended(_), true) => {
                // It never had a placement.
                org.shares = false;
                org.stage = Stage::Deleting;
            }
            (Stage::Renaming(to), false) => org.stage = Stage::Suspending(to.clone()),
            (Stage::Provisioning(address), false) => {
                org.stage = Stage::ProvisioningSuspended(address.clone());
            }
            (Stage::Suspending(_) | Stage::ProvisioningSuspended(_), false) => {}
            _ => return None,
        }
        let outcome = after.look(&id);
        Some(Expected { outcome, after })
    }

    fn asked_by_owner(
        &mut self,
        id: &str,
        request: OwnersRequest,
        context: &Context<'_>,
    ) -> Outcome<'static> {
        match request {
            OwnersRequest::Rename { name, condition } => {
                self.change(id, condition, |model, org| {
                    if model.is_taken(name, id) {
                        return Err("NameTaken");
                    }
                    org.name = name.to_owned();
                    Ok(())
                })
            }
            OwnersRequest::Describe { text } => self.change(id, Condition::Nothing, |_, org| {
                org.description = text.map(ToOwned::to_owned);
                Ok(())
            }),
            OwnersRequest::Delete => self.delete(id),
            OwnersRequest::Look { organization } if (context.id)(organization) == id => {
                self.look(id)
            }
            OwnersRequest::Look { .. } => Err(NO_ORGANIZATION),
        }
    }

    fn asked_by_operator(
        &mut self,
        request: OperatorsRequest,
        context: &Context<'_>,
    ) -> Outcome<'static> {
        let id = |n| (context.id)(n);
        match request {
            OperatorsRequest::Suspend { organization, condition } => {
                self.switch(&id(organization), condition, Stage::Suspended)
            }
            OperatorsRequest::Activate { organization } => {
                self.switch(&id(organization), Condition::Nothing, Stage::Active)
            }
            OperatorsRequest::Limit { organization, rate_limit, quota } => {
                self.change(&id(organization), Condition::Nothing, |_, org| {
                    org.rate_limit = rate_limit;
                    org.quota = quota;
                    Ok(())
                })
            }
            OperatorsRequest::Delete { organization } => self.delete(&id(organization)),
            OperatorsRequest::Look { organization } => self.look(&id(organization)),
            OperatorsRequest::List(listing) => Ok(self.list(listing, context)),
        }
    }

    fn create(&mut self, name: &str, address: &str, context: &Context<'_>) -> Outcome<'static> {
        if self.is_taken(name, context.newcomer) {
            return Err("NameTaken");
        }
        if self.owners.contains_key(&key(address)) {
            return Err("EmailTaken");
        }
        let own = |org: &&Org| !org.shares && org.stage != Stage::Deleted;
        let used = self.organizations.values().filter(own).count() as u64;
        let full = used >= context.settings.placement.max_collections;
        let shares = match context.settings.placement.policy {
            PlacementPolicy::Auto => full,
            PlacementPolicy::Shared => true,
            PlacementPolicy::Collection if full => return Err("Capacity"),
            PlacementPolicy::Collection => false,
        };
        let (id, name) = (context.newcomer.to_owned(), name.to_owned());
        let (description, stage, rate_limit, quota) = (None, Stage::Active, None, (0, 0));
        let org = Org { name, description, stage, shares, rate_limit, quota };
        self.organizations.insert(id.clone(), org);
        self.owners.insert(key(address), id);
        self.look(context.newcomer)
    }

    fn log_in(&self, address: &str, password: &str) -> Outcome<'static> {
        let id = self.owners.get(&key(address)).ok_or("InvalidCredentials")?;
        if password != PASSWORD {
            return Err("InvalidCredentials");
        }
        match self.authorize(Some(id)) {
            Ok(id) => self.look(&id),
            Err("Suspended") => Err("Suspended"),
            Err(_) => Err("InvalidCredentials"),
        }
    }

    /// Finishes pending work, and then makes a change.
    fn change(
        &mut self,
        id: &str,
        condition: Condition,
        change: impl FnOnce(&Self, &mut Org) -> Result<(), &'static str>,
    ) -> Outcome<'static> {
        let was_pending = self.pending().contains(id);
        self.settle(id);
        let mut org = self.organizations.get(id).ok_or(NO_ORGANIZATION)?.clone();
        // Finishing pending work raises the version.
        let holds = match condition {
            Condition::Nothing => true,
            Condition::Present => !was_pending,
            Condition::Past => false,
        };
        if !holds {
            return Err("PreconditionFailed");
        }
        if org.stage == Stage::Deleted {
            return Err(NO_ORGANIZATION);
        }
        change(self, &mut org)?;
        self.organizations.insert(id.to_owned(), org);
        self.settle(id);
        self.look(id)
    }

    fn delete(&mut self, id: &str) -> Outcome<'static> {
        self.change(id, Condition::Nothing, |_, org| {
            org.stage = Stage::Deleting;
            Ok(())
        })
    }

    fn switch(&mut self, id: &str, condition: Condition, stage: Stage) -> Outcome<'static> {
        self.change(id, condition, |_, org| {
            org.stage = stage;
            Ok(())
        })
    }

    fn look(&self, id: &str) -> Outcome<'static> {
        let org = self.organizations.get(id).ok_or(NO_ORGANIZATION)?;
        Ok(View::Organization(id.to_owned(), org.clone()))
    }

    fn list(&self, listing: Listing, context: &Context<'_>) -> View {
        let Listing { status, part, after, size } = listing;
        let first = after.map(|n| (context.id)(n));
        let passes = |(id, org): &(&String, &Org)| {
            first.as_ref().is_none_or(|first| *id > first)
                && status.is_none_or(|status| org.stage.status() == status)
                && part.is_none_or(|part| slug(&org.name).as_str().contains(part))
        };
        let found = self.organizations.iter().filter(passes);
        let mut items: Vec<_> = found.map(|(id, org)| (id.clone(), org.clone())).collect();
        let more = items.len() > size;
        items.truncate(size);
        View::Organizations(items, more)
    }
}
