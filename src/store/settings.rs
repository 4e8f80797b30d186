//! The settings of the instance: one row.

use diesel::prelude::*;

use super::rows::SettingsRow;
use super::schema::settings;
use super::{Conn, StoreError, Tx, on};
use crate::domain::code::LONGEST;
use crate::domain::settings::{RegistrationMode, ServerName, Settings};

pub(super) fn read(row: SettingsRow) -> Settings {
    // The table's own checks keep every value within its bounds; what no check allows is read as the strictest.
    Settings {
        server_name: row.server_name,
        password_min: row.password_min.unsigned_abs(),
        registration: RegistrationMode::parse(&row.registration_mode).unwrap_or(RegistrationMode::Closed),
        code_length: usize::try_from(row.code_length).unwrap_or(LONGEST),
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
