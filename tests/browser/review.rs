//! The queue of who joined: looked at one by one, or many at once.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::keyboard::{tab_and_press, tab_to};
use crate::newcomers::owner_and;
use crate::stage::Stage;
use crate::steps::{is_still_the_same_page, mark_page};

const ROW: &str = "#review tbody tr:first-child";
const WAITING: &str = "#nav-waiting";

async fn open(browser: &Browser) {
    browser.visit("/admin").await;
    browser.click_on(".sidenav__link", "Review").await;
    browser.reads("h1", "Review").await;
}

async fn open_tab(browser: &Browser, label: &str) {
    browser.click_on("#review .tab", label).await;
    browser.reads("#review .tab[aria-current]", label).await;
}

pub async fn who_joined_is_looked_at(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor", "sofie"]).await.close().await;
    let browser = &stage.browser;
    open(browser).await;
    mark_page(browser).await;
    browser.reads(WAITING, "3").await;
    browser.reads(ROW, "Same address as @").await;
    look_over(browser, "three wait for review").await;

    browser.click(&format!("{ROW} [data-approve]")).await;
    browser.reads("#review tbody", "approved").await;
    browser.reads(WAITING, "2").await;
    browser.finds("#review [data-refocus]:focus").await;
    look_over(browser, "one is approved").await;
    browser.click_on("#review tbody .btn", "Undo").await;
    browser.loses("#review [name=undo]").await;
    browser.reads(WAITING, "3").await;

    browser.click(&format!("{ROW} [data-flag]")).await;
    browser.finds(&format!("{ROW} .menu:popover-open")).await;
    look_over(browser, "the question about a flag").await;
    browser.fill(&format!("{ROW} textarea"), "Knows nobody here.").await;
    browser.click(&format!("{ROW} .menu .btn")).await;
    browser.reads("#review tbody", "flagged").await;
    browser.reads(WAITING, "2").await;
    open_tab(browser, "Flagged").await;
    browser.reads(ROW, "Knows nobody here.").await;
    look_over(browser, "one is flagged").await;
    browser.click_on(&format!("{ROW} .btn"), "Back to waiting").await;
    browser.reads("#review tbody", "waits for review again").await;
    open_tab(browser, "Waiting").await;
    browser.reads(".pager", "3 people wait for review").await;
    assert!(is_still_the_same_page(browser).await);
    approve_all(browser).await;
}

async fn approve_all(browser: &Browser) {
    browser.click("#review [data-select-all]").await;
    browser.reads("#bulk", "selected").await;
    look_over(browser, "all are selected").await;
    browser.click_on("#bulk .btn", "Approve").await;
    browser.reads(".toast", "3 people approved").await;
    browser.reads(".empty", "Nobody waits for review.").await;
    assert!(!browser.shows(WAITING).await, "nobody is left to count");
    look_over(browser, "nobody waits").await;
    open_tab(browser, "Approved").await;
    browser.reads(".pager", "3 people are approved").await;
    look_over(browser, "all are approved").await;
}

pub async fn who_joined_is_looked_at_without_script(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor", "sofie"]).await.close().await;
    let browser = &stage.browser;
    open(browser).await;
    browser.reads(WAITING, "3").await;
    browser.click(&format!("{ROW} [data-approve]")).await;
    browser.reads(".toast", "sofie approved").await;
    browser.click(&format!("{ROW} [data-flag]")).await;
    browser.fill(&format!("{ROW} textarea"), "Knows nobody here.").await;
    look_over(browser, "the question about a flag").await;
    browser.click(&format!("{ROW} .menu .btn")).await;
    browser.reads(".toast", "noor flagged").await;
    browser.reads(WAITING, "1").await;
    open_tab(browser, "Flagged").await;
    browser.reads(ROW, "Knows nobody here.").await;
    look_over(browser, "one is flagged").await;
    browser.click_on(&format!("{ROW} .btn"), "Back to waiting").await;
    browser.reads(".toast", "noor waits for review again").await;

    open_tab(browser, "Waiting").await;
    browser.click("#review [aria-label='Select noor']").await;
    browser.click("#review [aria-label='Select luca']").await;
    look_over(browser, "two are selected").await;
    browser.click_on("#bulk .btn", "Approve").await;
    browser.reads(".toast", "2 people approved").await;
    browser.reads(".empty", "Nobody waits for review.").await;
}

pub async fn looking_at_who_joined_needs_no_mouse(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor", "sofie"]).await.close().await;
    let browser = &stage.browser;
    open(browser).await;
    browser.press("j").await;
    browser.finds(&format!("{ROW} .person__name:focus")).await;
    browser.press("a").await;
    browser.reads(ROW, "sofie approved").await;
    browser.finds("#review [data-refocus]:focus").await;
    browser.press(Key::Enter).await;
    browser.loses("#review [name=undo]").await;
    browser.finds(&format!("{ROW} [data-approve]")).await;
    browser.finds("main :focus").await;

    tab_to(browser, "tr:nth-child(2) .person__name").await;
    browser.press("f").await;
    browser.finds("tr:nth-child(2) .menu:popover-open").await;
    tab_to(browser, "tr:nth-child(2) textarea").await;
    browser.press("Knows nobody here.").await;
    tab_and_press(browser, "tr:nth-child(2) .menu .btn").await;
    browser.reads("#review tbody", "noor flagged").await;

    browser.visit("/admin/review").await;
    browser.press("jx").await;
    browser.reads("#bulk", "selected").await;
    tab_and_press(browser, "#bulk .btn:not([type])").await;
    browser.reads(".toast", "1 person approved").await;
    tab_and_press(browser, ".tab[href*=flagged]").await;
    browser.reads(ROW, "Knows nobody here.").await;
}
