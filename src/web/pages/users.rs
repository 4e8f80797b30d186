//! `/admin/users`: who is here.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::app::App;
use crate::domain::access::{Role, SeePeople};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;
use crate::ops::people::{self, Filter, Seen};
use crate::web::chrome::Chrome;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::{Moment, initials};
use crate::web::who::Signed;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    q: String,
    before: String,
}

#[derive(Debug)]
struct UserRow {
    name: String,
    username: String,
    initials: String,
    email: Option<String>,
    role: &'static str,
    raised: bool,
    status_label: &'static str,
    invited_with: Option<(String, String)>,
    joined: Moment,
}

#[derive(Debug, Template)]
#[template(path = "users/page.html", blocks = ["list"])]
struct UsersPage {
    chrome: Chrome,
    filter_q: String,
    rows: Vec<UserRow>,
    first: Option<String>,
    next: Option<String>,
    total: String,
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(
    app: web::Data<App>,
    me: Signed<SeePeople>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let search = Some(query.q.trim().to_owned()).filter(|q| !q.is_empty());
    let before: Option<UserId> = query.before.parse().ok();
    let list = people::list(&app, me.permit, Filter { search, ..Filter::default() }, before).await?;
    let now = app.clock.now();
    let total = match (list.rows.len(), list.next) {
        (1, None) => "1 user".to_owned(),
        (count, None) => format!("{count} users"),
        (count, Some(_)) => format!("{count} users, and more on the next page"),
    };
    let page = UsersPage {
        chrome: me.chrome(&app)?,
        rows: list.rows.into_iter().map(|person| row(person, now)).collect(),
        first: before.map(|_| address(&query.q, None)),
        next: list.next.map(|id| address(&query.q, Some(id))),
        filter_q: query.0.q,
        total,
    };
    if page.chrome.fragment {
        reply::html(StatusCode::OK, &page.as_list())
    } else {
        reply::html(StatusCode::OK, &page)
    }
}

fn address(search: &str, before: Option<UserId>) -> String {
    let mut query = Serializer::new(String::new());
    if !search.is_empty() {
        query.append_pair("q", search);
    }
    if let Some(id) = before {
        query.append_pair("before", &id.to_string());
    }
    let query = query.finish();
    if query.is_empty() { "/admin/users".to_owned() } else { format!("/admin/users?{query}") }
}

fn row(seen: Seen, now: Timestamp) -> UserRow {
    let account = seen.person.account;
    UserRow {
        name: account.name().to_owned(),
        initials: initials(account.name()),
        username: account.username.to_string(),
        role: account.role.label(),
        raised: account.role >= Role::Manager,
        status_label: account.status.label(),
        invited_with: seen.invite.map(|invite| {
            let href = format!("/admin/invites/{}", invite.invite.id);
            (invite.invite.label.clone().unwrap_or_else(|| invite.code()), href)
        }),
        joined: Moment::new(account.created_at, now),
        email: account.email,
    }
}
