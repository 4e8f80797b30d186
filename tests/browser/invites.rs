//! The way of a code: generated in one browser, used in another.

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::stage::Stage;
use crate::steps::{become_owner, choose, let_time_pass};

const FIRST_ROW: &str = "#invites tbody tr:first-child";

pub async fn a_code_is_generated_and_used(stage: &mut Stage) {
    become_owner(stage).await;
    walk_to_the_codes(&stage.browser).await;
    let code = generate(&stage.browser).await;
    stage.browser.click("#dialog .dialog__foot .btn--primary").await;
    stage.browser.loses("#dialog").await;
    stage.browser.reads(FIRST_ROW, &code).await;
    stage.browser.reads(&format!("{FIRST_ROW} .cell-uses"), "0 / 2").await;
    look_over(&stage.browser, "one code").await;

    let guest = stage.another_browser().await;
    guest.visit(&format!("/join#{code}")).await;
    guest.reads("#code-status", "invites you to join Harbour Makers as Manager").await;
    assert_eq!(guest.path().await, "/join", "the code stays out of the address");
    look_over(&guest, "a good code").await;
    register(&guest).await;
    guest.close().await;

    let_time_pass(&stage.browser).await;
    stage.browser.reads(&format!("{FIRST_ROW} .cell-uses"), "1 / 2").await;
}

pub async fn a_code_is_generated_and_used_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    walk_to_the_codes(&stage.browser).await;
    let code = generate(&stage.browser).await;
    stage.browser.visit("/admin/invites").await;
    stage.browser.reads(FIRST_ROW, &code).await;

    let guest = stage.another_browser().await;
    guest.visit("/join").await;
    guest.fill("#code", "K7QM-2XHD-9RTB").await;
    guest.click("#join .btn--primary").await;
    guest.reads("#code-status", "Invalid, expired, or fully used invite code.").await;
    look_over(&guest, "a refused code").await;
    guest.fill("#code", &code).await;
    guest.click("#join .btn--primary").await;
    guest.reads("#code-status", "invites you to join Harbour Makers as Manager").await;
    register(&guest).await;
    guest.close().await;

    stage.browser.visit("/admin/invites").await;
    stage.browser.reads(&format!("{FIRST_ROW} .cell-uses"), "1 / 2").await;
}

/// As the guide says it, label by label.
async fn walk_to_the_codes(browser: &Browser) {
    choose(browser, "Admin Panel").await;
    browser.reads("h1", "Overview").await;
    browser.click_on(".sidenav__link", "User Management").await;
    browser.reads("h1", "User Management").await;
    look_over(browser, "users").await;
    browser.click_on(".sidenav__link", "Invite Code Management").await;
    browser.reads("h1", "Invite Code Management").await;
    browser.reads("#invites", "No invite codes yet").await;
    look_over(browser, "no codes yet").await;
}

/// Generates a code for two managers and seven days, and says which.
pub async fn generate(browser: &Browser) -> String {
    browser.click_on(".page-head .btn--primary", "Generate New Code").await;
    browser.reads("#dialog-title", "Generate New Code").await;
    browser.fill("#max_uses", "0").await;
    browser.click("#dialog .dialog__foot .btn--primary").await;
    browser.reads("#max_uses-error", "Enter 1 or more, or leave empty for unlimited.").await;
    browser.fill("#max_uses", "2").await;
    browser.click_on("#role .segmented__item", "Manager").await;
    browser.click("#expires").await;
    browser.fill("#days", "7").await;
    look_over(browser, "the form of a new code").await;
    browser.click("#dialog .dialog__foot .btn--primary").await;
    browser.reads("#dialog-title", "Code generated").await;
    look_over(browser, "a new code").await;
    let shown = browser.finds("#dialog .code--xl").await.text().await.expect("the code can be read");
    shown.trim().to_owned()
}

/// Fills in the account's part of the form, and is in.
pub async fn register(browser: &Browser) {
    browser.fill("#username", "luca").await;
    browser.fill("#password", "a bridge over still water").await;
    browser.click_on("#join .btn--primary", "Create account").await;
    browser.reads("h1", "Welcome").await;
    browser.reads(".toast", "Account created. You are signed in.").await;
}
