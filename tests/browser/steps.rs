//! Steps that several stories begin or end with.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::stage::Stage;

pub const SERVER: &str = "Harbour Makers";
pub const NAME: &str = "Mara Lindqvist";
pub const USERNAME: &str = "mara";
pub const PASSWORD: &str = "lanterns over the harbour";

/// Opens the set-up link, fills the form in and sends it.
pub async fn become_owner(stage: &Stage) {
    let (browser, link) = (&stage.browser, stage.server.setup_link());
    browser.visit(link).await;
    if !browser.has_script {
        browser.fill("#key", key_of(link)).await;
    }
    fill_setup_form(browser).await;
    browser.reads("h1", "Overview").await;
}

/// What stands behind the # of the set-up link.
pub fn key_of(link: &str) -> &str {
    link.split_once('#').expect("the link carries a key").1
}

/// Everything but the key, as it should be.
pub async fn fill_setup_form(browser: &Browser) {
    browser.fill("#server", SERVER).await;
    browser.fill("#name", NAME).await;
    browser.fill("#username", USERNAME).await;
    browser.fill("#password", PASSWORD).await;
    browser.click(".gate__form .btn--primary").await;
}

/// Sends the form on the sign-in page, which is open already.
pub async fn sign_in_here(browser: &Browser, password: &str) {
    sign_in_as(browser, USERNAME, password).await;
}

/// The same for anybody.
pub async fn sign_in_as(browser: &Browser, username: &str, password: &str) {
    browser.fill("#login", username).await;
    browser.fill("#password", password).await;
    browser.click(".gate__form .btn--primary").await;
}

/// Signs in from the front door.
pub async fn sign_in(browser: &Browser) {
    browser.visit("/sign-in").await;
    sign_in_here(browser, PASSWORD).await;
    browser.reads("h1", "Welcome").await;
}

pub async fn open_user_menu(browser: &Browser) {
    browser.click(".user-btn").await;
    browser.finds("#user-menu:popover-open").await;
}

/// Chooses something in the user menu by what it says.
pub async fn choose(browser: &Browser, item: &str) {
    open_user_menu(browser).await;
    browser.click_on("#user-menu .menu__item", item).await;
}

pub async fn sign_out(browser: &Browser) {
    choose(browser, "Sign out").await;
    browser.reads("h1", "Sign in").await;
}

/// Marks the page, so that `is_still_the_same_page` can tell whether it was loaded anew.
pub async fn mark_page(browser: &Browser) {
    browser.run("document.documentElement.dataset.marked = ''", vec![]).await;
}

pub async fn is_still_the_same_page(browser: &Browser) -> bool {
    browser.has("html[data-marked]").await
}

/// Waits for a toast, then sends it away.
pub async fn dismiss_toast(browser: &Browser, text: &str) {
    browser.reads(".toast", text).await;
    browser.click(".toast [data-dismiss]").await;
    browser.loses(".toast").await;
}

/// Lets everything happen that only waits for its time, like a toast going away.
pub async fn let_time_pass(browser: &Browser) {
    browser.run("letTimePass()", vec![]).await;
}

/// What a script keeps in the browser.
pub async fn kept_in_storage(browser: &Browser) -> Value {
    browser.run("return [Object.keys(localStorage), Object.keys(sessionStorage)]", vec![]).await
}

/// Lists every address that Back and Forward could lead to.
pub async fn history(browser: &Browser) -> String {
    browser.devtools("Page.getNavigationHistory", json!({})).await["entries"].to_string()
}
