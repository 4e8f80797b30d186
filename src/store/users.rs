//! Accounts.

use std::net::IpAddr;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::rows::{AccountRow, CredentialsRow, UserRow};
use super::schema::users;
use super::search::folded;
use super::{Conn, StoreError, Tx, on};
use crate::domain::access::Role;
use crate::domain::id::UserId;
use crate::domain::invite::Invite;
use crate::domain::review::Review;
use crate::domain::secret::TokenHash;
use crate::domain::user::{Account, DisplayName, Email, Status, Username, fold_email};
use crate::sys::passwords::StoredHash;

/// An account and what proves it.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Who.
    pub account: Account,
    /// The hash of their password.
    pub hash: StoredHash,
}

/// Reads a row into the types that the rest of the program trusts.
pub(super) fn account(row: AccountRow) -> Result<Account, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("users.{column}"));
    Ok(Account {
        id: UserId::from_key(&row.id).map_err(|_| corrupt("id"))?,
        username: Username::stored(row.username),
        display_name: row.display_name,
        email: row.email,
        role: row.role.parse().map_err(|_| corrupt("role"))?,
        status: row.status.parse().map_err(|_| corrupt("status"))?,
        status_reason: row.status_reason,
        created_at: row.created_at.and_utc(),
    })
}

fn credentials(row: Option<CredentialsRow>) -> Result<Option<Credentials>, StoreError> {
    row.map(|row| Ok(Credentials { account: account(row.account)?, hash: StoredHash(row.password_hash) }))
        .transpose()
}

/// The account that signs in with this username or e-mail address.
pub fn by_login(conn: &mut Conn, login: &str) -> Result<Option<Credentials>, StoreError> {
    let folded = fold_email(login);
    let row = if folded.contains('@') {
        on!(conn, c => users::table
            .filter(users::email_folded.eq(&folded))
            .select(CredentialsRow::as_select())
            .first(c)
            .optional())?
    } else {
        on!(conn, c => users::table
            .filter(users::username.eq(&folded))
            .select(CredentialsRow::as_select())
            .first(c)
            .optional())?
    };
    credentials(row)
}

/// The account of an id.
pub fn by_id(conn: &mut Conn, id: UserId) -> Result<Option<Credentials>, StoreError> {
    let row =
        on!(conn, c => users::table.find(id.key()).select(CredentialsRow::as_select()).first(c).optional())?;
    credentials(row)
}

/// The same for a change: on PostgreSQL nobody else changes this account until the end of the transaction.
pub fn for_change(tx: &mut Tx<'_>, id: UserId) -> Result<Option<Credentials>, StoreError> {
    let Conn::Postgres(c) = &mut **tx else { return by_id(tx, id) };
    let row = users::table.find(id.key()).select(CredentialsRow::as_select());
    credentials(row.for_no_key_update().first(&mut **c).optional()?)
}

/// Whether there is an owner yet.
pub fn owner_exists(conn: &mut Conn) -> Result<bool, StoreError> {
    let owners = users::table.filter(users::role.eq(Role::Owner.key()));
    Ok(on!(conn, c => diesel::select(exists(owners)).get_result(c))?)
}

/// Whether there is no account at all.
pub fn is_empty(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(!on!(conn, c => diesel::select(exists(users::table.select(users::id))).get_result::<bool>(c))?)
}

/// Adds an account.
///
/// # Errors
/// [`StoreError::Taken`] when its username or address belongs to somebody.
pub fn insert(tx: &mut Tx<'_>, account: &Account, hash: &StoredHash) -> Result<(), StoreError> {
    let row = row(account, hash);
    on!(&mut **tx, c => diesel::insert_into(users::table).values(&row).execute(c))?;
    Ok(())
}

/// How somebody came in.
#[derive(Debug, Clone, Copy)]
pub struct Came<'a> {
    /// With which form.
    pub attempt: &'a TokenHash,
    /// From which address.
    pub from: Option<IpAddr>,
    /// With which code, if any; staff then look at them.
    pub with: Option<&'a Invite>,
    /// Whether they are signed in from the start.
    pub stays: bool,
}

/// Adds an account that a form asked for, unless its username or address belongs to somebody or the same form made it
/// already. Says whether it did; the transaction goes on either way.
pub fn insert_new(
    tx: &mut Tx<'_>,
    account: &Account,
    hash: &StoredHash,
    came: Came<'_>,
) -> Result<bool, StoreError> {
    let row = UserRow {
        attempt: Some(came.attempt.as_str().to_owned()),
        joined_from: came.from.map(|address| address.to_string()),
        review: came.with.map(|_| Review::Waiting.key().to_owned()),
        last_seen_at: came.stays.then(|| account.created_at.into()),
        ..row(account, hash)
    };
    // The use of the code, which is recorded next, would have the database note this; to write a row of this table a
    // second time costs as much as the first.
    let way = (
        users::came_with.eq(came.with.map(|invite| invite.id.key()).unwrap_or_default()),
        users::inviter.eq(came
            .with
            .and_then(|invite| invite.created_by)
            .map(|id| id.key())
            .unwrap_or_default()),
    );
    let added = on!(&mut **tx, c => diesel::insert_into(users::table)
        .values((&row, way))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// What stands in the way of a new account.
#[derive(Debug, Default)]
pub struct InTheWay {
    /// The account that the same form made.
    pub repeated: Option<Credentials>,
    /// Whether the username, or one that looks like it, belongs to somebody.
    pub username: bool,
    /// Whether the e-mail address does.
    pub email: bool,
}

/// Looks for whoever has the name or the address already, or came in with the same form.
pub fn in_the_way(
    conn: &mut Conn,
    attempt: &TokenHash,
    username: &Username,
    email: Option<&Email>,
) -> Result<InTheWay, StoreError> {
    let (attempt, skeleton, email) = (attempt.as_str(), username.skeleton(), email.map(Email::folded));
    type Row = (CredentialsRow, String, Option<String>, Option<String>);
    let rows: Vec<Row> = on!(conn, c => users::table
        .filter(users::attempt.eq(attempt).or(users::username_skeleton.eq(&skeleton)).or(users::email_folded.eq(&email)))
        .select((
            CredentialsRow::as_select(),
            users::username_skeleton,
            users::email_folded,
            users::attempt,
        ))
        .load(c))?;
    let mut found = InTheWay::default();
    for (row, like, folded, form) in rows {
        found.username |= like == skeleton;
        found.email |= email.is_some() && folded == email;
        if form.as_deref() == Some(attempt) {
            found.repeated = credentials(Some(row))?;
        }
    }
    Ok(found)
}

fn row(account: &Account, hash: &StoredHash) -> UserRow {
    UserRow {
        id: account.id.key(),
        username: account.username.as_str().to_owned(),
        username_skeleton: account.username.skeleton(),
        display_name: account.display_name.clone(),
        email: account.email.clone(),
        email_folded: account.email.as_deref().map(fold_email),
        password_hash: hash.0.clone(),
        role: account.role.key().to_owned(),
        status: account.status.key().to_owned(),
        status_reason: account.status_reason.clone(),
        created_at: account.created_at.into(),
        attempt: None,
        last_seen_at: None,
        joined_from: None,
        review: None,
        review_note: None,
        reviewed_by: None,
        reviewed_at: None,
        kept: false,
        role_changed_at: None,
        suspended_at: (account.status == Status::Suspended).then(|| account.created_at.into()),
        removed_at: (account.status == Status::Removed).then(|| account.created_at.into()),
        removed_with: None,
        purged_at: None,
        name_folded: account.display_name.as_deref().map(folded).unwrap_or_default(),
    }
}

/// Changes how a person is called and reached.
///
/// # Errors
/// [`StoreError::Taken`] when the address belongs to somebody else.
pub fn set_profile(
    tx: &mut Tx<'_>,
    id: UserId,
    name: Option<&DisplayName>,
    email: Option<&Email>,
) -> Result<(), StoreError> {
    let changes = (
        users::display_name.eq(name.map(DisplayName::as_str)),
        users::name_folded.eq(name.map(|name| folded(name.as_str())).unwrap_or_default()),
        users::email.eq(email.map(Email::as_str)),
        users::email_folded.eq(email.map(Email::folded)),
    );
    on!(&mut **tx, c => diesel::update(users::table.find(id.key())).set(changes).execute(c))?;
    Ok(())
}

/// Changes a password, provided that nobody changed it meanwhile. Says whether it did.
pub fn set_password(
    tx: &mut Tx<'_>,
    id: UserId,
    present: &StoredHash,
    new: &StoredHash,
) -> Result<bool, StoreError> {
    let row = users::table.find(id.key()).filter(users::password_hash.eq(&present.0));
    let changed = on!(&mut **tx, c => diesel::update(row).set(users::password_hash.eq(&new.0)).execute(c))?;
    Ok(changed == 1)
}
