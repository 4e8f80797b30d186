//! The whole way with JavaScript switched off.

use serde_json::json;

use crate::appearance::looks;
use crate::browser::Browser;
use crate::inspection::{appear, appear_as_before, look_over};
use crate::stage::Stage;
use crate::steps::{
    NAME, PASSWORD, SERVER, become_owner, choose, fill_setup_form, kept_in_storage, key_of, open_user_menu,
    sign_in, sign_in_here, sign_out,
};

const NEW_PASSWORD: &str = "seven gulls on a mooring";

pub async fn an_owner_is_made_without_script(stage: &mut Stage) {
    let (browser, link) = (&stage.browser, stage.server.setup_link());
    browser.visit(link).await;
    assert_eq!(browser.value("#key").await, "", "script is really off");
    assert!(!browser.shows("[data-reveal]").await, "nothing dead is left on the page");
    look_over(browser, "set-up").await;

    browser.fill("#key", key_of(link)).await;
    browser.fill("#server", SERVER).await;
    browser.fill("#name", NAME).await;
    browser.fill("#username", "mara!").await;
    browser.fill("#password", "passwordpassword").await;
    browser.click(".gate__form .btn--primary").await;
    browser.finds(".error-summary:focus").await;
    browser.reads(".error-summary__title", "Check 2 fields").await;
    browser.reads("#username-error", "Use 3 to 32").await;
    assert_eq!(browser.value("#key").await, key_of(link), "what was typed is kept");
    assert_eq!(browser.value("#password").await, "");
    look_over(browser, "set-up refused").await;

    fill_setup_form(browser).await;
    browser.reads("h1", "Overview").await;
    browser.reads(".toast", "Your server is set up. You are signed in.").await;
    assert!(!browser.shows(".toast [data-dismiss]").await);
    look_over(browser, "overview with a toast").await;
    browser.visit("/admin").await;
    assert!(!browser.has(".toast").await, "a toast is said once");
    go_around(browser).await;
}

async fn go_around(browser: &Browser) {
    open_user_menu(browser).await;
    assert!(!browser.shows("[data-dialog]").await, "there are no shortcuts without script");
    look_over(browser, "user menu").await;
    browser.visit("/admin").await;
    for (item, heading) in
        [("Home", "Welcome"), ("Account settings", "Account settings"), ("Admin Panel", "Overview")]
    {
        choose(browser, item).await;
        browser.reads("h1", heading).await;
        look_over(browser, item).await;
    }
    appear(browser, "light", 390).await;
    browser.click(".topbar__menu").await;
    browser.finds("#sidebar:popover-open").await;
    look_over(browser, "drawer").await;
    appear_as_before(browser).await;
    browser.visit("/harbour").await;
    browser.reads("h1", "Page not found").await;
    assert!(!browser.shows("[data-copy]").await);
    look_over(browser, "page not found").await;
}

pub async fn the_account_is_changed_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    browser.fill("#name", "Mara").await;
    browser.fill("#email", "mara@harbour").await;
    browser.click("#profile-save").await;
    browser.finds("#profile .error-summary:focus").await;
    browser.reads("#email-error", "Enter an email address like name@example.org.").await;
    assert_eq!(browser.value("#name").await, "Mara");
    assert!(browser.title().await.starts_with("Error: Account settings"));
    look_over(browser, "profile refused").await;
    browser.fill("#email", "mara@harbour.example").await;
    browser.click("#profile-save").await;
    browser.reads(".toast", "Saved").await;
    assert_eq!(browser.path().await, "/account#profile");
    assert_eq!(browser.value("#email").await, "mara@harbour.example");
    look_over(browser, "account with a toast").await;

    browser.fill("#current", "not my password").await;
    browser.fill("#new", NEW_PASSWORD).await;
    browser.click("#password-save").await;
    browser.finds("#password .error-summary:focus").await;
    browser.reads("#current-error", "This is not your present password.").await;
    look_over(browser, "password refused").await;
    browser.fill("#current", PASSWORD).await;
    browser.fill("#new", NEW_PASSWORD).await;
    browser.click("#password-save").await;
    browser.reads(".toast", "Password changed. You are signed out everywhere else.").await;
    assert_eq!(browser.path().await, "/account#password");

    browser.visit("/account").await;
    browser.click("#use-shortcuts").await;
    browser.click_on("#preferences button", "Save preferences").await;
    browser.reads(".toast", "Saved").await;
    browser.finds("#use-shortcuts:not(:checked)").await;
}

pub async fn sessions_end_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    let other = stage.another_browser().await;
    let browser = &stage.browser;
    sign_in(&other).await;
    browser.visit("/account").await;
    browser.click("#sessions li button").await;
    browser.reads(".toast", "Signed out there").await;
    assert!(!browser.has("#sessions li button").await);
    other.click_on("a", "Manage").await;
    other.reads(".gate__lede", "Sign in again to continue.").await;
    look_over(&other, "sign-in again").await;
    sign_in_here(&other, PASSWORD).await;
    other.reads("h1", "Account settings").await;
    other.close().await;

    browser.visit("/account").await;
    browser.click_on("#sessions button", "Sign out everywhere else").await;
    browser.reads(".toast", "Signed out everywhere else").await;

    sign_out(browser).await;
    look_over(browser, "sign-in").await;
    assert_eq!(kept_in_storage(browser).await, json!([[], []]));
    sign_in_here(browser, "not my password").await;
    browser.finds(".error-summary:focus").await;
    look_over(browser, "sign-in refused").await;
    sign_in_here(browser, PASSWORD).await;
    browser.reads("h1", "Welcome").await;
}

pub async fn a_theme_is_chosen_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    for (theme, opposite) in [("dark", "light"), ("light", "dark")] {
        open_user_menu(browser).await;
        browser.click(&format!("#user-menu button[value={theme}]")).await;
        browser.finds(&format!("button[value={theme}][aria-pressed=true]")).await;
        assert_eq!(browser.path().await, "/account", "one stays where one was");
        appear(browser, opposite, 1280).await;
        assert_eq!(looks(browser).await, theme);
        look_over(browser, &format!("account, {theme} chosen")).await;
    }
}
