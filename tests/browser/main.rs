#![cfg(test)]
//! Doorlist in a real browser: stories of people who use it, and what must hold for every page they see.

mod account;
mod appearance;
mod audit;
mod auto_delete;
mod browser;
mod database;
mod environment;
mod first_start;
mod inspection;
mod invites;
mod keyboard;
mod newcomers;
mod overview;
mod person;
mod pictures;
mod ports;
mod review;
mod self_test;
mod server;
mod settings;
mod sign_in;
mod stage;
mod steps;
mod tokens;
mod trouble;
mod users;
mod without_script;

use database::Kind;
use stage::play;

/// Makes a test of every story, for each database that has a part in it.
macro_rules! stories {
    (
        with_script { $($on:ident::$story:ident)* }
        without_script { $($off:ident::$plain_story:ident)* }
        whatever_the_database { $($any:ident::$page_story:ident)* }
    ) => {
        mod on_sqlite {
            use crate::{Kind, play};
            $(#[test] fn $story() { play(Kind::Sqlite, true, crate::$on::$story); })*
            $(#[test] fn $plain_story() { play(Kind::Sqlite, false, crate::$off::$plain_story); })*
            $(#[test] fn $page_story() { play(Kind::Sqlite, true, crate::$any::$page_story); })*
        }
        mod on_postgres {
            use crate::{Kind, play};
            $(#[test] fn $story() { play(Kind::Postgres, true, crate::$on::$story); })*
            $(#[test] fn $plain_story() { play(Kind::Postgres, false, crate::$off::$plain_story); })*
        }
    };
}

stories! {
    with_script {
        first_start::the_link_makes_an_owner
        first_start::the_panel_is_found_from_everywhere
        sign_in::signing_in_leads_to_where_one_wanted_to_go
        sign_in::signing_out_leaves_nothing_behind
        account::the_profile_is_saved_in_place
        account::the_password_is_changed_in_place
        account::other_sessions_are_ended
        account::a_form_of_an_ended_session_leads_to_the_door
        appearance::a_theme_applies_at_once_and_stays
        audit::the_log_is_narrowed_down
        audit::the_log_is_read_to_its_end
        auto_delete::a_code_takes_people_along
        invites::a_code_is_generated_and_used
        invites::a_code_is_copied_and_another_made_like_it
        invites::a_code_is_stopped_in_its_row
        keyboard::single_keys_go_places_until_they_are_switched_off
        overview::what_needs_attention_is_found
        person::a_link_leads_to_a_new_password
        person::a_person_has_a_page
        review::who_joined_is_looked_at
        settings::a_stopped_cleanup_waits_for_an_owner
        settings::each_part_is_saved_in_place
        tokens::a_token_is_made_and_revoked
        trouble::a_change_can_be_sent_again_once_the_server_is_back
        trouble::a_failure_has_a_number_to_hand_on
        trouble::too_many_tries_have_to_wait
        users::a_suspension_is_told
        users::many_are_changed_together
        users::one_is_looked_after
        users::people_are_found
    }
    without_script {
        audit::the_log_is_narrowed_down_without_script
        audit::the_log_is_read_to_its_end_without_script
        auto_delete::a_code_takes_people_along_without_script
        invites::a_code_is_generated_and_used_without_script
        overview::what_needs_attention_is_found_without_script
        person::a_link_leads_to_a_new_password_without_script
        person::a_person_has_a_page_without_script
        review::who_joined_is_looked_at_without_script
        settings::a_stopped_cleanup_waits_for_an_owner_without_script
        settings::each_part_is_saved_without_script
        tokens::a_token_is_made_and_revoked_without_script
        users::a_suspension_is_told_without_script
        users::many_are_changed_together_without_script
        users::one_is_looked_after_without_script
        users::people_are_found_without_script
        without_script::an_owner_is_made_without_script
        without_script::the_account_is_changed_without_script
        without_script::sessions_end_without_script
        without_script::a_theme_is_chosen_without_script
    }
    whatever_the_database {
        account::a_password_can_be_looked_at
        audit::reading_the_log_needs_no_mouse
        keyboard::everything_can_be_reached_by_tab
        keyboard::signing_in_and_saving_need_no_mouse
        overview::the_overview_needs_no_mouse
        person::a_persons_page_needs_no_mouse
        review::looking_at_who_joined_needs_no_mouse
        settings::changing_settings_needs_no_mouse
        tokens::a_token_needs_no_mouse
        trouble::a_page_that_is_not_there_says_so
        trouble::a_form_from_elsewhere_is_refused
        self_test::whatever_is_wrong_with_a_page_is_found
        users::looking_after_people_needs_no_mouse
    }
}

#[test]
fn pictures_are_taken_on_demand() {
    if environment::picture_folder().is_some() {
        play(Kind::Sqlite, true, pictures::of_the_pages);
    }
}
