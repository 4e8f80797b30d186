//! F4: the kernel is watched while people come in one after the other: the disk has the change before they have the answer.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::Outcome;
use crate::clock::now;
use crate::cluster::Cluster;
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply};
use crate::place::{Engine, Place};
use crate::scene::Scene;
use crate::table::Finding;

const CALLS: &str = "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg";
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let server = if ground.is_sqlite() { None } else { Some(Cluster::start(&ground.tools)?) };
    let engine = server.as_ref().map_or(Engine::Sqlite, |server| Engine::Postgres(server.url.clone()));
    let scene = Scene::with(&ground, Place::new(&engine)?, 1, &[]).await?;
    scene.code(&scene.owner, "DURABLE-1", None, "member").await?;
    let folder = tempfile::Builder::new().prefix("doorlist_proof_trace_").tempdir()?;
    let program = Trace::attach(&folder, "program", &[scene.id(0)?]).await?;
    let database = match &server {
        Some(server) => Some(Trace::attach(&folder, "database", &server.processes()?).await?),
        None => None,
    };
    let mut finding = Finding::default();
    let people = ground.times(100, 20);
    for number in 0..people {
        let newcomer = Newcomer::new(&ground, format!("durable{number:03}"), "DURABLE-1");
        let reply = newcomer.until_known(&ground, scene.address(0)).await;
        finding.must(reply == Reply::Joined, || format!("{}: {reply:?}", newcomer.name));
    }
    let mut events = program.events()?;
    if let Some(database) = database {
        events.extend(database.events()?);
    }
    events.sort_by(|one, other| one.until.total_cmp(&other.until));
    let (durable, answers) = durable(&events);
    finding.must(answers == people, || format!("{answers} answers were seen of {people}"));
    finding.must(durable == people, || format!("{} answers left before the disk had it", people - durable));
    finding.measured = format!("{durable} of {people}");
    Ok(finding)
}

/// What somebody did, from when until when.
struct Event {
    what: What,
    since: f64,
    until: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// To the log of the database.
    Written,
    Synced,
    Answered,
}

/// How many answers left after a write that was synced since the answer before, and how many answers there were.
fn durable(events: &[Event]) -> (usize, usize) {
    let (mut durable, mut answers) = (0, 0);
    let (mut written, mut safe) = (None, false);
    for event in events {
        match event.what {
            What::Written => written = Some(event.since),
            What::Synced => safe |= written.is_some_and(|written| written <= event.since),
            What::Answered => {
                answers += 1;
                durable += usize::from(safe);
                (written, safe) = (None, false);
            }
        }
    }
    (durable, answers)
}

/// One `strace` and what it writes.
struct Trace {
    strace: Child,
    file: PathBuf,
}

impl Trace {
    /// Watches processes, and all that they start.
    async fn attach(folder: &TempDir, name: &str, processes: &[u32]) -> Outcome<Self> {
        let file = folder.path().join(name);
        let mut command = Command::new("strace");
        command.args(["-f", "-y", "-T", "-ttt", "-s", "16", "-e", CALLS, "-o"]).arg(&file);
        processes.iter().for_each(|id| {
            command.args(["-p", &id.to_string()]);
        });
        let strace = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let trace = Self { strace, file };
        let begun = now();
        while !processes.iter().map(|id| is_watched(*id)).collect::<Outcome<Vec<_>>>()?.iter().all(|is| *is) {
            if begun.elapsed() > LONGEST_WAIT {
                return Err("strace does not attach".into());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(trace)
    }

    /// Lets go, and reads what was written.
    fn events(mut self) -> Outcome<Vec<Event>> {
        kill_process(Pid::from_child(&self.strace), Signal::INT)?;
        self.strace.wait()?;
        let text = String::from_utf8_lossy(&fs::read(&self.file)?).into_owned();
        let mut waiting = HashMap::new();
        Ok(text.lines().filter_map(|line| event(line, &mut waiting)).collect())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // Whoever was watched goes on unwatched; it may have ended already.
        let _ = self.strace.kill();
        let _ = self.strace.wait();
    }
}

/// Every thread of a process has somebody who watches it.
fn is_watched(id: u32) -> Outcome<bool> {
    for thread in fs::read_dir(Path::new("/proc").join(id.to_string()).join("task"))? {
        let status = fs::read_to_string(thread?.path().join("status"))?;
        if status.lines().any(|line| line == "TracerPid:\t0") {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One line: who, since when, what, and how long, or that it goes on. What goes on is kept until its end is told.
fn event(line: &str, waiting: &mut HashMap<String, (What, f64)>) -> Option<Event> {
    let (who, rest) = line.split_once(' ')?;
    let (at, call) = rest.trim_start().split_once(' ')?;
    let at: f64 = at.parse().ok()?;
    if call.starts_with("<... ") {
        let (what, since) = waiting.remove(who)?;
        return Some(Event { what, since, until: at });
    }
    let is_log = call.contains("-wal>") || call.contains("/pg_wal/");
    let what = match call.split('(').next()? {
        "fsync" | "fdatasync" if is_log => What::Synced,
        "pwrite64" if is_log => What::Written,
        _ if call.contains("\"HTTP/1.1 303") => What::Answered,
        _ => return None,
    };
    if call.ends_with("<unfinished ...>") {
        waiting.insert(who.to_owned(), (what, at));
        return None;
    }
    let took: f64 = call.rsplit_once('<')?.1.strip_suffix('>')?.parse().ok()?;
    // An answer has left as soon as it is begun with.
    let until = if what == What::Answered { at } else { at + took };
    Some(Event { what, since: at, until })
}
