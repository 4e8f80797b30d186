//! What programs sign in with.

use chrono::Duration;

use super::{OpError, act, as_fixed, beyond, cut};
use crate::app::App;
use crate::domain::access::{Actor, OwnTokens, Permissions, Permit, Role, Through};
use crate::domain::audit::{Action, Event, Origin, Target};
use crate::domain::field::Errors;
use crate::domain::id::TokenId;
use crate::domain::session::TOUCH_EVERY;
use crate::domain::settings::Settings;
use crate::domain::token::{ApiToken, MOST_TOKENS, Scopes, TokenName, TokenRecord, lifetime};
use crate::domain::user::Account;
use crate::store;

/// Rows of a page.
pub const PAGE: usize = 50;
/// One that ended is listed for so long, so that its owner sees why a program stopped.
pub(super) const LISTED: Duration = Duration::days(30);

/// A program that brought a good token.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token.
    pub token: TokenRecord,
    /// Whose it is.
    pub account: Account,
    /// The settings, read with the token.
    pub settings: Settings,
}

impl Caller {
    /// Its rights at this moment: those of its owner, cut down to its scopes.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.account.actor().through(Through::Token(self.token.id, self.token.scopes))
    }
}

/// Who holds a token, right now. It is asked on every call, so that whatever ends a token ends it at once.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn present(app: &App, token: &ApiToken) -> Result<Option<Caller>, OpError> {
    let (hash, now) = (token.hash(), app.clock.now());
    let found = app.store.read(move |conn| store::tokens::find(conn, &hash, now)).await?;
    let Some((token, account, settings)) = found else { return Ok(None) };
    if token.last_used_at.is_none_or(|used| now - used >= TOUCH_EVERY) {
        let id = token.id;
        let touched: Result<(), store::StoreError> =
            app.store.write_lightly(move |tx| store::tokens::touch(tx, id, now)).await;
        if let Err(error) = touched {
            // Reading goes on where writing cannot, as on a full disk.
            tracing::warn!(%error, "the time of a token's last use could not be written");
        }
    }
    Ok(Some(Caller { token, account, settings: as_fixed(app, settings) }))
}

/// A token, and whose it is.
#[derive(Debug, Clone)]
pub struct Listed {
    /// It.
    pub token: TokenRecord,
    /// Its owner.
    pub owner: Account,
}

/// A page of the list.
#[derive(Debug)]
pub struct List {
    /// Its rows, the newest first.
    pub rows: Vec<Listed>,
    /// Where the next page begins, if there is one.
    pub next: Option<TokenId>,
}

/// One's own tokens, and those of others that one may end.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn list(app: &App, permit: Permit<OwnTokens>, before: Option<TokenId>) -> Result<List, OpError> {
    let (own, roles) = (permit.actor().id(), ended_by(permit.actor()));
    let found =
        app.store.read(move |conn| store::tokens::page(conn, own, &roles, before, beyond(PAGE))).await?;
    let mut rows: Vec<_> = found.into_iter().map(|(token, owner)| Listed { token, owner }).collect();
    Ok(List { next: cut(&mut rows, PAGE, |listed| listed.token.id), rows })
}

/// One of them, for a question about it.
///
/// # Errors
/// [`OpError::NotFound`] when there is none, or no more, or it is no business of theirs.
pub async fn one(app: &App, permit: Permit<OwnTokens>, id: TokenId) -> Result<Listed, OpError> {
    let found = app.store.read(move |conn| store::tokens::by_id(conn, id)).await?;
    let found = found.filter(|(_, owner)| may_end(permit.actor(), owner));
    found.map(|(token, owner)| Listed { token, owner }).ok_or(OpError::NotFound)
}

/// The roles of the people whose tokens somebody may see and end, beside their own.
fn ended_by(actor: Actor) -> Vec<Role> {
    let others = actor.permissions().contains(Permissions::MANAGE_TOKENS);
    Role::ALL.into_iter().filter(|role| others && actor.role().manages(*role)).collect()
}

fn may_end(actor: Actor, owner: &Account) -> bool {
    owner.id == actor.id() || ended_by(actor).contains(&owner.role)
}

/// The form as it was filled in.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// What uses it.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<String>,
    /// How many days it lives.
    pub days: String,
}

/// Makes a token. It is in the answer and nowhere else.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again.
pub async fn create(
    app: &App,
    permit: Permit<OwnTokens>,
    origin: Origin,
    form: &Form,
) -> Result<(TokenRecord, ApiToken), OpError> {
    let mut errors = Errors::default();
    let name = errors.check("name", TokenName::parse(&form.name));
    let scopes = errors.check("scopes", Scopes::parse(&form.scopes));
    let lives = errors.check("days", lifetime(&form.days));
    let (Some(name), Some(scopes), Some(lives)) = (name, scopes, lives) else {
        return Err(OpError::Invalid(errors));
    };
    let (secret, random) = (ApiToken::new(app.entropy.bytes()), app.entropy.bytes());
    act(app, permit, origin, move |tx, account, now| {
        if store::tokens::count(tx, account.id, now)? >= MOST_TOKENS {
            let most = format!("You have {MOST_TOKENS} tokens. Revoke one first.");
            return Err(OpError::Invalid(Errors::one("name", most)));
        }
        let token = TokenRecord {
            id: TokenId::new(now, random),
            owner: account.id,
            name: name.as_str().to_owned(),
            hint: secret.hint(),
            scopes,
            created_at: now,
            expires_at: now + lives,
            last_used_at: None,
        };
        store::tokens::insert(tx, &token, &secret.hash())?;
        let event = Event::new(Action::TokenCreated, Target::User(account.id))
            .with("token", None, Some(&token.name))
            .with("scopes", None, Some(&scopes.keys().join(" ")))
            .with("expires_at", None, Some(&token.expires_at.to_rfc3339()));
        Ok(((token, secret), event))
    })
    .await
}

/// Ends a token at once.
///
/// # Errors
/// [`OpError::NotFound`] when there is none, or no more, or it is no business of theirs.
pub async fn revoke(
    app: &App,
    permit: Permit<OwnTokens>,
    origin: Origin,
    id: TokenId,
) -> Result<Listed, OpError> {
    act(app, permit, origin, move |tx, account, _| {
        let found = store::tokens::by_id(tx, id)?.filter(|(_, owner)| may_end(account.actor(), owner));
        let (token, owner) = found.ok_or(OpError::NotFound)?;
        if !store::tokens::end(tx, id)? {
            return Err(OpError::NotFound);
        }
        let event = Event::new(Action::TokenRevoked, Target::User(owner.id));
        let event = event.with("token", Some(&token.name), None);
        Ok((Listed { token, owner }, event))
    })
    .await
}
