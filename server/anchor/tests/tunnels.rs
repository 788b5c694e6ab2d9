//! Sessions through tunnels on real sockets, and what a tunnel may not do.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{Agent, Behaviour, Ranged, client_config};
use common::{Fixture, Running, YEAR_MS};
use domicile_anchor::{Anchor, RawStopwatch};
use domicile_certs::tls::{self, SERVER_NAME};
use domicile_proto::wire::Transport;
use domicile_tunnel::client::{self, OpenError};
use domicile_tunnel::frame;
use rustls_pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// An anchor on loopback that listens for tunnels on both families.
fn anchor(fixture: &Fixture) -> (Running, Vec<SocketAddr>) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let runtime: &dyn quinn::Runtime = &quinn::TokioRuntime;
    let socket = runtime.wrap_udp_socket(socket).unwrap();
    let materials = fixture.materials();
    let stopwatch = Arc::new(RawStopwatch);
    let mut anchor = Anchor::with_sockets(&materials, stopwatch, vec![socket]).unwrap();
    let both = ["127.0.0.1:0", "[::1]:0"].map(|address| address.parse().unwrap());
    anchor.listen_for_tunnels(&materials, &both).unwrap();
    let tunnels = anchor.tunnel_addresses();
    (Running::start(anchor), tunnels)
}

async fn range(fixture: &mut Fixture, tunnel: SocketAddr) -> Ranged {
    let key = fixture.anchor.key.public();
    let identity = fixture.agent(YEAR_MS);
    let mut agent = Agent::new(&identity, key);
    agent.transport = Transport::TlsTcp;
    let opened = client::open(key, tunnel, None).await.unwrap();
    let config = client_config(&identity, key);
    let connection = opened
        .connect(config, SERVER_NAME, ())
        .unwrap()
        .await
        .unwrap();
    agent
        .session(&connection, &Behaviour::default())
        .await
        .unwrap()
}

/// The outer connection of somebody who may say anything inside.
async fn outer(fixture: &Fixture, tunnel: SocketAddr, alpn: Option<&[u8]>) -> TlsStream<TcpStream> {
    let mut config = tls::tunnel_client(fixture.anchor.key.public(), b"").unwrap();
    config.alpn_protocols = alpn.iter().map(|alpn| alpn.to_vec()).collect();
    let tcp = TcpStream::connect(tunnel).await.unwrap();
    let name = ServerName::try_from(SERVER_NAME).unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, tcp).await.unwrap()
}

/// Whether the anchor ends the stream within `limit`.
async fn is_ended(stream: &mut TlsStream<TcpStream>, limit: Duration) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(limit, stream.read_to_end(&mut rest))
        .await
        .is_ok()
}

#[tokio::test]
async fn a_session_through_a_tunnel_is_the_same_session_and_says_so() {
    let mut fixture = Fixture::new();
    let (anchor, tunnels) = anchor(&fixture);
    for tunnel in tunnels {
        let ranged = range(&mut fixture, tunnel).await;
        assert_eq!(ranged.transcript.transport(), Transport::TlsTcp, "{tunnel}");
        let lost = ranged.rtts().iter().filter(|rtt| **rtt == 0).count();
        assert_eq!(lost, 0, "{tunnel}: {:?}", ranged.rtts());
        // Loopback through two TLS layers: some hundred microseconds.
        assert!(ranged.receipt.min_rtt_ns < 50_000_000);
    }
    assert_eq!(anchor.stop().await.receipts, 2);
}

#[tokio::test]
async fn another_key_than_the_pinned_one_is_named_as_such() {
    let mut fixture = Fixture::new();
    let (anchor, tunnels) = anchor(&fixture);
    let other = fixture.agent(YEAR_MS).key.public();
    let refused = client::open(other, tunnels[0], None).await.unwrap_err();
    assert!(matches!(refused, OpenError::Intercepted), "{refused}");
    anchor.stop().await;
}

#[tokio::test]
async fn who_says_nothing_or_something_else_is_dropped_in_time() {
    let mut fixture = Fixture::new();
    fixture.settings.handshake_deadline = Duration::from_millis(500);
    let (anchor, tunnels) = anchor(&fixture);
    let alpn = Some(domicile_tunnel::ALPN);
    let patience = Duration::from_secs(2);

    let mut mute = TcpStream::connect(tunnels[0]).await.unwrap();
    let mut byte = [0];
    let read = tokio::time::timeout(patience, mute.read(&mut byte)).await;
    assert_eq!(read.unwrap().unwrap_or(0), 0, "no TLS: closed");

    let mut idle = outer(&fixture, tunnels[0], alpn).await;
    assert!(is_ended(&mut idle, patience).await, "TLS, then nothing");

    let mut none = outer(&fixture, tunnels[0], None).await;
    let started = Instant::now();
    assert!(is_ended(&mut none, patience).await, "no protocol agreed on");
    assert!(started.elapsed() < Duration::from_millis(400), "at once");

    let mut junk = outer(&fixture, tunnels[0], alpn).await;
    junk.write_all(&[0, 0]).await.unwrap();
    let started = Instant::now();
    assert!(is_ended(&mut junk, patience).await, "an empty packet");
    assert!(started.elapsed() < Duration::from_millis(400), "at once");

    // Well framed, but no QUIC: dropped without an answer, and cut off at the deadline.
    let mut framed = outer(&fixture, tunnels[0], alpn).await;
    let mut bytes = Vec::new();
    for _ in 0..1000 {
        frame::encode(&[0x55; 1200], &mut bytes).unwrap();
    }
    let _ = framed.write_all(&bytes).await;
    assert!(is_ended(&mut framed, patience).await);
    assert_eq!(range(&mut fixture, tunnels[0]).await.rtts().len(), 16);
    anchor.stop().await;
}

#[tokio::test]
async fn tunnels_at_a_time_are_limited_and_the_place_comes_back() {
    let mut fixture = Fixture::new();
    fixture.settings.tunnels = 1;
    fixture.settings.handshake_deadline = Duration::from_millis(600);
    let (anchor, tunnels) = anchor(&fixture);
    let mut first = outer(&fixture, tunnels[0], Some(domicile_tunnel::ALPN)).await;
    let key = fixture.anchor.key.public();
    assert!(client::open(key, tunnels[0], None).await.is_err(), "full");
    assert!(is_ended(&mut first, Duration::from_secs(3)).await);
    range(&mut fixture, tunnels[0]).await;
    anchor.stop().await;
}
