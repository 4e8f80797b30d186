//! Signing in.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::sessions::address;
use super::{OpError, no_sooner_than, record};
use crate::app::App;
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::domain::id::{SessionId, UserId};
use crate::domain::password::PlainPassword;
use crate::domain::secret::{Token, TokenHash, hex};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::{Account, Status, fold_email};
use crate::store::users::Credentials;
use crate::store::{self, Tx};
use crate::sys::passwords::{Slot, StoredHash, Verdict};

/// A refusal takes this long: more than a hash does on all but the slowest machines.
const REFUSED_AFTER: Duration = Duration::from_millis(100);

/// What somebody brings to sign in with.
#[derive(Clone)]
pub struct Attempt {
    /// Username or e-mail address.
    pub login: String,
    /// The password.
    pub password: PlainPassword,
    /// The browser.
    pub browser: Browser,
}

/// The browser somebody signs in with.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// What it calls itself, in a few words.
    pub agent: String,
    /// An id that only this browser knows, if somebody has signed in with it before.
    pub device: Option<String>,
    /// Who has signed in with it before. Each of them has a count of failures of their own here, so that strangers
    /// who try their name elsewhere cannot keep them out.
    pub known: Vec<UserId>,
    /// The session it had until now, which ends.
    pub replaces: Option<TokenHash>,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// Signed in.
    Welcome {
        /// For the cookie.
        token: Token,
        /// As whom.
        account: Box<Account>,
    },
    /// No such account, or another password; nobody learns which.
    Refused,
    /// The right password for an account that may not sign in, with the reason that staff gave.
    Suspended(Option<String>),
}

/// Signs somebody in.
///
/// The steps are the same, in the same order and at nearly the same cost, whether or not there is such an account; what
/// is left of a difference is gone in the time that every refusal takes.
///
/// # Errors
/// [`OpError::Wait`] after too many failures, [`OpError::Busy`] when too many people sign in at once.
pub async fn sign_in(app: &App, origin: Origin, attempt: Attempt) -> Result<Outcome, OpError> {
    let begun = app.clock.monotonic();
    let slot = app.passwords.slot()?;
    let Attempt { login, password, browser } = attempt;
    let (found, bucket) = charge(app, login, &browser).await?;
    let stored = found.as_ref().map(|found| found.hash.clone());
    let verdict = slot.verify(password.clone(), stored).await?;
    match (found, verdict) {
        (Some(found), Verdict::Right { stale }) => {
            let rehashed = rehashed(&slot, password, stale).await?;
            drop(slot);
            welcome(app, origin, found, rehashed, browser, bucket).await
        }
        (found, _) => {
            drop(slot);
            let refused = refuse(app, origin, found.map(|found| found.account.id)).await;
            no_sooner_than(app, begun + REFUSED_AFTER).await;
            refused
        }
    }
}

/// Counts the try against the account it names and finds that account, in one transaction.
async fn charge(
    app: &App,
    login: String,
    browser: &Browser,
) -> Result<(Option<Credentials>, String), OpError> {
    let (clock, browser) = (app.clock.clone(), browser.clone());
    app.store
        .write_lightly(move |tx| {
            let found = store::users::by_login(tx, &login)?;
            let bucket = bucket(found.as_ref().map(|found| found.account.id), &login, &browser);
            match store::throttles::charge(tx, &bucket, clock.now())? {
                Some(wait) => Err(OpError::Wait(wait)),
                None => Ok((found, bucket)),
            }
        })
        .await
}

/// Where failures are counted. A name without an account has a count too, or its lack would tell.
fn bucket(account: Option<UserId>, login: &str, browser: &Browser) -> String {
    match (account, &browser.device) {
        (Some(id), Some(device)) if browser.known.contains(&id) => {
            format!("account {} on {device}", id.key())
        }
        (Some(id), _) => format!("account {}", id.key()),
        (None, _) => format!("name {}", hex(&Sha256::digest(fold_email(login).as_bytes()))),
    }
}

async fn rehashed(slot: &Slot, password: PlainPassword, stale: bool) -> Result<Option<StoredHash>, OpError> {
    Ok(if stale { Some(slot.hash(password).await?) } else { None })
}

async fn refuse(app: &App, origin: Origin, account: Option<UserId>) -> Result<Outcome, OpError> {
    record(app, origin, move |_, _| {
        let target = account.map_or(Target::None, Target::User);
        Ok((Outcome::Refused, Doer::Nobody, Event::new(Action::SignInFailed, target)))
    })
    .await
}

async fn welcome(
    app: &App,
    origin: Origin,
    found: Credentials,
    rehashed: Option<StoredHash>,
    browser: Browser,
    bucket: String,
) -> Result<Outcome, OpError> {
    let (token, random) = (Token::new(app.entropy.bytes()), app.entropy.bytes());
    record(app, origin, move |tx, now| {
        // While the hash was computed the account may have changed: its password, its state, or its being there.
        let id = found.account.id;
        let unchanged = store::users::for_change(tx, id)?.filter(|present| present.hash == found.hash);
        let Some(Credentials { account, .. }) = unchanged else {
            return Ok((Outcome::Refused, Doer::Nobody, Event::new(Action::SignInFailed, Target::User(id))));
        };
        if account.status != Status::Active {
            let event = Event::new(Action::SignInFailed, Target::User(id)).with(
                "status",
                None,
                Some(account.status.key()),
            );
            // Only whoever knows the password learns that the account exists and why it is closed.
            let outcome = match account.status {
                Status::Suspended => Outcome::Suspended(account.status_reason),
                Status::Active | Status::Removed => Outcome::Refused,
            };
            return Ok((outcome, Doer::Nobody, event));
        }
        store::throttles::clear(tx, &bucket)?;
        if let Some(new) = rehashed {
            store::users::set_password(tx, id, &found.hash, &new)?;
        }
        if let Some(old) = browser.replaces {
            store::sessions::end_by_token(tx, &old)?;
        }
        let session = open_session(tx, &account, &token, browser.agent, origin, random, now)?;
        let event = Event::new(Action::SignedIn, Target::Session(session));
        let doer = Doer::Person(id, account.role);
        Ok((Outcome::Welcome { token, account: Box::new(account) }, doer, event))
    })
    .await
}

/// Opens a session for somebody who has just proved who they are.
pub(in crate::ops) fn open_session(
    tx: &mut Tx<'_>,
    account: &Account,
    token: &Token,
    agent: String,
    origin: Origin,
    random: [u8; 10],
    now: Timestamp,
) -> Result<SessionId, OpError> {
    let session = new_session(agent, origin, random, now);
    store::sessions::open(tx, &session, account.id, &token.hash())?;
    Ok(session.id)
}

/// A session that begins now.
pub(in crate::ops) fn new_session(
    agent: String,
    origin: Origin,
    random: [u8; 10],
    now: Timestamp,
) -> Session {
    let id = SessionId::new(now, random);
    Session { id, agent, address: address(origin), created_at: now, last_seen_at: now }
}
