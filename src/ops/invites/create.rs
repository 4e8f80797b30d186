//! *Generate New Code.*

use super::about;
use crate::app::App;
use crate::domain::access::{Actor, CreateInvites, Grantable, Permit, Role};
use crate::domain::audit::{Action, Events, Origin};
use crate::domain::code::InviteCode;
use crate::domain::expiry::Expiry;
use crate::domain::field::{Errors, Rejected};
use crate::domain::id::{BatchId, InviteId};
use crate::domain::invite::{Invite, Label, UseLimit, in_words, parse_count};
use crate::domain::time::Timestamp;
use crate::ops::{OpError, act};
use crate::store::{self, Tx};
use crate::sys::entropy::Entropy;

/// Drawing the same code twice is next to impossible; a table that is nearly full is not.
const DRAWS: usize = 16;
/// Nobody can be removed at an end that there is not.
pub const NO_END: &str = "Set an expiration date first.";

/// Two codes never read the same.
pub const ONLY_ONE: &str = "A code of your own can be made once only. Enter 1.";

/// The form as it was filled in.
#[derive(Debug, Clone, Default)]
pub struct NewForm {
    /// What staff call it.
    pub label: String,
    /// A code of one's own, or nothing.
    pub code: String,
    /// How many can join, or nothing.
    pub max_uses: String,
    /// What they become.
    pub role: String,
    /// Whether there is an end at all.
    pub expires: bool,
    /// The end, in days.
    pub days: String,
    /// The end, exactly; it wins over the days.
    pub exact: String,
    /// Whether whoever joins is removed when it ends.
    pub delete_users: bool,
    /// How many codes.
    pub count: String,
}

/// What is to be made: the form once it is read.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What staff call it.
    pub label: Option<Label>,
    /// A code of one's own.
    pub code: Option<InviteCode>,
    /// How many can join.
    pub limit: UseLimit,
    /// What they become.
    pub role: Grantable,
    /// Its end.
    pub expiry: Expiry,
    /// Whether whoever joins is removed when it ends.
    pub delete_users: bool,
    /// How many codes.
    pub count: usize,
}

/// What a form would make.
#[derive(Debug, Clone)]
pub struct Preview {
    /// In words.
    pub words: String,
    /// Whether a code for a high role would know neither limit nor end.
    pub risky: bool,
    /// The end.
    pub expiry: Expiry,
}

fn check(form: &NewForm, actor: Actor, now: Timestamp) -> Result<Wanted, OpError> {
    let mut errors = Errors::default();
    let label = errors.check("label", Label::parse(&form.label));
    let typed = form.code.trim();
    let code = errors.check("code", (!typed.is_empty()).then(|| InviteCode::custom(typed)).transpose());
    let limit = errors.check("max_uses", UseLimit::parse(&form.max_uses));
    let role = errors.check("role", grantable(&form.role, actor));
    let expiry = errors.check(if form.exact.is_empty() { "days" } else { "exact" }, expiry(form, now));
    if form.delete_users && !form.expires {
        errors.add("delete_users", NO_END);
    }
    let count = errors.check("count", parse_count(&form.count));
    if code.as_ref().is_some_and(Option::is_some) && count.is_some_and(|count| count > 1) {
        errors.add("count", ONLY_ONE);
    }
    match (label, code, limit, role, expiry, count) {
        (Some(label), Some(code), Some(limit), Some(role), Some(expiry), Some(count))
            if errors.is_empty() =>
        {
            Ok(Wanted { label, code, limit, role, expiry, delete_users: form.delete_users, count })
        }
        _ => Err(OpError::Invalid(errors)),
    }
}

/// A role as it was chosen, if this person may hand it out.
///
/// # Errors
/// [`Rejected`] in the words for the field.
pub fn grantable(key: &str, actor: Actor) -> Result<Grantable, Rejected> {
    let highest = actor.role().grants_up_to().map_or("none", Role::label);
    let beyond = Rejected(format!("You can hand out roles up to {highest}.").into());
    let role: Role = key.parse().map_err(|_| Rejected::because("Choose a role."))?;
    actor.grantable(role).ok_or(beyond)
}

fn expiry(form: &NewForm, now: Timestamp) -> Result<Expiry, Rejected> {
    match (form.expires, form.exact.trim()) {
        (false, _) => Ok(Expiry::Never),
        (true, "") if form.days.trim().is_empty() => Err(Rejected::because("Enter a number from 1 to 3650.")),
        (true, "") => Expiry::in_days(&form.days, now),
        (true, exact) => Expiry::exact(exact, now),
    }
}

/// Says what a form would make, without making it.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again.
pub fn preview(app: &App, permit: Permit<CreateInvites>, form: &NewForm) -> Result<Preview, OpError> {
    let wanted = check(form, permit.actor(), app.clock.now())?;
    let role = wanted.role.role();
    Ok(Preview {
        words: in_words(wanted.limit, role, wanted.expiry, wanted.delete_users),
        risky: role >= Role::Manager && (wanted.limit.most().is_none() || wanted.expiry == Expiry::Never),
        expiry: wanted.expiry,
    })
}

/// Makes one code, or a batch of them: all or none.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again.
pub async fn create(
    app: &App,
    permit: Permit<CreateInvites>,
    origin: Origin,
    form: &NewForm,
    code_length: usize,
) -> Result<Vec<Invite>, OpError> {
    let wanted = check(form, permit.actor(), app.clock.now())?;
    make(app, permit, origin, wanted, code_length).await
}

/// The same, of what was read already.
///
/// # Errors
/// [`OpError::Invalid`] when a code of one's own reads like another.
pub async fn make(
    app: &App,
    permit: Permit<CreateInvites>,
    origin: Origin,
    wanted: Wanted,
    code_length: usize,
) -> Result<Vec<Invite>, OpError> {
    let entropy = app.entropy.clone();
    act(app, permit, origin, move |tx, account, now| {
        // The role may have gone since the form was checked.
        let role = account.actor().grantable(wanted.role.role()).ok_or(OpError::NotPermitted)?;
        let batch = (wanted.count > 1).then(|| BatchId::new(now, entropy.bytes()));
        let mut made = Vec::with_capacity(wanted.count);
        for _ in 0..wanted.count {
            let template = Invite {
                id: InviteId::new(now, entropy.bytes()),
                code: wanted.code.clone().unwrap_or_else(|| draw(&*entropy, code_length)),
                label: wanted.label.as_ref().map(|label| label.as_str().to_owned()),
                role: role.role(),
                limit: wanted.limit,
                uses: 0,
                expiry: wanted.expiry,
                delete_users_on_expiry: wanted.delete_users,
                paused: false,
                batch,
                created_by: account.recorded(),
                created_at: now,
                updated_at: now,
                last_used_at: None,
                users_removed_at: None,
            };
            made.push(insert(tx, template, wanted.code.is_none(), &*entropy)?);
        }
        let events = made.iter().map(|invite| about(Action::InviteCreated, invite)).collect();
        // The count is at least one.
        let events = Events::of(events).ok_or_else(|| OpError::Failed("no code was made".to_owned()))?;
        Ok((made, events))
    })
    .await
}

fn insert(
    tx: &mut Tx<'_>,
    mut invite: Invite,
    drawn: bool,
    entropy: &dyn Entropy,
) -> Result<Invite, OpError> {
    for _ in 0..DRAWS {
        if store::invites::insert(tx, &invite)? {
            return Ok(invite);
        }
        if !drawn {
            let taken = "This code reads like an existing one. Choose another.";
            return Err(OpError::Invalid(Errors::one("code", taken)));
        }
        invite.code = draw(entropy, invite.code.reading().as_str().len());
    }
    Err(OpError::Invalid(Errors::one("code", "No free code of this length was found. Use longer codes.")))
}

fn draw(entropy: &dyn Entropy, length: usize) -> InviteCode {
    let mut random = vec![0; length];
    entropy.fill(&mut random);
    InviteCode::drawn(&random)
}
