//! The program under proof: started as an operator would start it, and ended as nobody would wish.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::Outcome;
use crate::clock::{now, pause};
use crate::installed::AS_INSTALLED;

/// A start that takes longer has failed.
const LONGEST_START: Duration = Duration::from_secs(20);
/// Longer than a stopping server waits for what still runs.
const LONGEST_STOP: Duration = Duration::from_secs(15);
/// How many were handed out.
static PORTS: AtomicU16 = AtomicU16::new(0);
/// Below those that Linux hands out by itself, so that a server finds its own free again when it comes back.
const FIRST_PORT: u16 = 20_000;
/// So many for one harness, so that two at the same time do not take each other's.
const PORTS_EACH: u16 = 200;
const HARNESSES: u32 = 60;

/// How to start it.
#[derive(Debug, Clone)]
pub struct Launch {
    binary: PathBuf,
    folder: PathBuf,
    name: String,
    environment: Vec<(String, String)>,
    /// Where it listens, at each start.
    pub address: SocketAddr,
}

impl Launch {
    /// Replica `name` on a database, in a folder that it may write to.
    pub fn new(binary: &Path, folder: &Path, database: &str, name: &str) -> Outcome<Self> {
        let address = free_address()?;
        let address_text = address.to_string();
        let own = [("DATABASE_URL", database), ("DOORLIST_LISTEN", address_text.as_str())];
        let variables = own.into_iter().chain(AS_INSTALLED);
        let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (binary, folder, name) = (binary.to_owned(), folder.to_owned(), name.to_owned());
        Ok(Self { binary, folder, name, environment, address })
    }

    /// With something else in its environment, which has little in it otherwise.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The file that its log goes to.
    pub fn log(&self) -> PathBuf {
        self.folder.join(format!("{}.log", self.name))
    }

    /// What it printed at its last start.
    pub fn printed(&self) -> Outcome<String> {
        Ok(fs::read_to_string(self.printed_to())?)
    }

    fn printed_to(&self) -> PathBuf {
        self.folder.join(format!("{}.out", self.name))
    }

    /// Starts it and waits until it can be asked something.
    pub fn start(&self) -> Outcome<Program> {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(File::create(self.printed_to())?)
            .stderr(File::options().create(true).append(true).open(self.log())?);
        let started = now();
        let mut program = Program { child: command.spawn()?, address: self.address };
        // The listener is bound before anything is ready: what is asked from here on waits in its queue.
        while TcpStream::connect(self.address).is_err() {
            if started.elapsed() > LONGEST_START || program.child.try_wait()?.is_some() {
                let log = fs::read_to_string(self.log())?;
                return Err(format!("the program does not start: {log}").into());
            }
            pause(Duration::from_micros(500));
        }
        Ok(program)
    }

    /// Runs one of its other commands to the end.
    pub fn run(&self, arguments: &[&str]) -> Outcome<()> {
        let mut command = Command::new(&self.binary);
        command.env_clear().envs(self.environment.iter().cloned()).current_dir(&self.folder).args(arguments);
        let done = command.stdin(Stdio::null()).output()?;
        if done.status.success() {
            return Ok(());
        }
        Err(format!("doorlist {arguments:?}: {}", String::from_utf8_lossy(&done.stderr)).into())
    }
}

/// An address that nobody listens at.
pub fn free_address() -> Outcome<SocketAddr> {
    let first = FIRST_PORT + PORTS_EACH * u16::try_from(std::process::id() % HARNESSES)?;
    for _ in 0..PORTS_EACH {
        let port = first + PORTS.fetch_add(1, Ordering::Relaxed) % PORTS_EACH;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err("no port is free".into())
}

/// A running server.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Program {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it between two instructions.
    pub fn kill(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Tells it to stop, as an operator would.
    pub fn tell(&self) -> Outcome<()> {
        Ok(kill_process(Pid::from_child(&self.child), Signal::TERM)?)
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    fn end(&mut self) -> Outcome<()> {
        let told = now();
        if self.child.try_wait()?.is_none() {
            self.tell()?;
        }
        while self.child.try_wait()?.is_none() {
            if told.elapsed() > LONGEST_STOP {
                self.child.kill()?;
                self.child.wait()?;
            }
            pause(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that is gone already, or that nobody can end, is no business of the figure's any more.
        let _ = self.end();
    }
}
