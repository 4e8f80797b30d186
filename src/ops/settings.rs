//! Changing the settings of the instance.

use super::{OpError, act};
use crate::app::App;
use crate::domain::access::{ChangeSettings, Permit, Role};
use crate::domain::audit::{Action, Event, Origin, Target};
use crate::domain::field::{Errors, Rejected};
use crate::domain::invite::{GRANTED, UseLimit};
use crate::domain::settings::{
    InviteDefaults, RegistrationMode, ServerName, Settings, SupportAddress, whole, whole_or_none,
};
use crate::store;

/// One part of the settings, as it was filled in.
#[derive(Debug, Clone)]
pub enum Part {
    /// What stands on every page.
    General {
        /// The name of the server.
        server_name: String,
        /// Where to turn for help, or nothing.
        support_address: String,
    },
    /// Who gets in, and what they have to bring.
    Registration {
        /// Who may register; nothing where the environment says so.
        mode: Option<String>,
        /// Whether an e-mail address has to be given.
        email_required: bool,
        /// The least length of a new password.
        password_min: String,
    },
    /// New codes.
    Codes {
        /// How many symbols they have.
        code_length: String,
        /// What whoever joins becomes.
        default_role: String,
        /// How many can join, or nothing.
        default_max_uses: String,
        /// For how many days, or nothing.
        default_expires_days: String,
    },
    /// How long things are kept.
    Retention {
        /// Removed people, in days.
        removal_grace_days: String,
        /// Ended codes, in days; nothing keeps them.
        expired_codes_days: String,
        /// Rows of the audit log, in days; nothing keeps them.
        audit_days: String,
    },
}

/// Changes one part of the settings, and leaves the others as they are.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again.
pub async fn change(
    app: &App,
    permit: Permit<ChangeSettings>,
    origin: Origin,
    part: Part,
) -> Result<Settings, OpError> {
    let locked = app.config.registration.is_some();
    act(app, permit, origin, move |tx, _, _| {
        let old = store::settings::for_change(tx)?;
        let new = changed(&old, &part, locked)?;
        store::settings::set(tx, &new)?;
        let event = difference(&old, &new);
        Ok((new, event))
    })
    .await
}

fn changed(old: &Settings, part: &Part, locked: bool) -> Result<Settings, OpError> {
    let mut errors = Errors::default();
    let mut new = old.clone();
    match part {
        Part::General { server_name, support_address } => {
            let name = errors.check("server_name", ServerName::parse(server_name));
            let support = errors.check("support_address", SupportAddress::parse(support_address));
            new.server_name = name.map(|name| name.as_str().to_owned()).unwrap_or_default();
            new.support_address = support.flatten().map(|to| to.as_str().to_owned());
        }
        Part::Registration { mode, email_required, password_min } => {
            if let Some(mode) = mode.as_deref().filter(|_| !locked) {
                let mode = RegistrationMode::parse(mode).ok_or(Rejected::because("Choose who can register."));
                new.registration = errors.check("mode", mode).unwrap_or(old.registration);
            }
            new.email_required = *email_required;
            let least = errors.check("password_min", whole(password_min, 8..=64));
            new.password_min = least.unwrap_or(old.password_min);
        }
        Part::Codes { code_length, default_role, default_max_uses, default_expires_days } => {
            let length = errors.check("code_length", whole(code_length, 6..=32));
            new.code_length =
                length.and_then(|length| usize::try_from(length).ok()).unwrap_or(old.code_length);
            let role: Option<Role> = default_role.parse().ok().filter(|role| GRANTED.contains(role));
            let role = errors.check("default_role", role.ok_or(Rejected::because("Choose a role.")));
            let limit = errors.check("default_max_uses", UseLimit::parse(default_max_uses));
            let days = errors.check("default_expires_days", whole_or_none(default_expires_days, 1..=3_650));
            new.defaults = InviteDefaults {
                role: role.unwrap_or(Role::Member),
                limit: limit.unwrap_or(UseLimit::UNLIMITED),
                expires_days: days.flatten(),
            };
        }
        Part::Retention { removal_grace_days, expired_codes_days, audit_days } => {
            let grace = errors.check("removal_grace_days", whole(removal_grace_days, 0..=90));
            new.removal_grace_days = grace.unwrap_or(old.removal_grace_days);
            let codes = errors.check("expired_codes_days", whole_or_none(expired_codes_days, 0..=3_650));
            new.expired_codes_days = codes.flatten();
            new.audit_days = errors.check("audit_days", whole_or_none(audit_days, 1..=3_650)).flatten();
        }
    }
    if errors.is_empty() { Ok(new) } else { Err(OpError::Invalid(errors)) }
}

fn difference(old: &Settings, new: &Settings) -> Event {
    let switch = |on: bool| Some(if on { "on" } else { "off" });
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let mut event = Event::new(Action::SettingsChanged, Target::None)
        .with("server_name", Some(&old.server_name), Some(&new.server_name))
        .with("support_address", old.support_address.as_deref(), new.support_address.as_deref())
        .with("registration_mode", Some(old.registration.key()), Some(new.registration.key()))
        .with("email_required", switch(old.email_required), switch(new.email_required))
        .with("default_role", Some(old.defaults.role.key()), Some(new.defaults.role.key()));
    for (field, old, new) in [
        ("password_min", Some(old.password_min), Some(new.password_min)),
        ("code_length", u32::try_from(old.code_length).ok(), u32::try_from(new.code_length).ok()),
        ("default_max_uses", old.defaults.limit.most(), new.defaults.limit.most()),
        ("default_expires_days", old.defaults.expires_days, new.defaults.expires_days),
        ("removal_grace_days", Some(old.removal_grace_days), Some(new.removal_grace_days)),
        ("expired_codes_days", old.expired_codes_days, new.expired_codes_days),
        ("audit_days", old.audit_days, new.audit_days),
    ] {
        event = event.with(field, number(old).as_deref(), number(new).as_deref());
    }
    event
}
