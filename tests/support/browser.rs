//! A browser as far as the server can tell: an address, cookies, headers. It follows no redirect by itself.
//!
//! It says nothing of where its forms come from, as old browsers do, so that every form's own token is needed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Body, Client, Method, RequestBuilder};
use url::form_urlencoded;

use super::page::{Answer, Form};

type Cookies = BTreeMap<String, String>;

/// Clones share their cookies.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    server: SocketAddr,
    from: IpAddr,
    cookies: Arc<Mutex<Cookies>>,
    headers: HeaderMap,
}

impl Browser {
    pub fn new(server: SocketAddr, from: IpAddr) -> Self {
        // The server lets go of a connection that was quiet for a while, perhaps when the next request is on its way.
        let client = Client::builder().no_proxy().redirect(Policy::none()).pool_max_idle_per_host(0);
        let client = client.local_address(from).build().unwrap();
        Self { client, server, from, cookies: Arc::default(), headers: HeaderMap::new() }
    }

    /// This browser, sending one more header each time.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        other
    }

    /// This browser, when htmx asks.
    pub fn htmx(&self) -> Self {
        self.with("hx-request", "true")
    }

    /// A browser elsewhere that stole this one's cookies as they are now.
    pub fn stolen(&self) -> Self {
        let cookies = Arc::new(Mutex::new(self.cookies()));
        Self { cookies, ..self.clone() }
    }

    /// The same browser when it speaks to another replica.
    pub fn at(&self, server: SocketAddr) -> Self {
        Self { server, ..self.clone() }
    }

    pub fn cookies(&self) -> Cookies {
        self.cookies.lock().unwrap().clone()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub const fn address(&self) -> IpAddr {
        self.from
    }

    /// A request with this browser's cookies and headers.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<_> = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self
            .client
            .request(method, format!("http://{}{path}", self.server))
            .headers(self.headers.clone());
        if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) }
    }

    /// Sends it, and keeps the cookies of the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        Answer::of(response).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts these fields and no others.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.submit(Form { action: path.to_owned(), fields }).await
    }

    /// Posts a form as it was filled in.
    pub async fn submit(&self, form: Form) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        self.send_form(&form.action, body).await
    }

    /// Posts a body as if it were a form.
    pub async fn send_form(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request =
            self.request(Method::POST, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(body)).await
    }

    /// Reads the sign-in form, fills it in and sends it.
    pub async fn sign_in(&self, login: &str, password: &str) -> Answer {
        let page = self.get("/sign-in").await;
        self.submit(page.form("/sign-in").fill("login", login).fill("password", password)).await
    }

    fn keep(&self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        if attributes.contains("Max-Age=0") {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}
