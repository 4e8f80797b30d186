//! What people change about themselves, part by part, without leaving the page.

use serde_json::json;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::stage::Stage;
use crate::steps::{
    PASSWORD, become_owner, dismiss_toast, is_still_the_same_page, let_time_pass, mark_page, sign_in,
    sign_in_here, sign_out,
};

const NEW_PASSWORD: &str = "seven gulls on a mooring";

pub async fn the_profile_is_saved_in_place(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    mark_page(browser).await;

    browser.fill("#name", "Mara L.").await;
    browser.fill("#email", "mara@harbour.example").await;
    browser.click("#profile-save").await;
    browser.reads(".toast", "Saved").await;
    look_over(browser, "account with a toast").await;
    assert_eq!(browser.value("#name").await, "Mara L.");
    browser.finds("#profile-save:focus").await;
    dismiss_toast(browser, "Saved").await;
    browser.finds("#main:focus").await;

    browser.fill("#name", "Mara").await;
    browser.fill("#email", "mara@harbour").await;
    browser.click("#profile-save").await;
    browser.finds("#profile .error-summary:focus").await;
    browser.reads("#email-error", "Enter an email address like name@example.org.").await;
    assert_eq!(browser.value("#name").await, "Mara", "what was typed is kept");
    assert_eq!(browser.title().await, "Error: Account settings · Harbour Makers");
    assert!(!browser.has(".toast").await, "a refusal is told in the form, not in a toast");
    look_over(browser, "profile refused").await;

    browser.fill("#email", "mara@harbour.example").await;
    browser.click("#profile-save").await;
    browser.reads(".toast", "Saved").await;
    let_time_pass(browser).await;
    browser.loses(".toast").await;
    browser.loses(".error-summary").await;
    assert_eq!(browser.title().await, "Account settings · Harbour Makers");
    assert!(is_still_the_same_page(browser).await, "nothing of this loads the page anew");
    assert_eq!(browser.path().await, "/account");

    browser.visit("/account").await;
    assert_eq!(browser.value("#name").await, "Mara");
    assert_eq!(browser.value("#email").await, "mara@harbour.example");
}

pub async fn the_password_is_changed_in_place(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    mark_page(browser).await;

    browser.fill("#current", "not my password").await;
    browser.fill("#new", NEW_PASSWORD).await;
    browser.click("#password-save").await;
    browser.finds("#password .error-summary:focus").await;
    browser.reads("#current-error", "This is not your present password.").await;
    assert_eq!(browser.value("#current").await, "");
    assert_eq!(browser.value("#new").await, "", "a password is never sent back");
    look_over(browser, "password refused").await;

    browser.fill("#current", PASSWORD).await;
    browser.fill("#new", NEW_PASSWORD).await;
    browser.click("#password-save").await;
    browser.reads(".toast", "Password changed. You are signed out everywhere else.").await;
    browser.loses(".error-summary").await;
    assert!(is_still_the_same_page(browser).await);

    sign_out(browser).await;
    sign_in_here(browser, PASSWORD).await;
    browser.reads(".error-summary", "Username or password is wrong.").await;
    sign_in_here(browser, NEW_PASSWORD).await;
    browser.reads("h1", "Welcome").await;
}

pub async fn other_sessions_are_ended(stage: &mut Stage) {
    become_owner(stage).await;
    let other = stage.another_browser().await;
    let browser = &stage.browser;
    sign_in(&other).await;
    browser.visit("/account").await;
    mark_page(browser).await;
    look_over(browser, "account with two sessions").await;

    browser.reads("#sessions li:has(.badge--accent)", "This browser").await;
    browser.click("#sessions li button").await;
    browser.reads(".toast", "Signed out there").await;
    browser.loses("#sessions li button").await;
    browser.finds("#sessions-title:focus").await;
    assert!(is_still_the_same_page(browser).await);
    look_over(browser, "sessions after one was ended").await;

    a_session_that_was_ended_leads_to_the_door(&other).await;

    browser.visit("/account").await;
    browser.click_on("#sessions button", "Sign out everywhere else").await;
    browser.reads(".toast", "Signed out everywhere else").await;
    browser.loses("#sessions li button").await;
    other.close().await;
}

/// Still shows the page of a session that is no more.
async fn a_session_that_was_ended_leads_to_the_door(other: &Browser) {
    other.click_on("a", "Manage").await;
    other.reads("h1", "Sign in").await;
    other.reads(".gate__lede", "Sign in again to continue.").await;
    look_over(other, "sign-in again").await;
    sign_in_here(other, PASSWORD).await;
    other.reads("h1", "Account settings").await;
}

pub async fn a_form_of_an_ended_session_leads_to_the_door(stage: &mut Stage) {
    become_owner(stage).await;
    let other = stage.another_browser().await;
    let browser = &stage.browser;
    sign_in(&other).await;
    browser.visit("/account").await;
    other.visit("/account").await;
    other.click_on("#sessions button", "Sign out everywhere else").await;
    other.reads(".toast", "Signed out everywhere else").await;
    other.close().await;

    browser.fill("#name", "Nobody").await;
    browser.click("#profile-save").await;
    browser.reads("h1", "Sign in").await;
    browser.reads(".gate__lede", "Sign in again to continue.").await;
    assert_eq!(browser.path().await, "/sign-in?next=%2Faccount");
    sign_in_here(browser, PASSWORD).await;
    browser.reads("h1", "Account settings").await;
    assert_eq!(browser.path().await, "/account");
    assert_ne!(browser.value("#name").await, "Nobody", "nothing was changed for nobody");
}

pub async fn a_password_can_be_looked_at(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    browser.fill("#current", "wrong on purpose").await;
    browser.fill("#new", NEW_PASSWORD).await;
    let eye = "[data-reveal=new]";
    browser.click(eye).await;
    browser.finds("#new[type=text]").await;
    browser.finds("#current[type=password]").await;
    assert_eq!(browser.attribute(eye, "aria-pressed").await, "true");
    look_over(browser, "password shown").await;
    browser.click(eye).await;
    browser.finds("#new[type=password]").await;
    browser.click(eye).await;

    let note = "addEventListener('submit', () => { \
                document.documentElement.dataset.sent = document.getElementById('new').type; });";
    browser.run(note, vec![]).await;
    browser.click("#password-save").await;
    browser.finds("#password .error-summary").await;
    let sent = browser.run("return document.documentElement.dataset.sent", vec![]).await;
    assert_eq!(sent, json!("password"), "browsers remember what is sent from a text field");
}
