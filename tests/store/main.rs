//! The database from the floor above it: migrations, transactions, races, on both kinds.
#![cfg(test)]

#[path = "../support/blank.rs"]
mod blank;
#[path = "../support/database.rs"]
mod database;

mod audit;
mod audit_plans;
mod backups;
mod explain;
mod invite_lists;
mod joins;
mod migrations;
mod opening;
mod people;
mod plans;
mod search;
mod throttles;
mod transactions;
mod trusted;
