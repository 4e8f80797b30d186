//! F8: whether the time of an answer tells what the answer does not: why a code was refused, and whether a name is known.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::task::{JoinSet, block_in_place};

use crate::Outcome;
use crate::checker::Hand;
use crate::client::post;
use crate::clock::now;
use crate::crowd::accounts;
use crate::ground::Ground;
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
/// How far apart the strokes of the program's timer are. Refusals leave on such a stroke, so that their times lie evenly
/// over what is between two.
const TIMER: Duration = Duration::from_millis(1);
/// So many ask at once for codes, and so many for names: nearly all of a refusal is waiting, and for a name ten times as long.
const ASKERS_OF_CODES: usize = 2;
const ASKERS_OF_NAMES: usize = 4;

/// Something that is asked again and again, and how much is added to its time.
struct Series {
    name: &'static str,
    request: Box<dyn Fn(usize) -> Vec<u8> + Send + Sync>,
    added: Duration,
}

impl Series {
    fn new(name: &'static str, request: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self { name, request: Box::new(request), added: Duration::ZERO }
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
    let rounds = ground.times(10_000, 3_000);
    let refused = compare(&ground, &scene, series, (ASKERS_OF_CODES, rounds), &mut finding).await?;
    if !finding.faults.is_empty() {
        finding.measured = format!("codes: {refused}; names: not looked at");
        return Ok(finding);
    }

    let rounds = ground.times(10_000, 160);
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
    let signed_in = compare(&ground, &scene, series, (ASKERS_OF_NAMES, rounds), &mut finding).await;
    let signed_in = signed_in.map_err(|why| format!("names: {why}; codes: {refused}"))?;
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

/// Asks for all of them again and again, and compares all with the first. The second has something added, which has to be
/// found.
async fn compare(
    ground: &Arc<Ground>,
    scene: &Scene,
    series: Vec<Series>,
    (askers, rounds): (usize, usize),
    finding: &mut Finding,
) -> Outcome<String> {
    let series: Arc<[Series]> = series.into();
    let mut asking = JoinSet::new();
    for first in 0..askers {
        let own = (first..rounds).step_by(askers);
        asking.spawn(ask(Arc::clone(ground), scene.address(0), Arc::clone(&series), own));
    }
    let mut micros = vec![Vec::new(); series.len()];
    while let Some(asked) = asking.join_next().await {
        micros.iter_mut().zip(asked??).for_each(|(all, some)| all.extend(some));
    }
    let mut others = series.iter().zip(&micros);
    let (first, injected) = (others.next().ok_or("no series")?, others.next().ok_or("no series")?);
    let (added, noise) = difference(first.1, injected.1)?;
    let said = format!("of the 50 µs added {added:.0} found, noise {noise:.0}");
    if added < noise {
        return Err(format!("too noisy beside \"{}\": {said}", first.0.name).into());
    }
    let mut largest: f64 = 0.0;
    for (other, micros) in others {
        let (found, noise) = difference(first.1, micros)?;
        largest = largest.max(found.abs());
        finding.must(found.abs() < noise, || {
            format!("{}: {found:.1} µs from {}, {noise:.1} are noise", other.name, first.0.name)
        });
    }
    Ok(format!("at most {largest:.1} µs, {said}"))
}

/// Asks for each in turn, in an order that is another each time: what one leaves behind must not always meet the same. Says
/// how long each took, in microseconds.
async fn ask(
    ground: Arc<Ground>,
    server: SocketAddr,
    series: Arc<[Series]>,
    rounds: impl Iterator<Item = usize>,
) -> Outcome<Vec<Vec<f64>>> {
    let mut micros = vec![Vec::new(); series.len()];
    for round in rounds {
        let mut all: Vec<_> = series.iter().zip(&mut micros).collect();
        ground.dice.shuffle(&mut all);
        for (one, micros) in all {
            let request = (one.request)(round);
            // A refusal leaves on a stroke of the program's timer. Who asked next at once would ask at the same distance from
            // it each time, and find in one answer what the one before had cost.
            let apart = ground.dice.between(Duration::ZERO, TIMER);
            let took = timed(server, ground.addresses.next(), &request, apart, one.added).await?;
            micros.push(took.as_secs_f64() * 1e6);
        }
    }
    Ok(micros)
}

/// How far the answers of one lie from those of another, and what of that may be accident.
fn difference(one: &[f64], other: &[f64]) -> Outcome<(f64, f64)> {
    let part = one.len() / PARTS;
    if part < 2 {
        return Err("too few answers".into());
    }
    let fast =
        |micros: &[f64]| -> Vec<f64> { micros.chunks_exact(part).map(mean_of_the_faster_half).collect() };
    let apart: Vec<f64> = fast(other).iter().zip(fast(one)).map(|(other, one)| other - one).collect();
    let count = apart.len() as f64;
    let mean = apart.iter().sum::<f64>() / count;
    let variance = apart.iter().map(|each| (each - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Ok((mean, BEYOND * (variance / count).sqrt()))
}

/// Of times that lie evenly between two strokes, the mean tells more exactly where they lie than any one of them; the slower
/// half is left out for what the machine did meanwhile.
fn mean_of_the_faster_half(micros: &[f64]) -> f64 {
    let mut micros = micros.to_vec();
    micros.sort_unstable_by(f64::total_cmp);
    micros.truncate(micros.len() / 2);
    micros.iter().sum::<f64>() / micros.len() as f64
}

/// From the moment at which a request is sent on a connection that is there already, to its answer.
async fn timed(
    server: SocketAddr,
    from: Ipv4Addr,
    request: &[u8],
    apart: Duration,
    added: Duration,
) -> Outcome<Duration> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    let mut stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    block_in_place(|| {
        spin(apart);
        let begun = now();
        spin(added);
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

/// Waits more exactly than by sleeping.
fn spin(lasting: Duration) {
    let begun = now();
    while begun.elapsed() < lasting {
        std::hint::spin_loop();
    }
}
