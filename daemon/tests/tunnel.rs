//! Networks that block UDP: the same session inside TLS over TCP, on real sockets.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

mod common;

use common::anchor::Manner;
use common::{Ways, World, report};
use domicile_daemon::Error;
use domicile_daemon::config::TunnelPolicy;
use domicile_proto::codec;
use domicile_proto::wire::{self, Transport};
use std::time::{Duration, Instant};

const HONEST: [Manner; 4] = [Manner::Honest; 4];

/// What each anchor of a report says it went over, and whether the agent says through a proxy.
fn ways(report: &wire::Evidence) -> Vec<(Transport, bool)> {
    let of = |ranging: &wire::Ranging| {
        let signed: wire::Signed = codec::decode(&ranging.transcript, 1 << 16).unwrap();
        let account: wire::AgentTranscript = codec::decode(&signed.payload, 1 << 16).unwrap();
        let transcript: wire::RangingTranscript =
            codec::decode(&account.transcript, 1 << 16).unwrap();
        (transcript.transport(), account.proxied)
    };
    report.rangings.iter().map(of).collect()
}

async fn world(ways: Ways) -> World {
    let mut world = World::new(&HONEST).await;
    world.ways = ways;
    world.collector.set_directory(2);
    world.install(2).unwrap();
    world
}

#[tokio::test]
async fn where_udp_is_silent_all_of_it_goes_through_tcp_and_says_so() {
    let world = world(Ways::TunnelsOnly).await;
    world.enrol().await.unwrap();
    let mut agent = world.agent().unwrap();
    let started = Instant::now();
    let outcome = agent.session().await.unwrap();
    assert_eq!((outcome.ranged, outcome.drawn), (4, 4));
    // One head start for UDP, not one for each server.
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    let received = world.collector.kept().received.clone();
    assert_eq!(ways(&report(&received[0])), [(Transport::TlsTcp, false); 4]);
    agent.sign_of_life().await.unwrap();
    agent.session().await.unwrap();
}

#[tokio::test]
async fn where_udp_answers_no_tunnel_is_used() {
    let world = world(Ways::UdpAndTunnels).await;
    world.enrol().await.unwrap();
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    let received = world.collector.kept().received.clone();
    assert_eq!(
        ways(&report(&received[0])),
        [(Transport::QuicDatagram, false); 4]
    );
}

#[tokio::test]
async fn the_configuration_may_forbid_tunnels_or_want_nothing_else() {
    let mut world = world(Ways::TunnelsOnly).await;
    world.config.tunnel = TunnelPolicy::Never;
    assert!(matches!(world.enrol().await, Err(Error::Report(_))));
    world.config.tunnel = TunnelPolicy::Always;
    world.enrol().await.unwrap();
    world.ways = Ways::UdpAndTunnels;
    world.collector.set_directory(3);
    world.install(3).unwrap();
    world.agent().unwrap().session().await.unwrap();
    let received = world.collector.kept().received.clone();
    assert_eq!(ways(&report(&received[0])), [(Transport::TlsTcp, false); 4]);
}

#[tokio::test]
async fn behind_its_walls_the_program_goes_through_tcp_where_it_must_and_only_there() {
    let world = world(Ways::TunnelsOnly).await;
    world.enrol().await.unwrap();
    let config = world.config_file();
    let mut once = std::process::Command::new(env!("CARGO_BIN_EXE_domiciled"))
        .arg("--config")
        .arg(&config)
        .arg("once")
        .stdin(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while once.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(once.wait().unwrap().success());
    let received = world.collector.kept().received.clone();
    assert_eq!(ways(&report(&received[0])), [(Transport::TlsTcp, false); 4]);

    // A directory without tunnels: neither seccomp nor Landlock leaves a way to TCP.
    let never = domicile_daemon::Config {
        tunnel: TunnelPolicy::Never,
        ..world.config.clone()
    };
    let rules = domicile_daemon::rules::network(&never, None);
    assert!(!rules.connect_tcp);
    assert!(
        !rules
            .calls
            .names()
            .iter()
            .any(|name| name.starts_with("connect"))
    );
}
