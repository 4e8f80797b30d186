//! `/admin/users`: User Management.

pub mod bulk;
pub mod change;
pub mod detail;
pub mod dialogs;
pub mod list;
pub mod removal;
mod rows;

pub use self::rows::UserRow;
