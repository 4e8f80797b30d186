//! F5: the disk fills up while people come in, and is emptied again. A file system in memory stands for a small disk;
//! only root can mount one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use futures_util::future::join_all;

use crate::Outcome;
use crate::client::{ask, get, over_htmx};
use crate::cluster::{Cluster, give_away};
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply};
use crate::place::{Engine, Place};
use crate::scene::Scene;
use crate::table::Finding;

const CROWD: usize = 8;
/// So many are turned away before there is room again.
const TURNED_AWAY: usize = 40;
/// There is always a little room left in pages that are there already, but not for so many.
const MOST: usize = 1_500;
const PAGES: [&str; 6] = ["/", "/account", "/admin", "/admin/users", "/admin/invites", "/admin/audit"];

/// What the disk is under.
struct Stage {
    disk: Disk,
    place: Place,
    _server: Option<Cluster>,
}

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let Stage { disk, place, _server } = prepare(&ground)?;
    let scene = Arc::new(Scene::with(&ground, place, ground.replicas(), &[]).await?);
    // Declared after the scene, so that it is taken off before the folder under it goes.
    let disk = disk;
    scene.code(&scene.owner, "FULL-DISK", None, "member").await?;
    let mut finding = Finding::default();
    let before = come_in(&ground, &scene, 0).await;
    finding.must(before.iter().all(|(_, reply)| *reply == Reply::Joined), || format!("before: {before:?}"));
    let leaving = scene.sign_in(&ground, &before.first().ok_or("nobody is in")?.0.name).await?;

    disk.fill()?;
    let mut heard = before;
    while heard.iter().filter(|(_, reply)| *reply != Reply::Joined).count() < TURNED_AWAY {
        if heard.len() > MOST {
            return Err("the disk does not fill".into());
        }
        heard.extend(come_in(&ground, &scene, heard.len()).await);
    }
    meanwhile(&ground, &scene, &leaving, &mut finding).await?;
    disk.empty()?;

    let (mut joined, mut turned_away) = (0, 0);
    for (newcomer, reply) in &heard {
        let last = match reply {
            Reply::Busy => {
                turned_away += 1;
                newcomer.until_known(&ground, scene.address(0)).await
            }
            other => other.clone(),
        };
        finding.must(last == Reply::Joined, || format!("{}: {reply:?}, then {last:?}", newcomer.name));
        joined += usize::from(last == Reply::Joined);
    }
    let mut look = scene.look()?;
    finding.faults.extend(look.faults()?);
    let accounts = look.count("users WHERE username LIKE 'crowded%'")?;
    finding.must(accounts == joined, || format!("{accounts} accounts, {joined} answers"));
    finding.measured = format!(
        "{turned_away} answers of 503, {} half accounts, all {joined} in afterwards",
        accounts.abs_diff(joined)
    );
    finding.faults.truncate(5);
    Ok(finding)
}

async fn come_in(ground: &Ground, scene: &Scene, from: usize) -> Vec<(Newcomer, Reply)> {
    let crowd = (from..from + CROWD).map(|number| {
        let newcomer = Newcomer::new(ground, format!("crowded{number:05}"), "FULL-DISK");
        async move {
            let reply = newcomer.knock(ground, scene.address(number)).await;
            (newcomer, reply)
        }
    });
    join_all(crowd).await
}

/// While the disk is full, whoever is in reads on, a form stays on its page, and somebody signs out.
async fn meanwhile(ground: &Ground, scene: &Scene, leaving: &str, finding: &mut Finding) -> Outcome<()> {
    for page in PAGES {
        let status = ask(scene.address(0), Ipv4Addr::LOCALHOST, &get(page, &scene.owner)).await?.status;
        finding.must(status == 200, || format!("{page} was answered with {status}"));
    }
    // Pages in use are full of room: until one of them is not, some forms still go through.
    for number in 0..MOST {
        let newcomer = Newcomer::new(ground, format!("kept{number:05}"), "FULL-DISK");
        let answer = ask(scene.address(0), ground.addresses.next(), &over_htmx(newcomer.form())).await?;
        if answer.status == 503 {
            let kept = answer.header("hx-retarget") == Some("#toasts") && !answer.body.contains("<form");
            finding.must(kept, || "the form was replaced by the word on it".to_owned());
            break;
        }
    }
    let out = scene.press(0, leaving, "/sign-out", &[]).await?;
    finding.must(out.status == 303, || format!("signing out was answered with {}", out.status));
    let page = ask(scene.address(0), Ipv4Addr::LOCALHOST, &get("/account", leaving)).await?;
    finding.must(page.status == 303, || format!("whoever signed out was served: {}", page.status));
    Ok(())
}

/// SQLite's file and its log are on the small disk; of PostgreSQL it is the tables, since a server whose own log finds no
/// room ends itself.
fn prepare(ground: &Ground) -> Outcome<Stage> {
    if ground.is_sqlite() {
        let place = Place::new(&ground.engine)?;
        let disk = Disk::mount(place.folder(), 6)?;
        return Ok(Stage { disk, place, _server: None });
    }
    let server = Cluster::start(&ground.tools)?;
    let folder = server.folder().join("small");
    fs::create_dir(&folder)?;
    let disk = Disk::mount(&folder, 24)?;
    give_away(&folder)?;
    let place = Place::new(&Engine::Postgres(server.url.clone()))?;
    let name = place.folder().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    server.run(&format!("CREATE TABLESPACE small LOCATION '{}'", folder.display()))?;
    server.run(&format!("ALTER DATABASE \"{name}\" SET TABLESPACE small"))?;
    Ok(Stage { disk, place, _server: Some(server) })
}

/// A small disk over a folder.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path, mebibytes: u32) -> Outcome<Self> {
        let size = format!("size={mebibytes}m,mode=0700");
        let mut mount = Command::new("mount");
        if !mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).status()?.success() {
            return Err("a small disk can be mounted by root only".into());
        }
        Ok(Self(folder.to_owned()))
    }

    /// Until not a byte more fits on it.
    fn fill(&self) -> Outcome<()> {
        let mut file = File::create(self.ballast())?;
        for size in [64 * 1024, 4 * 1024, 1] {
            loop {
                match file.write(&vec![0; size]) {
                    Ok(written) if written > 0 => {}
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Ok(_) => break,
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    fn empty(&self) -> io::Result<()> {
        fs::remove_file(self.ballast())
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there ends in a moment.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
