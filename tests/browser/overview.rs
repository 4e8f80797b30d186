//! The overview: what needs attention, and the way to it.

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::keyboard::tab_and_press;
use crate::newcomers::join;
use crate::stage::Stage;
use crate::steps::become_owner;

pub async fn what_needs_attention_is_found(stage: &mut Stage) {
    become_owner(stage).await;
    stage.browser.visit("/admin").await;
    stage.browser.reads("main", "Nothing needs attention.").await;
    something_happens(stage).await;
    let browser = &stage.browser;
    browser.visit("/admin").await;
    browser.reads("main .rows", "and removes 1 user").await;
    browser.reads("main .rows", "1 person waits for review").await;
    look_over(browser, "overview with much to do").await;
    browser.click_on("main .rows .btn", "Extend").await;
    browser.reads("#dialog-title", "Extend").await;
    look_over(browser, "a code extended from the overview").await;
    browser.visit("/admin").await;
    browser.click_on("main .rows .btn", "Review").await;
    browser.reads("h1", "Review").await;
    browser.visit("/admin").await;
    browser.click_on(".figure a", "Users").await;
    browser.reads("h1", "User Management").await;
}

pub async fn what_needs_attention_is_found_without_script(stage: &mut Stage) {
    what_needs_attention_is_found(stage).await;
}

/// Somebody joins with a code that ends tomorrow and takes them along.
async fn something_happens(stage: &mut Stage) {
    let code = temporary_code(&stage.browser).await;
    let guest = stage.another_browser().await;
    join(&guest, &code, "luca").await;
    guest.close().await;
}

async fn temporary_code(browser: &Browser) -> String {
    browser.visit("/admin/invites/new").await;
    browser.fill("#label", "Weekend guests").await;
    browser.click("#expires").await;
    browser.fill("#days", "1").await;
    browser.click("#delete_users").await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    browser.reads("#dialog-title", "Code generated").await;
    let shown = browser.finds("#dialog .code--xl").await.text().await.expect("the code can be read");
    shown.trim().to_owned()
}

pub async fn the_overview_needs_no_mouse(stage: &mut Stage) {
    become_owner(stage).await;
    something_happens(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    browser.go("go", "Overview").await;
    tab_and_press(browser, "main .rows .btn[href$='/extend']").await;
    browser.reads("#dialog-title", "Extend").await;
    browser.visit("/admin").await;
    tab_and_press(browser, "main .rows .btn[href='/admin/review']").await;
    browser.reads("h1", "Review").await;
}
