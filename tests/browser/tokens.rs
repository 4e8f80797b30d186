//! API tokens: made, copied, never seen again, revoked.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::invites::copies;
use crate::keyboard::{tab_and_press, tab_to};
use crate::newcomers::owner_with;
use crate::stage::Stage;
use crate::steps::{become_owner, dismiss_toast, is_still_the_same_page, mark_page};

const FIRST_ROW: &str = "#tokens tbody tr:first-child";

pub async fn a_token_is_made_and_revoked(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open(browser).await;
    mark_page(browser).await;
    fill_in(browser).await;
    browser.click_on("#dialog .chip", "365 days").await;
    assert_eq!(browser.value("#days").await, "365");
    browser.click_on("#dialog .chip", "30 days").await;
    browser.finds(".chip[data-days='30'][aria-pressed=true]").await;
    let token = create(browser).await;
    copies(browser, "#dialog", "#dialog", &token).await;

    // A press beside it must not lose what cannot be seen again.
    let beside = browser.driver.action_chain().move_to(5, 5).click().perform().await;
    beside.expect("a mouse can be pressed");
    browser.reads("#dialog .secret code", &token).await;
    browser.click_on("#dialog .dialog__foot .btn", "Done").await;
    browser.loses("#dialog").await;
    assert_eq!(browser.path().await, "/admin/tokens");
    assert!(is_still_the_same_page(browser).await);
    browser.finds(&format!("{FIRST_ROW}.is-new")).await;
    is_listed(browser, &token, "in 30 days").await;

    mark_page(browser).await;
    browser.click_on(&format!("{FIRST_ROW} .btn"), "Revoke…").await;
    look_over(browser, "the question before a token is revoked").await;
    browser.click_on("#dialog .dialog__foot .btn", "Cancel").await;
    browser.loses("#dialog").await;
    browser.finds(&format!("{FIRST_ROW} .cell-actions a:focus")).await;
    browser.press(Key::Enter).await;
    browser.click_on("#dialog .dialog__foot .btn--danger", "Revoke token").await;
    dismiss_toast(browser, "Kiosk sign-up revoked").await;
    browser.reads("#tokens", "No tokens yet").await;
    assert!(is_still_the_same_page(browser).await);
    look_over(browser, "no tokens any more").await;
    tokens_of_others(stage).await;
    let browser = &stage.browser;
    browser.visit("/api/docs").await;
    browser.reads("h1", "API reference").await;
    look_over(browser, "the API reference").await;
}

pub async fn a_token_is_made_and_revoked_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open(browser).await;
    fill_in(browser).await;
    assert!(!browser.shows("#dialog .chips").await, "nothing dead is left on the page");
    browser.fill("#days", "30").await;
    let token = create(browser).await;
    assert!(!browser.shows("#dialog [data-copy]").await);
    browser.click_on("#dialog .dialog__foot .btn", "Done").await;
    is_listed(browser, &token, "in 30 days").await;

    browser.click_on(&format!("{FIRST_ROW} .btn"), "Revoke…").await;
    look_over(browser, "the question before a token is revoked").await;
    browser.click_on("#dialog .dialog__foot .btn--danger", "Revoke token").await;
    browser.reads(".toast", "Kiosk sign-up revoked").await;
    browser.reads("#tokens", "No tokens yet").await;
    tokens_of_others(stage).await;
}

async fn open(browser: &Browser) {
    browser.visit("/admin").await;
    browser.click_on(".sidenav__link", "API tokens").await;
    browser.reads("h1", "API tokens").await;
    browser.reads("#tokens", "No tokens yet").await;
    look_over(browser, "no tokens yet").await;
}

/// Opens the form, has it refused once, and fills it in as it should be.
async fn fill_in(browser: &Browser) {
    browser.click_on(".page-head .btn--primary", "New token").await;
    browser.reads("#dialog-title", "New token").await;
    look_over(browser, "the form of a new token").await;
    browser.fill("#days", "400").await;
    browser.click_on("#dialog .btn--primary", "Create token").await;
    browser.finds("#dialog .error-summary:focus").await;
    browser.reads(".error-summary__title", "Check 3 fields").await;
    browser.reads("#scopes-error", "Choose what the token is for.").await;
    look_over(browser, "a token refused").await;
    browser.fill("#name", "Kiosk sign-up").await;
    browser.click("#dialog input[value='invites:write']").await;
    browser.click("#dialog input[value='users:read']").await;
}

/// Creates the token and reads it, the only time that it is shown.
async fn create(browser: &Browser) -> String {
    browser.click_on("#dialog .btn--primary", "Create token").await;
    browser.reads("#dialog-title", "Copy the token for “Kiosk sign-up” now").await;
    look_over(browser, "a new token").await;
    let shown = browser.finds("#dialog .secret code").await.text().await.expect("a token can be read");
    assert!(shown.starts_with("dl_") && shown.len() == 52, "{shown}");
    shown
}

async fn is_listed(browser: &Browser, token: &str, ends: &str) {
    browser.reads(&format!("{FIRST_ROW} .person__name"), "Kiosk sign-up").await;
    browser.reads(FIRST_ROW, ends).await;
    browser.reads(FIRST_ROW, "Never used").await;
    look_over(browser, "a token in the list").await;
    browser.visit("/admin/tokens").await;
    browser.reads(&format!("{FIRST_ROW} .mono"), &format!("dl_…{}", token.split_at(48).1)).await;
    let page = browser.driver.source().await.expect("a page has a source");
    assert!(!page.contains(token), "it is shown once");
}

/// A manager sees their own; the owner sees whose it is, and ends it.
async fn tokens_of_others(stage: &mut Stage) {
    let manager = owner_with(stage, "Manager", &["luca"]).await;
    open(&manager).await;
    fill_in(&manager).await;
    manager.fill("#days", "365").await;
    create(&manager).await;
    manager.click_on("#dialog .dialog__foot .btn", "Done").await;
    manager.reads(FIRST_ROW, "Kiosk sign-up").await;
    assert!(!manager.has("#tokens [data-label=Owner]").await);
    manager.close().await;

    let browser = &stage.browser;
    browser.visit("/admin/tokens").await;
    browser.reads(&format!("{FIRST_ROW} [data-label=Owner]"), "luca").await;
    look_over(browser, "a token of somebody else").await;
    browser.click_on(&format!("{FIRST_ROW} .btn"), "Revoke…").await;
    browser.reads("#dialog-text", "Kiosk sign-up, a token of luca, stops working at once").await;
    browser.click_on("#dialog .dialog__foot .btn--danger", "Revoke token").await;
    browser.reads("#tokens", "No tokens yet").await;
}

pub async fn a_token_needs_no_mouse(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open(browser).await;
    browser.press("?").await;
    browser.reads("#shortcuts dt", "New token").await;
    browser.press(Key::Escape).await;
    browser.loses("#shortcuts:modal").await;
    browser.press("n").await;
    browser.finds("#name:focus").await;
    browser.press("Backup bot").await;
    tab_to(browser, "input[value='audit:read']").await;
    browser.press(" ").await;
    browser.finds("input[value='audit:read']:checked").await;
    tab_and_press(browser, ".chip[data-days='30']").await;
    assert_eq!(browser.value("#days").await, "30");
    tab_and_press(browser, "#dialog .btn--primary").await;
    browser.finds("#dialog-title:focus").await;
    browser.reads("#dialog-title", "Copy the token").await;
    tab_and_press(browser, "#dialog [data-copy]").await;
    browser.finds("#dialog [data-copied]").await;
    tab_and_press(browser, "#dialog .dialog__foot .btn").await;
    browser.loses("#dialog").await;
    browser.finds("#new-token:focus").await;

    tab_and_press(browser, &format!("{FIRST_ROW} .cell-actions a")).await;
    browser.finds("#dialog .dialog__foot [data-close]:focus").await;
    tab_and_press(browser, "#dialog .btn--danger").await;
    browser.reads("#tokens", "No tokens yet").await;
    browser.finds("#main:focus").await;
}
