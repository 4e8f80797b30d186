//! What people see when something goes wrong.

use serde_json::json;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::stage::Stage;
use crate::steps::{
    become_owner, dismiss_toast, is_still_the_same_page, let_time_pass, mark_page, sign_in_here, sign_out,
};

pub async fn a_change_can_be_sent_again_once_the_server_is_back(stage: &mut Stage) {
    become_owner(stage).await;
    stage.browser.visit("/account").await;
    mark_page(&stage.browser).await;
    stage.browser.fill("#name", "Mara of the North").await;
    stage.server.stop();
    stage.browser.click("#profile-save").await;
    let browser = &stage.browser;
    browser.reads(".toast--error", "Not saved. The server did not answer.").await;
    assert_eq!(browser.value("#name").await, "Mara of the North", "what was typed is kept");
    look_over(browser, "server away").await;

    browser.click(".toast--error [data-retry]").await;
    browser.reads(".toast--error", "Not saved. The server did not answer.").await;
    stage.server.start_again();
    let browser = &stage.browser;
    browser.click(".toast--error [data-retry]").await;
    browser.reads(".toast:not(.toast--error)", "Saved").await;
    browser.loses(".toast--error").await;
    assert!(is_still_the_same_page(browser).await);
    browser.visit("/account").await;
    assert_eq!(browser.value("#name").await, "Mara of the North");
}

pub async fn a_failure_has_a_number_to_hand_on(stage: &mut Stage) {
    become_owner(stage).await;
    stage.browser.visit("/account").await;
    stage.database.execute("ALTER TABLE settings RENAME TO mislaid");
    let browser = &stage.browser;
    browser.click("#profile-save").await;
    browser.reads(".toast--error", "Your last change was not saved.").await;
    browser.reads(".toast__request", "Request number").await;
    look_over(browser, "failed, as a toast").await;
    browser.click(".toast--error [data-copy]").await;
    browser.finds(".toast--error [data-copied]").await;
    let_time_pass(browser).await;
    browser.loses(".toast--error [data-copied]").await;
    browser.reads(".toast--error", "Your last change was not saved.").await;

    browser.visit("/admin").await;
    browser.reads("h1", "Something failed on our side").await;
    browser.reads(".fault__code", "Error 500").await;
    look_over(browser, "failed, as a page").await;
    let number = browser.attribute(".secret [data-copy]", "data-copy").await;
    browser.reads(".secret code", &number).await;
    allow_pasting(browser).await;
    browser.click(".secret [data-copy]").await;
    browser.reads(".copy[data-copied]", "Copied").await;
    browser.reads("#toasts .sr-only", "Copied").await;

    stage.database.execute("ALTER TABLE mislaid RENAME TO settings");
    browser.visit("/account").await;
    assert_eq!(pasted(browser, "#name").await, number);
}

pub async fn a_page_that_is_not_there_says_so(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/harbour").await;
    browser.reads("h1", "Page not found").await;
    look_over(browser, "page not found").await;
    let number = browser.attribute(".fault__number [data-copy]", "data-copy").await;
    browser.reads(".fault__number code", &number).await;
    allow_pasting(browser).await;
    browser.click(".fault__number [data-copy]").await;
    browser.finds("[data-copied]").await;
    browser.click_on(".btn", "Go to Home").await;
    browser.reads("h1", "Welcome").await;
    browser.visit("/account").await;
    assert_eq!(pasted(browser, "#name").await, number);
}

pub async fn a_form_from_elsewhere_is_refused(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    let form = format!(
        "data:text/html,<title>Elsewhere</title><form method=post action='{}/sign-out'><button>Win</button></form>",
        browser.origin
    );
    browser.visit(&form).await;
    browser.click_on("button", "Win").await;
    browser.reads("h1", "Send it again").await;
    browser.reads(".fault__code", "Error 403").await;
    look_over(browser, "form from elsewhere").await;
    browser.visit("/admin").await;
    browser.reads("h1", "Overview").await;
}

pub async fn too_many_tries_have_to_wait(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    refuse_until_it_is_too_much(browser).await;
    browser.reads(".toast--error", "Too many tries. Wait").await;
    look_over(browser, "too many tries, as a toast").await;
    dismiss_toast(browser, "Too many tries.").await;

    sign_out(browser).await;
    guess_until_it_is_too_much(browser).await;
    browser.reads("h1", "Too many tries").await;
    browser.reads(".fault__code", "Error 429").await;
    browser.reads(".gate__lede", "Wait").await;
    look_over(browser, "too many tries, as a page").await;
}

/// Far more than anybody mistypes in a row.
const MANY: u32 = 12;

/// Changes the password with a wrong one, again after each answer, until the answer is a toast.
async fn refuse_until_it_is_too_much(browser: &Browser) {
    for _ in 0..MANY {
        browser.run("document.querySelector('form#password').dataset.seen = ''", vec![]).await;
        browser.fill("#current", "not my password").await;
        browser.fill("#new", "seven gulls on a mooring").await;
        browser.click("#password-save").await;
        browser.finds("form#password:not([data-seen]), .toast--error").await;
        if browser.has(".toast--error").await {
            return;
        }
    }
    panic!("{MANY} wrong passwords in a row were not too many");
}

/// Signs in with a wrong password, again after each answer, until the form is gone.
async fn guess_until_it_is_too_much(browser: &Browser) {
    for _ in 0..MANY {
        mark_page(browser).await;
        sign_in_here(browser, "not my password").await;
        browser.loses("html[data-marked]").await;
        if !browser.has("#login").await {
            return;
        }
    }
    panic!("{MANY} guesses in a row were not too many");
}

async fn allow_pasting(browser: &Browser) {
    let permissions = json!({
        "origin": browser.origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
    browser.devtools("Browser.grantPermissions", permissions).await;
}

/// What the clipboard holds, pasted into an emptied field.
async fn pasted(browser: &Browser, field: &str) -> String {
    browser.fill(field, "").await;
    browser.click(field).await;
    browser.press_with_control('v').await;
    browser.value(field).await
}
