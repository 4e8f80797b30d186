//! The settings: each part by itself, the way to support, and a cleanup that was stopped.

use thirtyfour::Key;

use crate::browser::Browser;
use crate::inspection::look_over;
use crate::keyboard::{tab_and_press, tab_to};
use crate::newcomers::owner_with;
use crate::stage::Stage;
use crate::steps::{become_owner, dismiss_toast, is_still_the_same_page, mark_page};

/// A part, a field of it, what it refuses and why, and what it takes.
const PARTS: [(&str, &str, &str, &str, &str); 4] = [
    ("general", "support_address", "help", "Enter an email address like", "help@harbour.example"),
    ("registration", "password_min", "7", "Enter a number from 8 to 64.", "14"),
    ("codes", "code_length", "5", "Enter a number from 6 to 32.", "16"),
    ("retention", "removal_grace_days", "91", "Enter a number from 0 to 90.", "14"),
];

async fn open(browser: &Browser) {
    browser.visit("/admin").await;
    browser.click_on(".sidenav__link", "Settings").await;
    browser.reads("h1", "Settings").await;
}

pub async fn each_part_is_saved_in_place(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open(browser).await;
    look_over(browser, "settings").await;
    mark_page(browser).await;
    for (part, field, bad, why, good) in PARTS {
        let (input, save) = (format!("#{field}"), format!("#{part} .btn--primary"));
        browser.fill(&input, bad).await;
        browser.click(&save).await;
        browser.finds(&format!("#{part} .error-summary:focus")).await;
        browser.reads(&format!("#{field}-error"), why).await;
        assert!(browser.title().await.starts_with("Error: Settings"));
        look_over(browser, &format!("{part} refused")).await;
        browser.fill(&input, good).await;
        browser.click(&save).await;
        dismiss_toast(browser, "Saved").await;
        browser.loses(".error-summary").await;
        assert_eq!(browser.value(&input).await, good);
    }
    assert!(is_still_the_same_page(browser).await);
    assert!(browser.title().await.starts_with("Settings"));
    browser.visit("/admin/settings").await;
    for (_, field, _, _, good) in PARTS {
        assert_eq!(browser.value(&format!("#{field}")).await, good, "{field} is kept");
    }
    support_stands_everywhere(stage).await;
}

pub async fn each_part_is_saved_without_script(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open(browser).await;
    look_over(browser, "settings").await;
    for (part, field, bad, why, good) in PARTS {
        let (input, save) = (format!("#{field}"), format!("#{part} .btn--primary"));
        browser.fill(&input, bad).await;
        browser.click(&save).await;
        browser.finds(&format!("#{part} .error-summary:focus")).await;
        browser.reads(&format!("#{field}-error"), why).await;
        look_over(browser, &format!("{part} refused")).await;
        browser.fill(&input, good).await;
        browser.click(&save).await;
        browser.reads(".toast", "Saved").await;
        assert_eq!(browser.path().await, format!("/admin/settings#{part}"));
        assert_eq!(browser.value(&input).await, good);
    }
    support_stands_everywhere(stage).await;
}

async fn support_stands_everywhere(stage: &mut Stage) {
    let guest = stage.another_browser().await;
    for (browser, path) in [
        (&stage.browser, "/"),
        (&stage.browser, "/account"),
        (&stage.browser, "/admin"),
        (&stage.browser, "/admin/users"),
        (&guest, "/sign-in"),
        (&guest, "/join"),
        (&guest, "/reset"),
    ] {
        browser.visit(path).await;
        browser.reads(".support", "Support").await;
        assert_eq!(browser.attribute(".support", "href").await, "mailto:help@harbour.example", "{path}");
        look_over(browser, "a page with support").await;
    }
    guest.close().await;
}

pub async fn a_stopped_cleanup_waits_for_an_owner(stage: &mut Stage) {
    become_owner(stage).await;
    stage.database.execute(
        "UPDATE jobs SET stopped_at = CURRENT_TIMESTAMP, stopped_because = 'The clock jumped by 3 hours.'",
    );
    let admin = owner_with(stage, "Admin", &["luca"]).await;
    open(&admin).await;
    admin.reads("#cleanup", "The cleanup is stopped.").await;
    admin.reads("#cleanup", "An owner can resume it.").await;
    assert!(!admin.has("#cleanup .btn").await, "an admin cannot");
    look_over(&admin, "a stopped cleanup, for an admin").await;
    admin.close().await;

    let browser = &stage.browser;
    browser.visit("/admin").await;
    browser.reads("main", "The cleanup is stopped").await;
    browser.click_on("main .rows .btn", "Settings").await;
    browser.reads("#cleanup", "The clock jumped by 3 hours.").await;
    look_over(browser, "a stopped cleanup, for an owner").await;
    browser.click_on("#cleanup .btn", "Resume").await;
    browser.loses("#cleanup .callout--warn").await;
    browser.reads(".toast", "The cleanup goes on").await;
}

pub async fn a_stopped_cleanup_waits_for_an_owner_without_script(stage: &mut Stage) {
    a_stopped_cleanup_waits_for_an_owner(stage).await;
}

pub async fn changing_settings_needs_no_mouse(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    open(browser).await;
    tab_to(browser, "#support_address").await;
    browser.press("help").await;
    browser.press(Key::Enter).await;
    browser.finds("#general .error-summary:focus").await;
    tab_and_press(browser, "#general .error-summary a").await;
    browser.finds("#support_address:focus").await;
    browser.press("@harbour.example").await;
    browser.press(Key::Enter).await;
    browser.reads(".toast", "Saved").await;
    browser.finds("#support_address:focus").await;

    tab_to(browser, "input[name=mode]:checked").await;
    browser.press(Key::Down).await;
    browser.finds("input[value=open]:focus:checked").await;
    tab_to(browser, "#email_required").await;
    browser.press(" ").await;
    browser.finds("#email_required:checked").await;
    tab_and_press(browser, "#registration .btn--primary").await;
    browser.loses(".htmx-request").await;
    browser.visit("/admin/settings").await;
    browser.finds("#email_required:checked").await;
    browser.finds("input[value=open]:checked").await;
    tab_to(browser, ".support").await;
}
