//! Choosing a new password with a one-time link. Nobody ever sets the password of somebody else.

use chrono::Duration;

use super::people::{event, here, manage};
use super::{OpError, record};
use crate::app::App;
use crate::domain::access::{ManagePeople, Permit};
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::password::PlainPassword;
use crate::domain::person::Person;
use crate::domain::secret::Token;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::domain::user::{Account, Status};
use crate::store::{self, Conn, StoreError};

/// How long a link is good.
pub const LINK_LIVES: Duration = Duration::minutes(30);
/// The one answer to every link that does not work, whatever the reason.
pub const WORTHLESS: &str = "This link does not work any more. Ask for a new one.";

/// Makes a link with which somebody can choose a new password, once. Links made before end. For oneself there is none:
/// who is signed in proves it with the present password.
///
/// # Errors
/// [`OpError::NotFound`] for somebody who may not sign in anyway.
pub async fn make_link(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
) -> Result<(Person, Token), OpError> {
    let token = Token::new(app.entropy.bytes());
    manage(app, permit, origin, (Action::ResetLinkMade, id), move |tx, actor, person, now| {
        here(person)?;
        if actor.id() == id {
            return Err(OpError::NotPermitted);
        }
        if person.account.status != Status::Active {
            return Err(OpError::NotFound);
        }
        store::links::add_reset(tx, id, &token.hash(), now, now + LINK_LIVES)?;
        Ok(((person.clone(), token), event(Action::ResetLinkMade, person).into()))
    })
    .await
}

/// Sets the password that somebody chose with a link, uses the link up, and signs them out everywhere.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again, [`OpError::Busy`] when too many passwords are hashed at once.
pub async fn choose(
    app: &App,
    origin: Origin,
    settings: &Settings,
    key: &str,
    password: &str,
) -> Result<(), OpError> {
    let token = Token::pasted(key);
    let account = match token.clone() {
        Some(token) => {
            let now = app.clock.now();
            app.store.read(move |conn| holder(conn, &token, now)).await?
        }
        None => None,
    };
    let mut errors = Errors::default();
    if account.is_none() {
        errors.add("key", WORTHLESS);
    }
    let email = account.as_ref().and_then(|account| account.email.as_deref()).unwrap_or_default();
    let username = account.as_ref().map_or("", |account| account.username.as_str());
    let own_words = [username, email, &settings.server_name];
    let password =
        errors.check("password", PlainPassword::chosen(password, settings.password_min, &own_words));
    let (Some(token), Some(password), true) = (token, password, errors.is_empty()) else {
        return Err(OpError::Invalid(errors));
    };
    let hash = app.passwords.slot()?.hash(password).await?;
    record(app, origin, move |tx, now| {
        // While the hash was computed the link may have been used, or its person suspended.
        let worthless = || OpError::Invalid(Errors::one("key", WORTHLESS));
        let id = store::links::reset_of(tx, &token.hash(), now)?.ok_or_else(worthless)?;
        let found = store::users::for_change(tx, id)?.filter(|found| found.account.status == Status::Active);
        let found = found.ok_or_else(worthless)?;
        if !store::links::take_reset(tx, &token.hash())? {
            return Err(worthless());
        }
        store::users::set_password(tx, id, &found.hash, &hash)?;
        store::sessions::end_all(tx, id)?;
        // Who guessed at the old password must not keep the person from using the new one.
        store::throttles::clear_all(tx, &format!("account {}", id.key()))?;
        Ok(((), Doer::Nobody, Event::new(Action::PasswordReset, Target::User(id))))
    })
    .await
}

/// Whose password a link lets choose, if they may sign in.
fn holder(conn: &mut Conn, token: &Token, now: Timestamp) -> Result<Option<Account>, StoreError> {
    let Some(id) = store::links::reset_of(conn, &token.hash(), now)? else { return Ok(None) };
    let found = store::users::by_id(conn, id)?.map(|found| found.account);
    Ok(found.filter(|account| account.status == Status::Active))
}
