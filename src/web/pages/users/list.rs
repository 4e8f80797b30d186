//! The list, with its tabs, search, filters and cursor in the address.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::dialogs::Dialog;
use super::rows::{UserRow, label};
use crate::app::App;
use crate::domain::access::{Actor, Permissions, Role, SeePeople};
use crate::domain::id::{InviteId, UserId};
use crate::domain::review::Review;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::ops::State;
use crate::ops::people::{self, Came, Counts, Filter, List};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::pages::invites::list::Tab;
use crate::web::paging;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::capped;
use crate::web::who::Signed;

pub(super) const HERE: &str = "/admin/users";
/// The tab of those who were removed, and the filter for those who came without a code.
const REMOVED: &str = "removed";
const UNINVITED: &str = "none";

/// What the address asks for. What it asks for and does not exist, it does not ask for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    status: String,
    q: String,
    role: String,
    invite: String,
    review: String,
    before: String,
}

impl Query {
    fn filter(&self) -> Filter {
        Filter {
            removed: self.removed(),
            role: self.role.parse().ok(),
            status: self.status.parse().ok().filter(|status| *status != Status::Removed),
            review: Review::parse(&self.review),
            came: match self.invite.as_str() {
                UNINVITED => Some(Came::Uninvited),
                id => id.parse::<InviteId>().ok().map(Came::With),
            },
            search: Some(self.q.trim().to_owned()).filter(|q| !q.is_empty()),
        }
    }

    fn removed(&self) -> bool {
        self.status == REMOVED
    }

    fn before(&self) -> Option<UserId> {
        self.before.parse().ok()
    }

    /// The address of the same list with something else.
    fn with(&self, changes: &[(&str, &str)]) -> String {
        let fields = [
            ("status", self.status.as_str()),
            ("q", self.q.as_str()),
            ("role", self.role.as_str()),
            ("invite", self.invite.as_str()),
            ("review", self.review.as_str()),
        ];
        paging::address_with(HERE, &fields, changes)
    }
}

/// A filter with its choices; the first is none.
#[derive(Debug)]
struct Select {
    name: &'static str,
    label: &'static str,
    any: &'static str,
    choices: Vec<Choice>,
}

#[derive(Debug)]
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

impl Select {
    fn new(
        (name, label, any): (&'static str, &'static str, &'static str),
        chosen: &str,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let choice = |(value, label)| Choice { chosen: value == chosen, value, label };
        Self { name, label, any, choices: choices.into_iter().map(choice).collect() }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "users/page.html", blocks = ["list", "dialog"])]
pub struct UsersPage {
    pub chrome: Chrome,
    tabs: Vec<Tab>,
    removed: bool,
    q: String,
    is_narrowed: bool,
    selects: Vec<Select>,
    list: List,
    viewer: Actor,
    grace_days: u32,
    now: Timestamp,
    /// The roles that can be given to many at once; none for who may change nobody.
    roles: Vec<Role>,
    first: Option<String>,
    next: Option<String>,
    clear: String,
    total: String,
    dialog: Dialog,
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
    let state = me.present.state.clone();
    let page = page(&app, &me, me.chrome(&app)?, state, &query, Dialog::None).await?;
    if page.chrome.fragment {
        reply::html(StatusCode::OK, &page.as_list())
    } else {
        reply::html(StatusCode::OK, &page)
    }
}

/// The page with a dialog before it, in the state in which the database was found. Whoever may have changed it names none.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub(super) async fn page<P>(
    app: &App,
    me: &Signed<P>,
    chrome: Chrome,
    state: Option<State>,
    query: &Query,
    dialog: Dialog,
) -> Result<UsersPage, Problem> {
    let actor = me.present.account.actor();
    let permit = actor.permit::<SeePeople>().ok_or(Problem::Forbidden)?;
    let list = people::list(app, permit, state, query.filter(), query.before()).await?;
    let rows = list.rows().len();
    let manages = actor.permissions().contains(Permissions::MANAGE_PEOPLE);
    Ok(UsersPage {
        tabs: tabs(list.counts(), query),
        removed: query.removed(),
        q: query.q.clone(),
        is_narrowed: query.with(&[("status", "")]) != HERE || query.filter().status.is_some(),
        selects: selects(query, &list),
        roles: if manages && !query.removed() { assignable(me) } else { Vec::new() },
        first: query.before().map(|_| query.with(&[])),
        next: list.next().map(|id| query.with(&[("before", &id.to_string())])),
        clear: if query.removed() { format!("{HERE}?status={REMOVED}") } else { HERE.to_owned() },
        total: paging::total_found(
            paging::total(rows, list.next().is_some(), ("user", "users")),
            list.is_cut(),
        ),
        viewer: actor,
        grace_days: me.present.settings.removal_grace_days,
        now: app.clock.now(),
        list,
        dialog,
        chrome,
    })
}

impl UsersPage {
    fn rows(&self) -> impl ExactSizeIterator<Item = UserRow<'_>> {
        self.list.rows().map(|seen| UserRow::new(seen, self.viewer, self.grace_days, self.now))
    }
}

/// The roles that the viewer may give to whom they manage.
pub(super) fn assignable<P>(me: &Signed<P>) -> Vec<Role> {
    let actor = me.present.account.actor();
    Role::ALL.into_iter().filter(|role| actor.assignable(*role).is_some()).collect()
}

/// The tabs alone, for when a row changed.
pub(super) fn tabs(counts: Counts, query: &Query) -> Vec<Tab> {
    let tab = |label, status, count, current| Tab {
        label,
        href: query.with(&[("status", status)]),
        count: capped(count),
        current,
    };
    vec![
        tab("Users", "", counts.here, !query.removed()),
        tab("Removed", REMOVED, counts.removed, query.removed()),
    ]
}

fn selects(query: &Query, list: &List) -> Vec<Select> {
    let pair = |value: &str, label: &str| (value.to_owned(), label.to_owned());
    let roles = Role::ALL.map(|role| pair(role.key(), role.label()));
    let statuses = [Status::Active, Status::Suspended].map(|status| pair(status.key(), label(status)));
    let reviews = Review::ALL.map(|review| pair(review.key(), review.label()));
    let uninvited = pair(UNINVITED, "Not invited");
    // Of all the invites there are, only the one that the address names.
    let invite = list.narrowed().into_iter().map(|seen| {
        (seen.invite.id.to_string(), seen.invite.label.clone().unwrap_or_else(|| seen.code().into_owned()))
    });
    let mut selects = vec![
        Select::new(("role", "Role", "Any role"), &query.role, roles),
        Select::new(
            ("invite", "Invited with", "Any invite"),
            &query.invite,
            std::iter::once(uninvited).chain(invite),
        ),
        Select::new(("review", "Review", "Any review"), &query.review, reviews),
    ];
    if !query.removed() {
        selects.insert(1, Select::new(("status", "Status", "Any status"), &query.status, statuses));
    }
    selects
}

/// Says what was done, and loads the list anew.
pub(super) fn anew<P>(me: &Signed<P>, said: &str) -> Result<HttpResponse, Problem> {
    me.visit.jar.flash(said, None)?;
    Ok(if me.visit.hx { reply::hx_redirect(HERE) } else { reply::see_other(HERE) })
}
