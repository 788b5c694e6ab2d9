//! Raw UDP echoes, to measure a path as plainly as can be: what ranging over it is compared with.
//!
//! `echo serve ADDRESS` answers each datagram and prints the address that it got;
//! `echo measure ADDRESS` prints the shortest of sixteen round trips, ns, at an anchor's random spacing, by an anchor's stopwatch.
#![allow(clippy::unwrap_used)]

use domicile_anchor::{RawStopwatch, Stopwatch};
use domicile_proto::ranging::SessionRandom;
use domicile_proto::ranging::anchor::RANDOM_BYTES;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::net::UdpSocket;
use std::time::Duration;

/// As long as a ping.
const BYTES: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve(address),
        ["measure", address] => println!("{}", measure(address)),
        _ => eprintln!("echo serve ADDRESS | echo measure ADDRESS"),
    }
}

fn serve(address: &str) {
    let socket = UdpSocket::bind(address).unwrap();
    println!("ready {}", socket.local_addr().unwrap());
    let mut buffer = [0; 64];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        socket.send_to(&buffer[..length], from).unwrap();
    }
}

fn measure(address: &str) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let mut random = [0; RANDOM_BYTES];
    SystemRandom::new().fill(&mut random).unwrap();
    let mut buffer = [0; 64];
    let rounds = SessionRandom::from_bytes(&random).spacings_ns.map(|ns| {
        std::thread::sleep(Duration::from_nanos(ns));
        let start_ns = RawStopwatch.now_ns();
        socket.send(&[1; BYTES]).unwrap();
        socket.recv(&mut buffer).unwrap();
        RawStopwatch.now_ns() - start_ns
    });
    rounds.into_iter().min().unwrap()
}
