//! The server from outside: real requests, real forms, on both databases.
#![cfg(test)]

#[path = "../support/blank.rs"]
mod blank;
#[path = "../support/database.rs"]
mod database;
#[path = "../support/parts.rs"]
mod parts;
#[path = "../support/mod.rs"]
mod support;

mod access;
mod account;
mod api;
mod assets;
mod audit;
mod audit_rights;
mod auto_delete;
mod canaries;
mod cleanup;
mod codes;
mod coming_back;
mod delegation;
mod forgery;
mod guard;
mod headers;
mod invite_amounts;
mod invite_changes;
mod invite_rights;
mod invites;
mod join;
mod join_refused;
mod operations;
mod overview;
mod password;
mod people_races;
mod races;
mod remembered;
mod reset;
mod review;
mod sessions;
mod settings;
mod setup;
mod sign_in;
mod throttle;
mod token_rights;
mod tokens;
mod user_changes;
mod user_rights;
mod user_ways;
mod users;
