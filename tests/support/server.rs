//! The real server on a free port, with everything injected that it lets be injected.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use diesel::prelude::*;
use doorlist::app::App;
use doorlist::config::Config;
use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;
use doorlist::domain::password::PlainPassword;
use doorlist::domain::user::{Account, Status, Username};
use doorlist::ops;
use doorlist::store::migrate::{self, IfMissing};
use doorlist::store::rows::AuditRow;
use doorlist::store::schema::audit;
use doorlist::store::{self, Conn, StoreError};
use doorlist::sys::clock::Clock;
use doorlist::sys::entropy::Entropy;
use doorlist::sys::key::SecretKey;
use doorlist::sys::passwords::{Cost, Passwords};
use doorlist::web::metrics::{self, Metrics};

use super::browser::Browser;
use super::page::{Answer, Form};
use crate::database::{Database, Kind};
use crate::parts::{HandClock, SeededEntropy};

/// Hashing that costs nothing.
pub const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };
/// The password of everybody whose password does not matter.
pub const PASSWORD: &str = "quarry-lantern-42-moss";
/// The name that the owner's form gives the server.
pub const SERVER_NAME: &str = "Harbour Makers";
const FOUNDER: &str = "INSERT INTO users (id, username, username_skeleton, password_hash, role, status, created_at) \
     VALUES ('00000000000000000000000000', 'founder', 'founder', 'none', 'owner', 'active', '2026-01-01 00:00:00')";

/// A running server. It stops when it goes.
pub struct Server {
    pub app: App,
    pub clock: Arc<HandClock>,
    pub database: Arc<Database>,
    pub address: SocketAddr,
    pub metrics: Data<Metrics>,
    running: Option<(ServerHandle, JoinHandle<()>)>,
    visitors: AtomicU16,
    variables: Vec<(String, String)>,
    cost: Cost,
    number: u64,
}

impl Server {
    /// A server that was set up long ago by an owner who never comes.
    pub fn start(kind: Kind) -> Self {
        Self::with(kind, &[])
    }

    /// The same, with variables in its environment.
    pub fn with(kind: Kind, variables: &[(&str, &str)]) -> Self {
        let server = Self::fresh(kind, variables);
        server.database.execute(FOUNDER);
        server
    }

    /// The same, and passwords cost what they cost in earnest.
    pub fn in_earnest(kind: Kind, variables: &[(&str, &str)]) -> Self {
        let server = Self::new(kind, variables, Cost::POLICY);
        server.database.execute(FOUNDER);
        server
    }

    /// A server at its first start.
    pub fn fresh(kind: Kind, variables: &[(&str, &str)]) -> Self {
        Self::new(kind, variables, CHEAP)
    }

    fn new(kind: Kind, variables: &[(&str, &str)], cost: Cost) -> Self {
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::launch(Arc::new(Database::new(kind)), Arc::new(HandClock::new()), variables, cost, 0)
    }

    /// Another server on the same database, with the same clock.
    pub fn replica(&self) -> Self {
        let (database, clock) = (self.database.clone(), self.clock.clone());
        Self::launch(database, clock, self.variables.clone(), self.cost, self.number + 1)
    }

    /// A replica whose clock is off by that much.
    pub fn replica_off_by(&self, by: chrono::TimeDelta) -> Self {
        let clock = Arc::new(self.clock.off_by(by));
        Self::launch(self.database.clone(), clock, self.variables.clone(), self.cost, self.number + 1)
    }

    fn launch(
        database: Arc<Database>,
        clock: Arc<HandClock>,
        variables: Vec<(String, String)>,
        cost: Cost,
        number: u64,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut environment: BTreeMap<String, String> = variables.iter().cloned().collect();
        environment.insert("DATABASE_URL".to_owned(), database.url());
        environment.insert("DOORLIST_LISTEN".to_owned(), address.to_string());
        let config = Config::load(&environment).unwrap();
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(number));
        let app = App {
            store: migrate::open(&database.address(), IfMissing::Create).unwrap().store,
            clock: clock.clone(),
            passwords: Passwords::start(cost, 2, &entropy).unwrap(),
            entropy,
            config: Arc::new(config),
        };
        let metrics = metrics::shared(&app);
        let running = Some(serve(app.clone(), metrics.clone(), listener));
        let visitors = AtomicU16::new(0);
        Self { app, clock, database, address, metrics, running, visitors, variables, cost, number }
    }

    /// A browser at an address that nobody else uses, so that no limit for an address is in the way.
    pub fn browser(&self) -> Browser {
        let [high, low] = self.visitors.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        self.browser_at(&format!("127.1.{high}.{low}"))
    }

    pub fn browser_at(&self, from: &str) -> Browser {
        Browser::new(self.address, from.parse().unwrap())
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The key of a new set-up link.
    pub async fn setup_key(&self) -> String {
        ops::setup::make_key(&self.app).await.unwrap().unwrap().reveal().to_owned()
    }

    /// The set-up form, filled in as it should be.
    pub async fn setup_form(&self, browser: &Browser, key: &str) -> Form {
        let page = browser.get("/setup").await;
        page.form("/setup")
            .fill("server", SERVER_NAME)
            .fill("key", key)
            .fill("name", "Olga Owner")
            .fill("username", "olga")
            .fill("email", "Olga@Harbour.Example")
            .fill("password", PASSWORD)
    }

    /// A browser whose person has just set the server up.
    pub async fn owner(&self) -> Browser {
        let browser = self.browser();
        let form = self.setup_form(&browser, &self.setup_key().await).await;
        assert_eq!(browser.submit(form).await.redirect(), "/admin");
        browser
    }

    /// Somebody with [`PASSWORD`], straight into the database.
    pub async fn person(&self, username: &str, role: Role) -> UserId {
        self.account(username, role, |_| {}).await
    }

    /// The same, with something else about the account.
    pub async fn account(&self, username: &str, role: Role, alter: impl FnOnce(&mut Account)) -> UserId {
        let slot = self.app.passwords.slot().unwrap();
        let hash = slot.hash(PlainPassword::typed(PASSWORD).unwrap()).await.unwrap();
        let now = self.clock.now();
        let id = UserId::new(now, self.app.entropy.bytes());
        let mut account = Account {
            id,
            username: Username::parse(username).unwrap(),
            display_name: None,
            email: None,
            role,
            status: Status::Active,
            status_reason: None,
            created_at: now,
        };
        alter(&mut account);
        let inserted: Result<(), StoreError> =
            self.app.store.write(move |tx| store::users::insert(tx, &account, &hash)).await;
        inserted.unwrap();
        id
    }

    /// A browser with somebody new signed in.
    pub async fn signed_in(&self, username: &str, role: Role) -> Browser {
        self.person(username, role).await;
        let browser = self.browser();
        assert_eq!(browser.sign_in(username, PASSWORD).await.status, 303);
        browser
    }

    /// The audit rows of one action.
    pub async fn audit(&self, action: &'static str) -> Vec<AuditRow> {
        let rows = self.app.store.read(move |conn| {
            macro_rules! rows {
                ($c:expr) => {
                    audit::table
                        .filter(audit::action.eq(action))
                        .order(audit::id)
                        .select(AuditRow::as_select())
                        .load(&mut **$c)
                };
            }
            let rows: Result<Vec<AuditRow>, StoreError> = match conn {
                Conn::Sqlite(c) => rows!(c).map_err(StoreError::from),
                Conn::Postgres(c) => rows!(c).map_err(StoreError::from),
            };
            rows
        });
        rows.await.unwrap()
    }

    /// How many rows a table has where something holds.
    pub fn count(&self, rest: &str) -> usize {
        self.database.count(rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((handle, thread)) = self.running.take() {
            // The order is given here; waiting for it is the thread's business.
            drop(handle.stop(false));
            let _ = thread.join();
        }
    }
}

/// Serves on a thread of its own, so that a test may block and a failed one still stops it.
fn serve(app: App, metrics: Data<Metrics>, listener: TcpListener) -> (ServerHandle, JoinHandle<()>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let key = SecretKey::new(Box::new([7; 32]));
            let server = doorlist::web::serve(&app, key, metrics, listener, 2).unwrap();
            sender.send(server.handle()).unwrap();
            drop(app);
            server.await.unwrap();
        });
    });
    (receiver.recv().unwrap(), thread)
}

/// Where the limits of an address are not in the way, one answer tells all.
pub fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}
