//! Where people knock.

use std::io;
use std::net::{SocketAddr, TcpListener};

/// So many may knock at once. The standard library asks the kernel to keep 128; whoever is one more is not heard, and
/// tries again after a second. The kernel cuts it down to its own limit (`net.core.somaxconn`).
const BACKLOG: i32 = 4_096;

/// Listens on an address.
///
/// # Errors
/// When it is somebody else's, or taken.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_crowd_that_nobody_lets_in_yet_waits_in_line() {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        // Who is not heard tries again after a second.
        let knock = |_| TcpStream::connect_timeout(&address, Duration::from_millis(900));
        let waiting: Vec<_> = (0..300).map(knock).collect();
        assert_eq!(waiting.iter().filter(|stream| stream.is_ok()).count(), 300);
    }
}
