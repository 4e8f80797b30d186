//! Without a mouse.

use serde_json::json;
use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::stage::Stage;
use crate::steps::{NAME, PASSWORD, USERNAME, become_owner, choose, dismiss_toast, sign_out};

/// What the focus is on, by its id, its label or its text.
async fn focused(browser: &Browser) -> String {
    let script = "
        const { id, ariaLabel, innerText } = document.activeElement;
        return id || ariaLabel || innerText.trim().replace(/\\s+/g, ' ')";
    browser.run(script, vec![]).await.as_str().unwrap_or_default().to_owned()
}

/// Goes on with Tab to the next thing that takes the focus. Where that was the last of the page, or a page that has only
/// just been opened did not take the key, nothing has the focus, and whoever sees that presses once more.
async fn tab(browser: &Browser) {
    browser.press(Key::Tab).await;
    if !browser.has(":focus").await {
        browser.press(Key::Tab).await;
    }
}

/// Goes on with Tab, and notes where the focus is each time.
async fn tab_through(browser: &Browser, times: usize) -> Vec<String> {
    let mut stops = Vec::new();
    for _ in 0..times {
        tab(browser).await;
        let seen = browser.run(
            "const ring = getComputedStyle(document.activeElement); return ring.outlineStyle !== 'none' && parseFloat(ring.outlineWidth) >= 2",
            vec![],
        );
        let (seen, stop) = (seen.await, focused(browser).await);
        assert_eq!(seen, json!(true), "the focus on “{stop}”, after {stops:?}, can be seen");
        stops.push(stop);
    }
    stops
}

/// Goes on with Tab until the focus is on something, and sees it all the way.
pub async fn tab_to(browser: &Browser, css: &str) {
    const FAR: usize = 80;
    let there = format!("{css}:focus");
    let mut stops = Vec::new();
    for _ in 0..FAR {
        stops.extend(tab_through(browser, 1).await);
        if browser.has(&there).await {
            return;
        }
    }
    panic!("Tab leads to {stops:?}, and not to `{css}` {}", browser.here().await);
}

/// The same, and presses it.
pub async fn tab_and_press(browser: &Browser, css: &str) {
    tab_to(browser, css).await;
    browser.press(Key::Enter).await;
}

pub async fn everything_can_be_reached_by_tab(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    let user_menu = format!("User menu, {NAME}");
    let expected = [
        "Skip to content",
        "Harbour Makers",
        &user_menu,
        "name",
        "username",
        "email",
        "profile-save",
        "current",
        "Show password",
        "new",
        "Show password",
        "password-save",
        "use-shortcuts",
    ];
    assert_eq!(tab_through(browser, expected.len()).await, expected);

    browser.visit("/admin").await;
    assert_eq!(tab_through(browser, 1).await, ["Skip to content"]);
    look_over(browser, "skip link").await;
    browser.press(Key::Enter).await;
    browser.finds("#main:focus").await;

    browser.visit("/admin").await;
    let expected = [
        "Skip to content",
        "Harbour Makers",
        "Overview",
        "User Management",
        "Invite Code Management",
        "Review",
        "Audit log",
        "API tokens",
        "Settings",
        "Leave Admin Panel",
        &user_menu,
    ];
    assert_eq!(tab_through(browser, expected.len()).await, expected);
    browser.press(Key::Enter).await;
    browser.finds("#user-menu:popover-open").await;
    let expected = [
        "Home",
        "Account settings",
        "Admin Panel",
        "System",
        "Light",
        "Dark",
        "Keyboard shortcuts ?",
        "Sign out",
    ];
    assert_eq!(tab_through(browser, expected.len()).await, expected);
    browser.press(Key::Escape).await;
    browser.loses("#user-menu:popover-open").await;
    assert_eq!(focused(browser).await, user_menu, "the focus goes back to where the menu was opened");
}

pub async fn signing_in_and_saving_need_no_mouse(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    sign_out(browser).await;
    browser.finds("#login:focus").await;
    browser.press(USERNAME).await;
    browser.press(Key::Tab).await;
    browser.press(PASSWORD).await;
    browser.press(Key::Enter).await;
    browser.reads("h1", "Welcome").await;

    browser.visit("/account").await;
    tab_through(browser, 4).await;
    browser.finds("#name:focus").await;
    browser.press("!").await;
    browser.press(Key::Enter).await;
    browser.reads(".toast", "Saved").await;
    browser.finds("#name:focus").await;
}

pub async fn single_keys_go_places_until_they_are_switched_off(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/admin").await;
    browser.press("?").await;
    browser.finds("#shortcuts:modal").await;
    browser.reads("#shortcuts-title", "Keyboard shortcuts").await;
    look_over(browser, "keyboard shortcuts").await;
    browser.press("gh").await;
    browser.finds("#shortcuts:modal").await;
    browser.press(Key::Escape).await;
    browser.loses("#shortcuts:modal").await;

    browser.go("gh", "Welcome").await;
    browser.go("go", "Overview").await;

    browser.visit("/account").await;
    browser.click("#name").await;
    browser.press("?gh").await;
    assert!(browser.value("#name").await.ends_with("?gh"), "in a field, keys only write");
    assert!(!browser.has("#shortcuts:modal").await);
    switch_shortcuts_off(browser).await;
}

async fn switch_shortcuts_off(browser: &Browser) {
    browser.visit("/account").await;
    browser.finds("#use-shortcuts:checked").await;
    browser.click("#use-shortcuts").await;
    dismiss_toast(browser, "Saved").await;
    browser.press("?").await;
    assert!(!browser.has("#shortcuts:modal").await, "off at once");
    browser.visit("/admin").await;
    browser.press("?").await;
    assert!(!browser.has("#shortcuts:modal").await, "off on other pages");
    browser.press("gh").await;
    assert_eq!(browser.path().await, "/admin");

    // The list itself stays, in the user menu.
    choose(browser, "Keyboard shortcuts").await;
    browser.finds("#shortcuts:modal").await;
    browser.click("#shortcuts [aria-label=Close]").await;
    browser.loses("#shortcuts:modal").await;
    assert_eq!(focused(browser).await, format!("User menu, {NAME}"));

    browser.visit("/account").await;
    browser.click("#use-shortcuts").await;
    dismiss_toast(browser, "Saved").await;
    browser.press("?").await;
    browser.finds("#shortcuts:modal").await;
}
