//! Accounts and databases for the tests beside.

use chrono::{TimeZone, Utc};
use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;
use doorlist::domain::time::Timestamp;
use doorlist::domain::user::{Account, Status, Username};
use doorlist::store::migrate::{self, IfMissing};
use doorlist::store::{self, Store, StoreError};
use doorlist::sys::passwords::StoredHash;

use crate::database::Database;

pub fn open(database: &Database) -> Store {
    migrate::open(&database.address(), IfMissing::Create).unwrap().store
}

pub fn noon() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap()
}

pub fn account(number: u8) -> Account {
    Account {
        id: UserId::new(noon(), [number; 10]),
        username: Username::parse(&format!("person.{number}.x")).unwrap(),
        display_name: None,
        email: None,
        role: Role::Member,
        status: Status::Active,
        status_reason: None,
        created_at: noon(),
    }
}

pub async fn insert(store: &Store, account: Account) -> Result<(), StoreError> {
    let hash = StoredHash("a hash".to_owned());
    store.write(move |tx| store::users::insert(tx, &account, &hash)).await
}
