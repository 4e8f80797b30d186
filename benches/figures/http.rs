//! As much of HTTP/1.1 as it takes to ask and to be answered, on connections that stay open. It shares the cores with
//! what it measures, so it does little.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

/// An answer, without its body.
#[derive(Debug, Default)]
pub struct Answer {
    /// 200 and its like.
    pub status: u16,
    /// The session's cookie, if it was set anew: `name=value`.
    pub cookie: Option<String>,
    /// Seconds to wait before another try.
    pub retry_after: Option<u64>,
    length: usize,
}

/// A connection that is asked one thing after the other.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects, from an address of the loopback network.
    pub async fn open(server: SocketAddr, from: Ipv4Addr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let (head, answer) = loop {
            self.more().await?;
            if let Some(head) = self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                let text = self.received.get(..head).and_then(|bytes| std::str::from_utf8(bytes).ok());
                break (head + 4, text.and_then(read).ok_or_else(|| broken("its head cannot be read"))?);
            }
        };
        while self.received.len() < head + answer.length {
            self.more().await?;
        }
        Ok(answer)
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(broken("it ends early")),
            _ => Ok(()),
        }
    }
}

/// Connections that nobody uses, and since when: a server closes one that was quiet for too long.
#[derive(Debug, Default)]
pub struct Idle(Mutex<Vec<(Connection, Instant)>>);

impl Idle {
    const USABLE: Duration = Duration::from_secs(2);

    /// The one that was used last.
    pub fn take(&self) -> Option<Connection> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < Self::USABLE);
        Some(idle.pop()?.0)
    }

    /// Keeps one that was answered for the next.
    pub fn put_back(&self, connection: Connection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
    }
}

fn broken(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("an answer: {how}"))
}

/// Reads the head of an answer. One without a length is none that this program sends.
fn read(head: &str) -> Option<Answer> {
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, ..Answer::default() };
    let mut length = None;
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok();
        } else if name.eq_ignore_ascii_case("retry-after") {
            answer.retry_after = value.parse().ok();
        } else if name.eq_ignore_ascii_case("set-cookie") && value.starts_with("doorlist=") {
            answer.cookie = value.split(';').next().map(str::to_owned);
        }
    }
    answer.length = length?;
    Some(answer)
}

/// A request for a page.
pub fn get(server: SocketAddr, path: &str, cookie: &str) -> Vec<u8> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n{cookie}\r\n").into_bytes()
}

/// What a program asks for, with its token.
pub fn get_as_program(server: SocketAddr, path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// What a program sends, with its token.
pub fn post_as_program(server: SocketAddr, path: &str, token: &str, json: &str) -> Vec<u8> {
    let length = json.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\
         Content-Type: application/json\r\n\r\n{json}"
    )
    .into_bytes()
}

/// A form, as a browser sends it from a page of ours.
pub fn post(server: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {server}\r\nSec-Fetch-Site: same-origin\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
    )
    .into_bytes()
}
