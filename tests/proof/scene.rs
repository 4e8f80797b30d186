//! A database with an owner, and the replicas that serve it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::Outcome;
use crate::checker::Checker;
use crate::client::{Answer, ask, get, post};
use crate::clock::now;
use crate::ground::Ground;
use crate::place::Place;
use crate::program::{Launch, Program};

/// Everybody's password.
pub const PASSWORD: &str = "quarry-lantern-42-moss";
/// The owner's name.
pub const OWNER: &str = "mara";
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// A server in use.
#[derive(Debug)]
pub struct Scene {
    /// How each replica is started.
    pub launches: Vec<Launch>,
    programs: Mutex<Vec<Option<Program>>>,
    /// The owner's cookie.
    pub owner: String,
    /// Gone when nobody uses it any more.
    pub place: Place,
}

impl Scene {
    /// A new database with as many replicas as its kind can have.
    pub async fn open(ground: &Ground) -> Outcome<Self> {
        Self::with(ground, Place::new(&ground.engine)?, ground.replicas(), &[]).await
    }

    /// The same in a place of the caller's, with so many replicas and something in the environment of each.
    pub async fn with(
        ground: &Ground,
        place: Place,
        replicas: usize,
        environment: &[(&str, &str)],
    ) -> Outcome<Self> {
        let mut launches = Vec::new();
        for name in ["first", "second"].into_iter().take(replicas) {
            let launch = Launch::new(&ground.program, place.folder(), &place.url(), name)?;
            launches.push(environment.iter().fold(launch, |launch, (name, value)| launch.with(name, value)));
        }
        let programs = Mutex::new(launches.iter().map(|_| None).collect());
        let mut scene = Self { launches, programs, owner: String::new(), place };
        scene.start(0).await?;
        scene.owner = scene.set_up().await?;
        // The key of the cookies is there now; whoever comes later uses the same.
        for number in 1..scene.launches.len() {
            scene.start(number).await?;
        }
        Ok(scene)
    }

    fn launch(&self, number: usize) -> Outcome<&Launch> {
        Ok(self.launches.get(number).ok_or("no such replica")?)
    }

    /// Where a replica listens; numbers past the last begin again.
    pub fn address(&self, number: usize) -> SocketAddr {
        let launch = self.launches.get(number % self.launches.len());
        launch.map_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), |launch| launch.address)
    }

    /// Starts a replica and waits until it serves.
    pub async fn start(&self, number: usize) -> Outcome<()> {
        let program = self.launch(number)?.start()?;
        let address = program.address;
        self.put(number, Some(program))?;
        serving(address, LONGEST_WAIT).await
    }

    /// Ends a replica between two instructions.
    pub fn kill(&self, number: usize) -> Outcome<()> {
        self.put(number, None)?.map_or(Ok(()), Program::kill)
    }

    /// The number of a replica's process.
    pub fn id(&self, number: usize) -> Outcome<u32> {
        let programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(programs.get(number).and_then(Option::as_ref).ok_or("this replica does not run")?.id())
    }

    /// Takes a replica over from the scene.
    pub fn take(&self, number: usize) -> Outcome<Program> {
        Ok(self.put(number, None)?.ok_or("this replica does not run")?)
    }

    fn put(&self, number: usize, program: Option<Program>) -> Outcome<Option<Program>> {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let place = programs.get_mut(number).ok_or("no such replica")?;
        Ok(std::mem::replace(place, program))
    }

    /// Stops serving, and leaves the database.
    pub fn into_place(self) -> Place {
        self.place
    }

    /// A look into the database.
    pub fn look(&self) -> Outcome<Checker> {
        Checker::open(&self.place)
    }

    async fn set_up(&self) -> Outcome<String> {
        let printed = self.launch(0)?.printed()?;
        let key =
            printed.lines().find_map(|line| line.split_once("/setup#")).ok_or("no set-up link")?.1.trim();
        let form = [
            ("server", "Harbour Makers"),
            ("key", key),
            ("name", "Mara Lindqvist"),
            ("username", OWNER),
            ("email", ""),
            ("password", PASSWORD),
        ];
        let answer = ask(self.address(0), Ipv4Addr::LOCALHOST, &post("/setup", "", &form)).await?;
        signed_in(&answer)
    }

    /// Signs somebody in and answers with their cookie.
    pub async fn sign_in(&self, ground: &Ground, login: &str) -> Outcome<String> {
        let form = [("login", login), ("password", PASSWORD), ("next", "")];
        signed_in(&ask(self.address(0), ground.addresses.next(), &post("/sign-in", "", &form)).await?)
    }

    /// Presses a button of the panel, as whoever holds the cookie, and answers with what came of it.
    pub async fn press(
        &self,
        replica: usize,
        cookie: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Outcome<Answer> {
        Ok(ask(self.address(replica), Ipv4Addr::LOCALHOST, &post(path, cookie, fields)).await?)
    }

    /// Makes a code through the panel and answers with its id.
    pub async fn code(&self, cookie: &str, code: &str, uses: Option<usize>, role: &str) -> Outcome<String> {
        let uses = uses.map(|uses| uses.to_string()).unwrap_or_default();
        let fields =
            [("label", ""), ("code", code), ("max_uses", uses.as_str()), ("role", role), ("count", "1")];
        let answer = self.press(0, cookie, "/admin/invites", &fields).await?;
        let id = self.look()?.invite(code)?;
        if id.is_empty() {
            Err(format!("the code was answered with {}", answer.status).into())
        } else {
            Ok(id)
        }
    }
}

/// Where something is done to an invite, by the id that the database keeps.
pub fn invite_page(id: &str, verb: &str) -> String {
    format!("/admin/invites/inv_{}/{verb}", id.to_ascii_lowercase())
}

/// Where something is done to a person.
pub fn person_page(id: &str, verb: &str) -> String {
    format!("/admin/users/usr_{}/{verb}", id.to_ascii_lowercase())
}

fn signed_in(answer: &Answer) -> Outcome<String> {
    let cookie = answer.cookie().filter(|_| answer.status == 303);
    cookie.ok_or_else(|| format!("signing in was answered with {}", answer.status).into())
}

/// Waits until a server answers.
pub async fn serving(address: SocketAddr, longest: Duration) -> Outcome<()> {
    let begun = now();
    loop {
        match ask(address, Ipv4Addr::LOCALHOST, &get("/healthz", "")).await {
            Ok(answer) if answer.status == 200 => return Ok(()),
            other if begun.elapsed() > longest => {
                return Err(format!("the program does not serve: {other:?}").into());
            }
            _ => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
}
