//! F8: whether the time of an answer tells what the answer does not: why a code was refused, and whether a name is known.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::task::block_in_place;

use crate::Outcome;
use crate::checker::Hand;
use crate::client::post;
use crate::clock::now;
use crate::crowd::accounts;
use crate::ground::Ground;
use crate::samples::quantile;
use crate::scene::Scene;
use crate::table::Finding;

/// What has to be found where it is added, so that finding nothing means something.
const INJECTED: Duration = Duration::from_micros(50);
/// Each series is cut into so many parts; how far these differ among themselves is the noise of the run.
const PARTS: usize = 20;
/// So many times the noise is no accident: with 19 degrees of freedom, one in a thousand.
const BEYOND: f64 = 3.9;
/// An account is slowed down from the fifth failure on.
const TRIES_AN_ACCOUNT: usize = 4;

/// Something that is asked again and again, and how much is added to its time.
struct Series {
    name: &'static str,
    request: Box<dyn Fn(usize) -> Vec<u8> + Send + Sync>,
    added: Duration,
    micros: Vec<f64>,
}

impl Series {
    fn new(name: &'static str, request: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self { name, request: Box::new(request), added: Duration::ZERO, micros: Vec::new() }
    }

    fn with(self, added: Duration) -> Self {
        Self { added, ..self }
    }
}

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Scene::open(&ground).await?;
    let mut finding = Finding::default();
    let codes = codes(&scene).await?;
    let code = |text: &'static str| move |_: usize| post("/join/check", "", &[("code", text)]);
    let mut series = vec![
        Series::new("unknown", code("TIMING-UNKNOWN")),
        Series::new("50 µs more", code("TIMING-UNKNOWN")).with(INJECTED),
        Series::new("unknown again", code("TIMING-UNKNOWN")),
    ];
    series.extend(codes.map(|text| Series::new(text, code(text))));
    let refused = compare(&ground, &scene, series, ground.times(4_000, 400), &mut finding).await?;

    let rounds = ground.times(1_000, 100);
    let accounts_needed = rounds.div_ceil(TRIES_AN_ACCOUNT);
    accounts(&scene, accounts_needed)?;
    let sign_in = |login: String| {
        post("/sign-in", "", &[("login", &login), ("password", "not-this-one"), ("next", "")])
    };
    let nobody = |from: &'static str| move |round: usize| sign_in(format!("{from}{round:04}"));
    let series = vec![
        Series::new("unknown name", nobody("nobody")),
        Series::new("50 µs more", nobody("noone")).with(INJECTED),
        Series::new("unknown name again", nobody("stranger")),
        Series::new("wrong password", move |round| sign_in(format!("guest{:02}", round % accounts_needed))),
    ];
    let signed_in = compare(&ground, &scene, series, rounds, &mut finding).await?;
    finding.measured = format!("codes: {refused}; names: {signed_in}");
    Ok(finding)
}

/// A code for each way in which one can be refused.
async fn codes(scene: &Scene) -> Outcome<[&'static str; 4]> {
    let codes = ["TIMING-EXPIRED", "TIMING-USED-UP", "TIMING-PAUSED1", "TIMING-DELETED"];
    for code in codes {
        scene.code(&scene.owner, code, Some(1), "member").await?;
    }
    let [expired, used_up, paused, deleted] = codes;
    Hand::open(&scene.place)?.put(&format!(
        "UPDATE invites SET expires_at = '2026-01-01 00:00:00', lapsed = TRUE WHERE code = '{expired}'; \
         UPDATE invites SET uses = 1 WHERE code = '{used_up}'; \
         UPDATE invites SET paused = TRUE WHERE code = '{paused}'; \
         UPDATE invites SET deleted_at = '2026-01-01 00:00:00' WHERE code = '{deleted}'"
    ))?;
    Ok(codes)
}

/// Asks for each in turn, in an order that changes, and compares all with the first. The second has something added, which
/// has to be found.
async fn compare(
    ground: &Ground,
    scene: &Scene,
    mut series: Vec<Series>,
    rounds: usize,
    finding: &mut Finding,
) -> Outcome<String> {
    for round in 0..rounds {
        let turn = usize::try_from(ground.dice.below(u64::try_from(series.len())?))?;
        let (ahead, behind) = series.split_at_mut(turn);
        for one in behind.iter_mut().chain(ahead) {
            let request = (one.request)(round);
            let took = timed(scene.address(0), ground.addresses.next(), &request, one.added).await?;
            one.micros.push(took.as_secs_f64() * 1e6);
        }
    }
    let mut others = series.iter();
    let (first, injected) = (others.next().ok_or("no series")?, others.next().ok_or("no series")?);
    let (found, noise) = difference(first, injected)?;
    if found < noise {
        return Err(format!("too noisy: {found:.0} µs were found of 50, {noise:.0} are noise").into());
    }
    let mut largest: f64 = 0.0;
    for other in others {
        let (found, noise) = difference(first, other)?;
        largest = largest.max(found.abs());
        finding.must(found.abs() < noise, || {
            format!("{}: {found:.1} µs from {}, {noise:.1} are noise", other.name, first.name)
        });
    }
    Ok(format!("at most {largest:.1} µs, of the 50 µs added {found:.0} found, noise {noise:.0}"))
}

/// How far the fast answers of one lie from those of another, and what of that may be accident.
fn difference(one: &Series, other: &Series) -> Outcome<(f64, f64)> {
    let part = one.micros.len() / PARTS;
    if part == 0 {
        return Err("too few answers".into());
    }
    let fast = |series: &Series| -> Vec<f64> {
        series.micros.chunks_exact(part).map(|part| quantile(part, 0.1)).collect()
    };
    let apart: Vec<f64> = fast(other).iter().zip(fast(one)).map(|(other, one)| other - one).collect();
    let count = apart.len() as f64;
    let mean = apart.iter().sum::<f64>() / count;
    let variance = apart.iter().map(|each| (each - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Ok((mean, BEYOND * (variance / count).sqrt()))
}

/// From the moment at which a request is sent on a connection that is there already, to its answer.
async fn timed(server: SocketAddr, from: Ipv4Addr, request: &[u8], added: Duration) -> Outcome<Duration> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    let mut stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    block_in_place(|| {
        let begun = now();
        while begun.elapsed() < added {
            std::hint::spin_loop();
        }
        stream.write_all(request)?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        let took = begun.elapsed();
        match &head {
            b"HTTP/1.1 422" => Ok(took),
            other => Err(format!("an answer of {}", String::from_utf8_lossy(other)).into()),
        }
    })
}
