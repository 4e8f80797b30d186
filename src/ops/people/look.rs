//! Lists and details of people. Who may not hand out a role never gets the code that somebody came with in clear.

use super::{MemberCodes, lost};
use crate::app::App;
use crate::domain::access::{Actor, Permit, Role, SeePeople};
use crate::domain::audit::{Entry, Sight};
use crate::domain::id::UserId;
use crate::domain::invite::Invite;
use crate::domain::person::Person;
use crate::domain::session::Session;
use crate::ops::invites::Seen as SeenInvite;
use crate::ops::{CAP, OpError};
use crate::store::invite_lists::Listed as ListedInvite;
use crate::store::people::{self, Filter, Listed};
use crate::store::{self, Conn, StoreError};

/// Rows of a page.
pub const PAGE: usize = 50;
/// One row more than a page shows whether there is another page.
const ONE_MORE: i64 = 51;
/// People of a page of those whom somebody invited.
const INVITED: usize = 20;
const ONE_MORE_INVITED: i64 = 21;
/// Rows of a history.
const HISTORY: i64 = 30;

/// Somebody, as one person may see them.
#[derive(Debug)]
pub struct Seen {
    /// Who.
    pub person: Person,
    /// The invite they came with, also if it was deleted.
    pub invite: Option<SeenInvite>,
}

impl Seen {
    fn by(actor: Actor, listed: Listed) -> Self {
        let invite = listed.invite.map(|invite| seen(actor, invite, None));
        Self { person: listed.person, invite }
    }
}

fn seen(actor: Actor, invite: Invite, creator: Option<String>) -> SeenInvite {
    SeenInvite::by(actor, ListedInvite { invite, creator })
}

/// One page of the list.
#[derive(Debug)]
pub struct List {
    /// Its rows, the latest to join first.
    pub rows: Vec<Seen>,
    /// Where the next page begins, if there is one.
    pub next: Option<UserId>,
    /// How many are here, up to 1,001.
    pub here: i64,
    /// How many were removed and can come back, up to 1,001.
    pub removed: i64,
    /// The invite that the list is narrowed down to.
    pub came_with: Option<SeenInvite>,
}

/// A page of the people of a filter.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn list(
    app: &App,
    permit: Permit<SeePeople>,
    filter: Filter,
    before: Option<UserId>,
) -> Result<List, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let mut found = people::page(conn, &filter, before, ONE_MORE)?;
            let more = found.len() > PAGE;
            found.truncate(PAGE);
            let next = found.last().filter(|_| more).map(|listed| listed.person.account.id);
            let came_with = match filter.came {
                Some(people::Came::With(id)) => store::invites::by_id(conn, id)?,
                _ => None,
            };
            Ok(List {
                rows: found.into_iter().map(|listed| Seen::by(actor, listed)).collect(),
                next,
                here: people::count(conn, false, CAP)?,
                removed: people::count(conn, true, CAP)?,
                came_with: came_with.map(|invite| seen(actor, invite, None)),
            })
        })
        .await
}

/// What somebody handed out that goes on.
#[derive(Debug, Clone, Copy)]
pub struct Handed {
    /// Codes for more than members, up to 1,001.
    pub above: i64,
    /// Codes for members, up to 1,001.
    pub members: i64,
}

/// Somebody with all that belongs to them.
#[derive(Debug)]
pub struct Detail {
    /// Who.
    pub seen: Seen,
    /// Who looked at them last.
    pub reviewer: Option<String>,
    /// Where they are signed in.
    pub sessions: Vec<Session>,
    /// Those who came with a code that they made, the latest first.
    pub invited: Vec<Person>,
    /// Where the next of them begin, if there are more.
    pub more: Option<UserId>,
    /// What they did and what was done to them, newest first, as far as the viewer may see it.
    pub history: Vec<Entry>,
}

/// Somebody with all that belongs to them, also while they can still come back.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn show(
    app: &App,
    permit: Permit<SeePeople>,
    id: UserId,
    invited_before: Option<UserId>,
) -> Result<Detail, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let person = people::by_id(conn, id)?.filter(Person::is_known).ok_or(OpError::NotFound)?;
            let invite = match store::delegation::came_with(conn, id)? {
                Some(invite) => {
                    let creator = name(conn, invite.created_by)?;
                    Some(seen(actor, invite, creator))
                }
                None => None,
            };
            let reviewer = name(conn, person.review.as_ref().and_then(|review| review.by))?;
            let mut invited = store::delegation::invited_by(conn, id, invited_before, ONE_MORE_INVITED)?;
            let more = invited.len() > INVITED;
            invited.truncate(INVITED);
            Ok(Detail {
                seen: Seen { person, invite },
                reviewer,
                sessions: store::sessions::of_user(conn, id)?,
                more: invited.last().filter(|_| more).map(|person| person.account.id),
                invited,
                history: store::audit_lists::concerning(conn, Sight::of(actor), id, HISTORY)?,
            })
        })
        .await
}

fn name(conn: &mut Conn, id: Option<UserId>) -> Result<Option<String>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    Ok(store::users::by_id(conn, id)?.map(|found| found.account.name().to_owned()))
}

/// Somebody and the codes of theirs that go on, for a question about them.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn handed(app: &App, _: Permit<SeePeople>, id: UserId) -> Result<(Person, Handed), OpError> {
    app.store
        .snapshot(move |conn| {
            let person = people::by_id(conn, id)?.filter(Person::is_known).ok_or(OpError::NotFound)?;
            let above = lost(None, MemberCodes::GoOn);
            let handed = Handed {
                above: store::delegation::count_going(conn, id, &above, CAP)?,
                members: store::delegation::count_going(conn, id, &[Role::Member], CAP)?,
            };
            Ok((person, handed))
        })
        .await
}
