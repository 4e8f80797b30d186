//! The way of a code: generated in one browser, used in another.

use serde_json::json;
use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::stage::Stage;
use crate::steps::{become_owner, choose, is_still_the_same_page, let_time_pass, mark_page};

const FIRST_ROW: &str = "#invites tbody tr:first-child";
const QR: &str = "svg[aria-label='QR code of the join link'] path";

pub async fn a_code_is_generated_and_used(stage: &mut Stage) {
    become_owner(stage).await;
    walk_to_the_codes(&stage.browser).await;
    let code = generate(&stage.browser).await;
    stage.browser.click("#dialog .dialog__foot .btn--primary").await;
    stage.browser.loses("#dialog").await;
    stage.browser.reads(FIRST_ROW, &code).await;
    stage.browser.reads(&format!("{FIRST_ROW} .cell-uses"), "0 / 2").await;
    look_over(&stage.browser, "one code").await;
    mark_page(&stage.browser).await;

    let guest = stage.another_browser().await;
    guest.visit(&format!("/join#{code}")).await;
    guest.reads("#code-status", "invites you to join Harbour Makers as Manager").await;
    assert_eq!(guest.path().await, "/join", "the code stays out of the address");
    look_over(&guest, "a good code").await;
    register(&guest).await;
    guest.close().await;

    let_time_pass(&stage.browser).await;
    stage.browser.reads(&format!("{FIRST_ROW} .cell-uses"), "1 / 2").await;
    assert!(is_still_the_same_page(&stage.browser).await, "nobody has loaded it anew");
}

pub async fn a_code_is_copied_and_another_made_like_it(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    walk_to_the_codes(browser).await;
    let first = generate(browser).await;
    browser.finds(&format!("#dialog {QR}")).await;
    for text in [first.clone(), link(browser, &first)] {
        // Nothing outside of an open dialog is said to anybody.
        copies(browser, "#dialog", "#dialog", &text).await;
    }

    browser.click_on("#dialog .dialog__foot .btn", "Generate another like this").await;
    has_the_same_settings(browser).await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    browser.reads("#dialog-title", "Code generated").await;
    let second = shown_code(browser).await;
    assert_ne!(second, first);
    browser.click_on("#dialog .dialog__foot .btn--primary", "Done").await;
    browser.loses("#dialog").await;
    browser.reads(FIRST_ROW, &second).await;
    browser.reads("#invites tbody tr:nth-child(2)", &first).await;
    for text in [second.clone(), link(browser, &second)] {
        copies(browser, FIRST_ROW, "body >", &text).await;
    }
}

pub async fn a_code_is_stopped_in_its_row(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    walk_to_the_codes(browser).await;
    generate(browser).await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Done").await;
    browser.loses("#dialog").await;
    let (button, menu) = (format!("{FIRST_ROW} [data-menu]"), format!("{FIRST_ROW} .menu:popover-open"));
    let offered = ["Users who joined0", "Show QR code", "Extend expiration…", "Pause", "Delete…"];
    for (verb, row, offered) in [("Pause", "Paused", offered), ("Resume", "Active", offered.map(resumed))] {
        browser.click(&button).await;
        browser.finds(&menu).await;
        let items = "return [...document.querySelectorAll(arguments[0])].map((item) => item.textContent)";
        let items = browser.run(items, vec![format!("{menu} .menu__item").into()]).await;
        assert_eq!(items, json!(offered));
        look_over(browser, &format!("a menu with {verb}")).await;
        browser.click_on(&format!("{menu} .menu__item"), verb).await;
        browser.reads(&format!("{FIRST_ROW} .status"), row).await;
        browser.finds(&format!("{button}:focus")).await;
        browser.loses(".menu:popover-open").await;
    }
    browser.click(&button).await;
    browser.click_on(&format!("{menu} .menu__item"), "Show QR code").await;
    // Before that, the key would close nothing.
    browser.finds(&format!("#dialog:modal {QR}")).await;
    browser.press(Key::Escape).await;
    browser.loses("#dialog").await;
    browser.finds(&format!("{button}:focus")).await;
}

/// What a menu says that offers to go on instead of to stop.
fn resumed(item: &'static str) -> &'static str {
    if item == "Pause" { "Resume" } else { item }
}

/// Presses the button that copies a text: it shows a tick, a screen reader hears of it, and the clipboard holds the text.
pub async fn copies(browser: &Browser, part: &str, announced: &str, text: &str) {
    let button = format!("{part} [data-copy='{text}']");
    browser.click(&button).await;
    let said = browser.finds(&format!("{announced} #toasts[aria-live] p.sr-only")).await;
    let said = said.prop("textContent").await.expect("a word can be read");
    assert_eq!(said.as_deref(), Some("Copied"));
    assert!(browser.has(&format!("{button}[data-copied] [href$='#i-check']")).await, "the button shows it");
    assert_eq!(pasted(browser, part).await, text);
    let_time_pass(browser).await;
    browser.loses("#toasts p.sr-only").await;
    browser.loses(&format!("{button}[data-copied]")).await;
    browser.loses(&format!("{button} [href$='#i-check']")).await;
}

/// What the clipboard holds. No page of ours may read it, so it is pasted, as a person would.
async fn pasted(browser: &Browser, part: &str) -> String {
    let field = "
        const field = document.createElement('textarea');
        field.id = 'pasted';
        document.querySelector(arguments[0]).closest('dialog, body').append(field);
        field.focus()";
    browser.run(field, vec![part.into()]).await;
    browser.press_with_control('v').await;
    let held = browser.value("#pasted").await;
    browser.run("document.getElementById('pasted').remove()", vec![]).await;
    held
}

fn link(browser: &Browser, code: &str) -> String {
    format!("{}/join#{code}", browser.origin)
}

pub async fn a_code_is_generated_and_used_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    walk_to_the_codes(&stage.browser).await;
    let first = generate(&stage.browser).await;
    stage.browser.finds(&format!("#dialog {QR}")).await;
    stage.browser.reads("#dialog .secret code", &link(&stage.browser, &first)).await;
    assert!(!stage.browser.shows("#dialog [data-copy]").await, "nothing dead is left on the page");
    stage.browser.click_on("#dialog .dialog__foot .btn", "Generate another like this").await;
    has_the_same_settings(&stage.browser).await;
    stage.browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    stage.browser.reads("#dialog-title", "Code generated").await;
    let code = shown_code(&stage.browser).await;
    stage.browser.click_on("#dialog .dialog__foot .btn--primary", "Done").await;
    stage.browser.reads(FIRST_ROW, &code).await;
    stage.browser.reads("#invites tbody tr:nth-child(2)", &first).await;

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
    browser.fill("#label", "Workshop leads").await;
    browser.fill("#max_uses", "0").await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    browser.reads("#max_uses-error", "Enter 1 or more, or leave empty for unlimited.").await;
    browser.fill("#max_uses", "2").await;
    browser.click_on("#role .segmented__item", "Manager").await;
    browser.click("#expires").await;
    browser.fill("#days", "7").await;
    look_over(browser, "the form of a new code").await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    browser.reads("#dialog-title", "Code generated").await;
    look_over(browser, "a new code").await;
    shown_code(browser).await
}

/// The form stands there as it was sent before, but for the code.
async fn has_the_same_settings(browser: &Browser) {
    browser.reads("#dialog-title", "Generate New Code").await;
    for (field, value) in
        [("label", "Workshop leads"), ("max_uses", "2"), ("days", "7"), ("count", "1"), ("code", "")]
    {
        assert_eq!(browser.value(&format!("#{field}")).await, value, "{field}");
    }
    assert!(browser.has("#expires:checked").await);
    assert!(browser.has("input[name=role][value=manager]:checked").await);
}

async fn shown_code(browser: &Browser) -> String {
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
