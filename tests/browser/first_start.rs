//! From the printed link to the overview, and around the panel.

use serde_json::json;
use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::{appear, appear_as_before, look_over};
use crate::stage::Stage;
use crate::steps::{
    NAME, SERVER, USERNAME, become_owner, choose, dismiss_toast, fill_setup_form, history, key_of,
    open_user_menu,
};

pub async fn the_link_makes_an_owner(stage: &mut Stage) {
    let (browser, link) = (&stage.browser, stage.server.setup_link());
    let key = key_of(link);
    browser.visit("/").await;
    browser.reads("h1", "Set up your server").await;
    look_over(browser, "set-up without a key").await;

    browser.visit(link).await;
    assert_eq!(browser.value("#key").await, key, "the key goes into its field");
    assert_eq!(browser.path().await, "/setup", "the key goes out of the address");
    assert!(!history(browser).await.contains(key), "the key stays in no history");
    browser.finds("#server:focus").await;

    refuse_the_form(browser, key).await;
    fill_setup_form(browser).await;
    browser.reads("h1", "Overview").await;
    browser.reads(".toast", "Your server is set up. You are signed in.").await;
    assert_eq!(browser.path().await, "/admin");
    assert_eq!(browser.title().await, format!("Overview · Admin Panel · {SERVER}"));
    look_over(browser, "overview with a toast").await;
    dismiss_toast(browser, "Your server is set up.").await;

    browser.visit(link).await;
    browser.reads("h1", "Page not found").await;
    look_over(browser, "set-up once there is an owner").await;
}

/// Faults that only the server can find.
async fn refuse_the_form(browser: &Browser, key: &str) {
    browser.fill("#server", SERVER).await;
    browser.fill("#name", NAME).await;
    browser.fill("#username", "mara!").await;
    browser.fill("#email", "mara@harbour").await;
    browser.fill("#password", "passwordpassword").await;
    browser.click(".gate__form .btn--primary").await;

    browser.finds(".error-summary:focus").await;
    browser.reads(".error-summary__title", "Check 3 fields").await;
    assert!(browser.title().await.starts_with("Error: Set up"));
    for (field, text) in [
        ("username", "Use 3 to 32 lowercase letters, digits, dots, dashes or underscores."),
        ("email", "Enter an email address like name@example.org."),
        ("password", "This password"),
    ] {
        browser.reads(&format!(".error-summary a[href='#{field}']"), text).await;
        browser.reads(&format!("#{field}-error"), text).await;
        assert_eq!(browser.attribute(&format!("#{field}"), "aria-invalid").await, "true", "{field}");
        let notes = browser.attribute(&format!("#{field}"), "aria-describedby").await;
        assert!(
            notes.split(' ').any(|note| note == format!("{field}-error")),
            "{field} is described by {notes}"
        );
    }
    for (field, value) in
        [("server", SERVER), ("key", key), ("name", NAME), ("username", "mara!"), ("email", "mara@harbour")]
    {
        assert_eq!(browser.value(&format!("#{field}")).await, value, "{field} is kept");
    }
    assert_eq!(browser.value("#password").await, "", "a password is never sent back");
    look_over(browser, "set-up refused").await;

    browser.click(".error-summary a[href='#email']").await;
    browser.finds("#email:focus").await;
    browser.fill("#email", "mara@harbour.example").await;
}

pub async fn the_panel_is_found_from_everywhere(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    let corner = "const { top, right } = document.querySelector('.user-btn').getBoundingClientRect();
                  return top < 60 && right > innerWidth - 80";
    assert_eq!(browser.run(corner, vec![]).await, json!(true), "the user menu is in the top right corner");
    open_user_menu(browser).await;
    browser.reads("#user-menu", NAME).await;
    browser.reads("#user-menu", &format!("@{USERNAME}")).await;
    browser.reads("#user-menu .badge--raised", "Owner").await;
    look_over(browser, "user menu").await;

    browser.visit("/").await;
    browser.reads("h1", &format!("Welcome, {NAME}")).await;
    look_over(browser, "home").await;
    browser.click("a[href='/account#email']").await;
    browser.reads("h1", "Account settings").await;
    choose(browser, "Home").await;
    browser.reads("h1", "Welcome").await;
    choose(browser, "Account settings").await;
    browser.reads("h1", "Account settings").await;
    look_over(browser, "account").await;
    choose(browser, "Admin Panel").await;
    browser.reads("h1", "Overview").await;
    browser.finds(".sidenav__link[href='/admin'][aria-current=page]").await;
    browser.click_on(".sidebar__foot a", "Leave Admin Panel").await;
    browser.reads("h1", "Welcome").await;
    visit_by_the_drawer(browser).await;
}

async fn visit_by_the_drawer(browser: &Browser) {
    browser.visit("/admin").await;
    appear(browser, "light", 390).await;
    assert!(!browser.shows("#sidebar").await, "the navigation is a drawer on a small screen");
    browser.click(".topbar__menu").await;
    browser.finds("#sidebar:popover-open").await;
    browser.reads("#sidebar .sidenav__link", "Overview").await;
    look_over(browser, "drawer").await;
    appear(browser, "light", 390).await;
    browser.press(Key::Escape).await;
    browser.loses("#sidebar:popover-open").await;
    appear_as_before(browser).await;
}
