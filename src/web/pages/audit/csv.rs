//! The log as a file, written as it is read: however long it is, only a part of it is held.

use actix_web::{HttpResponse, web};
use futures_util::stream;

use super::query::Query;
use crate::app::App;
use crate::domain::access::SeeAudit;
use crate::domain::audit::{About, Entry, PersonName, Who};
use crate::domain::id::AuditId;
use crate::ops::audit::{self, Log};
use crate::web::problem::Problem;
use crate::web::spreadsheet;
use crate::web::who::Signed;

/// Rows read at once.
const PART: u16 = 1_000;
/// Parts of one file: 100,000 rows, as of every other export.
const MOST_PARTS: usize = 100;

const HEAD: [&str; 12] = [
    "time",
    "actor",
    "actor_username",
    "actor_token",
    "actor_role",
    "action",
    "target",
    "target_id",
    "target_name",
    "changes",
    "address",
    "request",
];

/// What is still to be written.
struct Rest {
    ready: Option<Log>,
    next: Option<AuditId>,
    parts: usize,
}

/// Everything that the page would show, page after page.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn export(
    app: web::Data<App>,
    me: Signed<SeeAudit>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let (asked, permit) = (query.asked(), me.permit);
    // What goes wrong before anything is written still gets its page.
    let first = audit::log(&app, permit, asked.clone(), None, PART).await?;
    let rest = Rest { ready: Some(first), next: None, parts: 0 };
    let body = stream::try_unfold(rest, move |mut rest| {
        let (app, asked) = (app.clone(), asked.clone());
        async move {
            let log = match (rest.ready.take(), rest.next) {
                (Some(log), _) => log,
                (None, Some(id)) if rest.parts < MOST_PARTS => {
                    let part = audit::log(&app, permit, asked, Some(id), PART).await;
                    part.inspect_err(|error| tracing::error!(%error, "an export of the log broke off"))?
                }
                (None, _) => return Ok(None),
            };
            let head = (rest.parts == 0).then(|| HEAD.map(str::to_owned));
            let lines = spreadsheet::lines(head.into_iter().chain(log.rows.iter().map(cells)))?;
            Ok::<_, Problem>(Some((
                web::Bytes::from(lines),
                Rest { ready: None, next: log.next, parts: rest.parts + 1 },
            )))
        }
    });
    Ok(spreadsheet::attachment("audit-log.csv")?.streaming(body))
}

fn cells(entry: &Entry) -> [String; 12] {
    let username = |name: &Option<PersonName>| name.as_ref().map(|person| person.username.to_string());
    let (actor, username) = match &entry.who {
        Who::Person(id, name) | Who::Token(id, name, _) => {
            (id.to_string(), username(name).unwrap_or_default())
        }
        Who::CommandLine => ("command_line".to_owned(), String::new()),
        Who::Job => ("job".to_owned(), String::new()),
        Who::Nobody => ("nobody".to_owned(), String::new()),
    };
    let token = match &entry.who {
        Who::Token(_, _, name) => Some(name.clone().unwrap_or_else(|| "gone".to_owned())),
        Who::Person(..) | Who::CommandLine | Who::Job | Who::Nobody => None,
    };
    let (target, id, name) = match &entry.about {
        About::Nothing => ("", String::new(), None),
        About::User(id, name) => ("user", id.to_string(), name.as_ref().map(|person| person.name.clone())),
        About::Invite(id, name) => {
            ("invite", id.to_string(), name.as_ref().map(|invite| invite.masked.clone()))
        }
    };
    let change = |(old, new): (&Option<String>, &Option<String>)| {
        [old, new].map(|value| value.clone().unwrap_or_default()).join(" → ")
    };
    let changes = entry
        .changes
        .iter()
        .map(|changed| format!("{}: {}", changed.field, change((&changed.old, &changed.new))));
    [
        spreadsheet::time(entry.at),
        actor,
        username,
        token.unwrap_or_default(),
        entry.role.map(|role| role.key().to_owned()).unwrap_or_default(),
        entry.action.clone(),
        target.to_owned(),
        id,
        name.unwrap_or_default(),
        changes.collect::<Vec<_>>().join("; "),
        entry.address.clone().unwrap_or_default(),
        entry.request.map(|id| id.to_string()).unwrap_or_default(),
    ]
}
