//! Light and dark.

use crate::browser::Browser;
use crate::inspection::{appear, appear_as_before, look_over};
use crate::stage::Stage;
use crate::steps::{become_owner, is_still_the_same_page, mark_page, open_user_menu};

pub async fn a_theme_applies_at_once_and_stays(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    browser.visit("/account").await;
    for (theme, opposite) in [("dark", "light"), ("light", "dark")] {
        mark_page(browser).await;
        choose_theme(browser, theme).await;
        // What the system likes does not matter any more.
        appear(browser, opposite, 1280).await;
        assert_eq!(looks(browser).await, theme, "at once");
        assert!(is_still_the_same_page(browser).await, "without loading the page anew");
        look_over(browser, &format!("user menu, {theme} chosen")).await;
        appear(browser, opposite, 1280).await;

        browser.driver.refresh().await.expect("the page loads again");
        browser.loses("html[data-marked]").await;
        assert_eq!(looks(browser).await, theme, "after a reload");
        browser.finds(&format!("button[value={theme}][aria-pressed=true]")).await;
        browser.visit("/admin").await;
        assert_eq!(looks(browser).await, theme, "on another page");
    }
    choose_theme(browser, "system").await;
    browser.visit("/").await;
    for theme in ["dark", "light"] {
        appear(browser, theme, 1280).await;
        assert_eq!(looks(browser).await, theme, "as the system has it");
    }
    appear_as_before(browser).await;
}

/// Chooses in the user menu, and waits until the server knows.
async fn choose_theme(browser: &Browser, theme: &str) {
    open_user_menu(browser).await;
    browser.click(&format!("#user-menu button[value={theme}]")).await;
    browser.finds(&format!("#user-menu:popover-open button[value={theme}][aria-pressed=true]")).await;
    assert!(
        !browser.has("#user-menu [aria-pressed=true] ~ [aria-pressed=true]").await,
        "one theme at a time"
    );
    browser.loses(".htmx-request").await;
}

/// Light or dark, by the colour that the page really has.
pub async fn looks(browser: &Browser) -> String {
    let script = "
        const context = new OffscreenCanvas(1, 1).getContext('2d');
        context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
        context.fillRect(0, 0, 1, 1);
        const [, green, , alpha] = context.getImageData(0, 0, 1, 1).data;
        return alpha < 255 ? 'see-through' : green > 127 ? 'light' : 'dark'";
    browser.run(script, vec![]).await.as_str().expect("a word").to_owned()
}
