//! The API, as a program sees it. Every answer that a [`Program`] gets is held against the document of the API.

mod contract;
mod generated;
mod invites;
mod limits;
mod papers;
mod registrations;
mod rights;
mod tokens;
mod users;

use std::sync::OnceLock;

use doorlist::domain::access::{OwnTokens, Role};
use doorlist::domain::audit::Origin;
use doorlist::domain::id::{TokenId, UserId};
use doorlist::domain::token::Scopes;
use doorlist::ops::tokens::{self as ops, Form};
use reqwest::Method;
use serde_json::{Value, json};

use crate::database::Kind;
use crate::support::{Browser, Server};

/// A server on which creating is not held back.
fn server(kind: Kind) -> Server {
    Server::with(kind, &[("DOORLIST_LIMIT_API_CREATIONS", "1000/1s")])
}

/// A program, with a token or without.
#[derive(Clone)]
struct Program {
    browser: Browser,
}

/// What a program was answered.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: reqwest::header::HeaderMap,
    json: Value,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn text(&self, field: &str) -> &str {
        self.json[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.json))
    }

    /// The answer, if it went well.
    #[track_caller]
    fn good(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.json);
        self.json
    }

    /// Status and stable name of a refusal.
    #[track_caller]
    fn refusal(&self) -> (u16, &str) {
        (self.status, self.text("code"))
    }

    /// The fields that a refusal complains of.
    #[track_caller]
    fn fields(&self) -> Vec<&str> {
        assert_eq!(self.refusal(), (422, "invalid"), "{}", self.json);
        self.json["errors"].as_object().unwrap().keys().map(String::as_str).collect()
    }
}

impl Program {
    fn without_token(server: &Server) -> Self {
        Self { browser: server.browser() }
    }

    fn with_token(server: &Server, token: &str) -> Self {
        Self { browser: server.browser().with("authorization", &format!("Bearer {token}")) }
    }

    fn with(&self, name: &'static str, value: &str) -> Self {
        Self { browser: self.browser.with(name, value) }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        self.send_text(method, path, "application/json", text).await
    }

    async fn send_text(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        let address = format!("/api/v1{path}");
        let request = self.browser.request(method.clone(), &address).header("content-type", kind).body(body);
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let json =
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{method} {path}: not JSON: {text}"));
        let reply = Reply { status, headers, json };
        contract::hold(&method, path.split('?').next().unwrap(), &reply);
        reply
    }
}

/// The document, as programs get it.
fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(doorlist::web::api::document::document()).unwrap())
}

/// A token of somebody, for these scopes.
async fn token_of(server: &Server, id: UserId, role: Role, scopes: Scopes) -> (TokenId, String) {
    let permit = doorlist::domain::access::Actor::new(id, role).permit::<OwnTokens>().unwrap();
    let keys = scopes.keys().into_iter().map(str::to_owned).collect();
    let form = Form { name: "Kiosk sign-up".to_owned(), scopes: keys, days: "90".to_owned() };
    let (record, token) = ops::create(&server.app, permit, Origin::default(), &form).await.unwrap();
    (record.id, token.reveal().to_owned())
}

/// A program of somebody new, for these scopes. Only managers and above make tokens; whoever was one keeps them.
async fn program(server: &Server, username: &str, role: Role, scopes: Scopes) -> Program {
    let maker = role.max(Role::Manager);
    let id = server.person(username, maker).await;
    let (_, token) = token_of(server, id, maker, scopes).await;
    put_into_role(server, username, role);
    Program::with_token(server, &token)
}

/// Gives somebody another role, past the program.
fn put_into_role(server: &Server, username: &str, role: Role) {
    let role = role.key();
    server.database.execute(&format!("UPDATE users SET role = '{role}' WHERE username = '{username}'"));
}

/// A program of an owner that may do everything.
async fn owner(server: &Server) -> Program {
    program(server, "the.owner", Role::Owner, Scopes::all()).await
}

/// An invite with something about it.
async fn invite(program: &Program, about: Value) -> Value {
    program.post("/invites", about).await.good()
}

/// Somebody new who joined with a code.
async fn joined(server: &Server, code: &str, username: &str) -> Value {
    let body = json!({"code": code, "username": username, "password": crate::support::PASSWORD});
    Program::without_token(server).post("/registrations", body).await.good()
}
