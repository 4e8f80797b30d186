//! An account that staff make. Nobody sets its password: whoever opens its link chooses one.

use crate::app::App;
use crate::domain::access::{ManagePeople, Permit, Role};
use crate::domain::audit::{Action, Event, Origin, Target};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::password::PlainPassword;
use crate::domain::secret::{Token, hex};
use crate::domain::user::{Account, DisplayName, Email, Status, Username};
use crate::ops::reset::LINK_LIVES;
use crate::ops::{OpError, act_on_people};
use crate::store::{self, StoreError, UniqueKey};

/// Whose account is to be made.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// What they sign in with.
    pub username: Username,
    /// How they are called.
    pub name: Option<DisplayName>,
    /// How they are reached.
    pub email: Option<Email>,
    /// What they may do.
    pub role: Role,
}

/// Makes an account with a link to choose its password, good once and for half an hour.
///
/// # Errors
/// [`OpError::Invalid`] when the username or the address belongs to somebody, [`OpError::NotPermitted`] for a role that
/// the actor cannot give.
pub async fn create(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    newcomer: Newcomer,
) -> Result<(Account, Token), OpError> {
    // Until the link is used there is a password that nobody knows: signing in fails as with any wrong one.
    let unknown = PlainPassword::typed(&hex(&app.entropy.bytes::<32>()));
    let unknown = unknown.map_err(|refusal| OpError::Failed(refusal.to_string()))?;
    let hash = app.passwords.slot()?.hash(unknown).await?;
    let (random, token) = (app.entropy.bytes(), Token::new(app.entropy.bytes()));
    act_on_people(app, permit, origin, move |tx, actor, now| {
        let Newcomer { username, name, email, role } = newcomer;
        if actor.actor().assignable(role).is_none() {
            return Err(OpError::NotPermitted);
        }
        let account = Account {
            id: UserId::new(now, random),
            username,
            display_name: name.map(|name| name.as_str().to_owned()),
            email: email.map(|email| email.as_str().to_owned()),
            role,
            status: Status::Active,
            status_reason: None,
            created_at: now,
        };
        store::users::insert(tx, &account, &hash).map_err(taken)?;
        store::links::add_reset(tx, account.id, &token.hash(), now, now + LINK_LIVES)?;
        let event = |action| Event::new(action, Target::User(account.id));
        let made = event(Action::UserCreated).with("role", None, Some(role.key()));
        let events = made.followed_by(vec![event(Action::ResetLinkMade)]);
        Ok(((account, token), events))
    })
    .await
}

fn taken(error: StoreError) -> OpError {
    match error {
        StoreError::Taken(UniqueKey::Username) => {
            OpError::Invalid(Errors::one("username", "That username is taken. Choose another."))
        }
        StoreError::Taken(UniqueKey::Email) => {
            OpError::Invalid(Errors::one("email", "Another account has this email."))
        }
        other => other.into(),
    }
}
