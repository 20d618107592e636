//! One suite of promises, kept on every database; then what is particular to one of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod configuration;
mod crash;
mod databases;
mod deliveries;
mod followers;
mod forgetting;
mod history;
mod jobs;
mod nodes;
mod opening;
mod samples;
mod together;

/// Runs each promise, a function over a [`databases::Database`], on SQLite and on PostgreSQL.
macro_rules! promises {
    ($($module:ident: $($promise:ident,)*;)*) => {
        mod on_sqlite {
            use crate::databases::Database;
            $($(
                #[tokio::test]
                async fn $promise() {
                    let database = Database::on_sqlite().await;
                    crate::$module::$promise(&database).await;
                    database.end().await;
                }
            )*)*
        }

        mod on_postgres {
            use crate::databases::Database;
            $($(
                #[tokio::test]
                async fn $promise() {
                    let Some(database) = Database::on_postgres(stringify!($promise)).await else { return };
                    crate::$module::$promise(&database).await;
                    database.end().await;
                }
            )*)*
        }
    };
}

promises! {
    configuration:
        what_was_put_is_found,
        a_later_put_replaces_the_record_and_its_revision,
        absent_refuses_a_record_that_is_there,
        at_refuses_another_revision_and_a_missing_record,
        is_refuses_another_uid_and_a_missing_record,
        unchanged_refuses_when_one_of_them_came_went_or_was_written,
        deleting_what_is_not_there_is_refused,
        a_plan_whose_last_part_fails_changes_nothing,
        deleting_a_resource_removes_its_policy,
        a_resource_made_anew_has_no_policy,
        another_uid_under_a_name_loses_the_policy,
        pages_follow_the_bytes_of_keys_and_miss_nothing,
        a_page_of_large_records_ends_early_and_the_next_goes_on,
        pages_that_are_read_in_parts_miss_nothing,
        keys_are_read_with_when_they_were_written,
        a_prefix_finds_what_starts_with_it_and_nothing_else,
        what_cannot_be_read_is_reported_as_such,
    ;
    deliveries:
        claims_come_oldest_due_first_and_never_early,
        nobody_gets_more_than_its_share_however_old_the_others_are,
        the_next_due_is_not_of_whoever_has_its_share,
        what_is_claimed_is_not_claimed_again,
        claims_at_the_same_time_never_share_a_delivery,
        a_lease_that_ran_out_can_be_claimed_by_another,
        a_lost_lease_changes_nothing,
        a_lease_is_good_for_its_own_delivery_only,
        a_rescheduled_delivery_is_due_later,
        a_started_attempt_is_remembered_and_stays_leased,
        released_leases_are_free_and_their_holders_have_lost_them,
        an_owners_deliveries_are_counted_whether_leased_or_not,
        cancelling_spares_what_is_being_sent,
        the_next_due_is_the_earliest_claimable,
    ;
    followers:
        a_follower_gets_everything_then_every_change_in_order,
        an_answer_comes_after_the_followers_were_told,
        revisions_of_plans_at_the_same_time_have_no_gap,
        what_was_rolled_back_is_told_to_nobody,
        a_late_follower_sees_what_an_early_one_saw,
    ;
    forgetting:
        log_entries_go_by_age_and_by_size_and_the_oldest_first,
        decisions_audit_entries_and_operations_go_by_age,
        audit_entries_and_operations_go_by_size_and_the_oldest_first,
        what_is_recorded_of_a_project_goes_with_it_and_nothing_of_another,
        changes_go_behind_the_slowest_process_that_says_how_far_it_is,
        an_owner_gets_no_more_deliveries_than_the_plan_allows,
        plans_applied_together_have_answers_of_their_own,
    ;
    history:
        log_entries_are_read_in_order_and_by_page,
        log_entries_are_filtered,
        logs_are_listed_and_deleted_one_by_one,
        requests_are_read_in_order_and_without_what_was_asked_on_their_way,
        an_entry_that_was_logged_stays_as_it_is,
        operations_come_newest_first_and_by_page,
        an_operation_is_rewritten_and_forgotten,
        audit_entries_are_found_by_request_and_by_resource,
        the_first_decision_at_a_place_of_a_request_stays,
    ;
    jobs:
        a_job_state_is_written_over_the_version_that_was_read,
        a_job_state_that_exists_is_not_written_as_new,
        due_jobs_come_earliest_first,
        states_come_in_the_order_of_their_names,
        a_forgotten_job_state_is_gone,
        a_job_is_found_with_the_state_of_its_uid,
    ;
    together:
        plans_that_wait_share_a_commit,
        a_bad_plan_does_not_harm_those_beside_it,
        plans_that_share_a_commit_see_what_those_before_them_did,
        log_entries_of_a_refused_plan_are_not_written_and_those_beside_them_are,
        reads_go_on_while_somebody_writes,
        a_database_that_went_back_is_not_written,
        reopening_shows_everything,
        closing_finishes_what_was_asked_for,
        a_closed_store_refuses,
        a_newer_database_is_refused,
    ;
}
