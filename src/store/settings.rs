//! The settings of the instance: one row.

use diesel::prelude::*;

use super::rows::SettingsRow;
use super::schema::settings;
use super::{Conn, StoreError, Tx, on};
use crate::domain::access::Role;
use crate::domain::code::LONGEST;
use crate::domain::invite::UseLimit;
use crate::domain::settings::{InviteDefaults, RegistrationMode, ServerName, Settings};

pub(super) fn read(row: SettingsRow) -> Settings {
    // The table's own checks keep every value within its bounds; what no check allows is read as the strictest.
    Settings {
        server_name: row.server_name,
        password_min: row.password_min.unsigned_abs(),
        registration: RegistrationMode::parse(&row.registration_mode).unwrap_or(RegistrationMode::Closed),
        code_length: usize::try_from(row.code_length).unwrap_or(LONGEST),
        email_required: row.email_required,
        defaults: InviteDefaults {
            role: row.default_role.parse().unwrap_or(Role::Member),
            limit: UseLimit::stored(row.default_max_uses.map(i32::unsigned_abs)),
            expires_days: row.default_expires_days.map(i32::unsigned_abs),
        },
        removal_grace_days: row.removal_grace_days.unsigned_abs(),
        expired_codes_days: row.expired_codes_days.map(i32::unsigned_abs),
        audit_days: row.audit_days.map(i32::unsigned_abs),
        support_address: row.support_address,
    }
}

/// The settings.
pub fn get(conn: &mut Conn) -> Result<Settings, StoreError> {
    Ok(read(on!(conn, c => settings::table.select(SettingsRow::as_select()).first(c))?))
}

/// Names the server.
pub fn set_server_name(tx: &mut Tx<'_>, name: &ServerName) -> Result<(), StoreError> {
    on!(&mut **tx, c => diesel::update(settings::table).set(settings::server_name.eq(name.as_str())).execute(c))?;
    Ok(())
}
