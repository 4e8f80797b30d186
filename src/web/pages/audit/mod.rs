//! `/admin/audit`: who did what.

pub mod csv;
pub mod list;
mod query;
mod rows;
