//! A Chromium, and what a person does in it. Whatever takes time is waited for; what does not come fails the test.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::extensions::query::{ElementPollerWithTimeout, ElementQuery};
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel, TypingData};

use crate::environment;
use crate::ports::free_port;
use crate::server::lines_of;

const PATIENCE: Duration = Duration::from_secs(30);
const GLANCE: Duration = Duration::from_millis(40);

/// Stands in every page before its first script.
const WITNESS: &str = include_str!("witness.js");

/// The program between the tests and the browsers. When it goes, its browsers go.
pub struct ChromeDriver {
    child: Child,
    address: SocketAddr,
}

impl ChromeDriver {
    pub fn start(folder: &Path) -> Self {
        let program = environment::given("DOORLIST_TEST_CHROMEDRIVER");
        let port = free_port();
        let mut child = Command::new(&program)
            .arg(format!("--port={port}"))
            // Whatever the two keep beside the profile goes away with the test.
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        let lines = lines_of(child.stdout.take().expect("its output is piped"));
        let driver = Self { child, address: (Ipv4Addr::LOCALHOST, port).into() };
        let mut said = Vec::new();
        while let Ok(line) = lines.recv_timeout(PATIENCE) {
            said.push(line);
            if said.last().is_some_and(|line| line.contains("started successfully")) {
                return driver;
            }
        }
        panic!("{program} does not get ready:\n{}", said.join("\n"));
    }
}

impl Drop for ChromeDriver {
    fn drop(&mut self) {
        // It closes what a failed test has left open when it is asked to, and not when it is killed.
        if let Ok(mut asked) = TcpStream::connect(self.address) {
            let _ = asked.set_read_timeout(Some(PATIENCE));
            let _ =
                asked.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            let _ = asked.read_to_end(&mut Vec::new());
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One browser with a profile of its own, at one server.
pub struct Browser {
    pub driver: WebDriver,
    pub origin: String,
    pub has_script: bool,
}

impl Browser {
    pub async fn open(chromedriver: &ChromeDriver, profile: &Path, origin: String, has_script: bool) -> Self {
        let mut wanted = DesiredCapabilities::chrome();
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,800",
        ];
        wanted.set_binary(&environment::given("DOORLIST_TEST_CHROMIUM")).expect("a path is a capability");
        for flag in flags {
            wanted.add_arg(flag).expect("a flag is a capability");
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.display())).expect("a flag is a capability");
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a level is a capability");
        let driver = WebDriver::builder(format!("http://{}", chromedriver.address), wanted)
            .poller(Arc::new(ElementPollerWithTimeout::new(PATIENCE, GLANCE)))
            .await
            .expect("Chromium starts");
        let browser = Self { driver, origin, has_script };
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WITNESS })).await;
        // A window that the system has not made the active one shows no focus, whatever has it.
        browser.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        if !has_script {
            browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        }
        browser
    }

    pub async fn close(self) {
        self.driver.quit().await.expect("the browser closes");
    }

    /// Goes to a path of the server, or to a whole address.
    pub async fn visit(&self, path: &str) {
        let address = if path.starts_with('/') { format!("{}{path}", self.origin) } else { path.to_owned() };
        self.driver.goto(&address).await.unwrap_or_else(|error| panic!("{address} does not open: {error}"));
    }

    /// Waits for an element to be there.
    pub async fn finds(&self, css: &str) -> WebElement {
        let found = self.driver.query(By::Css(css)).first_opt().await;
        match found {
            Ok(Some(element)) => element,
            Ok(None) => panic!("there is no `{css}` {}", self.here().await),
            Err(error) => panic!("`{css}` cannot be looked for {}: {error}", self.here().await),
        }
    }

    /// Waits for an element with a text to be visible.
    pub async fn reads(&self, css: &str, text: &str) -> WebElement {
        match self.saying(css, text).first_opt().await {
            Ok(Some(element)) => element,
            Ok(None) => panic!("no `{css}` says “{text}” {}", self.here().await),
            Err(error) => panic!("`{css}` cannot be read {}: {error}", self.here().await),
        }
    }

    fn saying(&self, css: &str, text: &str) -> ElementQuery {
        let wanted = text.to_owned();
        let found = self.driver.query(By::Css(css)).ignore_errors(true);
        found.with_text(move |shown: &str| shown.contains(&wanted))
    }

    /// Waits for an element to be gone.
    pub async fn loses(&self, css: &str) {
        let gone = self.driver.query(By::Css(css)).not_exists().await;
        assert!(gone.is_ok_and(|gone| gone), "`{css}` does not go away {}", self.here().await);
    }

    /// Whether something is there now, without waiting.
    pub async fn has(&self, css: &str) -> bool {
        let found = self.driver.find_all(By::Css(css)).await;
        !found.unwrap_or_else(|error| panic!("`{css}` cannot be looked for: {error}")).is_empty()
    }

    /// Whether something is to be seen now, without waiting.
    pub async fn shows(&self, css: &str) -> bool {
        let shown = self.finds(css).await.is_displayed().await;
        shown.unwrap_or_else(|error| panic!("`{css}` cannot be looked at: {error}"))
    }

    pub async fn click(&self, css: &str) {
        let clicked = self.finds(css).await.click().await;
        if let Err(error) = clicked {
            panic!("`{css}` cannot be clicked {}: {error}", self.here().await);
        }
    }

    /// Clicks what says a text.
    pub async fn click_on(&self, css: &str, text: &str) {
        let clicked = self.reads(css, text).await.click().await;
        if let Err(error) = clicked {
            panic!("`{css}` with “{text}” cannot be clicked {}: {error}", self.here().await);
        }
    }

    /// Replaces what a field holds.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.finds(css).await;
        let emptied = field.clear().await;
        emptied.unwrap_or_else(|error| panic!("`{css}` cannot be emptied: {error}"));
        let typed = field.send_keys(text).await;
        typed.unwrap_or_else(|error| panic!("`{css}` cannot be typed into: {error}"));
    }

    /// What a field holds.
    pub async fn value(&self, css: &str) -> String {
        let value = self.finds(css).await.prop("value").await;
        value.unwrap_or_else(|error| panic!("`{css}` has no value: {error}")).unwrap_or_default()
    }

    /// An attribute, empty where there is none.
    pub async fn attribute(&self, css: &str, name: &str) -> String {
        let value = self.finds(css).await.attr(name).await;
        value.unwrap_or_else(|error| panic!("`{css}` cannot be read: {error}")).unwrap_or_default()
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        let pressed = self.driver.action_chain().send_keys(keys).perform().await;
        pressed.expect("keys can be pressed");
    }

    /// Presses the two keys that lead to a page; again where a busy machine let so much time pass between them that they
    /// were two keys and not one word.
    pub async fn go(&self, keys: &str, heading: &str) {
        for _ in 0..3 {
            self.press(keys).await;
            let there = self.saying("h1", heading).wait(PATIENCE / 6, GLANCE).exists().await;
            if there.is_ok_and(|there| there) {
                return;
            }
        }
        panic!("\"{keys}\" does not lead to “{heading}”: {}", self.here().await);
    }

    /// Presses a key while Control is held.
    pub async fn press_with_control(&self, key: char) {
        let chain = self.driver.action_chain().key_down(Key::Control).send_keys(key).key_up(Key::Control);
        chain.perform().await.expect("keys can be pressed");
    }

    /// Path, query and fragment of the page.
    pub async fn path(&self) -> String {
        let address = self.driver.current_url().await.expect("a page has an address");
        address.as_str().trim_start_matches(&self.origin).to_owned()
    }

    pub async fn title(&self) -> String {
        self.driver.title().await.expect("a page has a title")
    }

    /// Runs a script as the developer tools do: the page's policy and a switched-off script do not matter.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.driver.execute(script, arguments).await;
        answer.unwrap_or_else(|error| panic!("a script fails: {error}\n{script}")).json().clone()
    }

    /// Gives the browser itself an order.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{method} fails: {error}"))
    }

    /// Where the browser is, and what it shows, for the message of a test that fails.
    pub async fn here(&self) -> String {
        let path = self.driver.current_url().await.map_or_else(|_| "nowhere".to_owned(), String::from);
        let script = "
            const { title, body, activeElement } = document;
            return `${title}\\n${body.innerText}\\nThe focus is on ${activeElement?.outerHTML.slice(0, 120)}`";
        let page = self.driver.execute(script, Vec::new()).await;
        let page = page.ok().and_then(|page| page.json().as_str().map(str::to_owned)).unwrap_or_default();
        format!("at {path}, which shows:\n{page}\n")
    }
}
