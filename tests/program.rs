//! The program from outside: arguments and environment in, output and exit code out.
#![cfg(test)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The program in an empty folder, with nothing in its environment but what a test puts there.
fn doorlist(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorlist"));
    command.args(arguments).current_dir(folder).env_clear().envs(variables.iter().copied());
    command
}

fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (ExitStatus, String, String) {
    let Output { status, stdout, stderr } = doorlist(folder, arguments, variables).output().unwrap();
    (status, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A server that is killed when its test ends, however it ends.
struct Server {
    child: Child,
    said: Vec<String>,
}

impl Server {
    /// Starts it on a free port and waits for the word that it gave on the terminal.
    fn start(folder: &Path, variables: &[(&str, &str)]) -> (Self, String) {
        // The port was free a moment ago; the program takes no port 0, since it has to print its address.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut variables = variables.to_vec();
        variables.push(("DOORLIST_LISTEN", &free));
        let mut child =
            doorlist(folder, &[], &variables).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        loop {
            let line = log.next().expect("it ended before it served").unwrap();
            let serves = line.contains("serving");
            said.push(line);
            if serves {
                break;
            }
        }
        // The rest of the log goes nowhere, but it must not fill its pipe.
        std::thread::spawn(move || log.for_each(drop));
        (Self { child, said }, free)
    }

    fn stop(mut self) -> (ExitStatus, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        (status, printed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is an error only if it has ended already, as after `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn wrong_variables_stop_the_start_with_one_message_and_make_nothing() {
    let folder = folder();
    let wrong = [
        ("DATABASE_URL", "doorlist.db"),
        ("DOORLIST_LISTEN", "8080"),
        ("DOORLIST_LISTNE", "127.0.0.1:1"),
        ("DOORLIST_SECRET_KEY", "hunter2"),
    ];
    let (status, printed, said) = run(folder.path(), &[], &wrong);
    assert_eq!((status.code(), printed.as_str()), (Some(2), ""));
    for (name, _) in wrong {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_first_start_prints_its_link_and_a_second_makes_nothing_anew() {
    let folder = folder();
    let (server, address) = Server::start(folder.path(), &[]);
    let (status, printed) = server.stop();
    assert!(status.success(), "{status}");
    assert!(printed.contains("Made a new database at data/doorlist.db"), "{printed}");
    assert!(printed.contains(&format!("http://{address}/setup#")), "{printed}");
    let key = fs::read(folder.path().join("data/secret.key")).unwrap();

    let (server, address) = Server::start(folder.path(), &[]);
    assert!(get(&address, "/readyz").starts_with("HTTP/1.1 200 "));
    let logged = server.said.join("\n");
    let (_, printed) = server.stop();
    assert!(!printed.contains("Made a new database"), "{printed}");
    let link = printed.split('#').nth(1).unwrap().trim().to_owned();
    assert!(!logged.contains(&link), "the key of the link is not for the log");
    assert_eq!(fs::read(folder.path().join("data/secret.key")).unwrap(), key);
}

#[test]
fn a_port_that_is_taken_is_said_and_nothing_is_made() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, _, said) = run(folder.path(), &[], &[("DOORLIST_LISTEN", &address)]);
    assert_eq!(status.code(), Some(1));
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_database_that_cannot_be_used_is_said_and_left_alone() {
    let folder = folder();
    let file = folder.path().join("letters.db");
    fs::write(&file, "these are letters, not a database, and there are enough of them for a page".repeat(90))
        .unwrap();
    let before = fs::read(&file).unwrap();
    let free = ("DOORLIST_LISTEN", "127.0.0.1:0");
    let (status, _, said) = run(folder.path(), &["serve"], &[("DATABASE_URL", "sqlite:letters.db"), free]);
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("not a database"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), before);

    let nobody = "postgres://nobody@127.0.0.1:9/nothing";
    let (status, _, said) = run(folder.path(), &["serve"], &[("DATABASE_URL", nobody), free]);
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("cannot open the database"), "{said}");
}

#[test]
fn commands_that_need_a_database_never_make_one() {
    let folder = folder();
    for arguments in [&["setup-link"][..], &["backup", "out.gz"]] {
        let (status, _, said) = run(folder.path(), arguments, &[]);
        assert_eq!(status.code(), Some(1), "{arguments:?}");
        assert!(said.contains("there is no database at data/doorlist.db"), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_backup_goes_to_another_folder_and_back_into_service() {
    let (one, other) = (folder(), folder());
    Server::start(one.path(), &[]).0.stop();
    let file = other.path().join("backup.gz");
    let name = file.to_str().unwrap();
    let (status, printed, said) = run(one.path(), &["backup", name, "--json"], &[]);
    assert!(status.success(), "{said}");
    assert!(printed.contains("\"rows\":"), "{printed}");
    let (status, _, said) = run(one.path(), &["backup", name], &[]);
    assert_eq!(status.code(), Some(1), "an existing file is not overwritten: {said}");

    let (status, printed, said) = run(other.path(), &["restore", name], &[]);
    assert!(status.success(), "{said}");
    assert!(printed.contains("restored from"), "{printed}");
    let (status, _, said) = run(other.path(), &["restore", "missing.gz"], &[]);
    assert_eq!(status.code(), Some(1));
    assert!(said.contains("there is no file missing.gz"), "{said}");
}

#[test]
fn doctor_says_how_things_stand_and_changes_nothing() {
    let folder = folder();
    let (status, printed, _) = run(folder.path(), &["doctor"], &[]);
    assert_eq!(status.code(), Some(1), "no database yet");
    assert!(printed.contains("broken  database"), "{printed}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    Server::start(folder.path(), &[]).0.stop();
    let exposed = [("DOORLIST_PUBLIC_URL", "http://door.example"), ("DOORLIST_INSECURE_HTTP", "1")];
    let (status, printed, said) = run(folder.path(), &["doctor", "--json"], &exposed);
    assert!(status.success(), "{printed}{said}");
    let findings: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let health = |what: &str| {
        let all = findings.as_array().unwrap();
        let found = all.iter().find(|finding| finding["what"] == what);
        found.unwrap_or_else(|| panic!("{what} in {printed}"))["health"].as_str().unwrap().to_owned()
    };
    for (what, expected) in [
        ("database", "ok"),
        ("schema", "ok"),
        ("owner", "look"),
        ("clock", "ok"),
        ("key", "ok"),
        ("public address", "look"),
    ] {
        assert_eq!(health(what), expected, "{what}");
    }
}

#[test]
fn figures_are_served_on_an_address_of_their_own() {
    let folder = folder();
    let figures = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (server, address) = Server::start(folder.path(), &[("DOORLIST_METRICS_LISTEN", &figures)]);
    assert!(get(&address, "/sign-in").starts_with("HTTP/1.1 303 "));
    let page = get(&figures, "/metrics");
    assert!(
        page.contains("doorlist_http_requests_total{method=\"GET\",route=\"/sign-in\",status=\"303\"} 1"),
        "{page}"
    );
    assert!(page.contains("doorlist_database_reads_total"), "{page}");
    assert!(get(&address, "/metrics").starts_with("HTTP/1.1 404 "));
    assert!(server.stop().0.success());
}

#[test]
fn help_and_version_are_answers_and_a_wrong_argument_is_not() {
    let folder = folder();
    let (status, printed, _) = run(folder.path(), &["--help"], &[]);
    assert!(status.success());
    for command in ["serve", "setup-link", "backup", "restore", "doctor"] {
        assert!(printed.contains(command), "{printed}");
    }
    assert!(run(folder.path(), &["--version"], &[]).0.success());
    assert_eq!(run(folder.path(), &["sevre"], &[]).0.code(), Some(2));
}
