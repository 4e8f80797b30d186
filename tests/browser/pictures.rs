//! The pictures in the documentation: `DOORLIST_TEST_SCREENSHOTS=docs/screenshots tests/run pictures`.

use std::fs;

use serde_json::json;

use crate::browser::Browser;
use crate::environment;
use crate::inspection::appear;
use crate::stage::Stage;
use crate::steps::{become_owner, sign_in, sign_in_here, sign_out};

pub async fn of_the_pages(stage: &mut Stage) {
    become_owner(stage).await;
    let other = stage.another_browser().await;
    let browser = &stage.browser;
    sign_out(browser).await;
    picture(browser, "sign-in", "/sign-in", "light", 1280).await;
    sign_in_here(browser, "not my password").await;
    browser.finds(".error-summary").await;
    sign_in(browser).await;
    sign_in(&other).await;
    browser.visit("/account").await;
    browser.fill("#email", "mara@harbour.example").await;
    browser.click("#profile-save").await;
    browser.reads(".toast", "Saved").await;

    for (label, most, role) in [
        ("Autumn cohort", "20", "Member"),
        ("Weekend guests", "", "Member"),
        ("Workshop leads", "3", "Manager"),
    ] {
        browser.visit("/admin/invites/new").await;
        browser.fill("#label", label).await;
        browser.fill("#max_uses", most).await;
        browser.click_on("#role .segmented__item", role).await;
        browser.click("#expires").await;
        browser.click("#dialog .dialog__foot .btn--primary").await;
        browser.reads("#dialog-title", "Code generated").await;
    }
    picture(browser, "invites", "/admin/invites", "light", 1280).await;
    picture(browser, "invites-dark", "/admin/invites", "dark", 1280).await;
    picture(browser, "invites-small", "/admin/invites", "light", 390).await;
    picture(browser, "generate", "/admin/invites/new", "light", 1280).await;
    picture(browser, "join", "/join", "light", 1280).await;
    picture(browser, "overview", "/admin", "light", 1280).await;
    picture(browser, "overview-dark", "/admin", "dark", 1280).await;
    picture(browser, "overview-small", "/admin", "light", 390).await;
    picture(browser, "account", "/account", "light", 1280).await;
    other.close().await;
}

async fn picture(browser: &Browser, name: &str, path: &str, scheme: &str, width: u32) {
    let Some(folder) = environment::picture_folder() else { return };
    fs::create_dir_all(&folder).expect("the folder for pictures can be made");
    appear(browser, scheme, width).await;
    browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    browser.visit(path).await;
    let file = folder.join(format!("{name}.png"));
    browser.driver.screenshot(&file).await.unwrap_or_else(|error| panic!("{name} cannot be taken: {error}"));
}
