//! The pages: one file for each family. A handler gets a permit, parses, calls one operation and shapes the answer.

pub mod account;
pub mod audit;
pub mod home;
pub mod invites;
pub mod join;
pub mod overview;
pub mod preferences;
pub mod problems;
pub mod reset;
pub mod review;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod tokens;
pub mod users;
