//! nginx in front of two replicas, as `docs/OPERATIONS.md` has it: what is started is what is written there, with other
//! addresses. People come over plain HTTP, at a listener of its own in the same block; that the listener with TLS serves is
//! asked once.

use std::fs::{self, File};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::Outcome;
use crate::clock::{now, pause};
use crate::cluster::give_away;
use crate::program::free_address;

const DOCUMENT: &str = include_str!("../../docs/OPERATIONS.md");
const NAME: &str = "door.example.org";
const LONGEST_START: Duration = Duration::from_secs(10);
/// What nginx keeps beside its configuration. The package's own places are not everybody's to write to.
const PLACES: [&str; 5] = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/// A proxy that runs.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    folder: TempDir,
    /// Where people come in.
    pub address: SocketAddr,
}

impl Gateway {
    /// Starts one before two replicas.
    pub fn start(nginx: &Path, replicas: [SocketAddr; 2]) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("doorlist_proof_nginx_").tempdir()?;
        let [plain, tls] = [free_address()?, free_address()?];
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        certify(&path("key.pem"), &path("certificate.pem"))?;
        let places = PLACES.map(|place| format!("{place}_temp_path {};\n", path(place))).concat();
        let (pid, log, blocks) = (path("pid"), path("log"), blocks(replicas, plain, tls, &path)?);
        let whole = format!(
            "daemon off;\npid {pid};\nerror_log {log};\nevents {{}}\nhttp {{\naccess_log off;\n{places}{blocks}}}\n"
        );
        fs::write(path("nginx.conf"), whole)?;
        give_away(folder.path())?;
        let owner = fs::metadata(folder.path())?;
        let said = File::create(path("said"))?;
        let mut command = Command::new(nginx);
        command.args(["-p", &path(""), "-c", &path("nginx.conf")]).env_clear().current_dir(folder.path());
        // Nobody needs root for these ports.
        command.uid(owner.uid()).gid(owner.gid());
        command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        let (child, begun) = (command.spawn()?, now());
        let mut gateway = Self { child, folder, address: plain };
        while TcpStream::connect(plain).is_err() {
            if begun.elapsed() > LONGEST_START || gateway.child.try_wait()?.is_some() {
                let said = gateway.folder.path().join("said");
                return Err(format!("nginx does not start: {}", fs::read_to_string(said)?).into());
            }
            pause(Duration::from_millis(2));
        }
        serves_tls(tls)?;
        Ok(gateway)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // One that is gone already cannot be told anything, and need not be.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

/// What stands in the document between the lines that begin and end a block of a kind.
fn fenced(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    DOCUMENT.split(&fence).skip(1).filter_map(|after| after.split("```").next()).collect()
}

/// The values that the document gives to settings, of the block that has this one.
pub fn settings(with: &str) -> Outcome<Vec<(&'static str, &'static str)>> {
    let blocks = DOCUMENT.split("```").skip(1).step_by(2);
    let block = blocks.into_iter().find(|block| block.contains(with)).ok_or_else(|| missing(with))?;
    Ok(block.lines().filter_map(|line| line.split_once('=')).collect())
}

fn missing(what: &str) -> String {
    format!("OPERATIONS.md has no {what} any more")
}

/// Both blocks, each thing in them that is another place here replaced.
fn blocks(
    [first, second]: [SocketAddr; 2],
    plain: SocketAddr,
    tls: SocketAddr,
    path: &dyn Fn(&str) -> String,
) -> Outcome<String> {
    let mut text = fenced("nginx").concat();
    let here = "/etc/letsencrypt/live/door.example.org";
    let replaced = [
        ("listen 443 ssl".to_owned(), format!("listen {plain};\n    listen {tls} ssl")),
        (format!("{here}/fullchain.pem"), path("certificate.pem")),
        (format!("{here}/privkey.pem"), path("key.pem")),
        ("proxy_pass http://127.0.0.1:8080;".to_owned(), "proxy_pass http://doorlist;".to_owned()),
        ("10.0.0.11:8080".to_owned(), first.to_string()),
        ("10.0.0.12:8080".to_owned(), second.to_string()),
    ];
    for (documented, here) in replaced {
        if text.matches(&documented).count() != 1 {
            return Err(missing(&documented).into());
        }
        text = text.replace(&documented, &here);
    }
    // The document says in words to put this in place of the other.
    if DOCUMENT.contains("`proxy_pass http://doorlist;`") {
        Ok(text)
    } else {
        Err(missing("such a proxy_pass").into())
    }
}

fn certify(key: &str, certificate: &str) -> Outcome<()> {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            &format!("/CN={NAME}"),
        ])
        .args(["-keyout", key, "-out", certificate])
        .stdin(Stdio::null())
        .output()?;
    if made.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&made.stderr).into()) }
}

/// Asks over TLS whether the program serves.
fn serves_tls(address: SocketAddr) -> Outcome<()> {
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &address.to_string(), "-servername", NAME])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
    client.stdin.as_mut().ok_or("no way to ask")?.write_all(request.as_bytes())?;
    let answer = String::from_utf8_lossy(&client.wait_with_output()?.stdout).into_owned();
    if answer.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(format!("over TLS: {answer:.80}").into()) }
}
