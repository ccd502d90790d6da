//! Contract of [`OrganizationRepo`].

mod events;
mod lists;
mod writes;

use std::sync::Arc;

use domain::ports::OrganizationRepo;

use crate::trails::HasAuditLog;
use events::*;
use lists::*;
use writes::*;

/// A repository of organizations together with the log of their events.
pub trait OrganizationStore: OrganizationRepo + HasAuditLog + 'static {}

impl<S: OrganizationRepo + HasAuditLog + 'static> OrganizationStore for S {}

type Repo = Arc<dyn OrganizationStore>;

suite! { $ organization_repo(Repo):
    insert_refuses_a_reserved_name,
    insert_of_the_same_record_changes_nothing,
    insert_refuses_another_content_under_the_same_id,
    one_of_many_concurrent_inserts_of_a_name_succeeds,
    get_returns_a_record_in_every_phase_as_it_was_written,
    get_finds_nothing_for_an_unknown_id,
    find_by_slug_finds_the_current_and_the_next_name,
    find_by_slug_does_not_find_a_former_name,
    find_by_slug_does_not_find_a_deleted_organization,
    replace_refuses_a_stale_version_and_changes_nothing,
    replace_refuses_a_removed_record,
    replace_refuses_a_reserved_name_and_changes_nothing,
    replace_frees_the_former_names,
    one_of_many_concurrent_replaces_of_a_version_succeeds,
    one_of_many_concurrent_renames_to_a_name_succeeds,
    remove_refuses_a_stale_version_and_changes_nothing,
    remove_frees_the_names,
    remove_of_an_unknown_organization_succeeds,
    list_pages_in_order_of_id,
    list_has_exactly_the_matching_records,
    list_public_has_exactly_the_public_organizations,
    list_public_skips_records_after_a_position,
    own_collections_counts_existing_and_pending_collections,
    own_collections_misses_no_concurrent_insert,
    pending_has_every_pending_and_no_settled_record,
    pending_has_no_record_that_was_settled_or_removed,
    pending_has_only_what_ended_before_the_deadline,
    pending_pages_in_order_of_id,
    replace_records_its_events_once_and_in_order,
    a_refused_replace_records_nothing,
    one_of_many_concurrent_replaces_is_recorded,
    events_of_a_record_continue_the_trail,
    an_appended_event_follows_acknowledged_events_of_records,
    flush_outbox_changes_no_record,
    flush_outbox_of_all_trails_appends_the_events_of_every_record,
    concurrent_flushes_append_each_event_once,
    no_event_is_lost_that_is_written_during_a_flush,
    remove_appends_the_pending_events_of_the_record,
}
