//! One request on a connection of its own, and the whole answer, or that there was none. Nothing is sent twice by itself:
//! whoever asks again does so in the open.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// The server itself ends a request after ten seconds. Whoever waits longer waits in vain.
const PATIENCE: Duration = Duration::from_secs(20);

/// Source addresses, each handed out once in a run, so that the limits of an address stay on and out of the way.
#[derive(Debug, Default)]
pub struct Addresses(AtomicU32);

impl Addresses {
    /// One that nobody had before.
    pub fn next(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// An answer that came to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// 200 and its like.
    pub status: u16,
    head: String,
    /// What followed the head.
    pub body: String,
}

impl Answer {
    /// The first header of a name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// The session's cookie, if it was set anew: `name=value`. Where the public address is one of TLS, it has the prefix.
    pub fn cookie(&self) -> Option<String> {
        let is_one =
            |value: &&str| ["doorlist=", "__Host-doorlist="].iter().any(|name| value.starts_with(name));
        self.header("set-cookie").filter(is_one)?.split(';').next().map(str::to_owned)
    }
}

/// A request for a page.
pub fn get(path: &str, cookie: &str) -> Vec<u8> {
    request("GET", path, cookie, "")
}

/// A form, as a browser sends it from a page of ours.
pub fn post(path: &str, cookie: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request("POST", path, cookie, &body)
}

/// The same request, as htmx sends it.
pub fn over_htmx(request: &[u8]) -> Vec<u8> {
    let line = request.windows(2).position(|two| two == b"\r\n").map_or(0, |end| end + 2);
    let (first, rest) = request.split_at_checked(line).unwrap_or((request, &[]));
    [first, b"HX-Request: true\r\n", rest].concat()
}

fn request(method: &str, path: &str, cookie: &str, body: &str) -> Vec<u8> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    let form = if method == "GET" {
        String::new()
    } else {
        let length = body.len();
        format!(
            "Sec-Fetch-Site: same-origin\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n"
        )
    };
    format!("{method} {path} HTTP/1.1\r\nHost: doorlist\r\nConnection: close\r\n{cookie}{form}\r\n{body}")
        .into_bytes()
}

/// Asks, from an address of the loopback network.
pub async fn ask(server: SocketAddr, from: Ipv4Addr, request: &[u8]) -> io::Result<Answer> {
    Sent::send(server, from, request).await?.answer().await
}

/// A request that is on its way.
#[derive(Debug)]
pub struct Sent {
    stream: TcpStream,
    /// Whether only the head of the answer is asked for.
    is_head: bool,
}

impl Sent {
    /// Connects and sends the whole of it.
    pub async fn send(server: SocketAddr, from: Ipv4Addr, request: &[u8]) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let mut stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        stream.write_all(request).await?;
        Ok(Self { stream, is_head: request.starts_with(b"HEAD ") })
    }

    /// Connects and announces a form. It is sent as soon as the server says that it waits for it: from that moment on, and
    /// surely, the request is one that the server has begun with.
    pub async fn announce(server: SocketAddr, from: Ipv4Addr, request: &[u8]) -> io::Result<Announced> {
        let head =
            request.windows(4).position(|four| four == b"\r\n\r\n").map_or(request.len(), |end| end + 2);
        let (head, body) = request.split_at_checked(head).unwrap_or((request, &[]));
        let announced = [head, b"Expect: 100-continue\r\n\r\n"].concat();
        let Self { mut stream, is_head } = Self::send(server, from, &announced).await?;
        let mut received = Vec::new();
        while received != b"HTTP/1.1 100 Continue\r\n\r\n" {
            if received.len() >= 25 || stream.read_buf(&mut received).await? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the form was not asked for"));
            }
        }
        Ok(Announced { sent: Self { stream, is_head }, body: body.get(2..).unwrap_or_default().to_vec() })
    }

    /// Says that nothing more comes, whatever was announced.
    pub async fn end(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    /// Waits for the whole answer. Whoever has it does not care how the connection ended.
    pub async fn answer(mut self) -> io::Result<Answer> {
        let mut received = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut received)).await?;
        read(&received, self.is_head).map_or_else(
            || {
                ended?;
                let got = String::from_utf8_lossy(&received);
                Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("an answer that ends early: {got:.60}"),
                ))
            },
            Ok,
        )
    }
}

/// A request of which the server has the head, and waits for the form.
#[derive(Debug)]
pub struct Announced {
    sent: Sent,
    body: Vec<u8>,
}

impl Announced {
    /// Sends the form and waits for the whole answer.
    pub async fn answer(mut self) -> io::Result<Answer> {
        self.sent.stream.write_all(&self.body).await?;
        self.sent.answer().await
    }
}

/// Reads an answer. One that is shorter than it says is none.
fn read(received: &[u8], is_head: bool) -> Option<Answer> {
    let head = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = received.split_at_checked(head)?;
    let (head, body) = (std::str::from_utf8(head).ok()?.to_owned(), body.get(4..)?);
    let status = head.lines().next()?.split(' ').nth(1)?.parse().ok()?;
    let answer = Answer { status, head, body: String::from_utf8_lossy(body).into_owned() };
    let whole = match answer.header("content-length") {
        _ if is_head || matches!(status, 204 | 304) => body.is_empty(),
        Some(length) => length.parse() == Ok(body.len()),
        None => body.ends_with(b"0\r\n\r\n"),
    };
    whole.then_some(answer)
}
