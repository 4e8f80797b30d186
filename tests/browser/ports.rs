//! Ports for the programs that cannot be asked to choose one themselves.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u16 = 12_000;
const COUNT: u32 = 8_000;
/// Tests that run beside each other start this far apart.
const APART: u32 = 10;

/// A port below the range that the system hands out by itself, so that nobody takes it while a server is down.
pub fn free_port() -> u16 {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let candidates = (0..COUNT).map(|_| {
        let step = process::id() % COUNT * APART + TRIED.fetch_add(1, Ordering::Relaxed);
        FIRST + u16::try_from(step % COUNT).expect("the range fits")
    });
    candidates.into_iter().find(|port| is_free(*port)).expect("a port is free")
}

/// Programs that listen on `localhost` want it for both kinds of addresses, where there are both.
fn is_free(port: u16) -> bool {
    let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    addresses.iter().all(|address| match TcpListener::bind((*address, port)) {
        Ok(_) => true,
        Err(error) => error.kind() != ErrorKind::AddrInUse,
    })
}
