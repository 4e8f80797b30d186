//! In and out.

use serde_json::json;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::stage::Stage;
use crate::steps::{
    PASSWORD, USERNAME, become_owner, dismiss_toast, kept_in_storage, mark_page, sign_in_here, sign_out,
};

pub async fn signing_out_leaves_nothing_behind(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    browser.fill("#name", "Mara").await;
    browser.click("#profile-save").await;
    dismiss_toast(browser, "Saved").await;
    browser.visit("/admin").await;
    sign_out(browser).await;
    assert_eq!(browser.path().await, "/sign-in");
    assert!(!browser.has(".gate__lede").await, "whoever signs out on purpose is not told to sign in again");
    look_over(browser, "sign-in").await;

    assert_eq!(kept_in_storage(browser).await, json!([[], []]));
    let caches = browser.run("return caches.keys()", vec![]).await;
    assert_eq!(caches, json!([]));
    let visible = browser.run("return document.cookie", vec![]).await;
    assert_eq!(visible, json!(""), "no script can read a cookie of ours");

    mark_page(browser).await;
    browser.driver.back().await.expect("the browser goes back");
    browser.loses("html[data-marked]").await;
    browser.reads("h1", "Sign in").await;
    browser.finds("#login").await;
    assert_eq!(browser.path().await, "/sign-in?next=%2Fadmin", "Back shows no page from before");
}

pub async fn signing_in_leads_to_where_one_wanted_to_go(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    sign_out(browser).await;
    browser.visit("/admin").await;
    assert_eq!(browser.path().await, "/sign-in?next=%2Fadmin");

    for (login, password) in [(USERNAME, "not my password"), ("nobody", PASSWORD)] {
        refused(browser, login, password).await;
    }
    look_over(browser, "sign-in refused").await;

    sign_in_here(browser, PASSWORD).await;
    browser.reads("h1", "Overview").await;
    assert_eq!(browser.path().await, "/admin");
    browser.visit("/sign-in").await;
    browser.reads("h1", "Welcome").await;
}

async fn refused(browser: &Browser, login: &str, password: &str) {
    browser.fill("#login", login).await;
    browser.fill("#password", password).await;
    browser.click(".gate__form .btn--primary").await;
    browser.finds(".error-summary:focus").await;
    browser.reads(".error-summary", "Username or password is wrong.").await;
    assert!(browser.title().await.starts_with("Error: Sign in"));
    assert_eq!(browser.value("#login").await, login);
    assert_eq!(browser.value("#password").await, "", "a password is never sent back");
}
