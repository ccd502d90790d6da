//! Contract of [`OrganizationRepo`].

mod events;
mod lists;
mod writes;

use std::sync::Arc;

use domain::ports::OrganizationRepo;

use crate::trails::Tells;
use events::*;
use lists::*;
use writes::*;

/// A repository of organizations together with the log of their events.
pub trait OrganizationStore: OrganizationRepo + Tells + 'static {}

impl<S: OrganizationRepo + Tells + 'static> OrganizationStore for S {}

type Repo = Arc<dyn OrganizationStore>;

suite! { $ organization_repo(Repo):
    insert_refuses_a_reserved_name,
    insert_of_the_same_record_changes_nothing,
    insert_refuses_another_content_under_the_same_id,
    one_of_many_concurrent_inserts_of_a_name_succeeds,
    get_finds_a_record_in_every_phase_as_it_was_written,
    get_finds_nothing_for_an_unknown_id,
    find_by_slug_finds_the_present_and_the_next_name,
    find_by_slug_finds_no_name_that_was_given_up,
    find_by_slug_finds_no_deleted_organization,
    replace_refuses_a_stale_version_and_changes_nothing,
    replace_refuses_a_record_that_is_gone,
    replace_refuses_a_reserved_name_and_changes_nothing,
    replace_frees_the_names_that_are_given_up,
    one_of_many_concurrent_replaces_of_a_version_succeeds,
    one_of_many_concurrent_renames_to_a_name_succeeds,
    remove_refuses_a_stale_version_and_changes_nothing,
    remove_frees_the_names,
    remove_succeeds_when_there_is_no_record,
    list_goes_page_by_page_in_order_of_ids,
    list_has_exactly_what_passes_the_filter,
    shown_has_exactly_what_anybody_may_know_of,
    shown_leaves_out_the_first_after_a_place,
    own_collections_counts_those_that_are_there_or_to_be,
    own_collections_misses_no_concurrent_insert,
    pending_has_every_pending_and_no_settled_record,
    pending_has_no_record_that_was_settled_or_removed,
    pending_has_only_what_ended_before_the_deadline,
    pending_goes_page_by_page_in_order_of_ids,
    replace_tells_its_events_once_and_in_order,
    replace_tells_nothing_when_it_refuses,
    one_of_many_concurrent_replaces_is_told,
    events_of_a_record_continue_the_trail,
    an_appended_event_follows_acknowledged_events_of_records,
    settling_changes_no_record,
    settling_all_trails_brings_the_events_of_every_record,
    many_who_settle_at_once_bring_each_event_once,
    no_event_is_lost_that_is_written_while_others_are_brought,
    remove_has_brought_the_events_of_the_record,
}
