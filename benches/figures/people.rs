//! An owner, and as many accounts as there are clients.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use doorlist::domain::access::Role;
use doorlist::domain::database::DatabaseAddress;
use doorlist::domain::id::UserId;
use doorlist::domain::user::{Account, Status, Username};
use doorlist::store::{self, Store, StoreError};
use doorlist::sys::clock::{Clock, SystemClock};
use doorlist::sys::entropy::{Entropy, SystemEntropy};

use crate::Outcome;
use crate::http::{Connection, get, post};
use crate::place::Place;
use crate::program::Program;
use crate::storm::Knock;

/// Everybody's password.
pub const PASSWORD: &str = "quarry-lantern-42-moss";
/// The owner's username.
pub const OWNER: &str = "mara";

/// Sets the server up, and answers with the owner's cookie.
pub async fn set_up(program: &Program, place: &Place) -> Outcome<String> {
    // It is printed before the first request is answered.
    Connection::open(program.address, Ipv4Addr::LOCALHOST)
        .await?
        .ask(&get(program.address, "/healthz", ""))
        .await?;
    let form = [
        ("server", "Harbour Makers"),
        ("key", &Program::setup_key(place)?),
        ("name", "Mara Lindqvist"),
        ("username", OWNER),
        ("email", ""),
        ("password", PASSWORD),
    ];
    sign_in_with(program, &post(program.address, "/setup", &form)).await
}

/// Signs the owner in, and answers with their cookie.
pub async fn owner(program: &Program) -> Outcome<String> {
    let form = [("login", OWNER), ("password", PASSWORD), ("next", "")];
    sign_in_with(program, &post(program.address, "/sign-in", &form)).await
}

async fn sign_in_with(program: &Program, request: &[u8]) -> Outcome<String> {
    let mut connection = Connection::open(program.address, Ipv4Addr::LOCALHOST).await?;
    let answer = connection.ask(request).await?;
    let cookie = answer.cookie.filter(|_| answer.status == 303);
    let cookie = cookie.ok_or_else(|| format!("the owner was answered with {}", answer.status))?;
    // The first page puts the secret of the forms into the cookie; from then on it stays as it is.
    let page = connection.ask(&get(program.address, "/account", &cookie)).await?;
    Ok(page.cookie.unwrap_or(cookie))
}

/// The name of one of the accounts.
fn name(number: usize) -> String {
    format!("guest-{number:03}")
}

/// Each client signs in to an account of its own, as one person with many devices.
pub fn signing_in(server: SocketAddr) -> Knock {
    Arc::new(move |number| {
        let login = name(number);
        let form = [("login", login.as_str()), ("password", PASSWORD), ("next", "")];
        post(server, "/sign-in", &form)
    })
}

/// Adds accounts with the owner's password, straight into the database.
pub async fn add(place: &Place, count: usize) -> Outcome<()> {
    let store = Store::connect(&DatabaseAddress::parse(&place.url())?);
    let clock = SystemClock;
    let accounts: Vec<Account> =
        (0..count).map(|number| account(number, &clock, &SystemEntropy)).collect::<Outcome<_>>()?;
    let done: Result<(), StoreError> = store
        .write(move |tx| {
            let owner = store::users::by_login(tx, OWNER)?;
            let owner = owner.ok_or_else(|| StoreError::Corrupt("there is no owner".to_owned()))?;
            accounts.iter().try_for_each(|account| store::users::insert(tx, account, &owner.hash))
        })
        .await;
    Ok(done?)
}

fn account(number: usize, clock: &dyn Clock, entropy: &dyn Entropy) -> Outcome<Account> {
    Ok(Account {
        id: UserId::new(clock.now(), entropy.bytes()),
        username: Username::parse(&name(number))?,
        display_name: None,
        email: None,
        role: Role::Member,
        status: Status::Active,
        status_reason: None,
        created_at: clock.now(),
    })
}
