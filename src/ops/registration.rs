//! Coming in: the account, the use of the code, the record of both and the audit row are one transaction.

mod write;

use std::time::Duration as Elapsed;

use chrono::Duration;

use self::write::{Failed, Written, repeat, taken_meanwhile, write};
use super::sign_in::Browser;
use super::{OpError, no_sooner_than, record};
use crate::app::App;
use crate::domain::access::{Actor, Role};
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::domain::code::CodeReading;
use crate::domain::expiry::Expiry;
use crate::domain::field::{Errors, Rejected};
use crate::domain::id::UserId;
use crate::domain::invite::{Invite, Status};
use crate::domain::password::PlainPassword;
use crate::domain::secret::Token;
use crate::domain::settings::{RegistrationMode, Settings};
use crate::domain::time::Timestamp;
use crate::domain::user::{Account, DisplayName, Email, Status as Standing, Username};
use crate::store::users::Credentials;
use crate::store::{self, Conn, StoreError};

/// The one answer to every code that cannot be used, whatever the reason.
pub const REFUSED: &str = "Invalid, expired, or fully used invite code.";
/// A refusal takes this long, or the time of the answer would tell what was found: more than it takes to look.
const REFUSED_AFTER: Elapsed = Elapsed::from_millis(10);
/// So many refused codes in a minute are no accident.
const ALARMING: i64 = 600;
/// For so many minutes an alarm stands for those that follow.
const ALARM_LASTS: i64 = 10;
const TAKEN: &str = "That username is taken. Choose another.";
const EMAIL_TAKEN: &str = "An account with this email exists. Sign in instead.";

/// What whoever holds a usable code is told before they register.
#[derive(Debug, Clone)]
pub struct Welcome {
    /// Who invites them.
    pub inviter: Option<String>,
    /// What they become.
    pub role: Role,
    /// Until when the code can be used.
    pub expiry: Expiry,
    /// Whether their account ends with it.
    pub temporary: bool,
}

/// The form as it was filled in.
#[derive(Clone, Default)]
pub struct Form {
    /// The code, or nothing where everybody may register.
    pub code: String,
    /// Username.
    pub username: String,
    /// E-mail address, or nothing.
    pub email: String,
    /// Display name, or nothing.
    pub name: String,
    /// Password.
    pub password: String,
    /// The number of the form, so that sending it twice makes one account.
    pub attempt: String,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// There is an account, and its person is signed in, if they came with a browser.
    Joined {
        /// For the cookie.
        token: Option<Token>,
        /// Who.
        id: UserId,
    },
    /// The code cannot be used.
    Refused,
    /// Nobody can register.
    Closed,
}

struct Checked {
    username: Username,
    name: Option<DisplayName>,
    email: Option<Email>,
    password: PlainPassword,
    attempt: Token,
}

/// Looks at a code without using it.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn look_at(app: &App, origin: Origin, code: &str) -> Result<Option<Welcome>, OpError> {
    let (begun, reading, now) = (app.clock.monotonic(), CodeReading::of(code), app.clock.now());
    let found: Option<(Invite, Option<String>)> =
        app.store.read(move |conn| usable(conn, reading.as_ref(), now)).await?;
    if found.is_none() {
        refuse(app, origin, begun).await?;
    }
    Ok(found.map(|(invite, inviter)| Welcome {
        inviter,
        role: invite.role,
        expiry: invite.expiry,
        temporary: invite.delete_users_on_expiry,
    }))
}

/// The invite behind a code and who made it, if somebody could join with it now.
fn usable(
    conn: &mut Conn,
    reading: Option<&CodeReading>,
    now: Timestamp,
) -> Result<Option<(Invite, Option<String>)>, StoreError> {
    let Some(reading) = reading else { return Ok(None) };
    let found = store::invites::with_creator(conn, reading)?.filter(|(invite, creator)| {
        invite.status(now) == Status::Active && may_still_grant(invite, creator.as_ref())
    });
    Ok(found.map(|(invite, creator)| {
        let inviter = creator.map(|account| account.name().to_owned());
        (invite, inviter)
    }))
}

/// A code is a live delegation: it ends with the right of whoever made it. The command line's has no end, and neither
/// has one for members: those hand out nothing that staff would have to answer for.
fn may_still_grant(invite: &Invite, creator: Option<&Account>) -> bool {
    match (invite.created_by, creator) {
        (None, _) => true,
        _ if invite.role == Role::Member => true,
        (Some(_), Some(account)) => {
            account.status == Standing::Active
                && Actor::new(account.id, account.role).grantable(invite.role).is_some()
        }
        (Some(_), None) => false,
    }
}

/// Notes that a code was refused, and waits until every refusal is answered. One too many of them in a minute, wherever
/// they come from, raises the alarm once.
async fn refuse(app: &App, origin: Origin, begun: Elapsed) -> Result<(), OpError> {
    let noted = record(app, origin, |tx, now| {
        let mut since = |action, minutes, cap| {
            store::audit_lists::count_of_strangers(tx, action, now - Duration::minutes(minutes), cap)
        };
        let refused = Event::new(Action::RegistrationRefused, Target::None);
        let alarming = since(Action::RegistrationRefused, 1, ALARMING - 1)? == ALARMING - 1
            && since(Action::WrongCodeAlarm, ALARM_LASTS, 1)? == 0;
        let alarm = alarming.then(|| Event::new(Action::WrongCodeAlarm, Target::None));
        Ok::<_, OpError>(((), Doer::Nobody, refused.followed_by(alarm.into_iter().collect())))
    })
    .await;
    no_sooner_than(app, begun + REFUSED_AFTER).await;
    noted
}

/// Registers somebody, and signs them in if it is they who ask, with a browser.
///
/// The form's own faults are told without looking at the code; whether a name is taken only to who holds a usable one.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again, [`OpError::Busy`] when too many people register at once.
pub async fn register(
    app: &App,
    origin: Origin,
    settings: &Settings,
    browser: Option<Browser>,
    form: Form,
) -> Result<Outcome, OpError> {
    if settings.registration == RegistrationMode::Closed {
        return Ok(Outcome::Closed);
    }
    let begun = app.clock.monotonic();
    // Before anything is worked out: to weigh a password is work too, and who comes to a full queue is not to cost it.
    let slot = app.passwords.slot()?;
    let checked = check(&form, settings)?;
    let needs_code = settings.registration == RegistrationMode::InviteOnly || !form.code.trim().is_empty();
    let looked = look(app, &form.code, needs_code, &checked).await?;
    let invite = match looked {
        Looked::Refused => {
            drop(slot);
            refuse(app, origin, begun).await?;
            return Ok(Outcome::Refused);
        }
        Looked::Repeated(found) => return repeat(app, origin, &slot, *found, checked, browser).await,
        Looked::Free(invite) => invite,
    };
    let hash = slot.hash(checked.password.clone()).await?;
    drop(slot);
    let outcome = write(app, origin, invite.map(|invite| *invite), &checked, hash, browser.clone()).await;
    match outcome {
        Ok(Written::Joined { token, id }) => Ok(Outcome::Joined { token, id }),
        Err(Failed::Refused) => {
            refuse(app, origin, begun).await?;
            Ok(Outcome::Refused)
        }
        Err(Failed::Taken) => taken_meanwhile(app, origin, checked, browser).await,
        Err(Failed::Op(error)) => Err(error),
    }
}

/// The account that a registration made.
///
/// # Errors
/// [`OpError::NotFound`] when it is gone already.
pub async fn account(app: &App, id: UserId) -> Result<Account, OpError> {
    let found: Option<Credentials> = app.store.read(move |conn| store::users::by_id(conn, id)).await?;
    found.map(|found| found.account).ok_or(OpError::NotFound)
}

fn check(form: &Form, settings: &Settings) -> Result<Checked, OpError> {
    let mut errors = Errors::default();
    let username = errors.check("username", Username::parse(&form.username));
    let name = errors.check("name", DisplayName::parse(&form.name));
    let email = errors.check("email", email(&form.email, settings.email_required));
    let own_words = [form.username.as_str(), &form.email, &settings.server_name];
    let password =
        errors.check("password", PlainPassword::chosen(&form.password, settings.password_min, &own_words));
    let (Some(username), Some(name), Some(email), Some(password)) = (username, name, email, password) else {
        return Err(OpError::Invalid(errors));
    };
    // A form without its number is none of ours; it cannot be told from its repetition.
    let attempt = Token::parse(&form.attempt).ok_or(OpError::NotFound)?;
    Ok(Checked { username, name, email, password, attempt })
}

/// An address, or none where none is required.
fn email(typed: &str, required: bool) -> Result<Option<Email>, Rejected> {
    match Email::parse(typed)? {
        None if required => Err(Email::REFUSED),
        email => Ok(email),
    }
}

enum Looked {
    Refused,
    Repeated(Box<Credentials>),
    Free(Option<Box<Invite>>),
}

async fn look(app: &App, code: &str, needs_code: bool, checked: &Checked) -> Result<Looked, OpError> {
    let (reading, now) = (CodeReading::of(code), app.clock.now());
    let (attempt, username, email) =
        (checked.attempt.hash(), checked.username.clone(), checked.email.clone());
    app.store
        .read(move |conn| {
            let in_the_way = store::users::in_the_way(conn, &attempt, &username, email.as_ref())?;
            if let Some(found) = in_the_way.repeated {
                return Ok(Looked::Repeated(Box::new(found)));
            }
            let invite = if needs_code {
                let Some((invite, _)) = usable(conn, reading.as_ref(), now)? else {
                    return Ok(Looked::Refused);
                };
                Some(Box::new(invite))
            } else {
                None
            };
            let mut errors = Errors::default();
            if in_the_way.username {
                errors.add("username", TAKEN);
            }
            if in_the_way.email {
                errors.add("email", EMAIL_TAKEN);
            }
            if errors.is_empty() { Ok(Looked::Free(invite)) } else { Err(OpError::Invalid(errors)) }
        })
        .await
}
