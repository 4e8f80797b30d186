//! The pictures in the documentation: `DOORLIST_TEST_SCREENSHOTS=docs/screenshots tests/run pictures`.

use std::fs;

use serde_json::json;

use crate::browser::Browser;
use crate::environment;
use crate::inspection::{appear, appear_as_before};
use crate::newcomers::join;
use crate::stage::Stage;
use crate::steps::{become_owner, sign_in, sign_in_here, sign_out};

/// Who came, by which of the codes, and whether somebody has looked at them.
const PEOPLE: [(&str, &str, &str, bool); 8] = [
    ("sofie", "Sofie Dahl", "Autumn cohort", true),
    ("emil", "Emil Vik", "Autumn cohort", true),
    ("priya", "Priya Raman", "Autumn cohort", true),
    ("jonas", "Jonas Weber", "Autumn cohort", true),
    ("ines", "Ines Carvalho", "Autumn cohort", false),
    ("tomasz", "Tomasz Zielinski", "Weekend guests", false),
    ("noor", "Noor Haddad", "Weekend guests", false),
    ("luca", "Luca Ferrante", "Weekend guests", false),
];

/// All of the above came within minutes, to one machine. Here they come over three weeks, from home: each row of the
/// log is 16 hours older than the next one, and what it tells of is as old as the row.
const OVER_THREE_WEEKS: [&str; 8] = [
    "UPDATE audit SET at = strftime('%Y-%m-%d %H:%M:%f', at,
        '-' || (967 * (SELECT count(*) FROM audit AS next WHERE next.id > audit.id)) || ' minutes')",
    "UPDATE users SET created_at = (SELECT min(at) FROM audit WHERE actor_id = users.id OR target_id = users.id)",
    "UPDATE users SET last_seen_at = max(created_at,
        strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (unicode(username) * 37 % 50) || ' hours'))",
    "UPDATE users SET joined_from = '203.0.113.' || (40 + unicode(substr(username, 2)) % 16) WHERE review IS NOT NULL",
    "UPDATE users SET reviewed_at = (SELECT max(at) FROM audit WHERE target_id = users.id)
        WHERE reviewed_at IS NOT NULL",
    "UPDATE invites SET created_at = (SELECT min(at) FROM audit WHERE target_id = invites.id)",
    "UPDATE sessions SET address = coalesce((SELECT joined_from FROM users WHERE id = user_id), '198.51.100.7')",
    "UPDATE audit SET address = coalesce((SELECT joined_from FROM users WHERE id = actor_id), '198.51.100.7')",
];

pub async fn of_the_pages(stage: &mut Stage) {
    become_owner(stage).await;
    let browser = &stage.browser;
    sign_out(browser).await;
    picture(browser, "sign-in", "/sign-in", "light", 1280).await;
    sign_in_here(browser, "not my password").await;
    browser.finds(".error-summary").await;
    sign_in(browser).await;
    browser.visit("/account").await;
    browser.fill("#email", "mara@harbour.example").await;
    browser.click("#profile-save").await;
    browser.reads(".toast", "Saved").await;
    let other = stage.another_browser().await;
    sign_in(&other).await;
    other.close().await;

    people_come(stage).await;
    look_after_people(&stage.browser).await;
    for statement in OVER_THREE_WEEKS {
        stage.database.execute(statement);
    }
    of_the_staff(&stage.browser).await;
}

async fn of_the_staff(browser: &Browser) {
    for (name, path) in [
        ("overview", "/admin"),
        ("users", "/admin/users"),
        ("invites", "/admin/invites"),
        ("review", "/admin/review"),
    ] {
        picture(browser, name, path, "light", 1280).await;
        picture(browser, &format!("{name}-dark"), path, "dark", 1280).await;
        picture(browser, &format!("{name}-small"), path, "light", 390).await;
    }
    picture(browser, "generate", "/admin/invites/new", "light", 1280).await;
    picture(browser, "audit", "/admin/audit", "light", 1280).await;
    picture(browser, "audit-small", "/admin/audit", "light", 390).await;
    picture(browser, "settings", "/admin/settings", "light", 1280).await;
    picture(browser, "settings-small", "/admin/settings", "light", 390).await;
    picture(browser, "account", "/account", "light", 1280).await;
    picture(browser, "join", "/join", "light", 1280).await;
    let ines = page_of(browser, "ines").await;
    picture(browser, "user", &ines, "light", 1280).await;
    picture(browser, "user-dark", &ines, "dark", 1280).await;
    picture(browser, "user-small", &ines, "light", 390).await;
}

/// Three codes, and the people who came with two of them.
async fn people_come(stage: &mut Stage) {
    let mut codes = Vec::new();
    for (label, most, role) in [
        ("Autumn cohort", "20", "Member"),
        ("Weekend guests", "", "Member"),
        ("Workshop leads", "3", "Manager"),
    ] {
        let browser = &stage.browser;
        browser.visit("/admin/invites/new").await;
        browser.fill("#label", label).await;
        browser.fill("#max_uses", most).await;
        browser.click_on("#role .segmented__item", role).await;
        browser.click("#expires").await;
        browser.click("#dialog .dialog__foot .btn--primary").await;
        browser.reads("#dialog-title", "Code generated").await;
        let code = browser.finds("#dialog .code--xl").await.text().await.expect("the code can be read");
        codes.push((label, code.trim().to_owned()));
    }
    let guest = stage.another_browser().await;
    for (username, name, label, is_looked_at) in PEOPLE {
        let code = codes.iter().find(|(made, _)| *made == label).map(|(_, code)| code.as_str());
        join(&guest, code.expect("it was made"), username).await;
        guest.visit("/account").await;
        guest.fill("#name", name).await;
        guest.fill("#email", &format!("{username}@example.org")).await;
        guest.click("#profile-save").await;
        guest.reads(".toast", "Saved").await;
        if is_looked_at {
            stage.browser.visit(&page_of(&stage.browser, username).await).await;
            stage.browser.click_on("#review .btn", "Approve").await;
            stage.browser.reads(".toast", "approved").await;
        }
    }
    guest.close().await;
}

async fn look_after_people(browser: &Browser) {
    browser.visit(&page_of(browser, "ines").await).await;
    browser.fill("#note", "Says she is a friend of Emil. Ask him.").await;
    browser.click_on("#review .btn", "Flag").await;
    browser.reads(".toast", "Ines Carvalho flagged").await;

    browser.visit(&format!("{}/role", page_of(browser, "sofie").await)).await;
    browser.click("#dialog input[value=manager]").await;
    browser.click("#dialog .btn--primary").await;
    browser.reads(".toast", "Role changed to Manager").await;
    browser.visit(&format!("{}/suspend", page_of(browser, "jonas").await)).await;
    browser.fill("#reason", "Two accounts.").await;
    browser.click("#dialog .btn--danger").await;
    browser.reads(".toast", "Jonas Weber suspended").await;
}

async fn page_of(browser: &Browser, username: &str) -> String {
    browser.visit(&format!("/admin/users?q={username}")).await;
    browser.attribute("#users .person__name", "href").await
}

async fn picture(browser: &Browser, name: &str, path: &str, scheme: &str, width: u32) {
    let Some(folder) = environment::picture_folder() else { return };
    fs::create_dir_all(&folder).expect("the folder for pictures can be made");
    appear(browser, scheme, width).await;
    browser.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
    browser.visit(path).await;
    let file = folder.join(format!("{name}.png"));
    browser.driver.screenshot(&file).await.unwrap_or_else(|error| panic!("{name} cannot be taken: {error}"));
    appear_as_before(browser).await;
}
