//! Who is there, and ending it.

use super::{OpError, act, as_fixed};
use crate::app::App;
use crate::domain::access::{Actor, OwnAccount, Permissions, Permit, Role};
use crate::domain::audit::{Action, Event, Origin, Target};
use crate::domain::id::SessionId;
use crate::domain::secret::Token;
use crate::domain::session::{Session, TOUCH_EVERY};
use crate::domain::settings::Settings;
use crate::domain::user::Account;
use crate::store::{self, Moment, State, sessions::Found};

/// Nobody counts on past this: the number stands on every page.
pub const MOST_WAITING: i64 = 100;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Present {
    /// Through which session.
    pub session: Session,
    /// As whom.
    pub account: Account,
    /// The settings, read with the session.
    pub settings: Settings,
    /// How many people wait for review, up to 100; for whom that is no business, none.
    pub waiting: i64,
    /// The state of the database in which they were found, if that is known.
    pub state: Option<State>,
}

/// Who holds a token, right now. It is asked on every request, so that whatever ends a session ends it at once.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn present(app: &App, token: &Token, origin: Origin) -> Result<Option<Present>, OpError> {
    let (hash, now) = (token.hash(), app.clock.now());
    let store = app.store.clone();
    let found = app.store.read(move |conn| {
        // What is read from here on is taken for that of this state: it may be newer, and must not be older.
        let Some(found) = store::sessions::find(conn, store.state()?, &hash, now)? else { return Ok(None) };
        let read = || store::sessions::surroundings(conn, MOST_WAITING);
        let around = store.memory.surroundings.or_read(&Moment { state: found.state.clone(), now }, read)?;
        Ok::<_, store::StoreError>(Some((found, around)))
    });
    let Some((Found { session, account, state }, around)) = found.await? else { return Ok(None) };
    let reviews = account.role.permissions().contains(Permissions::REVIEW_PEOPLE);
    let (settings, waiting) = (around.settings.clone(), if reviews { around.waiting } else { 0 });
    if app.store.was_left(session.id) {
        return Ok(None);
    }
    if now - session.last_seen_at >= TOUCH_EVERY {
        let (id, owner, address) = (session.id, account.id, address(origin));
        let touched: Result<(), store::StoreError> =
            app.store.write_lightly(move |tx| store::sessions::touch(tx, id, owner, &address, now)).await;
        if let Err(error) = touched {
            // Reading goes on where writing cannot, as on a full disk.
            tracing::warn!(%error, "the time of a session's last use could not be written");
        }
    }
    Ok(Some(Present { session, account, settings: as_fixed(app, settings), waiting, state }))
}

/// The settings, for somebody who is not signed in.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn settings(app: &App) -> Result<Settings, OpError> {
    Ok(as_fixed(app, app.store.read(store::settings::get).await?))
}

/// The person's own sessions, the latest used first.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn own(app: &App, permit: Permit<OwnAccount>) -> Result<Vec<Session>, OpError> {
    let id = permit.actor().id();
    Ok(app.store.read(move |conn| store::sessions::of_user(conn, id)).await?)
}

/// Signs the person out of the session they use. Where nothing can be written and no other process serves the session,
/// it is over all the same.
///
/// # Errors
/// [`OpError::Busy`] when it could not be written and others may serve it; the session then goes on.
pub async fn sign_out(
    app: &App,
    permit: Permit<OwnAccount>,
    origin: Origin,
    id: SessionId,
) -> Result<(), OpError> {
    let owner = permit.actor().id();
    match leave(app, permit, origin, id).await {
        Err(OpError::Busy(why)) if app.store.remember_leaving(id, owner) => {
            tracing::warn!(why, "that somebody signed out could not be written; it holds all the same");
            Ok(())
        }
        done => done,
    }
}

/// Writes what could not be written when somebody left.
///
/// # Errors
/// [`OpError::Busy`] when it still cannot be written.
pub async fn write_leavings(app: &App) -> Result<(), OpError> {
    for (session, owner) in app.store.unwritten_leavings() {
        // The least that anybody has is enough; whether they still have that is asked in the transaction.
        if let Some(permit) = Actor::new(owner, Role::Member).permit() {
            match leave(app, permit, Origin::default(), session).await {
                // Whoever is not here any more has no sessions.
                Ok(()) | Err(OpError::SignedOut) => app.store.forget_leaving(session),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

async fn leave(app: &App, permit: Permit<OwnAccount>, origin: Origin, id: SessionId) -> Result<(), OpError> {
    act(app, permit, origin, move |tx, account, _| {
        // A session that is gone already is signed out just as well.
        store::sessions::end(tx, account.id, id)?;
        Ok(((), Event::new(Action::SignedOut, Target::Session(id))))
    })
    .await
}

/// Ends one of the person's own sessions.
///
/// # Errors
/// [`OpError::NotFound`] when it is not theirs or has ended already.
pub async fn end(
    app: &App,
    permit: Permit<OwnAccount>,
    origin: Origin,
    id: SessionId,
) -> Result<(), OpError> {
    act(app, permit, origin, move |tx, account, _| {
        if !store::sessions::end(tx, account.id, id)? {
            return Err(OpError::NotFound);
        }
        Ok(((), Event::new(Action::SessionEnded, Target::Session(id))))
    })
    .await
}

/// Ends all of the person's sessions but the one they use, and says how many.
///
/// # Errors
/// [`OpError`] when nothing was changed.
pub async fn end_others(
    app: &App,
    permit: Permit<OwnAccount>,
    origin: Origin,
    kept: SessionId,
) -> Result<usize, OpError> {
    act(app, permit, origin, move |tx, account, _| {
        let ended = store::sessions::end_others(tx, account.id, kept)?;
        let event = Event::new(Action::OtherSessionsEnded, Target::User(account.id));
        Ok((ended, event.with("sessions", None, Some(&ended.to_string()))))
    })
    .await
}

/// The address as it stands in a list of sessions.
pub(super) fn address(origin: Origin) -> String {
    origin.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
}
