//! A code that takes its people along: switched on in one browser, told of in another.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::stage::Stage;
use crate::steps::become_owner;

const SWITCH: &str = "#delete_users";
const WARNING: &str = ".if-delete";

pub async fn a_code_takes_people_along(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open_form(browser).await;
    browser.click("#expires").await;
    browser.fill("#days", "7").await;
    browser.click(SWITCH).await;
    browser.reads(WARNING, "and erased with their data 7 days later").await;
    browser.reads("#words", "; their accounts are then deleted.").await;
    look_over(browser, "auto-delete switched on").await;
    let first = browser.attribute("#leaves-on time", "datetime").await;
    browser.click("[data-days='14']").await;
    browser.finds(&format!("#leaves-on time:not([datetime='{first}'])")).await;

    browser.click("#days").await;
    browser.press_with_control('a').await;
    browser.press(Key::Delete).await;
    browser.finds(&format!("{SWITCH}:disabled:not(:checked)")).await;
    assert!(!browser.shows(WARNING).await, "nobody goes without an end");
    browser.fill("#days", "7").await;
    browser.click(SWITCH).await;
    browser.click("#expires").await;
    browser.click("#expires").await;
    browser.finds(&format!("{SWITCH}:enabled:not(:checked)")).await;
    browser.click(SWITCH).await;
    let code = generate(browser).await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Done").await;
    browser.loses("#dialog").await;
    browser.reads("#invites .marker", "Auto-delete").await;
    look_over(browser, "a row with auto-delete").await;

    let guest = stage.another_browser().await;
    guest.visit(&format!("/join#{code}")).await;
    is_told(&guest).await;
    guest.close().await;
    join_and_look_on(stage, &code).await;
}

pub async fn a_code_takes_people_along_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open_form(browser).await;
    browser.click("#expires").await;
    browser.click(SWITCH).await;
    browser.reads(WARNING, "Accounts will be removed when the code expires, and erased").await;
    look_over(browser, "auto-delete switched on").await;
    browser.click("#expires").await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    browser.reads("#delete_users-error", "Set an expiration date first.").await;
    browser.finds(".error-summary:focus").await;
    look_over(browser, "auto-delete refused").await;
    browser.click("#expires").await;
    browser.fill("#days", "7").await;
    let code = generate(browser).await;
    browser.visit("/admin/invites").await;
    browser.reads("#invites .marker", "Auto-delete").await;

    let guest = stage.another_browser().await;
    guest.visit("/join").await;
    guest.fill("#code", &code).await;
    guest.click("#join .btn--primary").await;
    is_told(&guest).await;
    guest.close().await;
    join_and_look_on(stage, &code).await;
}

async fn open_form(browser: &Browser) {
    browser.visit("/admin/invites").await;
    browser.click_on(".page-head .btn--primary", "Generate New Code").await;
    browser.reads("#dialog-title", "Generate New Code").await;
}

async fn generate(browser: &Browser) -> String {
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    browser.reads("#dialog-title", "Code generated").await;
    browser.reads(".dialog__lede", "; their accounts are then deleted.").await;
    let shown = browser.finds("#dialog .code--xl").await.text().await.expect("the code can be read");
    shown.trim().to_owned()
}

/// Before anything is typed.
async fn is_told(guest: &Browser) {
    guest.reads("#temporary", "This is temporary access. Your account ends on").await;
    guest.reads("#temporary", ", unless staff extend it.").await;
    assert_eq!(guest.value("#username").await, "");
    look_over(guest, "temporary access").await;
}

/// Somebody joins; the page of the code says what becomes of them, and the dialogs what would.
async fn join_and_look_on(stage: &mut Stage, code: &str) {
    let guest = stage.another_browser().await;
    guest.visit("/join").await;
    guest.fill("#code", code).await;
    if !guest.has_script {
        guest.click("#join .btn--primary").await;
    }
    guest.finds("#username").await;
    guest.fill("#username", "luca").await;
    guest.fill("#password", "a bridge over still water").await;
    guest.click_on("#join .btn--primary", "Create account").await;
    guest.reads("h1", "Welcome").await;
    guest.close().await;

    let browser = &stage.browser;
    browser.visit("/admin/invites").await;
    browser.click("#invites tbody tr:first-child a.code").await;
    browser.reads("#going", "1 person goes on").await;
    browser.reads("#people", "luca").await;
    browser.click("#edit summary").await;
    browser.finds(&format!("{SWITCH}:checked")).await;
    look_over(browser, "who goes with the code").await;
    browser.click("#people [popovertarget]").await;
    browser.click_on("#people .menu__item", "Keep after expiration").await;
    browser.reads(".toast", "Kept").await;
    browser.visit("/admin/invites").await;
    browser.click("#invites tbody tr:first-child a.code").await;
    browser.reads("#people .badge", "Kept").await;
    look_over(browser, "somebody is kept").await;
    browser.click("#people [popovertarget]").await;
    browser.click_on("#people .menu__item", "Stop keeping").await;
    browser.reads(".toast", "Not kept any more").await;

    browser.visit("/admin/invites").await;
    browser.click("#invites [data-extend]").await;
    browser.reads("#dialog .callout", "Auto-delete is on. The person who joined keeps the account").await;
    look_over(browser, "extending a code with auto-delete").await;
    browser.click_on("#dialog .btn", "Cancel").await;
    if browser.has_script {
        browser.click("#invites tbody [popovertarget$=menu]").await;
        browser.click_on("#invites .menu__item", "Delete…").await;
    } else {
        browser.click("#invites tbody .cell-actions .no-script").await;
        browser.click_on(".page-head__actions .btn", "Delete…").await;
    }
    browser.reads("#dialog-cancels", "Deleting the code cancels it").await;
    look_over(browser, "deleting a code with auto-delete").await;
}
