//! Floor 0: pure types and rules. No I/O, no clock, no randomness; time and entropy come in as values.

pub mod access;
pub mod agent;
pub mod audit;
pub mod code;
pub mod database;
pub mod expiry;
pub mod field;
pub mod id;
pub mod invite;
pub mod password;
pub mod person;
pub mod review;
pub mod secret;
pub mod session;
pub mod settings;
pub mod throttle;
pub mod time;
pub mod token;
pub mod user;
