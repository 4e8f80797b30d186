//! What people change about themselves.

use super::{OpError, act, present, record};
use crate::app::App;
use crate::domain::access::{OwnAccount, Permit};
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::domain::field::Errors;
use crate::domain::id::SessionId;
use crate::domain::password::PlainPassword;
use crate::domain::secret::Token;
use crate::domain::user::{Account, DisplayName, Email};
use crate::store::users::Credentials;
use crate::store::{self, StoreError, UniqueKey};
use crate::sys::passwords::Verdict;

/// Changes display name and e-mail address.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again.
pub async fn change_profile(
    app: &App,
    permit: Permit<OwnAccount>,
    origin: Origin,
    name: &str,
    email: &str,
) -> Result<Account, OpError> {
    let mut errors = Errors::default();
    let parsed = (errors.check("name", DisplayName::parse(name)), errors.check("email", Email::parse(email)));
    let (Some(name), Some(email)) = parsed else { return Err(OpError::Invalid(errors)) };
    act(app, permit, origin, move |tx, account, _| {
        store::users::set_profile(tx, account.id, name.as_ref(), email.as_ref()).map_err(taken)?;
        let event = Event::new(Action::ProfileChanged, Target::User(account.id))
            .with("display_name", account.display_name.as_deref(), name.as_ref().map(DisplayName::as_str))
            .with("email", account.email.as_deref(), email.as_ref().map(Email::as_str));
        let changed = Account {
            display_name: name.map(|name| name.as_str().to_owned()),
            email: email.map(|email| email.as_str().to_owned()),
            ..account.clone()
        };
        Ok((changed, event))
    })
    .await
}

fn taken(error: StoreError) -> OpError {
    match error {
        StoreError::Taken(UniqueKey::Email) => {
            OpError::Invalid(Errors::one("email", "An account with this email exists. Use another."))
        }
        other => other.into(),
    }
}

/// The form for a new password as it was filled in.
pub struct NewPassword {
    /// The present one.
    pub current: String,
    /// The new one.
    pub new: String,
    /// The name of the server, which must not make up the password.
    pub server_name: String,
    /// The least length.
    pub least: u32,
}

/// Changes the password. All other sessions end, and this one goes on under the token that is returned.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again, [`OpError::Wait`] after too many wrong present passwords.
pub async fn change_password(
    app: &App,
    permit: Permit<OwnAccount>,
    origin: Origin,
    session: SessionId,
    form: NewPassword,
) -> Result<Token, OpError> {
    let id = permit.actor().id();
    let found = app.store.read(move |conn| present(store::users::by_id(conn, id)?)).await?;
    let (current, new) = check(&form, &found)?;
    let slot = app.passwords.slot()?;
    let bucket = format!("password of {}", id.key());
    charge(app, bucket.clone()).await?;
    if slot.verify(current, Some(found.hash.clone())).await? == Verdict::Wrong {
        note_wrong_password(app, permit, origin).await?;
        return Err(OpError::Invalid(Errors::one("current", "This is not your present password.")));
    }
    let hash = slot.hash(new).await?;
    let token = Token::new(app.entropy.bytes());
    act(app, permit, origin, move |tx, account, _| {
        store::throttles::clear(tx, &bucket)?;
        let renewed = store::users::set_password(tx, account.id, &found.hash, &hash)?
            && store::sessions::renew(tx, session, &token.hash())?;
        if !renewed {
            // Somebody else changed the password or ended this session a moment ago.
            return Err(OpError::SignedOut);
        }
        store::sessions::end_others(tx, account.id, session)?;
        store::links::drop_reset(tx, account.id)?;
        Ok((token, Event::new(Action::PasswordChanged, Target::User(account.id))))
    })
    .await
}

fn check(form: &NewPassword, found: &Credentials) -> Result<(PlainPassword, PlainPassword), OpError> {
    let mut errors = Errors::default();
    let current = errors.check("current", PlainPassword::typed(&form.current));
    let email = found.account.email.as_deref().unwrap_or_default();
    let own_words = [found.account.username.as_str(), email, &form.server_name];
    let new = errors.check("new", PlainPassword::chosen(&form.new, form.least, &own_words));
    match (current, new) {
        (Some(current), Some(new)) => Ok((current, new)),
        _ => Err(OpError::Invalid(errors)),
    }
}

/// Counts a try before it is known to be wrong, as at sign-in.
async fn charge(app: &App, bucket: String) -> Result<(), OpError> {
    let clock = app.clock.clone();
    app.store
        .write_lightly(move |tx| match store::throttles::charge(tx, &bucket, clock.now())? {
            Some(wait) => Err(OpError::Wait(wait)),
            None => Ok(()),
        })
        .await
}

async fn note_wrong_password(app: &App, permit: Permit<OwnAccount>, origin: Origin) -> Result<(), OpError> {
    let actor = permit.actor();
    record(app, origin, move |_, _| {
        let event = Event::new(Action::PasswordChangeFailed, Target::User(actor.id()));
        Ok(((), Doer::of(actor), event))
    })
    .await
}
