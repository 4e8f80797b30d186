//! A PostgreSQL of the harness's own, which it may stop, pull the plug on and start again. It waits for the disk as the
//! package configures it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use crate::Outcome;
use crate::program::free_address;

/// Times of commits are kept, so that what happened after what can be told from the rows.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\n\
     track_commit_timestamp = on\nlog_min_messages = warning\n";
const PASSWORD: &str = "proof";
const TRIES: usize = 10;

/// A database cluster.
#[derive(Debug)]
pub struct Cluster {
    tools: PathBuf,
    folder: TempDir,
    environment: Vec<(String, String)>,
    /// The address of its administrator's database.
    pub url: url::Url,
}

impl Cluster {
    /// Makes one and starts it. The tools are those beside `initdb`.
    pub fn start(tools: &Path) -> Outcome<Self> {
        Self::with(tools, &[])
    }

    /// The same, with something in the environment of the server.
    pub fn with(tools: &Path, environment: &[(String, String)]) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("doorlist_proof_pg_").tempdir()?;
        fs::write(folder.path().join("password"), PASSWORD)?;
        give_away(folder.path())?;
        let mut cluster = Self {
            tools: tools.to_owned(),
            folder,
            environment: environment.to_vec(),
            url: url::Url::parse(&format!("postgres://postgres:{PASSWORD}@127.0.0.1/postgres"))?,
        };
        let data = cluster.data();
        let made =
            ["-D", &data, "--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"];
        cluster
            .tool("initdb", &[&made[..], &["--pwfile", &cluster.path("password"), "--no-sync"]].concat())?;
        let configuration = Path::new(&data).join("postgresql.conf");
        let packaged = fs::read_to_string(&configuration)?;
        fs::write(configuration, packaged + SETTINGS)?;
        cluster.find_port()?;
        Ok(cluster)
    }

    /// One that was free a moment ago may be taken; then it is the next one's turn.
    fn find_port(&mut self) -> Outcome<()> {
        let mut last = None;
        for _ in 0..TRIES {
            self.url.set_port(Some(free_address()?.port())).map_err(|()| "an address without a port")?;
            match self.up() {
                Ok(()) => return Ok(()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| "no port".into()))
    }

    /// Starts it again and waits until it takes connections.
    pub fn up(&self) -> Outcome<()> {
        let port = format!("-p {}", self.url.port().unwrap_or_default());
        let (data, log) = (self.data(), self.path("server.log"));
        self.tool("pg_ctl", &["start", "-s", "-w", "-D", &data, "-l", &log, "-o", &port])
    }

    /// Stops it: `immediate` as if the power had failed.
    pub fn down(&self, mode: &str) -> Outcome<()> {
        self.tool("pg_ctl", &["stop", "-s", "-w", "-m", mode, "-D", &self.data()])
    }

    /// Another server that has all that this one has, and from now on everything before anybody is answered.
    pub fn standby(&self) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("doorlist_proof_pg_").tempdir()?;
        give_away(folder.path())?;
        let environment = [&self.environment[..], &[("PGPASSWORD".to_owned(), PASSWORD.to_owned())]].concat();
        let (tools, url) = (self.tools.clone(), self.url.clone());
        let mut standby = Self { tools, folder, environment, url };
        let port = self.url.port().unwrap_or_default().to_string();
        let from = ["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-R", "-X", "stream", "-c", "fast"];
        standby.tool("pg_basebackup", &[&from[..], &["-D", &standby.data()]].concat())?;
        standby.find_port()?;
        self.run("ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        self.run("SELECT pg_reload_conf()")?;
        // Waits, as every commit from now on, until the standby has it.
        self.run("CREATE TABLE replicated (yes boolean); DROP TABLE replicated")?;
        Ok(standby)
    }

    /// Lets a standby take the place of its primary.
    pub fn promote(&self) -> Outcome<()> {
        self.tool("pg_ctl", &["promote", "-s", "-w", "-D", &self.data()])
    }

    /// Runs a statement that takes no transaction, as the administrator.
    pub fn run(&self, statement: &str) -> Outcome<()> {
        Ok(PgConnection::establish(self.url.as_str())?.batch_execute(statement)?)
    }

    /// The numbers of all its processes, the first one's first.
    pub fn processes(&self) -> Outcome<Vec<u32>> {
        let file = fs::read_to_string(Path::new(&self.data()).join("postmaster.pid"))?;
        let first: u32 = file.lines().next().unwrap_or_default().parse()?;
        let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children"))?;
        let children = children.split_whitespace().map(str::parse).collect::<Result<Vec<u32>, _>>()?;
        Ok([vec![first], children].concat())
    }

    /// Where it may be given more to keep.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> String {
        self.path("data")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    /// Runs one of PostgreSQL's tools, as somebody whom it lets: it refuses root.
    fn tool(&self, name: &str, arguments: &[&str]) -> Outcome<()> {
        let mut command = as_server_user(&self.tools.join(name));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.envs(self.environment.iter().cloned()).env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        // The server outlives the tool that started it, and must not keep a pipe of ours open.
        let said = self.folder.path().join(format!("{name}.said"));
        let said_to = fs::File::create(&said)?;
        command.stdin(Stdio::null()).stdout(said_to.try_clone()?).stderr(said_to);
        if command.status()?.success() {
            return Ok(());
        }
        Err(format!("{name}: {}", fs::read_to_string(said)?).into())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // One that is down already says so, and that is all right.
        let _ = self.down("immediate");
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn as_server_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("/usr/sbin/runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Gives a folder to the user who runs the server.
pub fn give_away(folder: &Path) -> Outcome<()> {
    if is_root() && !Command::new("chown").arg("-R").arg("postgres").arg(folder).status()?.success() {
        return Err(format!("{} cannot be given to postgres", folder.display()).into());
    }
    Ok(())
}
