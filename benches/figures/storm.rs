//! Everybody wants in at once, again and again, by themselves or while others look at pages.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout_at};

use crate::http::{Connection, Idle, get};
use crate::program::{Program, processor_time};
use crate::{Outcome, cores};

/// Clients, each with an account of its own.
pub const CLIENTS: usize = 64;
/// Each of the two probes asks this often, whether or not it was answered.
const PROBE_EVERY: Duration = Duration::from_millis(20);
/// Not counted: the queue fills first.
const WARM_UP: Duration = Duration::from_secs(1);
/// Fewer than an address may try at once, so that the limits stay as they are and out of the way.
const TRIES_AN_ADDRESS: u8 = 8;

/// One round.
#[derive(Debug)]
pub struct Storm {
    /// So many got in each second.
    pub rate: f64,
    /// Answers of 503 a second: the queue was full, and the client came back when it was told to.
    pub busy_rate: f64,
    /// From the request to its redirect.
    pub entries: Vec<Duration>,
    /// Pages of somebody signed in, from the moment at which they were due.
    pub pages: Vec<Duration>,
    /// `/healthz`, likewise.
    pub health: Vec<Duration>,
    /// How late the probes themselves were: of the above, what is not the server's.
    pub late: Vec<Duration>,
    /// Milliseconds of the server's processor time for each of them.
    pub server_millis: f64,
    /// Milliseconds of it in the threads that hash.
    pub hash_millis: f64,
    /// Milliseconds of this driver's.
    pub driver_millis: f64,
}

impl Storm {
    /// How much of what all cores can do went into hashing, in percent: how near the rate was to that of the same threads if
    /// they had the machine to themselves.
    pub fn share_of_hashing(&self) -> f64 {
        self.rate * self.hash_millis / 10.0 / cores() as f64
    }
}

/// Source addresses, each handed out once in a run.
#[derive(Debug, Default)]
pub struct Addresses(AtomicU32);

impl Addresses {
    /// One that nobody came from.
    pub fn next(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// What the client of a number sends to get in. It is made anew for each time, and sent again where it was turned away.
pub type Knock = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// What is asked for meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// Pages of somebody signed in, and `/healthz`.
    Pages,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    from: Instant,
    until: Instant,
}

#[derive(Debug, Default)]
struct Tally {
    entries: Vec<Duration>,
    busy: u32,
}

/// Lets everybody knock for that long, after a warm-up that is not counted.
pub async fn storm(
    program: &Program,
    cookie: &str,
    knock: &Knock,
    addresses: &Arc<Addresses>,
    (lasting, beside): (Duration, Beside),
) -> Outcome<Storm> {
    let server = program.address;
    let from = Instant::now() + WARM_UP;
    let window = Window { from, until: from + lasting };
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(client(server, number, Arc::clone(knock), Arc::clone(addresses), window));
    }
    let (pages, health) = match beside {
        Beside::Nothing => (Vec::new(), Vec::new()),
        Beside::Pages => {
            let pages = ["/", "/account", "/admin"].map(|path| get(server, path, cookie)).to_vec();
            (pages, vec![get(server, "/healthz", "")])
        }
    };
    let pages = tokio::spawn(probe(server, pages, window));
    let health = tokio::spawn(probe(server, health, window));
    tokio::time::sleep_until(window.from).await;
    let before = spent(program)?;
    tokio::time::sleep_until(window.until).await;
    let after = spent(program)?;

    let mut tally = Tally::default();
    while let Some(done) = clients.join_next().await {
        let Tally { entries, busy } = done??;
        tally.entries.extend(entries);
        tally.busy += busy;
    }
    let ((pages, late), (health, also_late)) = (pages.await??, health.await??);
    let (done, seconds) = (tally.entries.len() as f64, lasting.as_secs_f64());
    let each = |part: fn(&Spent) -> f64| (part(&after) - part(&before)) * 1e3 / done;
    Ok(Storm {
        rate: done / seconds,
        busy_rate: f64::from(tally.busy) / seconds,
        entries: tally.entries,
        pages,
        health,
        late: [late, also_late].concat(),
        server_millis: each(|spent| spent.server),
        hash_millis: each(|spent| spent.hashing),
        driver_millis: each(|spent| spent.driver),
    })
}

/// Seconds of processor time so far.
struct Spent {
    server: f64,
    hashing: f64,
    driver: f64,
}

fn spent(program: &Program) -> Outcome<Spent> {
    let (server, hashing) = (program.processor_time()?, program.hashing_time()?);
    Ok(Spent { server, hashing, driver: processor_time("self")? })
}

/// Many browsers that nobody has used before, one after the other.
async fn client(
    server: SocketAddr,
    number: usize,
    knock: Knock,
    addresses: Arc<Addresses>,
    window: Window,
) -> Outcome<Tally> {
    let mut request = knock(number);
    let mut tally = Tally::default();
    while Instant::now() < window.until {
        let mut connection = Connection::open(server, addresses.next()).await?;
        for _ in 0..TRIES_AN_ADDRESS {
            let asked = Instant::now();
            // Whoever is not answered by the end goes; what they asked for is not counted.
            let Ok(answer) = timeout_at(window.until, connection.ask(&request)).await else {
                return Ok(tally);
            };
            let answer = answer?;
            let counts = Instant::now() >= window.from;
            match answer.status {
                303 if answer.cookie.is_some() => {
                    if counts {
                        tally.entries.push(asked.elapsed());
                    }
                    request = knock(number);
                }
                503 => {
                    tally.busy += u32::from(counts);
                    sleep(Duration::from_secs(answer.retry_after.ok_or("a 503 that does not say how long")?))
                        .await;
                }
                status => return Err(format!("client {number} was answered with {status}").into()),
            }
        }
    }
    Ok(tally)
}

type Times = (Vec<Duration>, Vec<Duration>);

/// Asks at fixed times, on another connection when one is still waiting: somebody who is answered late does not ask
/// less often. Answers with how long it took from when it was due, and how much of that was the driver's own delay.
async fn probe(server: SocketAddr, requests: Vec<Vec<u8>>, window: Window) -> Outcome<Times> {
    let idle = Arc::new(Idle::default());
    let requests: Vec<_> = requests.into_iter().map(Arc::new).collect();
    let mut ticks = interval_at(window.from, PROBE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asking = JoinSet::new();
    for request in requests.iter().cycle() {
        let due = ticks.tick().await;
        if due >= window.until {
            break;
        }
        asking.spawn(ask_once(server, Arc::clone(&idle), Arc::clone(request), due));
    }
    let mut times = Times::default();
    while let Some(done) = asking.join_next().await {
        let (late, took) = done??;
        times.0.push(took);
        times.1.push(late);
    }
    Ok(times)
}

async fn ask_once(
    server: SocketAddr,
    idle: Arc<Idle>,
    request: Arc<Vec<u8>>,
    due: Instant,
) -> Outcome<(Duration, Duration)> {
    let late = due.elapsed();
    let mut connection = match idle.take() {
        Some(connection) => connection,
        None => Connection::open(server, Ipv4Addr::LOCALHOST).await?,
    };
    let answer = connection.ask(&request).await?;
    let took = due.elapsed();
    idle.put_back(connection);
    match answer.status {
        200 => Ok((late, took)),
        status => Err(format!("a page was answered with {status} while others came in").into()),
    }
}
