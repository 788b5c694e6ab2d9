//! Hostile bytes and floods: answered or cut off, never harmful to others.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::DIRECTORY_VERSION;
use domicile_collector::runtime::Running;
use domicile_proto::frame::{self, MAX_TO_COLLECTOR};
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, StatusCode};
use harness::{Agent, Vendor, ask, connect, read_reply, real_now, send, status};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::time::{Duration, Instant};

async fn scene(limits: &str) -> (Vendor, Running, Agent) {
    let vendor = Vendor::new();
    vendor.write_config(limits);
    let now = real_now();
    let running = vendor.start(harness::Hands::at(now).clock()).await;
    let agent = vendor.enrol(running.quic, 1, "sin", now).await;
    (vendor, running, agent)
}

fn challenge() -> Request {
    Request::Challenge(wire::ChallengeRequest {
        directory_version: DIRECTORY_VERSION,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn oversized_truncated_and_random_messages() {
    let (_vendor, running, agent) = scene("[limits]\nrequest-burst = 1000").await;
    let connection = agent.connect(running.quic).await;
    let too_long = u32::try_from(MAX_TO_COLLECTOR + 1).unwrap().to_be_bytes();
    let reply = send(&connection, &too_long).await.unwrap();
    assert_eq!(status(reply), StatusCode::Malformed);
    let reply = send(&connection, &[0xff; 4]).await.unwrap();
    assert_eq!(status(reply), StatusCode::Malformed);
    assert_eq!(
        status(send(&connection, &[0; 4]).await.unwrap()),
        StatusCode::Malformed
    );

    // Truncated: an announced length that never comes gets no answer.
    let whole = frame::frame(&wire::CollectorRequest {
        request: Some(challenge()),
    });
    for end in [0, 1, 3] {
        assert!(
            send(&connection, &whole[..end]).await.is_err(),
            "{end} bytes"
        );
    }
    let mut cut = whole.clone();
    cut.truncate(cut.len() - 1);
    assert!(send(&connection, &cut).await.is_err());

    // A challenge request, and behind it a field that no schema has.
    let mut unknown_field = [&whole[..], &[0x7a, 0x00]].concat();
    unknown_field[3] += 2;
    assert_eq!(
        status(send(&connection, &unknown_field).await.unwrap()),
        StatusCode::Malformed
    );
    unknown_field.truncate(whole.len());
    unknown_field[3] -= 2;
    assert!(matches!(
        send(&connection, &unknown_field).await.unwrap(),
        Reply::Challenge(_)
    ));

    let mut runner = TestRunner::deterministic();
    let bytes = proptest::collection::vec(any::<u8>(), 1..300);
    for _ in 0..200 {
        let body = bytes.new_tree(&mut runner).unwrap().current();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let reply = send(&connection, &[&length[..], &body].concat())
            .await
            .unwrap();
        assert!(matches!(reply, Reply::Status(_)), "{reply:?} for {body:?}");
    }
    assert!(matches!(
        ask(&connection, challenge()).await.unwrap(),
        Reply::Challenge(_)
    ));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_drip_is_cut_off_and_harms_nobody() {
    let (_vendor, running, agent) = scene("[limits]\nrequest-timeout = \"300ms\"").await;
    let slow = agent.connect(running.quic).await;
    let (mut stream, mut replies) = slow.open_bi().await.unwrap();
    let began = Instant::now();
    let drip = tokio::spawn(async move {
        let whole = vec![0_u8; 4096];
        let header = 4096_u32.to_be_bytes();
        for byte in header.iter().chain(&whole) {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    agent.challenge(running.quic).await;
    assert!(read_reply(&mut replies).await.is_err());
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "cut off in {:?}",
        began.elapsed()
    );
    drip.await.unwrap();
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_closed() {
    let (_vendor, running, agent) = scene("[limits]\nidle-timeout = \"300ms\"").await;
    let idle = agent.connect(running.quic).await;
    tokio::time::timeout(Duration::from_secs(5), idle.closed())
        .await
        .unwrap();
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_cannot_take_all_requests_or_connections() {
    let limits = "[limits]\nrequest-burst = 5\nrequests-per-second = 1\nconnections-per-key = 2";
    let (vendor, running, agent) = scene(limits).await;
    let other = vendor.enrol(running.quic, 2, "sin", real_now()).await;
    let connection = agent.connect(running.quic).await;
    let mut busy = 0;
    for _ in 0..10 {
        if let Reply::Status(refused) = ask(&connection, challenge()).await.unwrap() {
            assert_eq!(refused.code, StatusCode::Busy as i32);
            busy += 1;
        }
    }
    assert!(busy >= 4, "{busy} refused");
    other.challenge(running.quic).await;

    let second = agent.connect(running.quic).await;
    ask(&second, challenge()).await.unwrap(); // Answered, so counted.
    // The handshake of a third one succeeds; then it is closed.
    let third = connect(running.quic, &agent.identity, vendor.collector_key()).await;
    if let Ok(third) = third {
        assert!(ask(&third, challenge()).await.is_err());
    }
    other.challenge(running.quic).await;
    running.stop().await.unwrap();
}
