//! Requests that no HTTP library would send, byte by byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What came back for some bytes: the head, and whatever follows it.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// Sends bytes and reads until the other side closes. They had better ask for that.
pub fn exchange(server: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(server).unwrap();
    // Only so that a test which would hang fails.
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // A server that has seen enough stops reading; what it said before counts.
    let sent = stream.write_all(bytes);
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    for error in [sent.err(), read.err()].into_iter().flatten() {
        let heard = String::from_utf8_lossy(&answer);
        let closed = matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
        assert!(closed, "{error} after {:?}", heard.lines().next());
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}
