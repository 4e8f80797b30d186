//! `/admin/invites`: Invite Code Management.

pub mod bulk;
pub mod change;
pub mod csv;
pub mod detail;
pub mod dialogs;
pub mod generate;
pub mod list;
pub mod made;
mod people;
mod rows;

pub use self::rows::InviteRow;
