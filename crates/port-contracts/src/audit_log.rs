//! Contract of [`AuditLog`] for events that are appended on their own. The contracts of the records
//! cover events that are written together with a record.

mod append;
mod at_once;
mod cut;
mod lists;

use std::sync::Arc;

use domain::model::AuditEvent;
use domain::ports::AuditLog;

use crate::fixtures::event;
use append::*;
use at_once::*;
use cut::*;
use lists::*;

type Log = Arc<dyn AuditLog>;

suite! { $ audit_log(Log):
    append_links_events_in_the_order_given,
    append_continues_each_trail_by_itself,
    append_of_nothing_changes_nothing,
    append_keeps_every_content_to_the_last_bit,
    append_of_the_same_events_changes_nothing,
    append_of_the_same_events_in_another_order_changes_nothing,
    append_adds_what_is_new_among_known_events,
    append_adds_an_event_once_that_is_given_twice,
    an_id_that_another_trail_has_is_new,
    many_concurrent_appenders_make_one_chain,
    many_concurrent_appenders_of_several_trails_make_a_chain_of_each,
    many_concurrent_appenders_of_the_same_events_add_them_once,
    settle_changes_nothing_where_all_is_in_the_log,
    head_tells_the_end_of_a_trail,
    head_tells_nothing_of_a_trail_without_events,
    list_goes_page_by_page_in_order_of_places,
    list_has_exactly_the_events_of_the_trail,
    list_has_exactly_what_passes_the_filter,
    list_pages_what_passes_the_filter,
    heads_goes_page_by_page_in_order_of_keys,
    heads_has_exactly_the_ends_of_trails_with_events,
    cut_removes_what_is_up_to_a_place,
    cut_removes_nothing_of_other_trails,
    cut_leaves_the_last_event,
    cut_of_what_is_gone_changes_nothing,
    cut_is_one_with_many_others_at_once,
    append_after_a_cut_continues_the_chain,
    heads_are_the_same_after_a_cut,
}

/// Appends an event with each of these ids to the trail of an organization.
async fn append(log: &Log, organization: &str, ids: impl IntoIterator<Item = impl ToString>) {
    log.append(&events(organization, ids)).await.unwrap();
}

fn events(organization: &str, ids: impl IntoIterator<Item = impl ToString>) -> Vec<AuditEvent> {
    ids.into_iter().map(|id| event(&id.to_string(), organization)).collect()
}
