//! Lists of people.

use diesel::prelude::*;

use super::invites::invite;
use super::rows::{InviteRow, UserRow};
use super::schema::{invite_uses, invites, users};
use super::users::account;
use super::{Conn, StoreError, on};
use crate::domain::id::UserId;
use crate::domain::invite::Invite;
use crate::domain::user::{Account, Status, fold_email};

/// Somebody and the invite they came with.
#[derive(Debug)]
pub struct Listed {
    /// Who.
    pub account: Account,
    /// With which invite, also if that was deleted.
    pub invite: Option<Invite>,
}

/// The people who are here and joined before a cursor, the latest first. A search is for the beginning of a username or
/// an e-mail address.
pub fn page(
    conn: &mut Conn,
    search: Option<&str>,
    before: Option<UserId>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<(UserRow, Option<InviteRow>)> = on!(conn, c => {
        let mut query = users::table
            .left_join(invite_uses::table.inner_join(invites::table))
            .filter(users::status.ne(Status::Removed.key()))
            .filter(users::id.lt(before.unwrap_or(UserId::LAST).key()))
            .order(users::id.desc())
            .limit(limit)
            .select((UserRow::as_select(), Option::<InviteRow>::as_select()))
            .into_boxed();
        if let Some(search) = search {
            let first = fold_email(search);
            let last = format!("{first}{}", char::MAX);
            let username = users::username.ge(first.clone()).and(users::username.lt(last.clone()));
            let email = users::email_folded.ge(first).and(users::email_folded.lt(last));
            query = query.filter(username.nullable().or(email));
        }
        query.load(c)
    })?;
    rows.into_iter()
        .map(|(user, came)| Ok(Listed { account: account(user)?, invite: came.map(invite).transpose()? }))
        .collect()
}
