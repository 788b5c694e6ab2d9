//! The minimum of 16 rounds as an anchor measures it, beside the minimum of 16 raw UDP echoes,
//! in turns, over loopback. Prints both and their difference, for each runtime an anchor could
//! run on. `cargo run --release -p domicile-anchor --example latency [SESSIONS]`.
#![allow(clippy::unwrap_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::agent::Agent;
use common::{Fixture, YEAR_MS};
use domicile_anchor::{RawStopwatch, Stopwatch};
use domicile_certs::Identity;
use domicile_proto::types::Key;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: u32 = 16;

type Start = fn() -> Runtime;

fn main() {
    let sessions = std::env::args().nth(1).map_or(100, |n| n.parse().unwrap());
    println!("{sessions} sessions each; minimum of {ROUNDS} rounds, microseconds");
    println!(
        "runtime of the anchor   raw median     max   quic median     max   difference median     max"
    );
    let runtimes: [(&str, Start); 2] = [
        ("one thread", || {
            Builder::new_current_thread().enable_all().build().unwrap()
        }),
        ("two worker threads", || {
            Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap()
        }),
    ];
    for (name, runtime) in runtimes {
        compare(name, runtime, sessions);
    }
}

fn compare(name: &str, runtime: Start, sessions: usize) {
    let mut fixture = Fixture::new();
    fixture.settings.per_key.per_minute = 100_000;
    let identity = fixture.agent(YEAR_MS);
    let key = fixture.anchor.key.public();
    let anchor = start_anchor(fixture, runtime);
    let echo = start_echo();
    let agent = Builder::new_current_thread().enable_all().build().unwrap();
    let mut rows = Vec::new();
    for _ in 0..sessions {
        let raw_ns = raw_minimum(echo);
        let quic_ns = agent.block_on(session(&identity, key, anchor));
        rows.push((raw_ns, quic_ns));
    }
    let column = |value: fn(&(u64, u64)) -> u64| {
        let mut values: Vec<u64> = rows.iter().map(value).collect();
        values.sort_unstable();
        let us = |ns: u64| format!("{}.{}", ns / 1000, ns % 1000 / 100);
        (us(values[values.len() / 2]), us(values[values.len() - 1]))
    };
    let raw = column(|row| row.0);
    let quic = column(|row| row.1);
    let more = column(|row| row.1.saturating_sub(row.0));
    println!(
        "{name:<22} {:>11} {:>7} {:>13} {:>7} {:>19} {:>7}",
        raw.0, raw.1, quic.0, quic.1, more.0, more.1
    );
}

fn start_anchor(fixture: Fixture, runtime: Start) -> SocketAddr {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        runtime().block_on(async {
            let anchor = fixture.start();
            sender.send(anchor.address).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

async fn session(identity: &Identity, key: Key, anchor: SocketAddr) -> u64 {
    let agent = Agent::new(identity, key);
    agent.range(anchor).await.unwrap().receipt.min_rtt_ns
}

fn start_echo() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).unwrap();
            socket.send_to(&buffer[..length], from).unwrap();
        }
    });
    address
}

fn raw_minimum(echo: SocketAddr) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(echo).unwrap();
    let mut buffer = [0; 64];
    let rounds = (0..ROUNDS).map(|round| {
        std::thread::sleep(Duration::from_millis(u64::from(2 + round * 7 % 18)));
        let start = RawStopwatch.now_ns();
        socket.send(&[1; 18]).unwrap();
        socket.recv(&mut buffer).unwrap();
        RawStopwatch.now_ns() - start
    });
    rounds.min().unwrap()
}
