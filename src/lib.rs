//! Doorlist: the invite-only front door for anything a person hosts.
//!
//! The house has four floors and one way down; a floor knows only those below it.
//!
//! - floor 3, [`web`], [`jobs`] and [`cli`]: who asks, and in what shape to answer
//! - floor 2, [`ops`]: one verb for each function, one transaction, one audit row
//! - floor 1, [`store`]: the only room that says "diesel"
//! - floor 0, [`domain`]: pure types and rules; beside it [`sys`]: clock, entropy, password hashing
//!
//! `docs/ARCHITECTURE.md` walks through it.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod ops;
pub mod store;
pub mod sys;
pub mod telemetry;
pub mod web;
