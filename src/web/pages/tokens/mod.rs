//! `/admin/tokens`: API tokens.

pub mod change;
pub mod dialogs;
pub mod list;
