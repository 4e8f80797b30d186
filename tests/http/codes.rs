//! Codes for the tests beside, and the forms around them.

use doorlist::domain::id::InviteId;
use doorlist::domain::invite::Invite;
use doorlist::store::{self, StoreError};

use crate::blank;
use crate::support::{Answer, Browser, Form, PASSWORD, Server};

/// The one answer to every code that cannot be used.
pub const REFUSED: &str = "Invalid, expired, or fully used invite code.";

/// A code of the command line that lets in any number of members, with something else about it.
pub async fn code(server: &Server, code: &str, alter: impl FnOnce(&mut Invite)) -> InviteId {
    let now = server.app.clock.now();
    let mut invite = blank::invite(InviteId::new(now, server.app.entropy.bytes()), code, now);
    alter(&mut invite);
    let id = invite.id;
    let added: Result<bool, StoreError> =
        server.app.store.write(move |tx| store::invites::insert(tx, &invite)).await;
    assert!(added.unwrap(), "{code} reads like another");
    id
}

/// How many joined with a code, as its row says.
pub fn uses(server: &Server, code: &str) -> String {
    let query = format!("SELECT CAST(uses AS TEXT) AS value FROM invites WHERE code = '{code}'");
    server.database.values(&query).concat()
}

/// Looks at a code without script.
pub async fn check(browser: &Browser, code: &str) -> Answer {
    let page = browser.get("/join").await;
    browser.submit(page.form("/join/check").fill("code", code)).await
}

/// The form behind a good code, filled in as it should be.
pub async fn join_form(browser: &Browser, code: &str, username: &str) -> Form {
    let page = check(browser, code).await;
    page.form("/join").fill("username", username).fill("password", PASSWORD)
}

/// *Generate New Code*, as it stands there at first.
pub async fn new_form(browser: &Browser) -> Form {
    with_role(browser.get("/admin/invites/new").await.form("/admin/invites"), "member")
}

/// Of all radio buttons a browser sends the chosen one only.
pub fn with_role(form: Form, role: &str) -> Form {
    form.without("role").add("role", role)
}

/// The codes of a list, from top to bottom.
pub fn listed(answer: &Answer) -> Vec<String> {
    answer.all("#invites tbody a.code")
}
