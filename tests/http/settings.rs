//! Settings: what admins change, what the environment fixes, and the cleanup that waits for an owner.

use chrono::TimeDelta;
use doorlist::domain::access::Role;
use doorlist::ops::maintenance::{Cleanup, Outcome};

use crate::database::{Kind, both};
use crate::support::{Browser, Server};

both![
    each_part_is_changed_on_its_own_and_leaves_a_row,
    what_is_wrong_stands_beside_its_field_and_changes_nothing,
    what_the_environment_fixes_is_shown_locked,
    the_settings_take_effect,
    htmx_gets_the_part_that_changed,
    a_stopped_cleanup_waits_for_an_owner,
];

const HERE: &str = "/admin/settings";

async fn save(browser: &Browser, part: &str, fields: &[(&str, &str)]) -> crate::support::Answer {
    let mut form = browser.get(HERE).await.form(&format!("{HERE}/{part}"));
    for (name, value) in fields {
        form = form.fill(name, value);
    }
    browser.submit(form).await
}

async fn each_part_is_changed_on_its_own_and_leaves_a_row(kind: Kind) {
    let server = Server::start(kind);
    let admin = server.signed_in("mara", Role::Admin).await;
    let general = [("server_name", "Harbour Makers"), ("support_address", "help@harbour.example")];
    assert_eq!(save(&admin, "general", &general).await.redirect(), "/admin/settings#general");
    let form = admin.get(HERE).await.form(&format!("{HERE}/registration"));
    let form =
        form.without("mode").add("mode", "open").add("email_required", "on").fill("password_min", "14");
    assert_eq!(admin.submit(form).await.redirect(), "/admin/settings#registration");
    let form = admin.get(HERE).await.form(&format!("{HERE}/codes")).add("default_role", "support");
    let form =
        form.fill("code_length", "16").fill("default_max_uses", "5").fill("default_expires_days", "30");
    assert_eq!(admin.submit(form).await.redirect(), "/admin/settings#codes");
    let kept = [("removal_grace_days", "0"), ("expired_codes_days", "30"), ("audit_days", "")];
    assert_eq!(save(&admin, "retention", &kept).await.redirect(), "/admin/settings#retention");

    let row = "SELECT server_name || ' ' || support_address || ' ' || registration_mode || ' ' || password_min || ' ' || \
               code_length || ' ' || default_role || ' ' || default_max_uses || ' ' || default_expires_days || ' ' || \
               removal_grace_days || ' ' || expired_codes_days || ' ' || coalesce(CAST(audit_days AS TEXT), 'kept') AS value \
               FROM settings WHERE email_required";
    let expected = "Harbour Makers help@harbour.example open 14 16 support 5 30 0 30 kept";
    assert_eq!(server.database.values(row), [expected]);
    let page = admin.get(HERE).await;
    assert_eq!(page.attributes("#audit_days", "value"), [""]);
    assert_eq!(page.attributes("#mode [checked]", "value"), ["open"]);
    // All at the same moment of the clock, so that their order is any.
    let rows = server.audit("settings.changed").await;
    let mut fields: Vec<String> = Vec::new();
    for row in &rows {
        let changes: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(row.changes.as_deref().unwrap()).unwrap();
        fields.extend(changes.into_iter().map(|(field, change)| format!("{field} {change}")));
    }
    fields.sort();
    assert_eq!(rows.len(), 4);
    assert_eq!(
        fields,
        [
            r#"audit_days ["400",null]"#,
            r#"code_length ["12","16"]"#,
            r#"default_expires_days [null,"30"]"#,
            r#"default_max_uses [null,"5"]"#,
            r#"default_role ["member","support"]"#,
            r#"email_required ["off","on"]"#,
            r#"expired_codes_days [null,"30"]"#,
            r#"password_min ["12","14"]"#,
            r#"registration_mode ["invite_only","open"]"#,
            r#"removal_grace_days ["7","0"]"#,
            r#"server_name ["Doorlist","Harbour Makers"]"#,
            r#"support_address [null,"help@harbour.example"]"#,
        ]
    );
}

async fn what_is_wrong_stands_beside_its_field_and_changes_nothing(kind: Kind) {
    let server = Server::start(kind);
    let admin = server.signed_in("mara", Role::Admin).await;
    let before =
        server.database.values("SELECT server_name || code_length || password_min AS value FROM settings");
    for (part, field, value, message) in [
        ("general", "server_name", " ", "Enter a name for the server."),
        (
            "general",
            "support_address",
            "javascript:alert(1)",
            "Enter an email address like help@example.org, or a link that starts with https://.",
        ),
        ("registration", "password_min", "7", "Enter a number from 8 to 64."),
        ("registration", "password_min", "65", "Enter a number from 8 to 64."),
        ("codes", "code_length", "33", "Enter a number from 6 to 32."),
        ("codes", "default_max_uses", "0", "Enter 1 or more, or leave empty for unlimited."),
        ("codes", "default_expires_days", "3651", "Enter a number from 1 to 3650."),
        ("retention", "removal_grace_days", "91", "Enter a number from 0 to 90."),
        ("retention", "expired_codes_days", "-1", "Enter a number from 0 to 3650."),
        ("retention", "audit_days", "0", "Enter a number from 1 to 3650."),
    ] {
        let mut form = admin.get(HERE).await.form(&format!("{HERE}/{part}"));
        if part == "codes" {
            form = form.add("default_role", "member");
        }
        if part == "registration" {
            form = form.without("mode").add("mode", "invite_only");
        }
        let answer = admin.submit(form.fill(field, value)).await;
        assert_eq!(answer.status, 422, "{field} {value}");
        assert_eq!(answer.error_of(field), message, "{field} {value}");
        assert_eq!(answer.attributes(&format!("#{field}"), "value"), [value], "what was typed is kept");
    }
    let strange = admin.get(HERE).await.form(&format!("{HERE}/codes")).add("default_role", "owner");
    assert_eq!(admin.submit(strange).await.error_of("default_role"), "Choose a role.");
    let after =
        server.database.values("SELECT server_name || code_length || password_min AS value FROM settings");
    assert_eq!((after, server.audit("settings.changed").await.len()), (before, 0));
}

async fn what_the_environment_fixes_is_shown_locked(kind: Kind) {
    let server = Server::with(kind, &[("REGISTRATION_MODE", "closed")]);
    let admin = server.signed_in("mara", Role::Admin).await;
    let page = admin.get(HERE).await;
    assert_eq!(page.attributes("#mode[disabled] [checked]", "value"), ["closed"]);
    assert!(page.one("#mode-hint").contains("REGISTRATION_MODE"));
    assert!(page.one("#public_url-hint").contains("DOORLIST_PUBLIC_URL"));
    let form = page.form(&format!("{HERE}/registration")).without("mode").add("mode", "open");
    assert_eq!(admin.submit(form).await.status, 303);
    assert_eq!(server.database.values("SELECT registration_mode AS value FROM settings"), ["invite_only"]);
}

async fn the_settings_take_effect(kind: Kind) {
    let server = Server::start(kind);
    let admin = server.signed_in("mara", Role::Admin).await;
    let stranger = server.browser();
    assert!(stranger.get("/sign-in").await.all(".support").is_empty());
    save(&admin, "general", &[("server_name", "The <Quay>"), ("support_address", "help@quay.example")]).await;
    for page in [stranger.get("/sign-in").await, stranger.get("/nowhere").await, admin.get("/admin").await] {
        assert_eq!(page.attributes("a.support", "href"), ["mailto:help@quay.example"]);
        assert_eq!(page.one("a.support"), "Support");
        assert!(page.text().contains("The &#60;Quay&#62;"), "{}", page.text());
    }
    let form = admin.get(HERE).await.form(&format!("{HERE}/codes")).add("default_role", "member");
    assert_eq!(admin.submit(form.fill("code_length", "20")).await.status, 303);
    let made = admin.submit(crate::codes::new_form(&admin).await).await;
    assert_eq!(made.status, 303);
    let code = server.database.values("SELECT code_reading AS value FROM invites").concat();
    assert_eq!(code.len(), 20);
}

async fn htmx_gets_the_part_that_changed(kind: Kind) {
    let server = Server::start(kind);
    let admin = server.signed_in("mara", Role::Admin).await;
    let form = admin.get(HERE).await.form(&format!("{HERE}/general")).fill("server_name", "Quay");
    let htmx = admin.with("hx-request", "true");
    let answer = htmx.submit(form.clone()).await;
    assert_eq!((answer.status, answer.attributes("#server_name", "value")), (200, vec!["Quay".to_owned()]));
    assert!(answer.all("html #registration").is_empty(), "only the part");
    assert!(answer.text().contains("Saved"));
    let refused = htmx.submit(form.fill("server_name", "")).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.error_of("server_name"), "Enter a name for the server.");
}

async fn a_stopped_cleanup_waits_for_an_owner(kind: Kind) {
    let server = Server::start(kind);
    let cleanup = Cleanup::new(server.app.clone());
    cleanup.run().await.unwrap();
    server.clock.jump(TimeDelta::days(3_650));
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Stopped);

    let admin = server.signed_in("mara", Role::Admin).await;
    let page = admin.get(HERE).await;
    assert!(page.one("#cleanup .callout").contains("The clock jumped ahead by 3650 days."));
    assert!(page.all("form[action='/admin/settings/resume']").is_empty(), "that is for an owner");
    let owner = server.signed_in("grace", Role::Owner).await;
    let answer = owner.submit(owner.get(HERE).await.form("/admin/settings/resume")).await;
    assert_eq!(answer.redirect(), "/admin/settings#cleanup");
    assert!(owner.get(HERE).await.all("#cleanup .callout").is_empty());
    assert!(matches!(cleanup.run().await.unwrap(), Outcome::Done(_)));
    let other = Cleanup::new(server.replica().app.clone());
    assert!(matches!(other.run().await.unwrap(), Outcome::Done(_)), "the clock is believed from then on");
    assert_eq!(server.audit("job.resumed").await.len(), 1);
}
