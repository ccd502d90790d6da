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
    access_does_not_create_a_missing_collection,
    a_tenant_accesses_only_its_own_documents,
    create_of_an_existing_collection_changes_nothing,
    rename_moves_all_documents,
    rename_is_idempotent,
    rename_removes_an_empty_collection_that_was_created_late,
    rename_moves_late_writes_to_the_old_name,
    rename_overwrites_no_document,
    rename_without_a_collection_fails,
    rename_loses_no_concurrent_insert,
    remove_removes_the_collection_with_all_documents,
    remove_of_a_missing_collection_succeeds,
    collections_pages_in_order,
    shared_tenants_access_only_their_own_documents,
    shared_tenants_are_paged_in_order,
    insert_refuses_an_existing_id,
    one_of_many_concurrent_inserts_of_an_id_succeeds,
    get_returns_a_document_exactly_as_it_was_inserted,
    get_finds_nothing_for_an_unknown_id,
    delete_removes_a_document,
    delete_checks_its_precondition,
    one_of_many_concurrent_deletes_removes_the_document,
    list_pages_in_order_of_code_points,
    list_ends_a_page_of_large_documents_early,
    replace_affects_only_its_document,
    replace_of_a_missing_document_adds_nothing,
    replace_checks_its_precondition_and_records_its_event,
    one_of_many_concurrent_replaces_of_a_document_succeeds_and_is_recorded,
    insert_records_its_event,
    a_refused_insert_records_nothing,
    one_of_many_concurrent_inserts_of_an_id_is_recorded,
    delete_records_its_event,
    an_ineffective_delete_records_nothing,
    one_of_many_concurrent_deletes_is_recorded,
    usage_counts_inserts_replaces_and_deletes,
    usage_counts_imports,
    usage_does_not_count_refused_writes,
    usage_is_the_same_after_a_rename,
    usage_counts_late_writes_to_the_old_name,
    usage_counts_documents_in_the_old_collection,
    usage_is_separate_by_tenant,
    usage_of_an_unknown_tenant_is_zero,
    usage_after_removal_is_zero,
    usage_counts_all_concurrent_writes,
    quota_limits_the_number_of_documents,
    quota_limits_the_number_of_bytes,
    quota_counts_the_difference_of_a_replacement,
    quota_allows_usage_above_it_to_shrink,
    quota_is_taken_from_the_tenant_handle,
    quota_counts_documents_in_the_old_collection,
    concurrent_inserts_do_not_exceed_the_quota,
    concurrent_replaces_do_not_exceed_the_quota,
    concurrent_imports_do_not_exceed_the_quota,
    import_follows_its_mode,
    import_sees_earlier_documents_of_the_batch,
    import_accepts_the_largest_batch,
    import_into_a_missing_collection_writes_nothing,
    import_over_the_quota_writes_nothing,
    import_counts_the_resulting_usage_against_the_quota,
    import_affects_only_its_own_tenant,
    one_of_many_concurrent_imports_of_an_id_inserts_it,
    import_records_one_event,
    an_ineffective_import_records_nothing,
    the_largest_document_is_stored,
}
