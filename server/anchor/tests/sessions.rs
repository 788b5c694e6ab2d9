//! Whole sessions on real sockets: honest ones, and each fault with its answer.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{Agent, Behaviour, NoReceipt};
use common::{Fixture, Running, YEAR_MS};
use domicile_anchor::stopwatch::Clocks;
use domicile_anchor::{RawStopwatch, Stopwatch};
use domicile_proto::frame::{self, MAX_TO_ANCHOR};
use domicile_proto::sign::SigningKey;
use domicile_proto::wire::{self, StatusCode};
use std::sync::Arc;
use std::time::Duration;

struct Stage {
    fixture: Fixture,
    anchor: Running,
    agent: Agent,
}

impl Stage {
    fn new() -> Self {
        Self::with(Fixture::new(), Arc::new(RawStopwatch))
    }

    fn with(mut fixture: Fixture, stopwatch: Arc<dyn Stopwatch>) -> Self {
        let anchor = fixture.start_with(stopwatch);
        let agent = Agent::new(&fixture.agent(YEAR_MS), fixture.anchor.key.public());
        Self {
            fixture,
            anchor,
            agent,
        }
    }

    async fn answer(&self, how: Behaviour) -> NoReceipt {
        self.agent
            .range_as(self.anchor.address, &how)
            .await
            .unwrap_err()
    }
}

fn status(code: StatusCode) -> NoReceipt {
    NoReceipt::Status(code)
}

#[tokio::test]
async fn an_honest_session_gets_a_receipt_no_shorter_than_the_truth() {
    let stage = Stage::new();
    let how = Behaviour {
        delay: Duration::from_millis(20),
        ..Behaviour::default()
    };
    let ranged = stage
        .agent
        .range_as(stage.anchor.address, &how)
        .await
        .unwrap();
    assert!(ranged.rtts().iter().all(|rtt_ns| *rtt_ns >= 20_000_000));
    assert_eq!(Some(&ranged.receipt.min_rtt_ns), ranged.rtts().iter().min());
    assert_eq!(ranged.transcript.position_version, 7);
    assert!(ranged.transcript.start_ms.abs_diff(stage.fixture.now_ms) < 60_000);
    assert_eq!(stage.anchor.stop().await.receipts, 1);
}

#[tokio::test]
async fn a_longer_path_is_never_measured_shorter() {
    let stage = Stage::new();
    let mut minima = Vec::new();
    for delay_ms in [0, 15, 30] {
        let how = Behaviour {
            delay: Duration::from_millis(delay_ms),
            ..Behaviour::default()
        };
        let ranged = stage
            .agent
            .range_as(stage.anchor.address, &how)
            .await
            .unwrap();
        assert!(ranged.receipt.min_rtt_ns >= delay_ms * 1_000_000);
        minima.push(ranged.receipt.min_rtt_ns);
    }
    assert!(minima.is_sorted(), "{minima:?}");
    stage.anchor.stop().await;
}

#[tokio::test]
async fn two_sessions_run_side_by_side() {
    let mut stage = Stage::new();
    let other = stage.fixture.agent(YEAR_MS);
    let other = Agent::new(&other, stage.fixture.anchor.key.public());
    let (a, b) = tokio::join!(
        stage.agent.range(stage.anchor.address),
        other.range(stage.anchor.address)
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_ne!(a.transcript.exporter, b.transcript.exporter);
    assert_ne!(a.transcript.rounds, b.transcript.rounds);
    assert!(
        a.transcript.start_ms < b.transcript.end_ms && b.transcript.start_ms < a.transcript.end_ms
    );
    assert_eq!(stage.anchor.stop().await.receipts, 2);
}

#[tokio::test]
async fn a_hello_that_is_no_hello_is_malformed() {
    let stage = Stage::new();
    let nonce = |bytes: usize| wire::RangingHello {
        limit_ns: 0,
        session_nonce: vec![4; bytes],
        directory_version: 1,
    };
    let mut unknown_field = frame::frame(&nonce(60));
    unknown_field.extend([0x7a, 0x01, b'x']);
    unknown_field[3] += 3;
    let too_long = u32::try_from(MAX_TO_ANCHOR + 1).unwrap().to_be_bytes();
    for hello in [
        frame::frame(&nonce(59)),
        frame::frame(&nonce(0)),
        vec![0, 0, 0, 0],
        vec![0xff; 64],
        too_long.to_vec(),
        [&[0, 0, 0, 32][..], &[0xa5; 32]].concat(),
        unknown_field,
    ] {
        let how = Behaviour {
            hello: Some(hello.clone()),
            ..Behaviour::default()
        };
        assert_eq!(
            stage.answer(how).await,
            status(StatusCode::Malformed),
            "{hello:?}"
        );
    }
    assert_eq!(stage.anchor.stop().await.refused, 7);
}

#[tokio::test]
async fn a_hello_cut_off_is_malformed_and_a_stream_reset_ends_the_session() {
    let stage = Stage::new();
    let connection = stage.agent.connect(stage.anchor.address).await.unwrap();
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    send.write_all(&[0, 0, 0, 60, 1, 2]).await.unwrap();
    send.finish().unwrap();
    let answer = common::agent::reply(&mut receive).await.unwrap_err();
    assert_eq!(answer, status(StatusCode::Malformed));
    let connection = stage.agent.connect(stage.anchor.address).await.unwrap();
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    send.write_all(&[0, 0]).await.unwrap();
    send.reset(1u32.into()).unwrap();
    assert_eq!(
        common::agent::reply(&mut receive).await.unwrap_err(),
        NoReceipt::Closed
    );
    let summary = stage.anchor.stop().await;
    assert_eq!((summary.refused, summary.broken), (1, 1));
}

#[tokio::test]
async fn an_account_of_other_bytes_gets_no_receipt() {
    let stage = Stage::new();
    let changes: [fn(&mut wire::RangingTranscript); 3] = [
        |t| t.rounds[3].rtt_ns -= 1,
        |t| t.position_version += 1,
        |t| t.session_nonce[0] ^= 1,
    ];
    for change in changes {
        let how = Behaviour {
            transcript: Some(change),
            ..Behaviour::default()
        };
        assert_eq!(
            stage.answer(how).await,
            status(StatusCode::TranscriptMismatch)
        );
    }
    assert_eq!(stage.anchor.stop().await.receipts, 0);
}

#[tokio::test]
async fn an_account_signed_by_another_key_or_without_its_times_gets_no_receipt() {
    let stage = Stage::new();
    let how = Behaviour {
        signer: Some(SigningKey::from_seed(&[5; 32])),
        ..Behaviour::default()
    };
    assert_eq!(
        stage.answer(how).await,
        status(StatusCode::SignatureInvalid)
    );
    let how = Behaviour {
        times: Some(15),
        ..Behaviour::default()
    };
    assert_eq!(stage.answer(how).await, status(StatusCode::Malformed));
    assert_eq!(stage.anchor.stop().await.receipts, 0);
}

#[tokio::test]
async fn some_junk_is_ignored_and_a_flood_ends_the_session() {
    let stage = Stage::new();
    let some = Behaviour {
        junk: 8,
        ..Behaviour::default()
    };
    stage
        .agent
        .range_as(stage.anchor.address, &some)
        .await
        .unwrap();
    let flood = Behaviour {
        junk: 50,
        ..Behaviour::default()
    };
    assert_eq!(stage.answer(flood).await, status(StatusCode::Malformed));
    stage.anchor.stop().await;
}

#[tokio::test]
async fn strangers_packets_do_not_disturb_a_session() {
    let stage = Stage::new();
    let address = stage.anchor.address;
    let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let flood = async {
        for n in 0u32.. {
            let mut packet = vec![0xc0; 1200];
            packet[8..12].copy_from_slice(&n.to_be_bytes());
            packet.truncate(1 + (n as usize * 7) % 1200);
            let _ = stranger.send_to(&packet, address).await;
            if n.is_multiple_of(64) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    };
    tokio::select! {
        ranged = stage.agent.range(address) => { ranged.unwrap(); }
        () = flood => {}
    }
    assert_eq!(stage.anchor.stop().await.receipts, 1);
}

#[tokio::test]
async fn one_agent_is_limited_in_sessions_at_a_time_and_another_is_not() {
    let mut fixture = Fixture::new();
    fixture.settings.per_key.concurrent = 1;
    let mut stage = Stage::with(fixture, Arc::new(RawStopwatch));
    let twin = Agent::new(&stage.agent.identity, stage.fixture.anchor.key.public());
    let other = stage.fixture.agent(YEAR_MS);
    let other = Agent::new(&other, stage.fixture.anchor.key.public());
    let address = stage.anchor.address;
    let (a, b, c) = tokio::join!(
        stage.agent.range(address),
        twin.range(address),
        other.range(address)
    );
    c.unwrap();
    let busy = [a, b]
        .into_iter()
        .filter_map(Result::err)
        .collect::<Vec<_>>();
    assert_eq!(busy, [status(StatusCode::Busy)]);
    stage.agent.range(address).await.unwrap();
    stage.anchor.stop().await;
}

#[tokio::test]
async fn one_agent_is_limited_in_sessions_a_minute() {
    let mut fixture = Fixture::new();
    fixture.settings.per_key.per_minute = 2;
    let stage = Stage::with(fixture, Arc::new(RawStopwatch));
    for _ in 0..2 {
        stage.agent.range(stage.anchor.address).await.unwrap();
    }
    assert_eq!(
        stage.answer(Behaviour::default()).await,
        status(StatusCode::Busy)
    );
    stage.anchor.stop().await;
}

#[tokio::test]
async fn a_full_anchor_refuses_connections_and_takes_them_again() {
    let mut fixture = Fixture::new();
    fixture.settings.connections = 1;
    let stage = Stage::with(fixture, Arc::new(RawStopwatch));
    let held = stage.agent.connect(stage.anchor.address).await.unwrap();
    let refused = stage.agent.connect(stage.anchor.address).await.unwrap_err();
    assert!(refused.to_string().contains("refused"), "{refused}");
    held.close(0u32.into(), b"");
    let again = async {
        while stage.agent.connect(stage.anchor.address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again)
        .await
        .unwrap();
    stage.agent.endpoint.close(0u32.into(), b"");
    stage.anchor.stop().await;
}

#[tokio::test]
async fn there_is_one_stream_and_no_more() {
    let stage = Stage::new();
    let connection = stage.agent.connect(stage.anchor.address).await.unwrap();
    let _first = connection.open_bi().await.unwrap();
    let wait = Duration::from_millis(100);
    assert!(
        tokio::time::timeout(wait, connection.open_bi())
            .await
            .is_err()
    );
    assert!(
        tokio::time::timeout(wait, connection.open_uni())
            .await
            .is_err()
    );
    connection.close(0u32.into(), b"");
    stage.anchor.stop().await;
}

/// A stopwatch at half speed. Its clocks tell on it, unless it lies about those too.
struct Slow {
    lies_about_the_others: bool,
}

impl Stopwatch for Slow {
    fn now_ns(&self) -> u64 {
        RawStopwatch.now_ns() / 2
    }

    fn clocks(&self) -> Clocks {
        let true_clocks = RawStopwatch.clocks();
        if self.lies_about_the_others {
            return true_clocks;
        }
        Clocks {
            raw_ns: true_clocks.raw_ns / 2,
            ..true_clocks
        }
    }
}

#[tokio::test]
async fn a_session_in_which_the_clocks_disagree_is_void() {
    let slow = Slow {
        lies_about_the_others: false,
    };
    let stage = Stage::with(Fixture::new(), Arc::new(slow));
    assert_eq!(
        stage.answer(Behaviour::default()).await,
        status(StatusCode::ClockFault)
    );
    assert_eq!(stage.anchor.stop().await.receipts, 0);
}

/// What the check cannot find: the reason why one anchor is never enough.
#[tokio::test]
async fn an_anchor_that_lies_about_all_clocks_is_only_found_by_comparing() {
    let slow = Slow {
        lies_about_the_others: true,
    };
    let stage = Stage::with(Fixture::new(), Arc::new(slow));
    let how = Behaviour {
        delay: Duration::from_millis(40),
        ..Behaviour::default()
    };
    let ranged = stage
        .agent
        .range_as(stage.anchor.address, &how)
        .await
        .unwrap();
    assert!(ranged.receipt.min_rtt_ns < 40_000_000);
    // The agent signed its own times beside it. The pong leaves after the agent's wait, so they
    // are those of the bare path here.
    assert!(ranged.agent_rtts.iter().all(|rtt_ns| *rtt_ns > 0));
    stage.anchor.stop().await;
}
