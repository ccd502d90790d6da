//! Templates of workflows.

use domain::model::Naming;

use super::views::{acme, acme_deleted, acme_renamed, other};
use super::workflow::{Given, Request, Workflow};
use super::world::{ACME, FREE, TenancySettings};

/// The same with all organizations in the shared collection.
pub(super) fn sharing(mut workflow: Workflow) -> Workflow {
    for view in workflow.undone.iter_mut().chain(&mut workflow.done) {
        view.collection = None;
    }
    Workflow { settings: TenancySettings::SHARED, ..workflow }
}

/// The same with collections named after ids.
pub(super) fn named_by_id(mut workflow: Workflow) -> Workflow {
    for views in [&mut workflow.undone, &mut workflow.done] {
        for (view, id) in views.iter_mut().zip(["id-00000001", "id-00000005"]) {
            view.collection = Some(format!("org_{id}"));
        }
    }
    Workflow {
        settings: TenancySettings { naming: Naming::Id, ..TenancySettings::DEFAULT },
        ..workflow
    }
}

/// A request that finds the organizations as they were created and changes nothing.
pub(super) fn asking(request: Request) -> Workflow {
    Workflow {
        given: Given::Settled,
        request,
        settings: TenancySettings::DEFAULT,
        rival: None,
        claims_fail: false,
        undone: vec![acme(), other()],
        done: vec![acme(), other()],
        frees: None,
    }
}

/// A request that finds a pending rename, and changes nothing else.
pub(super) fn while_renaming(request: Request) -> Workflow {
    let renamed = vec![acme_renamed("Renamed"), other()];
    Workflow {
        given: Given::Renaming,
        undone: renamed.clone(),
        done: renamed,
        frees: Some((ACME.0, FREE.1)),
        ..asking(request)
    }
}

/// A request that finds a pending deletion, and changes nothing else.
pub(super) fn while_deleting(request: Request) -> Workflow {
    let undone = vec![acme_deleted(ACME.0), other()];
    Workflow { given: Given::Deleting, undone, ..deleting(ACME.0, asking(request)) }
}

/// A workflow that ends with the organization deleted under the name it had then.
pub(super) fn deleting(name: &'static str, workflow: Workflow) -> Workflow {
    let done = vec![acme_deleted(name), other()];
    Workflow { done, frees: Some((name, ACME.1)), ..workflow }
}
