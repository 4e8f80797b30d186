//! F12: everybody signs in at once, again and again.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::{interval, sleep};

use crate::Outcome;
use crate::checker::Hand;
use crate::client::{ask, get, post};
use crate::clock::now;
use crate::cores;
use crate::ground::Ground;
use crate::machine::mib;
use crate::samples::{all_millis, quantile};
use crate::scene::{OWNER, PASSWORD, Scene};
use crate::table::Finding;

const CLIENTS: usize = 64;
const PROBE_EVERY: Duration = Duration::from_millis(20);
/// What one hash takes, of which each core does one at a time, and what may come on top of it.
const HASH_MIB: f64 = 19.0;
const OTHER_MIB: f64 = 50.0;
const LONGEST_MILLIS: f64 = 100.0;

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Arc::new(Scene::open(&ground).await?);
    accounts(&scene, CLIENTS)?;
    // The owner's password was hashed a moment ago; the memory for it is given back after half a minute.
    sleep(Duration::from_secs(if ground.short { 0 } else { 35 })).await;
    let (base, _) = memory(scene.id(0)?)?;
    let until = now() + Duration::from_secs(if ground.short { 4 } else { 30 });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| tokio::spawn(sign_in(Arc::clone(&ground), Arc::clone(&scene), client, until)))
        .collect();
    let probes = probe(&scene, until).await?;
    let mut signed_in = 0;
    for client in join_all(clients).await {
        signed_in += client??;
    }
    let (_, peak) = memory(scene.id(0)?)?;
    let p99 = quantile(&all_millis(&probes), 0.99);
    let most = HASH_MIB.mul_add(cores() as f64, base + OTHER_MIB);
    let mut finding = Finding::default();
    finding.must(peak < most, || format!("{peak:.0} MiB at the most, after {base:.0} at rest"));
    finding.must(p99 < LONGEST_MILLIS, || format!("/healthz answered within {p99:.0} ms at p99"));
    finding.must(signed_in > 0, || "nobody got in".to_owned());
    finding.measured =
        format!("{peak:.0} MiB after {base:.0} at rest; p99 {p99:.1} ms; {signed_in} signed in");
    Ok(finding)
}

/// So many guests, with the owner's password.
pub fn accounts(scene: &Scene, count: usize) -> Outcome<()> {
    let statements = (0..count).map(|client| {
        format!(
            "INSERT INTO users (id, username, username_skeleton, password_hash, role, status, created_at) \
             SELECT '{client:026}', 'guest{client:02}', 'guest{client:02}', password_hash, 'member', 'active', created_at \
             FROM users WHERE username = '{OWNER}'"
        )
    });
    Hand::open(&scene.place)?.put(&statements.collect::<Vec<_>>().join("; "))
}

/// MiB: at this moment, and the most there ever was.
pub fn memory(process: u32) -> Outcome<(f64, f64)> {
    let status = format!("/proc/{process}/status");
    Ok((mib(&status, "VmRSS")?, mib(&status, "VmHWM")?))
}

/// Signs in again as soon as it is in, always as a browser that nobody has used before. Answers with how often.
async fn sign_in(ground: Arc<Ground>, scene: Arc<Scene>, client: usize, until: Instant) -> Outcome<usize> {
    let login = format!("guest{client:02}");
    let form = post("/sign-in", "", &[("login", &login), ("password", PASSWORD), ("next", "")]);
    let mut times = 0;
    while now() < until {
        match ask(scene.address(0), ground.addresses.next(), &form).await?.status {
            303 => times += 1,
            503 => sleep(Duration::from_secs(1)).await,
            status => return Err(format!("{login} was answered with {status}").into()),
        }
    }
    Ok(times)
}

/// Asks at fixed times. What is late counts from when it was due.
async fn probe(scene: &Scene, until: Instant) -> Outcome<Vec<Duration>> {
    let (server, request) = (scene.address(0), get("/healthz", ""));
    let mut ticks = interval(PROBE_EVERY);
    let mut asked = Vec::new();
    while now() < until {
        let due = ticks.tick().await;
        let request = request.clone();
        asked.push(tokio::spawn(async move {
            let answer = ask(server, Ipv4Addr::LOCALHOST, &request).await?;
            let took = due.elapsed();
            if answer.status == 200 { Ok(took) } else { Err(format!("/healthz: {}", answer.status).into()) }
        }));
    }
    let answered: Vec<Outcome<Duration>> = join_all(asked).await.into_iter().collect::<Result<_, _>>()?;
    answered.into_iter().collect()
}
