//! How fast the API is, beside a bare health request in the same run.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use doorlist::domain::database::DatabaseAddress;
use doorlist::domain::id::TokenId;
use doorlist::domain::token::{ApiToken, Scopes, TokenRecord};
use doorlist::store::{self, Store, StoreError};
use doorlist::sys::clock::{Clock, SystemClock};
use doorlist::sys::entropy::{Entropy, SystemEntropy};

use crate::Outcome;
use crate::http::{get, get_as_program, post_as_program};
use crate::pages::{Round, repeat};
use crate::people::OWNER;
use crate::place::Place;
use crate::program::Program;
use crate::report::Figure;
use crate::samples::{all_millis, median, quantile};

const ROUND: Duration = Duration::from_secs(1);
/// The limits of a token are in the way of measuring what is behind them.
const UNLIMITED: [(&str, &str); 2] =
    [("DOORLIST_LIMIT_API", "1000000"), ("DOORLIST_LIMIT_API_CREATIONS", "1000000/1s")];
const NEW: &str = r#"{"label":"Spring meeting","max_uses":10,"expires_at":"7d"}"#;

/// A token of the owner for everything, straight into the database.
pub async fn token(place: &Place) -> Outcome<String> {
    let made = tokens(place, 1).await?.pop();
    made.ok_or_else(|| "no token was made".into())
}

/// As many of them as are asked for.
pub async fn tokens(place: &Place, count: usize) -> Outcome<Vec<String>> {
    let store = Store::connect(&DatabaseAddress::parse(&place.url())?);
    let (now, entropy): (_, &dyn Entropy) = (SystemClock.now(), &SystemEntropy);
    let made: Vec<_> =
        (0..count).map(|_| (TokenId::new(now, entropy.bytes()), ApiToken::new(entropy.bytes()))).collect();
    let revealed = made.iter().map(|(_, token)| token.reveal().to_owned()).collect();
    let done: Result<(), StoreError> = store
        .write(move |tx| {
            let owner = store::users::by_login(tx, OWNER)?;
            let owner = owner.ok_or_else(|| StoreError::Corrupt("there is no owner".to_owned()))?;
            made.iter().try_for_each(|(id, token)| {
                let record = TokenRecord {
                    id: *id,
                    owner: owner.account.id,
                    name: "Figures".to_owned(),
                    hint: token.hint(),
                    scopes: Scopes::all(),
                    created_at: now,
                    expires_at: now + TimeDelta::days(1),
                    last_used_at: None,
                };
                store::tokens::insert(tx, &record, &token.hash())
            })
        })
        .await;
    done?;
    Ok(revealed)
}

/// Measures creating and listing with 16 connections each, in turns with `/healthz`.
pub async fn measure(binary: &Path, place: &Place, rounds: u32) -> Outcome<Vec<Figure>> {
    let token = token(place).await?;
    let program = Program::start_with(binary, place, &UNLIMITED)?;
    let requests = [
        ("/healthz", get(program.address, "/healthz", "")),
        ("Creating by the API", post_as_program(program.address, "/api/v1/invites", &token, NEW)),
        ("Listing 50 by the API", get_as_program(program.address, "/api/v1/invites", &token)),
    ];
    let mut done: Vec<Vec<Round>> = requests.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for ((_, request), rounds) in requests.iter().zip(&mut done) {
            rounds.push(repeat(&program, request.clone(), ROUND).await?);
        }
    }
    program.stop()?;
    let mut measured = requests.iter().map(|(name, _)| *name).zip(&done);
    let bare: Vec<f64> =
        measured.next().map(|(_, rounds)| rounds).into_iter().flatten().map(|round| round.rate).collect();
    Ok(measured.flat_map(|(name, rounds)| figures(name, rounds, &bare)).collect())
}

fn figures(name: &str, rounds: &[Round], bare: &[f64]) -> Vec<Figure> {
    let figure = |id: &str, what: &str, unit, value: &dyn Fn(&Round) -> f64| {
        let values: Vec<f64> = rounds.iter().map(value).collect();
        Figure::new(&format!("api.{name}.{id}"), &format!("{name}{what}"), unit, &values)
    };
    let shares: Vec<f64> = rounds.iter().zip(bare).map(|(round, bare)| round.rate * 100.0 / bare).collect();
    vec![
        figure("rate", ", answers", "/s", &|round| round.rate),
        Figure::new(&format!("api.{name}.share"), "… of the rate of `/healthz`", "%", &shares),
        figure("p50", ", p50", "ms", &|round| median(&all_millis(&round.times))),
        figure("p99", ", p99", "ms", &|round| quantile(&all_millis(&round.times), 0.99)),
    ]
}
