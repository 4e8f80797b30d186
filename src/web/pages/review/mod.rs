//! `/admin/review`: the people who joined with a code, and the look at them.

pub mod change;
pub mod list;
mod rows;
