//! The audit log: found, narrowed down, and read to its end.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::keyboard::{tab_and_press, tab_to};
use crate::newcomers::owner_and;
use crate::stage::Stage;
use crate::steps::{become_owner, is_still_the_same_page, mark_page};

const FIRST: &str = ".log__entry:first-child";

async fn open(browser: &Browser) {
    browser.visit("/admin").await;
    browser.click_on(".sidenav__link", "Audit log").await;
    browser.reads("h1", "Audit log").await;
}

pub async fn the_log_is_narrowed_down(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor"]).await.close().await;
    let browser = &stage.browser;
    open(browser).await;
    browser.reads(".log__day", "Today, ").await;
    browser.reads(FIRST, "noor").await;
    look_over(browser, "the log").await;
    mark_page(browser).await;
    browser.click(&format!("{FIRST} summary")).await;
    browser.reads(&format!("{FIRST} .facts"), "Request").await;
    look_over(browser, "an entry is open").await;

    browser.click("#audit-action option[value='invite.created']").await;
    browser.reads(".pager", "1 entry").await;
    browser.reads(FIRST, "Mara Lindqvist generated").await;
    assert!(browser.path().await.contains("action=invite.created"), "it stands in the address");
    browser.fill("#audit-actor", "@luca").await;
    browser.press(Key::Enter).await;
    browser.reads(".empty", "No entries match these filters").await;
    look_over(browser, "nothing is found").await;
    browser.click("#audit-actor").await;
    browser.press_with_control('a').await;
    browser.press("@albatross").await;
    browser.press(Key::Enter).await;
    browser.reads(".empty", "Nobody is called “@albatross”").await;
    look_over(browser, "nobody is called that").await;
    assert!(is_still_the_same_page(browser).await);
    browser.click_on(".empty .btn", "Clear filters").await;
    browser.reads(FIRST, "noor").await;
    assert_eq!(browser.path().await, "/admin/audit");
    follow_somebody(browser).await;
}

/// From the page of a person to what the log has of them, and back.
async fn follow_somebody(browser: &Browser) {
    browser.visit("/admin/users?q=luca").await;
    browser.click("#users .person__name").await;
    browser.click_on("#history a", "by them").await;
    browser.reads(FIRST, "luca joined with").await;
    browser.click(&format!("{FIRST} summary")).await;
    browser.click_on(&format!("{FIRST} .facts a"), "@luca").await;
    browser.click_on("#review .btn", "Flag").await;
    browser.reads(".toast", "luca flagged").await;
    browser.click_on("#history a", "about them").await;
    browser.reads("#log", "About luca").await;
    browser.reads(".pager", "1 entry").await;
    browser.reads(FIRST, "Mara Lindqvist flagged luca").await;
    look_over(browser, "the log about somebody").await;
    browser.click_on("#log a", "Show entries about anything").await;
    browser.reads(".pager", "entries").await;
}

pub async fn the_log_is_narrowed_down_without_script(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor"]).await.close().await;
    let browser = &stage.browser;
    open(browser).await;
    browser.click(&format!("{FIRST} summary")).await;
    browser.reads(&format!("{FIRST} .facts"), "Request").await;
    look_over(browser, "an entry is open").await;
    browser.click("#audit-action option[value='account.registered']").await;
    browser.fill("#audit-actor", "@luca").await;
    browser.click_on(".toolbar .btn", "Apply").await;
    browser.reads(".pager", "1 entry").await;
    browser.reads(FIRST, "luca joined with").await;
    assert_eq!(browser.value("#audit-actor").await, "@luca", "what was typed is kept");
    look_over(browser, "the log narrowed down").await;
    browser.click(".toolbar__clear").await;
    browser.reads(FIRST, "noor").await;
    follow_somebody(browser).await;
}

pub async fn the_log_is_read_to_its_end(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    fill_the_log(browser).await;
    open(browser).await;
    mark_page(browser).await;
    browser.reads(".pager", "50 entries, and more on the next page").await;
    browser.click_on(".pager a", "Next page").await;
    browser.reads(".pager a", "First page").await;
    browser.reads("#log", "set up the server").await;
    look_over(browser, "the second page of the log").await;
    browser.click_on(".pager a", "First page").await;
    browser.reads(".pager a", "Next page").await;
    assert!(is_still_the_same_page(browser).await);
}

pub async fn the_log_is_read_to_its_end_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    fill_the_log(browser).await;
    open(browser).await;
    browser.click_on(".pager a", "Next page").await;
    browser.reads("#log", "set up the server").await;
    browser.click_on(".pager a", "First page").await;
    browser.reads(".pager a", "Next page").await;
}

/// More than a page of it: each code has an entry of its own.
async fn fill_the_log(browser: &Browser) {
    browser.visit("/admin/invites/new").await;
    browser.fill("#count", "50").await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate").await;
    browser.reads("#dialog-title", "generated").await;
}

pub async fn reading_the_log_needs_no_mouse(stage: &mut Stage) {
    owner_and(stage, &["luca"]).await.close().await;
    let browser = &stage.browser;
    open(browser).await;
    fill_the_log(browser).await;
    browser.press(Key::Escape).await;
    browser.loses("#dialog").await;
    browser.go("ga", "Audit log").await;
    tab_and_press(browser, ".pager [rel=next]").await;
    browser.reads("#log", "set up the server").await;
    browser.finds("main :focus").await;

    browser.press("/").await;
    browser.finds("#audit-actor:focus").await;
    browser.press("@luca").await;
    browser.press(Key::Enter).await;
    browser.reads(".pager", "1 entry").await;
    tab_and_press(browser, &format!("{FIRST} summary")).await;
    browser.reads(&format!("{FIRST} .facts"), "Request").await;
    tab_to(browser, &format!("{FIRST} .facts a")).await;
    browser.press(Key::Enter).await;
    browser.reads("h1", "luca").await;
}
