//! F11: thousands of clients who never come to an end.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::{interval, sleep, timeout};

use crate::Outcome;
use crate::client::{ask, get};
use crate::clock::now;
use crate::ground::Ground;
use crate::samples::{all_millis, median, quantile};
use crate::scene::Scene;
use crate::table::Finding;

const PROBE_EVERY: Duration = Duration::from_millis(50);
const LONGEST_MILLIS: f64 = 500.0;
/// The server gives everybody ten seconds, so that all are gone after these, though none of them goes by itself.
const RECOVERY: Duration = Duration::from_secs(20);

/// What somebody never finishes.
#[derive(Debug, Clone, Copy)]
enum Slow {
    Head,
    Body,
    Everything,
}

impl Slow {
    const fn begins_with(self) -> &'static str {
        match self {
            Self::Head => "GET /sign-in HTTP/1.1\r\nHost: doorlist\r\nX-Slow: ",
            Self::Body => {
                "POST /sign-in HTTP/1.1\r\nHost: doorlist\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 4000\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin="
            }
            Self::Everything => "",
        }
    }
}

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Arc::new(Scene::open(&ground).await?);
    // So that every connection to the database is there that there will ever be.
    probe(&scene, now() + Duration::from_secs(1), Duration::from_millis(2)).await?;
    sleep(Duration::from_secs(2)).await;
    let base = handles(&scene)?;
    let until = now() + Duration::from_secs(if ground.short { 5 } else { 60 });
    let kinds = [(Slow::Head, 2_000), (Slow::Body, 2_000), (Slow::Everything, 500)];
    let slow: Vec<_> = kinds
        .into_iter()
        .flat_map(|(kind, count)| (0..count).map(move |_| kind))
        .map(|kind| tokio::spawn(dawdle(scene.address(0), ground.addresses.next(), kind, until)))
        .collect();
    sleep(Duration::from_secs(3)).await;
    let held = handles(&scene)?;
    let times = probe(&scene, until, PROBE_EVERY).await?;
    let (mut left, over) = (handles(&scene)?, now());
    while left > base && over.elapsed() < RECOVERY {
        sleep(Duration::from_millis(200)).await;
        left = handles(&scene)?;
    }
    for client in join_all(slow).await {
        client??;
    }
    let times = all_millis(&times);
    let (p50, p99) = (median(&times), quantile(&times, 0.99));
    let mut finding = Finding::default();
    finding.must(p99 < LONGEST_MILLIS, || format!("a page took {p99:.0} ms at p99"));
    finding.must(left <= base, || format!("{left} handles are left, {base} were there before"));
    finding.must(held > base + 4_000, || format!("only {} connections were held", held - base));
    finding.measured =
        format!("p50 {p50:.1} ms, p99 {p99:.1} ms; handles {base}, {held} at the height, then {left}");
    Ok(finding)
}

fn handles(scene: &Scene) -> Outcome<usize> {
    Ok(fs::read_dir(format!("/proc/{}/fd", scene.id(0)?))?.count())
}

/// Sends a byte a second, and comes again when the server has had enough; at the end it does not come again, and waits for
/// the server to have had enough.
async fn dawdle(server: SocketAddr, from: Ipv4Addr, kind: Slow, until: Instant) -> io::Result<()> {
    while now() < until {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let mut stream = socket.connect(server).await?;
        let mut sent = stream.write_all(kind.begins_with().as_bytes()).await;
        while sent.is_ok() && now() < until + RECOVERY * 2 {
            // Whatever the server says, it has had enough.
            if timeout(Duration::from_secs(1), stream.read_u8()).await.is_ok() {
                break;
            }
            if !matches!(kind, Slow::Everything) {
                sent = stream.write_all(b"x").await;
            }
        }
    }
    Ok(())
}

/// Somebody else asks for a page at fixed times. What is late counts from when it was due.
async fn probe(scene: &Arc<Scene>, until: Instant, every: Duration) -> Outcome<Vec<Duration>> {
    let mut ticks = interval(every);
    let mut asked = Vec::new();
    while now() < until {
        let due = ticks.tick().await;
        let (server, request) = (scene.address(0), get("/account", &scene.owner));
        asked.push(tokio::spawn(async move {
            let answer = ask(server, Ipv4Addr::LOCALHOST, &request).await?;
            let took = due.elapsed();
            if answer.status == 200 { Ok(took) } else { Err(format!("a page: {}", answer.status).into()) }
        }));
    }
    let answered: Vec<Outcome<Duration>> = join_all(asked).await.into_iter().collect::<Result<_, _>>()?;
    answered.into_iter().collect()
}
