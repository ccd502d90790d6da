//! Contract of [`AuditLog`] for events that are appended on their own. The contracts of the records
//! cover events that are written together with a record.

mod append;
mod at_once;
mod lists;
mod truncate;

use std::sync::Arc;

use domain::model::AuditEvent;
use domain::ports::AuditLog;

use crate::fixtures::event;
use append::*;
use at_once::*;
use lists::*;
use truncate::*;

type Log = Arc<dyn AuditLog>;

suite! { $ audit_log(Log):
    append_links_events_in_the_order_given,
    append_continues_each_trail_separately,
    append_of_nothing_changes_nothing,
    append_keeps_contents_exactly,
    append_of_the_same_events_is_idempotent,
    append_of_the_same_events_in_another_order_is_idempotent,
    append_adds_new_events_among_known_ones,
    append_adds_a_duplicated_event_once,
    event_ids_are_unique_per_trail,
    concurrent_appends_make_one_chain,
    concurrent_appends_to_several_trails_make_one_chain_each,
    concurrent_appends_of_the_same_events_add_them_once,
    flush_outbox_of_an_empty_outbox_changes_nothing,
    head_returns_the_last_event_of_a_trail,
    head_of_an_empty_trail_is_none,
    list_pages_in_order_of_position,
    list_has_exactly_the_events_of_the_trail,
    list_has_exactly_the_matching_records,
    list_pages_the_matching_events,
    heads_pages_in_order_of_key,
    heads_has_exactly_the_trails_with_events,
    truncate_removes_events_up_to_a_position,
    truncate_removes_nothing_of_other_trails,
    truncate_keeps_the_last_event,
    truncate_of_removed_events_changes_nothing,
    concurrent_truncates_and_appends_keep_the_chain,
    append_after_truncate_continues_the_chain,
    heads_are_unchanged_by_truncate,
}

/// Appends an event with each of these ids to the trail of an organization.
async fn append(log: &Log, organization: &str, ids: impl IntoIterator<Item = impl ToString>) {
    log.append(&events(organization, ids)).await.unwrap();
}

fn events(organization: &str, ids: impl IntoIterator<Item = impl ToString>) -> Vec<AuditEvent> {
    ids.into_iter().map(|id| event(&id.to_string(), organization)).collect()
}
