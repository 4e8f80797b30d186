//! The program itself, started and stopped as an operator would.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::ports::free_port;

/// Longer than any step takes, and than the server lets a request run while it stops.
const PATIENCE: Duration = Duration::from_secs(30);

/// A Doorlist that can be stopped and started again at the same address.
pub struct Server {
    port: u16,
    folder: PathBuf,
    database: String,
    running: Option<Running>,
    setup_link: Option<String>,
}

struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Server {
    pub fn start(folder: &Path, database: String) -> Self {
        let mut server =
            Self { port: free_port(), folder: folder.to_owned(), database, running: None, setup_link: None };
        server.start_again();
        server
    }

    pub fn start_again(&mut self) {
        let (reader, writer) = io::pipe().expect("a pipe opens");
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorlist"));
        command
            .env_clear()
            .env("DOORLIST_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("DATABASE_URL", &self.database)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().expect("a pipe has two ends to write to"))
            .stderr(writer);
        let child = command.spawn().expect("doorlist starts");
        // The command still holds the pipe open; it ends with the program only when this is gone.
        drop(command);
        let mut running = Running { child, lines: lines_of(reader) };
        let said = running.read_until(|line| line.contains("serving"));
        let link =
            said.iter().find_map(|line| line.trim().starts_with("http").then(|| line.trim().to_owned()));
        self.setup_link = link;
        self.running = Some(running);
    }

    /// Asks the program to stop, sees that it does so in good order, and answers with what it said since it was ready.
    pub fn stop(&mut self) -> Vec<String> {
        let mut running = self.running.take().expect("the server runs");
        let pid = running.child.id().to_string();
        let asked = Command::new("sh").args(["-c", "kill -TERM \"$1\"", "sh", &pid]).status();
        assert!(asked.expect("sh starts").success(), "SIGTERM could not be sent");
        let rest = running.read_to_the_end();
        let status = running.child.wait().expect("the server can be waited for");
        assert!(status.success(), "after SIGTERM the server ended with {status}:\n{}", rest.join("\n"));
        assert!(
            !rest.iter().any(|line| line.contains("panicked")),
            "the server panicked:\n{}",
            rest.join("\n")
        );
        rest
    }

    /// The link to become the owner, as the server printed it.
    pub fn setup_link(&self) -> &str {
        self.setup_link.as_deref().expect("the server printed a set-up link")
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }
}

impl Running {
    fn read_until(&mut self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    said.push(line);
                    if said.last().is_some_and(|line| wanted(line)) {
                        return said;
                    }
                }
                Err(error) => panic!("the server does not get ready ({error}):\n{}", said.join("\n")),
            }
        }
    }

    fn read_to_the_end(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => said.push(line),
                Err(mpsc::RecvTimeoutError::Disconnected) => return said,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    panic!("the server does not stop:\n{}", said.join("\n"))
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After a good stop both find nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines that a program writes, as they come. The channel ends with the program.
pub fn lines_of(output: impl io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Goes on reading when nobody listens any more: a full pipe would hold the program up.
            let _ = sender.send(line);
        }
    });
    lines
}
