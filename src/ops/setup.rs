//! The first start: exactly one owner, however many try at once.

use chrono::Duration;

use super::sign_in::open_session;
use super::{OpError, record};
use crate::app::App;
use crate::domain::access::Role;
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::password::PlainPassword;
use crate::domain::secret::Token;
use crate::domain::settings::{ServerName, Settings};
use crate::domain::user::{Account, DisplayName, Email, Status, Username};
use crate::store::{self, Lock};

const LINK_LIVES: Duration = Duration::hours(24);
const WRONG_KEY: &str = "That key does not match. Look for it in the server log.";

/// The form as it was filled in.
#[derive(Clone, Default)]
pub struct Form {
    /// The name of the server.
    pub server: String,
    /// The one-time key, or the whole link.
    pub key: String,
    /// The owner's display name.
    pub name: String,
    /// The owner's username.
    pub username: String,
    /// The owner's e-mail address.
    pub email: String,
    /// The owner's password.
    pub password: String,
}

struct Checked {
    server: ServerName,
    username: Username,
    name: Option<DisplayName>,
    email: Option<Email>,
    password: PlainPassword,
}

/// Makes a set-up link's key, unless there is an owner already.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn make_key(app: &App) -> Result<Option<Token>, OpError> {
    if !is_open(app).await? {
        return Ok(None);
    }
    let token = Token::new(app.entropy.bytes());
    record(app, Origin::default(), move |tx, now| {
        store::links::add_setup(tx, &token.hash(), now, now + LINK_LIVES)?;
        Ok((Some(token), Doer::CommandLine, Event::new(Action::SetupLinkMade, Target::None)))
    })
    .await
}

/// Whether the instance still waits for its owner.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn is_open(app: &App) -> Result<bool, OpError> {
    Ok(!app.store.read(store::users::owner_exists).await?)
}

/// Names the server, makes its owner and signs them in.
///
/// # Errors
/// [`OpError::NotFound`] when there is an owner already, [`OpError::Invalid`] for a form to fill in again.
pub async fn set_up(
    app: &App,
    origin: Origin,
    agent: String,
    form: Form,
) -> Result<(Token, UserId), OpError> {
    let key = Token::pasted(&form.key);
    let (is_good, settings) = look_at(app, key.clone()).await?;
    let checked = check(&form, is_good, &settings)?;
    // A key that is good was parsed.
    let key = key.ok_or(OpError::NotFound)?;
    let hash = app.passwords.slot()?.hash(checked.password).await?;
    let (token, user_random, session_random) =
        (Token::new(app.entropy.bytes()), app.entropy.bytes(), app.entropy.bytes());
    record(app, origin, move |tx, now| {
        tx.lock(Lock::People)?;
        if store::users::owner_exists(tx)? {
            return Err(OpError::NotFound);
        }
        if !store::links::setup_is_good(tx, &key.hash(), now)? {
            return Err(OpError::Invalid(Errors::one("key", WRONG_KEY)));
        }
        let owner = Account {
            id: UserId::new(now, user_random),
            username: checked.username,
            display_name: checked.name.map(|name| name.as_str().to_owned()),
            email: checked.email.map(|email| email.as_str().to_owned()),
            role: Role::Owner,
            status: Status::Active,
            status_reason: None,
            created_at: now,
        };
        store::users::insert(tx, &owner, &hash)?;
        store::settings::set_server_name(tx, &checked.server)?;
        store::links::drop_setup(tx)?;
        open_session(tx, &owner, &token, agent, origin, session_random, now)?;
        let event = Event::new(Action::SetUp, Target::User(owner.id)).with(
            "server_name",
            Some(&settings.server_name),
            Some(checked.server.as_str()),
        );
        Ok(((token, owner.id), Doer::Person(owner.id, owner.role), event))
    })
    .await
}

async fn look_at(app: &App, key: Option<Token>) -> Result<(bool, Settings), OpError> {
    let now = app.clock.now();
    app.store
        .snapshot(move |conn| {
            if store::users::owner_exists(conn)? {
                return Err(OpError::NotFound);
            }
            let is_good = match key {
                Some(key) => store::links::setup_is_good(conn, &key.hash(), now)?,
                None => false,
            };
            Ok((is_good, store::settings::get(conn)?))
        })
        .await
}

fn check(form: &Form, key_is_good: bool, settings: &Settings) -> Result<Checked, OpError> {
    let mut errors = Errors::default();
    let server = errors.check("server", ServerName::parse(&form.server));
    if !key_is_good {
        errors.add("key", WRONG_KEY);
    }
    let name = errors.check("name", DisplayName::parse(&form.name));
    let username = errors.check("username", Username::parse(&form.username));
    let email = errors.check("email", Email::parse(&form.email));
    let own_words = [form.username.as_str(), &form.email, &form.server];
    let password =
        errors.check("password", PlainPassword::chosen(&form.password, settings.password_min, &own_words));
    match (server, name, username, email, password) {
        (Some(server), Some(name), Some(username), Some(email), Some(password)) if errors.is_empty() => {
            Ok(Checked { server, username, name, email, password })
        }
        _ => Err(OpError::Invalid(errors)),
    }
}
