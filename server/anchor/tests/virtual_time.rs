//! Sessions over a network in memory on a paused clock: round trips come out exact.
#![allow(clippy::unwrap_used)]

mod common;

use common::Running;
use common::agent::{Agent, Behaviour, NoReceipt};
use common::{Fixture, YEAR_MS};
use domicile_anchor::Anchor;
use domicile_anchor::virtual_net::{Network, VirtualStopwatch};
use domicile_proto::wire::StatusCode;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

const START_MS: u64 = 1_800_000_000_000;

fn address(last: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, last], 4433))
}

/// Anchor at 10.0.0.1; an agent at 10.0.0.n stands n ms away, one way.
fn network() -> Network {
    Network::new(|from, to| {
        let last = |address: SocketAddr| match address {
            SocketAddr::V4(address) => u64::from(address.ip().octets()[3]),
            SocketAddr::V6(_) => 0,
        };
        Some(Duration::from_millis(last(from).max(last(to))))
    })
}

fn anchor(fixture: &Fixture, network: &Network) -> Running {
    let stopwatch = Arc::new(VirtualStopwatch::starting(START_MS));
    let sockets = vec![network.socket(address(1))];
    Running::start(Anchor::with_sockets(&fixture.materials(), stopwatch, sockets).unwrap())
}

#[tokio::test(start_paused = true)]
async fn round_trips_of_10_150_and_300_ms_are_measured_as_exactly_that() {
    let mut fixture = Fixture::at(START_MS);
    let network = network();
    let anchor = anchor(&fixture, &network);
    for (one_way, rtt_ns) in [(5, 10_000_000), (75, 150_000_000), (150, 300_000_000)] {
        let identity = fixture.agent(YEAR_MS);
        let socket = network.socket(address(one_way));
        let agent = Agent::on(socket, &identity, fixture.anchor.key.public());
        let ranged = agent.range(anchor.address).await.unwrap();
        assert_eq!(ranged.rtts(), [rtt_ns; 16]);
        assert_eq!(ranged.agent_rtts, [rtt_ns; 16]);
        assert_eq!(ranged.receipt.min_rtt_ns, rtt_ns);
        let lasted = ranged.transcript.end_ms - ranged.transcript.start_ms;
        assert!(lasted < 16 * 20 + 16 + rtt_ns / 1_000_000, "{lasted} ms");
        assert!(ranged.transcript.start_ms >= START_MS);
    }
    assert_eq!(anchor.stop().await.receipts, 3);
}

#[tokio::test(start_paused = true)]
async fn a_slow_drip_hello_is_given_up_at_its_deadline() {
    let mut fixture = Fixture::at(START_MS);
    let network = network();
    let anchor = anchor(&fixture, &network);
    let identity = fixture.agent(YEAR_MS);
    let agent = Agent::on(
        network.socket(address(5)),
        &identity,
        fixture.anchor.key.public(),
    );
    let connection = agent.connect(anchor.address).await.unwrap();
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    let start = tokio::time::Instant::now();
    let drip = async {
        // A frame that promises a kilobyte, one byte a second: never silent, never done.
        let _ = send.write_all(&[0, 0, 4, 0]).await;
        while send.write_all(&[1]).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let answer = async {
        tokio::select! {
            () = drip => Err(NoReceipt::Closed),
            answer = common::agent::reply(&mut receive) => answer.map(drop),
        }
    };
    assert_eq!(answer.await, Err(NoReceipt::Status(StatusCode::Malformed)));
    assert!(
        start.elapsed() < Duration::from_secs(6),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(anchor.stop().await.refused, 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_announces_itself_too_long_is_refused_at_once() {
    let mut fixture = Fixture::at(START_MS);
    let network = network();
    let anchor = anchor(&fixture, &network);
    let identity = fixture.agent(YEAR_MS);
    let key = fixture.anchor.key.public();
    let agent = Agent::on(network.socket(address(5)), &identity, key);
    let start = tokio::time::Instant::now();
    let how = Behaviour {
        hello: Some(8193u32.to_be_bytes().to_vec()),
        ..Behaviour::default()
    };
    let answer = agent.range_as(anchor.address, &how).await.unwrap_err();
    assert_eq!(answer, NoReceipt::Status(StatusCode::Malformed));
    // Without waiting for bytes that would not be read.
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
    anchor.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_goes_silent_is_dropped() {
    let mut fixture = Fixture::at(START_MS);
    let network = network();
    let anchor = anchor(&fixture, &network);
    let identity = fixture.agent(YEAR_MS);
    let agent = Agent::on(
        network.socket(address(5)),
        &identity,
        fixture.anchor.key.public(),
    );
    let connection = agent.connect(anchor.address).await.unwrap();
    let start = tokio::time::Instant::now();
    connection.closed().await;
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(anchor.stop().await.receipts, 0);
}

/// An agent that a network loses packets of: `lose` is asked for each packet towards the anchor.
async fn range_with_losses(
    lose: impl Fn(u32, Duration) -> bool + Send + Sync + 'static,
) -> (Vec<u64>, u64) {
    let mut fixture = Fixture::at(START_MS);
    let start = tokio::time::Instant::now();
    let count = std::sync::atomic::AtomicU32::new(0);
    let network = Network::new(move |_, to| {
        let n = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let lost = to == address(1) && lose(n, start.elapsed());
        (!lost).then_some(Duration::from_millis(20))
    });
    let anchor = anchor(&fixture, &network);
    let identity = fixture.agent(YEAR_MS);
    let agent = Agent::on(
        network.socket(address(5)),
        &identity,
        fixture.anchor.key.public(),
    );
    let ranged = agent.range(anchor.address).await.unwrap();
    anchor.stop().await;
    (ranged.rtts(), ranged.receipt.min_rtt_ns)
}

#[tokio::test(start_paused = true)]
async fn lost_rounds_are_lost_and_the_others_never_short() {
    let (rtts, min_rtt_ns) = range_with_losses(|n, _| n % 3 == 0).await;
    // Congestion control may hold a datagram back after a loss: that falls long.
    let right = |rtt_ns: &u64| *rtt_ns == 0 || *rtt_ns >= 40_000_000;
    assert!(rtts.iter().all(right) && rtts.contains(&0), "{rtts:?}");
    assert_eq!(min_rtt_ns, 40_000_000);
}

#[tokio::test(start_paused = true)]
async fn a_session_without_one_answer_says_so() {
    // Handshake and hello are through after 60 ms; then nothing arrives for a second.
    let lose = |_, at: Duration| (70..1100).contains(&at.as_millis());
    let (rtts, min_rtt_ns) = range_with_losses(lose).await;
    assert_eq!((rtts, min_rtt_ns), (vec![0; 16], 0));
}

#[tokio::test(start_paused = true)]
async fn a_host_whose_nat_rebinds_in_the_middle_keeps_its_session() {
    let mut fixture = Fixture::at(START_MS);
    let network = network();
    let anchor = anchor(&fixture, &network);
    let identity = fixture.agent(YEAR_MS);
    let key = fixture.anchor.key.public();
    let agent = Agent::on(network.socket(address(20)), &identity, key);
    let rebind = async {
        // The first pings arrive within 105 ms, the last of eight pairs some 80 ms later.
        tokio::time::sleep(Duration::from_millis(110)).await;
        agent
            .endpoint
            .rebind_abstract(network.socket(address(30)))
            .unwrap();
    };
    let (ranged, ()) = tokio::join!(agent.range(anchor.address), rebind);
    let ranged = ranged.unwrap();
    let rtts = ranged.rtts();
    // The new way is the longer one, there and back or back alone.
    assert!(rtts.contains(&40_000_000), "{rtts:?}");
    let longer = |rtt_ns: &u64| [50_000_000, 60_000_000].contains(rtt_ns);
    assert!(rtts.iter().any(longer), "{rtts:?}");
    assert_eq!(ranged.receipt.min_rtt_ns, 40_000_000);
    anchor.stop().await;
}

/// A path that carries IPv6 packets of at most 1,280 bytes: 1,232 without the headers.
#[derive(Debug)]
struct Narrow(Arc<dyn quinn::AsyncUdpSocket>);

impl quinn::AsyncUdpSocket for Narrow {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn quinn::UdpPoller>> {
        Arc::clone(&self.0).create_io_poller()
    }

    fn try_send(&self, transmit: &quinn::udp::Transmit<'_>) -> std::io::Result<()> {
        match transmit.contents.len() {
            ..=1232 => self.0.try_send(transmit),
            _ => Ok(()),
        }
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [std::io::IoSliceMut<'_>],
        meta: &mut [quinn::udp::RecvMeta],
    ) -> Poll<std::io::Result<usize>> {
        self.0.poll_recv(context, buffers, meta)
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }

    fn may_fragment(&self) -> bool {
        self.0.may_fragment()
    }
}

/// 5 % of the packets lost, every second one up to 7 ms late and so out of order, MTU 1280 in both
/// directions: every session ends with a receipt over the path's own round trip.
#[tokio::test(start_paused = true)]
async fn a_narrow_lossy_path_that_reorders_gives_the_same_minimum() {
    let mut fixture = Fixture::at(START_MS);
    let packets = std::sync::atomic::AtomicU64::new(0);
    let network = Network::new(move |_, _| {
        let n = packets.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // splitmix64
        let mut x = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        let late = match x & 1 {
            0 => 0,
            _ => (x >> 1) % 8,
        };
        (!(x >> 32).is_multiple_of(20)).then_some(Duration::from_millis(20 + late))
    });
    let stopwatch = Arc::new(VirtualStopwatch::starting(START_MS));
    let sockets: Vec<Arc<dyn quinn::AsyncUdpSocket>> =
        vec![Arc::new(Narrow(network.socket(address(1))))];
    let anchor = Anchor::with_sockets(&fixture.materials(), stopwatch, sockets).unwrap();
    let anchor = Running::start(anchor);
    let mut lost = 0;
    for host in 2..22 {
        let identity = fixture.agent(YEAR_MS);
        let socket = Arc::new(Narrow(network.socket(address(host))));
        let agent = Agent::on(socket, &identity, fixture.anchor.key.public());
        let ranged = agent.range(anchor.address).await.unwrap();
        let rtts = ranged.rtts();
        lost += rtts.iter().filter(|rtt_ns| **rtt_ns == 0).count();
        assert!(
            rtts.iter().all(|ns| *ns == 0 || *ns >= 40_000_000),
            "{rtts:?}"
        );
        assert_eq!(
            ranged.receipt.min_rtt_ns, 40_000_000,
            "host {host}: {rtts:?}"
        );
    }
    // Two packets a round: about 31 of 320.
    assert!((10..60).contains(&lost), "{lost}");
    assert_eq!(anchor.stop().await.receipts, 20);
}

#[tokio::test(start_paused = true)]
async fn thirty_agents_at_once_are_each_measured_exactly() {
    let mut fixture = Fixture::at(START_MS);
    let network = network();
    let anchor = anchor(&fixture, &network);
    let mut sessions = tokio::task::JoinSet::new();
    for one_way in 2..32 {
        let identity = fixture.agent(YEAR_MS);
        let socket = network.socket(address(one_way));
        let agent = Agent::on(socket, &identity, fixture.anchor.key.public());
        let to = anchor.address;
        sessions.spawn(async move {
            let ranged = agent.range_as(to, &Behaviour::default()).await.unwrap();
            (one_way, ranged.rtts())
        });
    }
    for (one_way, rtts) in sessions.join_all().await {
        assert_eq!(rtts, [u64::from(one_way) * 2_000_000; 16]);
    }
    assert_eq!(anchor.stop().await.receipts, 30);
}
