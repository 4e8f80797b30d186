//! The one transaction of a registration, and what to do when somebody was faster.

use super::{Checked, EMAIL_TAKEN, Outcome, TAKEN};
use crate::app::App;
use crate::domain::access::Role;
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::invite::Invite;
use crate::domain::secret::Token;
use crate::domain::user::{Account, Status as Standing};
use crate::ops::sign_in::{Browser, new_session, open_session};
use crate::ops::{OpError, present as still_there, record};
use crate::store::users::{Came, Credentials};
use crate::store::{self, StoreError};
use crate::sys::passwords::{Slot, StoredHash, Verdict};

pub(super) enum Written {
    Joined { token: Option<Token>, id: UserId },
}

/// Why the transaction was given up.
pub(super) enum Failed {
    Refused,
    Taken,
    Op(OpError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Op(error.into())
    }
}

impl From<OpError> for Failed {
    fn from(error: OpError) -> Self {
        Self::Op(error)
    }
}

pub(super) async fn write(
    app: &App,
    origin: Origin,
    invite: Option<Invite>,
    checked: &Checked,
    hash: StoredHash,
    browser: Option<Browser>,
) -> Result<Written, Failed> {
    let (token, user_random, session_random) =
        (Token::new(app.entropy.bytes()), app.entropy.bytes(), app.entropy.bytes());
    let (username, attempt) = (checked.username.clone(), checked.attempt.hash());
    let display_name = checked.name.as_ref().map(|name| name.as_str().to_owned());
    let email = checked.email.as_ref().map(|email| email.as_str().to_owned());
    record(app, origin, move |tx, now| {
        let account = Account {
            id: UserId::new(now, user_random),
            username,
            display_name,
            email,
            role: invite.as_ref().map_or(Role::Member, |invite| invite.role),
            status: Standing::Active,
            status_reason: None,
            created_at: now,
        };
        let came =
            Came { attempt: &attempt, from: origin.address, with: invite.as_ref(), stays: browser.is_some() };
        if !store::users::insert_new(tx, &account, &hash, came)? {
            return Err(Failed::Taken);
        }
        if let Some(invite) = &invite {
            store::invites::record_use(tx, invite.id, account.id, now)?;
        }
        let target = invite.as_ref().map_or(Target::User(account.id), |invite| Target::Invite(invite.id));
        let token = match browser {
            Some(browser) => {
                if let Some(old) = browser.replaces {
                    store::sessions::end_by_token(tx, &old)?;
                }
                let session = new_session(browser.agent, origin, session_random, now);
                store::sessions::open_first(tx, &session, account.id, &token.hash())?;
                Some(token)
            }
            None => None,
        };
        // The guard comes last: everybody who brings the same code waits for this row, and for nothing after it but the
        // audit row.
        if let Some(invite) = &invite
            && !store::invites::take_use(tx, invite, now)?
        {
            return Err(Failed::Refused);
        }
        let event =
            Event::new(Action::Registered, target).with("username", None, Some(account.username.as_str()));
        Ok((Written::Joined { token, id: account.id }, Doer::Person(account.id, account.role), event))
    })
    .await
}

/// The name, the address or the very form was taken between looking and writing.
pub(super) async fn taken_meanwhile(
    app: &App,
    origin: Origin,
    checked: Checked,
    browser: Option<Browser>,
) -> Result<Outcome, OpError> {
    let (attempt, username, email) =
        (checked.attempt.hash(), checked.username.clone(), checked.email.clone());
    let in_the_way = app
        .store
        .read(move |conn| store::users::in_the_way(conn, &attempt, &username, email.as_ref()))
        .await?;
    match in_the_way.repeated {
        Some(found) => {
            let slot = app.passwords.slot()?;
            repeat(app, origin, &slot, found, checked, browser).await
        }
        None => {
            let (field, text) = if in_the_way.email { ("email", EMAIL_TAKEN) } else { ("username", TAKEN) };
            let errors = Errors::one(field, text);
            Err(OpError::Invalid(errors))
        }
    }
}

/// The same form once more: whoever sent it knows the password of the account that it made, and is signed in.
pub(super) async fn repeat(
    app: &App,
    origin: Origin,
    slot: &Slot,
    found: Credentials,
    checked: Checked,
    browser: Option<Browser>,
) -> Result<Outcome, OpError> {
    let verdict = slot.verify(checked.password, Some(found.hash.clone())).await?;
    if verdict == Verdict::Wrong || found.account.status != Standing::Active {
        return Err(OpError::Invalid(Errors::one("username", TAKEN)));
    }
    let Some(browser) = browser else {
        return Ok(Outcome::Joined { token: None, id: found.account.id });
    };
    let (token, random) = (Token::new(app.entropy.bytes()), app.entropy.bytes());
    record(app, origin, move |tx, now| {
        // While the password was compared, it may have been changed or its person suspended.
        let present =
            store::users::for_change(tx, found.account.id)?.filter(|present| present.hash == found.hash);
        let account = still_there(present)?.account;
        let session = open_session(tx, &account, &token, browser.agent, origin, random, now)?;
        let event = Event::new(Action::SignedIn, Target::Session(session));
        let outcome = Outcome::Joined { token: Some(token), id: account.id };
        Ok((outcome, Doer::Person(account.id, account.role), event))
    })
    .await
}
