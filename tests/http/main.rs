//! The server from outside: real requests, real forms, on both databases.
#![cfg(test)]

#[path = "../support/database.rs"]
mod database;
#[path = "../support/parts.rs"]
mod parts;
#[path = "../support/mod.rs"]
mod support;

mod access;
mod account;
mod assets;
mod canaries;
mod codes;
mod delegation;
mod forgery;
mod guard;
mod headers;
mod invite_changes;
mod invite_rights;
mod invites;
mod join;
mod operations;
mod password;
mod people_races;
mod races;
mod reset;
mod sessions;
mod setup;
mod sign_in;
mod throttle;
mod user_changes;
mod user_rights;
mod user_ways;
mod users;
