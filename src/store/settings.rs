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

/// Writes all of them.
pub fn set(tx: &mut Tx<'_>, new: &Settings) -> Result<(), StoreError> {
    // Every number here was read within bounds far below the largest.
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let row = SettingsRow {
        id: 1,
        server_name: new.server_name.clone(),
        password_min: number(new.password_min),
        registration_mode: new.registration.key().to_owned(),
        code_length: i32::try_from(new.code_length).unwrap_or(i32::MAX),
        email_required: new.email_required,
        default_role: new.defaults.role.key().to_owned(),
        default_max_uses: new.defaults.limit.most().map(number),
        default_expires_days: new.defaults.expires_days.map(number),
        removal_grace_days: number(new.removal_grace_days),
        expired_codes_days: new.expired_codes_days.map(number),
        audit_days: new.audit_days.map(number),
        support_address: new.support_address.clone(),
    };
    on!(&mut **tx, c => diesel::update(settings::table.find(1)).set(&row).execute(c))?;
    Ok(())
}

/// The settings, for whoever is about to change them: on PostgreSQL nobody else does until the end of the transaction.
pub fn for_change(tx: &mut Tx<'_>) -> Result<Settings, StoreError> {
    let Conn::Postgres(c) = &mut **tx else { return get(tx) };
    let row = settings::table.find(1).select(SettingsRow::as_select());
    Ok(read(row.for_no_key_update().first(&mut **c)?))
}

/// Names the server.
pub fn set_server_name(tx: &mut Tx<'_>, name: &ServerName) -> Result<(), StoreError> {
    on!(&mut **tx, c => diesel::update(settings::table).set(settings::server_name.eq(name.as_str())).execute(c))?;
    Ok(())
}
