//! User Management: who is there, and what is done to one of them or to many.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::keyboard::{tab_and_press, tab_to};
use crate::newcomers::{PASSWORD, owner_and};
use crate::stage::Stage;
use crate::steps::{dismiss_toast, is_still_the_same_page, mark_page, sign_in_as};

const ROW: &str = "#users tbody tr:first-child";
const MENU: &str = "#users [popovertarget$=menu]";

/// Chooses something in the menu of the first row; without script, on the page where that leads.
async fn choose(browser: &Browser, item: &str) {
    if !browser.has_script {
        assert!(!browser.shows(MENU).await, "nothing dead is left on the page");
        browser.click(&format!("{ROW} .cell-actions a")).await;
        return browser.click_on(".page-head__actions .btn", item.trim_end_matches('…')).await;
    }
    browser.click(&format!("{ROW} .cell-actions .btn--icon")).await;
    browser.click_on(&format!("{ROW} .menu__item"), item).await;
}

async fn select(browser: &Browser, username: &str) {
    browser.click(&format!("#users [aria-label='Select {username}']")).await;
}

pub async fn people_are_found(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor", "sofie"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    mark_page(browser).await;
    browser.reads(".pager", "4 users").await;
    browser.fill("#user-q", "sof").await;
    browser.reads(".pager", "1 user").await;
    browser.reads(ROW, "sofie").await;
    browser.finds("#user-q:focus").await;
    assert!(browser.path().await.contains("q=sof"), "the search stands in the address");
    browser.driver.back().await.expect("there is a page before");
    browser.reads(".pager", "4 users").await;
    browser.click("#user-role option[value=owner]").await;
    browser.reads(".pager", "1 user").await;
    browser.reads(ROW, "Mara Lindqvist").await;
    browser.click("#user-role option[value='']").await;
    browser.reads(".pager", "4 users").await;
    browser.click("#user-invite option[value=none]").await;
    browser.reads(".pager", "1 user").await;
    browser.fill("#user-q", "albatross").await;
    browser.reads(".empty", "No users match “albatross”").await;
    assert!(is_still_the_same_page(browser).await);
    look_over(browser, "nobody is found").await;
    browser.click_on(".empty .btn", "Clear filters").await;
    browser.reads(".pager", "4 users").await;
    browser.click(".tab:not([aria-current])").await;
    browser.reads(".empty", "Nobody was removed").await;
    look_over(browser, "nobody was removed").await;
}

pub async fn people_are_found_without_script(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    browser.fill("#user-q", "noo").await;
    browser.click("#user-role option[value=member]").await;
    browser.click_on(".toolbar .btn", "Apply").await;
    browser.reads(".pager", "1 user").await;
    browser.reads(ROW, "noor").await;
    assert_eq!(browser.value("#user-q").await, "noo", "what was typed is kept");
    look_over(browser, "somebody is found").await;
    browser.click(".toolbar__clear").await;
    browser.reads(".pager", "3 users").await;
    browser.click(".tab:not([aria-current])").await;
    browser.reads(".empty", "Nobody was removed").await;
}

pub async fn one_is_looked_after(stage: &mut Stage) {
    owner_and(stage, &["luca"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    look_over(browser, "people").await;
    browser.click(&format!("{ROW} .cell-actions .btn--icon")).await;
    browser.finds(&format!("{ROW} .menu:popover-open")).await;
    look_over(browser, "the menu of a row").await;
    browser.click_on(&format!("{ROW} .menu__item"), "Change role…").await;
    browser.reads("#dialog-title", "Change role").await;
    look_over(browser, "the question about a role").await;
    browser.click("#dialog input[value=support]").await;
    browser.click("#dialog .btn--primary").await;
    browser.reads(".toast", "Role changed to Support").await;
    browser.reads(ROW, "Support").await;
    look_over(browser, "a changed role").await;
    browser.click(".toast .btn--undo").await;
    browser.reads(".toast", "Role changed to Member").await;
    browser.reads(ROW, "Member").await;

    choose(browser, "Remove…").await;
    browser.reads("#dialog-title", "Remove luca?").await;
    browser.reads("#dialog-text", "can be restored until").await;
    look_over(browser, "the question about a removal").await;
    browser.click_on("#dialog a", "suspend instead").await;
    browser.reads("#dialog-title", "Suspend luca?").await;
    browser.fill("#reason", &"a".repeat(500)).await;
    look_over(browser, "the question about a suspension").await;
    browser.click_on("#dialog .btn", "Cancel").await;
    browser.loses("#dialog").await;

    choose(browser, "Remove…").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads(".toast", "luca removed").await;
    browser.loses("#users tbody tr:nth-child(2)").await;
    browser.click(".tab:not([aria-current])").await;
    browser.reads(ROW, "luca").await;
    look_over(browser, "people who were removed").await;
    browser.click_on(&format!("{ROW} .btn"), "Restore").await;
    browser.reads(".toast", "luca is back").await;
    browser.loses(ROW).await;
}

pub async fn one_is_looked_after_without_script(stage: &mut Stage) {
    owner_and(stage, &["luca"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    look_over(browser, "people").await;
    choose(browser, "Change role…").await;
    browser.reads("#dialog-title", "Change role").await;
    look_over(browser, "the question about a role").await;
    browser.click("#dialog input[value=support]").await;
    browser.click("#dialog .btn--primary").await;
    browser.reads(".toast", "Role changed to Support").await;
    browser.reads("#account", "Support").await;
    browser.click(".toast .btn--undo").await;
    browser.reads(".toast", "Role changed to Member").await;

    browser.visit("/admin/users").await;
    choose(browser, "Remove…").await;
    browser.reads("#dialog-title", "Remove luca?").await;
    browser.finds("#dialog .btn[data-close]:focus").await;
    look_over(browser, "the question about a removal").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads("#removed", "it can be restored as it was").await;
    look_over(browser, "the page of a person who was removed").await;
    browser.visit("/admin/users?status=removed").await;
    look_over(browser, "people who were removed").await;
    browser.click_on(&format!("{ROW} .btn"), "Restore").await;
    browser.reads(".toast", "luca is back").await;
}

pub async fn a_suspension_is_told(stage: &mut Stage) {
    let luca = owner_and(stage, &["luca"]).await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    choose(browser, "Suspend…").await;
    browser.reads("#dialog-title", "Suspend luca?").await;
    look_over(browser, "the question about a suspension").await;
    browser.fill("#reason", "Two accounts.").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads(".toast", "luca suspended").await;

    luca.visit("/account").await;
    luca.reads(".gate__lede", "Sign in again to continue.").await;
    sign_in_as(&luca, "luca", PASSWORD).await;
    luca.reads(".error-summary__title", "Your account is suspended.").await;
    luca.reads(".error-summary", "Two accounts. Ask support.").await;
    look_over(&luca, "suspended, at the door").await;

    browser.visit("/admin/users").await;
    browser.reads(ROW, "Suspended").await;
    look_over(browser, "somebody is suspended").await;
    choose(browser, "Restore access").await;
    browser.reads(".toast", "Access restored").await;
    sign_in_as(&luca, "luca", PASSWORD).await;
    luca.reads("h1", "Account settings").await;
    luca.close().await;
}

pub async fn a_suspension_is_told_without_script(stage: &mut Stage) {
    a_suspension_is_told(stage).await;
}

pub async fn many_are_changed_together(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor", "sofie"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    select(browser, "luca").await;
    browser.reads("#bulk", "selected").await;
    look_over(browser, "somebody is selected").await;
    select(browser, "noor").await;
    change_role_of_selected(browser).await;
    browser.reads(".toast", "2 users changed to Support").await;

    browser.click("#users [data-select-all]").await;
    browser.click_on("#bulk > .btn", "Suspend…").await;
    browser.finds("#bulk-suspend:popover-open").await;
    look_over(browser, "the question about suspending many").await;
    browser.click("#bulk-suspend .btn--danger").await;
    browser.reads(".toast", "3 users suspended").await;
    remove_luca_and_sofie(browser).await;
}

pub async fn many_are_changed_together_without_script(stage: &mut Stage) {
    owner_and(stage, &["luca", "noor", "sofie"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    select(browser, "luca").await;
    select(browser, "noor").await;
    look_over(browser, "two are selected").await;
    change_role_of_selected(browser).await;
    browser.reads(".toast", "2 users changed to Support").await;
    remove_luca_and_sofie(browser).await;
}

async fn change_role_of_selected(browser: &Browser) {
    browser.click_on("#bulk > .btn", "Change role…").await;
    browser.finds("#bulk-role:popover-open").await;
    look_over(browser, "the question about the role of many").await;
    browser.click("#bulk-role-choice option[value=support]").await;
    browser.click("#bulk-role .btn--primary").await;
}

/// The number has to be typed.
async fn remove_luca_and_sofie(browser: &Browser) {
    browser.visit("/admin/users").await;
    select(browser, "luca").await;
    select(browser, "sofie").await;
    browser.click_on("#bulk > .btn", "Remove…").await;
    browser.reads("#dialog-title", "Remove 2 users?").await;
    browser.fill("#confirm", "3").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads("#confirm-error", "Type 2 to confirm.").await;
    look_over(browser, "the question about removing many").await;
    browser.fill("#confirm", "2").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads(".toast", "2 users removed").await;
    browser.reads(".pager", "2 users").await;
}

pub async fn looking_after_people_needs_no_mouse(stage: &mut Stage) {
    owner_and(stage, &["luca"]).await.close().await;
    let browser = &stage.browser;
    browser.visit("/admin/users").await;
    browser.press("/").await;
    browser.finds("#user-q:focus").await;
    browser.press("luca").await;
    browser.reads(".pager", "1 user").await;

    tab_and_press(browser, MENU).await;
    browser.finds("#users .menu:popover-open").await;
    tab_and_press(browser, ".menu__item[href$='/role']").await;
    browser.finds("#dialog input[value=member]:focus").await;
    browser.press(Key::Down).await;
    browser.finds("#dialog input[value=support]:focus:checked").await;
    browser.press(Key::Enter).await;
    browser.reads(".toast", "Role changed to Support").await;
    browser.finds(&format!("{MENU}:focus")).await;
    tab_and_press(browser, ".toast .btn--undo").await;
    dismiss_toast(browser, "Role changed to Member").await;

    browser.visit("/admin/users?q=luca").await;
    tab_to(browser, MENU).await;
    ask_to_remove(browser).await;
    browser.press(Key::Escape).await;
    browser.loses("#dialog").await;
    browser.finds(&format!("{MENU}:focus")).await;
    ask_to_remove(browser).await;
    tab_and_press(browser, "#dialog .btn--danger").await;
    browser.reads(".toast", "luca removed").await;
    browser.loses(ROW).await;
    browser.finds("main:focus, main :focus").await;

    browser.visit("/admin/users").await;
    tab_and_press(browser, ".tab[href*=removed]").await;
    browser.reads(ROW, "luca").await;
    tab_and_press(browser, "#users tbody .btn").await;
    browser.reads(".toast", "luca is back").await;
}

/// Opens the menu that has the focus, and the question in it. Cancel has the focus then.
async fn ask_to_remove(browser: &Browser) {
    browser.press(Key::Enter).await;
    browser.finds("#users .menu:popover-open").await;
    tab_and_press(browser, ".menu__item[href$='/remove']").await;
    browser.reads("#dialog-title", "Remove luca?").await;
    browser.finds("#dialog .btn[data-close]:focus").await;
}
