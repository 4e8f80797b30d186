//! The measured program: started with nothing but its own settings, watched from outside, stopped by its id.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::Outcome;
use crate::clock::{now, pause};
use crate::installed::AS_INSTALLED;
use crate::machine::mib;
use crate::place::Place;

/// A start that takes longer has failed.
const LONGEST_START: Duration = Duration::from_secs(10);
/// Longer than a stopping server waits for what still runs.
const LONGEST_STOP: Duration = Duration::from_secs(12);
/// The kernel counts a process's time in these, whatever its own clock does.
const TICKS_A_SECOND: f64 = 100.0;

/// A running server.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// When it was started.
    pub started: Instant,
}

impl Program {
    /// Starts it and waits until something can be asked of it. Its log goes to a file, as an operator would have it.
    pub fn start(binary: &Path, place: &Place) -> Outcome<Self> {
        Self::start_with(binary, place, &[])
    }

    /// The same, with more in its environment.
    pub fn start_with(binary: &Path, place: &Place, variables: &[(&str, &str)]) -> Outcome<Self> {
        // Free a moment ago. Should another take it, the start fails and says so.
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(AS_INSTALLED)
            .env("DATABASE_URL", place.url())
            .env("DOORLIST_LISTEN", address.to_string())
            .envs(variables.iter().copied())
            .current_dir(place.folder())
            .stdin(Stdio::null())
            .stdout(File::create(place.folder().join("stdout"))?)
            .stderr(File::options().create(true).append(true).open(place.folder().join("log"))?);
        let started = now();
        let mut program = Self { child: command.spawn()?, address, started };
        // The listener is bound before anything is ready: what is asked from here on waits in its queue.
        while std::net::TcpStream::connect(address).is_err() {
            if started.elapsed() > LONGEST_START || program.child.try_wait()?.is_some() {
                let log = fs::read_to_string(place.folder().join("log"))?;
                return Err(format!("the program does not start: {log}").into());
            }
            pause(Duration::from_micros(200));
        }
        Ok(program)
    }

    /// The key of the set-up link that it printed.
    pub fn setup_key(place: &Place) -> Outcome<String> {
        let printed = fs::read_to_string(place.folder().join("stdout"))?;
        let key = printed.lines().find_map(|line| line.split_once("/setup#"));
        Ok(key.ok_or("no set-up link was printed")?.1.trim().to_owned())
    }

    /// Memory in MiB: at this moment, and the most there ever was.
    pub fn memory(&self) -> Outcome<(f64, f64)> {
        let status = format!("/proc/{}/status", self.child.id());
        Ok((mib(&status, "VmRSS")?, mib(&status, "VmHWM")?))
    }

    /// MiB of it that lie in huge pages.
    pub fn huge_pages(&self) -> Outcome<f64> {
        mib(&format!("/proc/{}/smaps_rollup", self.child.id()), "AnonHugePages")
    }

    /// How many files and connections it holds open.
    pub fn handles(&self) -> Outcome<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// Seconds of processor time so far, in the program and in the kernel on its behalf.
    pub fn processor_time(&self) -> Outcome<f64> {
        processor_time(&self.child.id().to_string())
    }

    /// Seconds of it in the threads that hash, which do little else.
    pub fn hashing_time(&self) -> Outcome<f64> {
        let mut seconds = Vec::new();
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let thread = thread?.path();
            if fs::read_to_string(thread.join("comm"))?.starts_with("hash-") {
                seconds.push(seconds_in(&thread)?);
            }
        }
        if seconds.is_empty() {
            return Err("the program has no threads by the name of those that hash".into());
        }
        Ok(seconds.iter().sum())
    }

    /// Stops it as an operator would, and waits until it has ended.
    pub fn stop(mut self) -> Outcome<()> {
        self.end()
    }

    fn end(&mut self) -> Outcome<()> {
        let told = now();
        if self.child.try_wait()?.is_none() {
            kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        }
        while self.child.try_wait()?.is_none() {
            if told.elapsed() > LONGEST_STOP {
                self.child.kill()?;
                self.child.wait()?;
                return Err("the program had to be killed".into());
            }
            pause(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Whoever wants to know whether it stopped as it should calls `stop`.
        let _ = self.end();
    }
}

/// Seconds of processor time of a process, by its id or as `self`.
pub fn processor_time(process: &str) -> Outcome<f64> {
    seconds_in(&Path::new("/proc").join(process))
}

/// The same of a process or a thread, by its folder.
fn seconds_in(folder: &Path) -> Outcome<f64> {
    let stat = fs::read_to_string(folder.join("stat"))?;
    // The name in parentheses may hold anything; user and system time are the 12th and 13th field behind it.
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    let ticks = behind.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / TICKS_A_SECOND)
}
