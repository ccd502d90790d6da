//! Random inputs.

use domain::model::{ImportMode, Naming, Status};
use domain::service::{PlacementPolicy, PlacementRules};
use port_contracts::faults::When;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::operations::{
    Case, Condition, DocumentsRequest, Fault, Listing, Operation, OperatorsRequest, OwnersRequest,
    PASSWORD, Session, Step, TenancySettings,
};

/// Few names, so that they collide: two spellings of one slug, and a name whose collection is the
/// second of another's family.
const NAMES: &[&str] = &["Acme", "ACME", "Acme 2", "Beta"];
/// Two spellings of one address, and others.
const ADDRESSES: &[&str] =
    &["ada@example.com", "ADA@example.com", "bob@example.com", "eve@example.com"];
const IDS: &[&str] = &["1", "é"];
const VISITS: usize = 30;

/// Any installation with any steps.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let visits = prop::collection::vec(visits(), 0..=VISITS);
    (tenancy_settings(), sign_ups(Just(None)), visits).prop_map(|(settings, first, visits)| {
        let steps = first.into_iter().chain(visits.into_iter().flatten()).collect();
        Case { settings, steps }
    })
}

fn tenancy_settings() -> impl Strategy<Value = TenancySettings> {
    let naming = prop_oneof![3 => Just(Naming::Slug), 1 => Just(Naming::Id)];
    let policy = prop_oneof![
        3 => Just(PlacementPolicy::Auto),
        1 => Just(PlacementPolicy::Collection),
        1 => Just(PlacementPolicy::Shared),
    ];
    let max_collections = prop_oneof![3 => Just(100_u64), 1 => 0..3_u64];
    (naming, policy, max_collections).prop_map(|(naming, policy, max_collections)| {
        TenancySettings { naming, placement: PlacementRules { policy, max_collections } }
    })
}

fn visits() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![1 => sign_ups(option::weighted(0.4, faults())), 8 => steps().prop_map(|step| vec![step])]
}

/// A creator logs in immediately, or most requests would be unauthenticated.
fn sign_ups(fault: impl Strategy<Value = Option<Fault>>) -> impl Strategy<Value = Vec<Step>> {
    (name(), address(), fault).prop_map(|(name, address, fault)| {
        let login = Operation::Login { address, password: PASSWORD };
        vec![
            Step { operation: Operation::Create { name, address }, fault },
            Step { operation: login, fault: None },
        ]
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let fault = option::weighted(0.4, faults());
    (operations(), fault).prop_map(|(operation, fault)| Step { operation, fault })
}

fn faults() -> impl Strategy<Value = Fault> {
    let when = select(vec![When::Before, When::After]);
    (1..10_usize, when, any::<bool>()).prop_map(|(call, when, is_crash)| Fault {
        call,
        when,
        is_crash,
    })
}

fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => logins(),
        8 => requests_of_owners(),
        5 => requests_of_the_operator(),
        12 => requests_for_documents(),
        1 => Just(Operation::Recover),
        1 => Just(Operation::RecoverAbandoned),
    ]
}

fn logins() -> impl Strategy<Value = Operation> {
    let password = prop_oneof![6 => Just(PASSWORD), 1 => Just("battery staple")];
    (address(), password).prop_map(|(address, password)| Operation::Login { address, password })
}

fn requests_of_owners() -> impl Strategy<Value = Operation> {
    let text = option::of(select(vec!["", "About us"]));
    let request = prop_oneof![
        8 => (name(), condition())
            .prop_map(|(name, condition)| OwnersRequest::Rename { name, condition }),
        2 => text.prop_map(|text| OwnersRequest::Describe { text }),
        1 => Just(OwnersRequest::Delete),
        1 => organization().prop_map(|organization| OwnersRequest::Look { organization }),
    ];
    (owner(), request).prop_map(|(owner, request)| Operation::Owner(owner, request))
}

fn requests_of_the_operator() -> impl Strategy<Value = Operation> {
    let request = prop_oneof![
        2 => (organization(), condition()).prop_map(|(organization, condition)| {
            OperatorsRequest::Suspend { organization, condition }
        }),
        3 => organization().prop_map(|organization| OperatorsRequest::Activate { organization }),
        2 => (organization(), option::of(0..2_u32), quota()).prop_map(
            |(organization, rate_limit, quota)| {
                OperatorsRequest::Limit { organization, rate_limit, quota }
            }
        ),
        1 => organization().prop_map(|organization| OperatorsRequest::Delete { organization }),
        1 => organization().prop_map(|organization| OperatorsRequest::Look { organization }),
        2 => listings().prop_map(OperatorsRequest::List),
    ];
    request.prop_map(Operation::Operator)
}

fn listings() -> impl Strategy<Value = Listing> {
    let status = option::of(select(Status::ALL.to_vec()));
    let part = option::of(select(vec!["acme", "a"]));
    let after = option::of(organization());
    (status, part, after, 1..3_usize).prop_map(|(status, part, after, size)| Listing {
        status,
        part,
        after,
        size,
    })
}

/// Mostly unlimited, or a limit that few documents reach.
fn quota() -> impl Strategy<Value = (u64, u64)> {
    prop_oneof![
        2 => Just((0, 0)),
        2 => (1..3_u64).prop_map(|documents| (documents, 0)),
        2 => (15..40_u64).prop_map(|bytes| (0, bytes)),
    ]
}

fn requests_for_documents() -> impl Strategy<Value = Operation> {
    let request = prop_oneof![
        4 => (id(), content()).prop_map(|(id, n)| DocumentsRequest::Insert { id, n }),
        4 => (select(ImportMode::ALL.to_vec()), [(id(), content()), (id(), content())])
            .prop_map(|(mode, documents)| DocumentsRequest::Import { mode, documents }),
        2 => id().prop_map(|id| DocumentsRequest::Get { id }),
        2 => (id(), option::of(content()))
            .prop_map(|(id, only)| DocumentsRequest::Delete { id, only }),
        2 => (option::of(id()), 1..3_usize)
            .prop_map(|(after, size)| DocumentsRequest::List { after, size }),
    ];
    (session(), request).prop_map(|(session, request)| Operation::Documents(session, request))
}

fn session() -> impl Strategy<Value = Session> {
    (owner(), prop::bool::weighted(0.25)).prop_map(|(owner, is_old)| Session { owner, is_old })
}

fn owner() -> impl Strategy<Value = usize> {
    0..3_usize
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        4 => Just(Condition::Nothing),
        1 => Just(Condition::Present),
        1 => Just(Condition::Past),
    ]
}

fn name() -> impl Strategy<Value = &'static str> {
    select(NAMES)
}

fn address() -> impl Strategy<Value = &'static str> {
    select(ADDRESSES)
}

fn id() -> impl Strategy<Value = &'static str> {
    select(IDS)
}

/// Of different sizes.
fn content() -> impl Strategy<Value = u8> {
    select(vec![0, 1, 100])
}

fn organization() -> impl Strategy<Value = usize> {
    0..4_usize
}
