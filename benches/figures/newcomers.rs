//! People who register, all with one code.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use doorlist::domain::access::Role;
use doorlist::domain::code::InviteCode;
use doorlist::domain::database::DatabaseAddress;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::id::InviteId;
use doorlist::domain::invite::{Invite, UseLimit};
use doorlist::domain::secret::Token;
use doorlist::store::{self, Store, StoreError};
use doorlist::sys::clock::{Clock, SystemClock};
use doorlist::sys::entropy::{Entropy, SystemEntropy};

use crate::Outcome;
use crate::http::post;
use crate::people::PASSWORD;
use crate::place::Place;
use crate::storm::Knock;

const CODE: &str = "HARBOUR-FAIR-26";

/// Adds the code, straight into the database: as many as come can join with it.
pub async fn invite(place: &Place) -> Outcome<()> {
    let store = Store::connect(&DatabaseAddress::parse(&place.url())?);
    let (entropy, now): (&dyn Entropy, _) = (&SystemEntropy, SystemClock.now());
    let invite = Invite {
        id: InviteId::new(now, entropy.bytes()),
        code: InviteCode::custom(CODE)?,
        label: None,
        role: Role::Member,
        limit: UseLimit::UNLIMITED,
        uses: 0,
        expiry: Expiry::Never,
        delete_users_on_expiry: false,
        paused: false,
        batch: None,
        created_by: None,
        created_at: now,
        updated_at: now,
        last_used_at: None,
        users_removed_at: None,
    };
    let added: Result<bool, StoreError> = store.write(move |tx| store::invites::insert(tx, &invite)).await;
    if added? { Ok(()) } else { Err("the code is there already".into()) }
}

/// Each time it is somebody new who registers.
pub fn registering(server: SocketAddr) -> Knock {
    let newest = AtomicU32::new(0);
    Arc::new(move |_| {
        let username = format!("newcomer-{:06}", newest.fetch_add(1, Ordering::Relaxed));
        let entropy: &dyn Entropy = &SystemEntropy;
        let attempt = Token::new(entropy.bytes());
        let form = [
            ("code", CODE),
            ("username", &username),
            ("name", ""),
            ("email", ""),
            ("password", PASSWORD),
            ("attempt", attempt.reveal()),
        ];
        post(server, "/join", &form)
    })
}
