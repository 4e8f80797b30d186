//! People who joined with a code, for the stories about who looks after them.

use serde_json::json;

use crate::browser::Browser;
use crate::stage::Stage;
use crate::steps::become_owner;

/// Of everybody who joined.
pub const PASSWORD: &str = "a bridge over still water";

/// An owner, and some who joined with a code for members; answers with the browser of the last of them.
pub async fn owner_and(stage: &mut Stage, usernames: &[&str]) -> Browser {
    become_owner(stage).await;
    owner_with(stage, "Member", usernames).await
}

/// The same once there is an owner, and for a role.
pub async fn owner_with(stage: &mut Stage, role: &str, usernames: &[&str]) -> Browser {
    let code = code_for(&stage.browser, role, "Autumn cohort").await;
    let guest = stage.another_browser().await;
    for username in usernames {
        join(&guest, &code, username).await;
    }
    guest
}

/// Generates a code that many can use, and says which.
pub async fn code_for(browser: &Browser, role: &str, label: &str) -> String {
    browser.visit("/admin/invites/new").await;
    browser.fill("#label", label).await;
    browser.click_on("#role .segmented__item", role).await;
    browser.click_on("#dialog .dialog__foot .btn--primary", "Generate Code").await;
    browser.reads("#dialog-title", "Code generated").await;
    let shown = browser.finds("#dialog .code--xl").await.text().await.expect("the code can be read");
    shown.trim().to_owned()
}

/// Joins as somebody new, who has never been at this browser.
pub async fn join(guest: &Browser, code: &str, username: &str) {
    guest.devtools("Network.clearBrowserCookies", json!({})).await;
    if guest.has_script {
        guest.visit(&format!("/join#{code}")).await;
    } else {
        guest.visit("/join").await;
        guest.fill("#code", code).await;
        guest.click("#join .btn--primary").await;
    }
    guest.reads("#code-status", "invites you to join").await;
    guest.fill("#username", username).await;
    guest.fill("#password", PASSWORD).await;
    guest.click_on("#join .btn--primary", "Create account").await;
    guest.reads(".toast", "Account created. You are signed in.").await;
}
