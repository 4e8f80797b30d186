//! Looking after the people who joined.

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::invites::{generate, register};
use crate::stage::Stage;
use crate::steps::become_owner;

const ROW: &str = "#users tbody tr:first-child";

/// An owner's browser before the list, and the browser of Luca, who joined as a manager.
async fn with_luca(stage: &mut Stage) -> Browser {
    become_owner(stage).await;
    stage.browser.visit("/admin/invites").await;
    let code = generate(&stage.browser).await;
    let luca = stage.another_browser().await;
    if luca.has_script {
        luca.visit(&format!("/join#{code}")).await;
    } else {
        luca.visit("/join").await;
        luca.fill("#code", &code).await;
        luca.click("#join .btn--primary").await;
    }
    luca.reads("#code-status", "invites you to join").await;
    register(&luca).await;
    stage.browser.visit("/admin/users").await;
    stage.browser.reads(ROW, "luca").await;
    luca
}

/// Chooses something in the menu of the first row.
async fn choose(browser: &Browser, item: &str) {
    browser.click(&format!("{ROW} .cell-actions .btn--icon")).await;
    browser.click_on(&format!("{ROW} .menu__item"), item).await;
}

pub async fn somebody_is_looked_after(stage: &mut Stage) {
    let luca = with_luca(stage).await;
    let browser = &stage.browser;
    look_over(browser, "people").await;

    choose(browser, "Change role…").await;
    browser.reads("#dialog-title", "Change role").await;
    look_over(browser, "the question about a role").await;
    browser.click("#dialog input[value=support]").await;
    browser.click("#dialog .btn--primary").await;
    browser.reads(".toast", "Role changed to Support").await;
    browser.reads(ROW, "Support").await;
    browser.click(".toast .btn--undo").await;
    browser.reads(".toast", "Role changed to Manager").await;
    browser.reads(ROW, "Manager").await;

    choose(browser, "Create reset link").await;
    browser.reads("#dialog-title", "Reset link created").await;
    look_over(browser, "a reset link").await;
    let link = browser.finds("#dialog .secret code").await.text().await.expect("the link can be read");
    browser.click("#dialog .btn--primary").await;
    browser.loses("#dialog").await;
    choose_a_password(&luca, &link).await;

    choose(browser, "Suspend…").await;
    browser.fill("#reason", "Two accounts.").await;
    look_over(browser, "the question about a suspension").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads(".toast", "luca suspended").await;
    browser.click(&format!("{ROW} .person__name")).await;
    browser.reads("#suspended", "Two accounts.").await;
    look_over(browser, "the page of a person").await;
    browser.click("#remove").await;
    browser.reads("#dialog-title", "Remove luca?").await;
    look_over(browser, "the question about a removal").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads("#removed", "it can be restored as it was").await;
    look_over(browser, "the page of a person who was removed").await;
    browser.visit("/admin/users?status=removed").await;
    look_over(browser, "people who were removed").await;
    browser.click_on(&format!("{ROW} .btn"), "Restore").await;
    browser.reads(".toast", "luca is back").await;
    browser.loses(ROW).await;

    browser.visit("/admin/users?q=luca").await;
    browser.click(&format!("{ROW} .row-check")).await;
    browser.click_on("#bulk .btn", "Remove…").await;
    browser.reads("#dialog-title", "Remove 1 user?").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads("#confirm-error", "Type 1 to confirm.").await;
    look_over(browser, "the question about many").await;
    browser.fill("#confirm", "1").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads(".toast", "1 user removed").await;
    luca.close().await;
}

/// Opens the link, whose token goes from the address into the field.
async fn choose_a_password(guest: &Browser, link: &str) {
    guest.visit(link).await;
    guest.reads("h1", "Choose a new password").await;
    if guest.has_script {
        assert_eq!(guest.value("#key").await.len(), 64);
        assert_eq!(guest.path().await, "/reset", "the token stays out of the address");
    } else {
        guest.fill("#key", link).await;
    }
    look_over(guest, "a new password").await;
    guest.fill("#password", "a harbour under morning fog").await;
    guest.click(".gate__form .btn--primary").await;
    guest.reads(".toast", "Your password is changed. Sign in with it.").await;
}

pub async fn somebody_is_looked_after_without_script(stage: &mut Stage) {
    let luca = with_luca(stage).await;
    let browser = &stage.browser;
    look_over(browser, "people").await;
    choose(browser, "Change role…").await;
    browser.reads("#dialog-title", "Change role").await;
    look_over(browser, "the question about a role").await;
    browser.click("#dialog input[value=member]").await;
    browser.click("#dialog .btn--primary").await;
    browser.reads(".toast", "Role changed to Member").await;
    browser.reads("#account", "Member").await;
    browser.click("#reset-link").await;
    browser.reads("#dialog-title", "Reset link created").await;
    let link = browser.finds("#dialog .secret code").await.text().await.expect("the link can be read");
    choose_a_password(&luca, &link).await;

    browser.visit("/admin/users").await;
    browser.click(&format!("{ROW} .row-check")).await;
    browser.click_on("#bulk .btn", "Remove…").await;
    browser.reads("#dialog-title", "Remove 1 user?").await;
    browser.fill("#confirm", "1").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads(".toast", "1 user removed").await;
    browser.visit("/admin/users?status=removed").await;
    browser.click_on(&format!("{ROW} .btn"), "Restore").await;
    browser.reads(".toast", "luca is back").await;
    luca.close().await;
}
