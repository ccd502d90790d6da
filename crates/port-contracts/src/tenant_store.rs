//! Contract of [`TenantStore`](domain::ports::TenantStore). Benchmarks check that the cost of a
//! rename does not depend on the number of documents.

mod collections;
mod documents;
mod events;
mod import;
mod import_events;
mod largest;
mod quota;
mod quota_at_once;
mod replacements;
mod shared;
mod steps;
mod usage;

use collections::*;
use documents::*;
use events::*;
use import::*;
use import_events::*;
use largest::*;
use quota::*;
use quota_at_once::*;
use replacements::*;
use shared::*;
use steps::Store;
use usage::*;

pub use steps::DocumentStore;

suite! { $ tenant_store(Store):
    no_access_to_a_missing_collection_makes_it,
    a_tenant_reaches_no_documents_but_its_own,
    create_of_a_collection_that_is_there_changes_nothing,
    rename_moves_all_documents,
    rename_succeeds_when_it_is_done_already,
    rename_removes_an_empty_collection_that_was_created_late,
    rename_moves_what_was_put_under_the_old_name_late,
    rename_overwrites_no_document,
    rename_fails_when_neither_collection_is_there,
    rename_loses_no_document_that_is_inserted_meanwhile,
    remove_removes_the_collection_with_all_documents,
    remove_succeeds_when_the_collection_is_gone,
    collections_lists_all_page_by_page_in_order,
    sharers_reach_no_documents_but_their_own,
    sharers_lists_all_page_by_page_in_order,
    insert_refuses_an_id_that_is_there,
    one_of_many_concurrent_inserts_of_an_id_succeeds,
    get_returns_a_document_exactly_as_it_was_inserted,
    get_finds_nothing_for_an_unknown_id,
    delete_removes_a_document,
    delete_needs_its_precondition,
    one_of_many_concurrent_deletes_removes_the_document,
    list_goes_page_by_page_in_order_of_code_points,
    list_ends_a_page_of_large_documents_early,
    replace_puts_a_document_in_the_place_of_one_and_of_no_other,
    replace_adds_nothing_where_there_is_no_document,
    replace_needs_its_precondition_and_tells_what_it_did,
    one_of_many_concurrent_replaces_of_a_state_is_made_and_told,
    insert_has_its_event_in_the_log,
    insert_tells_nothing_when_it_refuses,
    one_of_many_concurrent_inserts_of_an_id_is_told,
    delete_has_its_event_in_the_log,
    delete_tells_nothing_when_it_removes_nothing,
    one_of_many_concurrent_deletes_is_told,
    usage_counts_what_is_inserted_replaced_and_deleted,
    usage_counts_what_is_imported,
    usage_does_not_count_what_is_refused,
    usage_is_the_same_after_a_rename,
    usage_counts_what_was_put_under_the_old_name_late,
    usage_counts_what_stays_under_the_old_name,
    usage_of_one_tenant_counts_no_others,
    usage_is_nothing_for_an_unknown_tenant,
    usage_counts_nothing_of_what_was_removed,
    usage_counts_all_of_many_concurrent_writes,
    quota_ends_the_number_of_documents,
    quota_ends_the_number_of_bytes,
    quota_counts_of_a_replacement_the_difference,
    quota_lets_shrink_what_is_above,
    quota_is_that_of_the_handle,
    quota_counts_what_stays_under_the_old_name,
    quota_is_filled_by_concurrent_inserts_and_not_exceeded,
    quota_is_filled_by_concurrent_replaces_and_not_exceeded,
    quota_is_filled_by_concurrent_imports_and_not_exceeded,
    import_does_as_its_mode_has_it,
    import_finds_what_comes_before_in_the_batch,
    import_takes_the_greatest_batch,
    import_into_a_missing_collection_makes_nothing,
    import_over_the_quota_writes_nothing,
    import_counts_for_the_quota_what_it_leads_to,
    import_reaches_no_documents_of_others,
    one_of_many_concurrent_imports_of_an_id_inserts_it,
    import_has_one_event_in_the_log,
    import_tells_nothing_when_it_writes_nothing,
    the_largest_document_is_kept,
}
