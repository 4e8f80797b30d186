//! The page of one person, and the link by which they choose a new password.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::keyboard::{tab_and_press, tab_to};
use crate::newcomers::owner_and;
use crate::stage::Stage;
use crate::steps::sign_in_as;

const NEW_PASSWORD: &str = "a harbour under morning fog";

pub async fn a_person_has_a_page(stage: &mut Stage) {
    let luca = owner_and(stage, &["luca"]).await;
    let browser = &stage.browser;
    open_page(browser).await;
    browser.reads("#origin", "Autumn cohort").await;
    browser.reads("#sessions", "127.0.0.1").await;
    browser.reads("#history", "joined").await;
    look_over(browser, "the page of a person").await;

    browser.fill("#note", "Ask Sofie who this is.").await;
    browser.click_on("#review .btn", "Flag").await;
    browser.reads(".toast", "luca flagged").await;
    browser.reads("#review .badge", "Flagged").await;
    assert_eq!(browser.value("#note").await, "Ask Sofie who this is.");
    look_over(browser, "the page of a person who is flagged").await;
    browser.click_on("#review .btn", "Approve").await;
    browser.reads(".toast", "luca approved").await;

    browser.click_on("#sessions .btn", "End sessions").await;
    browser.reads(".toast", "1 session ended").await;
    browser.reads("#sessions", "Not signed in anywhere.").await;
    luca.visit("/account").await;
    luca.reads(".gate__lede", "Sign in again to continue.").await;

    change_from_here(browser).await;
    luca.close().await;
}

pub async fn a_person_has_a_page_without_script(stage: &mut Stage) {
    a_person_has_a_page(stage).await;
}

/// The dialogs lead back here.
async fn change_from_here(browser: &Browser) {
    browser.click("#change-role").await;
    browser.reads("#dialog-title", "Change role").await;
    browser.click("#dialog input[value=manager]").await;
    browser.click("#dialog .btn--primary").await;
    browser.reads(".toast", "Role changed to Manager").await;
    browser.reads("#account", "Manager").await;
    browser.click("#suspend").await;
    browser.fill("#reason", "Two accounts.").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads("#suspended", "Two accounts.").await;
    look_over(browser, "the page of a person who is suspended").await;
    browser.click("#remove").await;
    browser.reads("#dialog-title", "Remove luca?").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads("#removed", "it can be restored as it was").await;
    look_over(browser, "the page of a person who was removed").await;
    browser.click_on("#removed .btn", "Restore").await;
    browser.reads(".toast", "luca is back").await;
    browser.reads("#suspended", "Two accounts.").await;
}

pub async fn a_link_leads_to_a_new_password(stage: &mut Stage) {
    let luca = owner_and(stage, &["luca"]).await;
    let browser = &stage.browser;
    open_page(browser).await;
    let link = make_link(browser).await;
    browser.click("#dialog .secret [data-copy]").await;
    browser.reads("#dialog .copy[data-copied]", "Copied").await;
    browser.click_on("#dialog .dialog__foot .btn", "Done").await;
    browser.loses("#dialog").await;
    assert!(!browser.path().await.contains("reset"), "the link stands in no address");

    luca.visit(&link).await;
    luca.reads("h1", "Choose a new password").await;
    assert_eq!(luca.value("#key").await, token_of(&link), "it is filled in");
    assert_eq!(luca.path().await, "/reset", "the token stays out of the address");
    choose_a_password(&luca, &link).await;
    luca.close().await;
}

pub async fn a_link_leads_to_a_new_password_without_script(stage: &mut Stage) {
    let luca = owner_and(stage, &["luca"]).await;
    let browser = &stage.browser;
    open_page(browser).await;
    let link = make_link(browser).await;
    assert!(!browser.shows("#dialog [data-copy]").await, "nothing dead is left on the page");
    luca.visit(&link).await;
    luca.fill("#key", &link).await;
    choose_a_password(&luca, &link).await;
    luca.close().await;
}

async fn open_page(browser: &Browser) {
    browser.visit("/admin/users").await;
    browser.click_on("#users .person__name", "luca").await;
    browser.reads("h1", "luca").await;
}

async fn make_link(browser: &Browser) -> String {
    browser.click("#reset-link").await;
    browser.reads("#dialog-title", "Reset link created").await;
    look_over(browser, "a reset link").await;
    browser.finds("#dialog .secret code").await.text().await.expect("the link can be read")
}

fn token_of(link: &str) -> &str {
    link.split_once('#').expect("the link carries a token").1
}

/// Chooses one, signs in with it, and finds the link used up.
async fn choose_a_password(guest: &Browser, link: &str) {
    look_over(guest, "a new password").await;
    guest.fill("#password", "passwordpassword").await;
    guest.click(".gate__form .btn--primary").await;
    guest.finds(".error-summary:focus").await;
    guest.finds("#password-error").await;
    assert!(!guest.value("#key").await.is_empty(), "the link is kept");
    look_over(guest, "a new password refused").await;
    guest.fill("#password", NEW_PASSWORD).await;
    guest.click(".gate__form .btn--primary").await;
    guest.reads(".toast", "Your password is changed. Sign in with it.").await;
    sign_in_as(guest, "luca", NEW_PASSWORD).await;
    guest.reads("h1", "Welcome").await;

    guest.visit("/reset").await;
    guest.fill("#key", link).await;
    guest.fill("#password", NEW_PASSWORD).await;
    guest.click(".gate__form .btn--primary").await;
    guest.reads("#key-error", "This link does not work any more.").await;
    look_over(guest, "a link that was used").await;
}

pub async fn a_persons_page_needs_no_mouse(stage: &mut Stage) {
    owner_and(stage, &["luca"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users?q=luca").await;
    browser.press("j").await;
    browser.finds("#users .person__name:focus").await;
    browser.press(Key::Enter).await;
    browser.reads("h1", "luca").await;

    tab_and_press(browser, "#reset-link").await;
    browser.finds("#dialog-title:focus").await;
    tab_and_press(browser, "#dialog .secret [data-copy]").await;
    browser.finds("#dialog [data-copied]:focus").await;
    browser.press(Key::Escape).await;
    browser.loses("#dialog").await;
    browser.finds("#reset-link:focus").await;

    tab_and_press(browser, "#sessions .btn--quiet-danger").await;
    browser.reads("#sessions", "Not signed in anywhere.").await;
    tab_and_press(browser, "#suspend").await;
    browser.finds("#reason:focus").await;
    browser.press("Two accounts.").await;
    browser.press(Key::Enter).await;
    browser.reads("#suspended", "Two accounts.").await;

    tab_to(browser, "#note").await;
    browser.press("Ask Sofie.").await;
    tab_and_press(browser, "#review [value=flagged]").await;
    browser.reads(".toast", "luca flagged").await;
}
