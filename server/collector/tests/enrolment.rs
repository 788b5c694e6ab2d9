//! Enrolment, renewal, revocation, withdrawal: each refusal with its status.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::DIRECTORY_VERSION;
use domicile_certs::issue::DAY_MS;
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, StatusCode};
use harness::{Agent, Vendor, ask, connect, real_now, status};
use std::time::Duration;

fn challenge() -> Request {
    Request::Challenge(wire::ChallengeRequest {
        directory_version: DIRECTORY_VERSION,
    })
}

fn renew(machine: [u8; 32]) -> Request {
    Request::Renew(wire::RenewRequest {
        machine_id_hash: machine.to_vec(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_directory_gives_no_challenge() {
    let now = real_now();
    let vendor = Vendor::with(|directory| directory.expires_ms = now + DAY_MS);
    let hands = harness::Hands::at(now);
    let running = vendor.start(hands.clock()).await;
    let agent = vendor.enrol(running.quic, 1, "sin", now).await;
    agent.challenge(running.quic).await;
    hands.advance(2 * DAY_MS); // The certificate lives for seven.
    let reply = agent.ask(running.quic, challenge()).await;
    assert_eq!(status(reply), StatusCode::DirectoryUnknown);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_tokens_are_refused_each_with_its_status() {
    let vendor = Vendor::new();
    let now = real_now();
    let running = vendor.start(harness::Hands::at(now).clock()).await;
    let agent = Agent::new(&vendor, 1);

    let fields = vendor.token_fields("sin", 1, now);
    let foreign = SigningKey::from_seed(&[1; 32]).sign(Domain::Token, codec::encode(&fields));
    let mut altered = vendor.sign_token(&fields);
    altered.payload[20] ^= 1;
    let wrong_domain = vendor
        .authority
        .token_key()
        .sign(Domain::Directory, codec::encode(&fields));
    let elsewhere = vendor.token("atlantis", 1, now);
    for token in [foreign, altered, wrong_domain, elsewhere] {
        let reply = agent.enrol(running.quic, &token).await;
        assert_eq!(status(reply), StatusCode::TokenInvalid);
    }
    let expired = vendor.token("sin", 1, now - 2 * DAY_MS);
    let early = vendor.token("sin", 1, now + 2 * DAY_MS);
    for token in [expired, early] {
        let reply = agent.enrol(running.quic, &token).await;
        assert_eq!(status(reply), StatusCode::TokenExpired);
    }
    let no_machine = Request::Enrol(wire::EnrolRequest {
        token: Some(vendor.token("sin", 1, now)),
        machine_id_hash: vec![1; 31],
        inventory: None,
        tpm: None,
    });
    let reply = agent.ask(running.quic, no_machine).await;
    assert_eq!(status(reply), StatusCode::Malformed);

    let token = vendor.token("sin", 1, now);
    assert!(matches!(
        agent.enrol(running.quic, &token).await,
        Reply::Certificate(_)
    ));
    let second = Agent::new(&vendor, 2);
    assert_eq!(
        status(second.enrol(running.quic, &token).await),
        StatusCode::TokenUsed
    );
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counted_token_enrols_exactly_its_number() {
    let vendor = Vendor::new();
    let now = real_now();
    let running = vendor.start(harness::Hands::at(now).clock()).await;
    let token = vendor.token("sin", 7, now);
    let mut tasks = Vec::new();
    for number in 0..24 {
        let agent = Agent::new(&vendor, number);
        let (token, quic) = (token.clone(), running.quic);
        tasks.push(tokio::spawn(async move { agent.enrol(quic, &token).await }));
    }
    let (mut enrolled, mut used) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Reply::Certificate(_) => enrolled += 1,
            other => {
                assert_eq!(status(other), StatusCode::TokenUsed);
                used += 1;
            }
        }
    }
    assert_eq!((enrolled, used), (7, 17));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_costs_no_use_of_the_token() {
    let vendor = Vendor::new();
    let now = real_now();
    let running = vendor.start(harness::Hands::at(now).clock()).await;
    let token = vendor.token("sin", 1, now);
    let mut agent = Agent::new(&vendor, 1);
    let first = agent.enrol(running.quic, &token).await;
    let second = agent.enrol(running.quic, &token).await;
    assert!(matches!(first, Reply::Certificate(_)));
    agent.adopt(&token, now, second);
    agent.challenge(running.quic).await;

    let other_token = vendor.token("sin", 1, now);
    let reply = agent.enrol(running.quic, &other_token).await;
    assert_eq!(status(reply), StatusCode::AlreadyEnrolled);
    agent.machine = [4; 32];
    let reply = agent.enrol(running.quic, &token).await;
    assert_eq!(status(reply), StatusCode::Cloned);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_renews_and_nothing_else() {
    let vendor = Vendor::new();
    let now = real_now();
    // Enrolled ten days ago by the collector's clock: the certificate of seven days has expired.
    let hands = harness::Hands::at(now - 10 * DAY_MS);
    let running = vendor.start(hands.clock()).await;
    let mut agent = vendor.enrol(running.quic, 1, "sin", hands.now()).await;
    hands.advance(10 * DAY_MS);
    let connection = agent.connect(running.quic).await;
    let refused = |reply: Result<Reply, String>| status(reply.unwrap());
    assert_eq!(
        refused(ask(&connection, challenge()).await),
        StatusCode::CertificateExpired
    );
    let liveness = wire::Liveness {
        agent_key: agent.key().to_vec(),
        boot_epoch: vec![1; 16],
        counter: 0,
        host_time_ms: 0,
    };
    let liveness = agent
        .identity
        .key
        .sign(Domain::Liveness, codec::encode(&liveness));
    let reply = ask(&connection, Request::Liveness(liveness)).await;
    assert_eq!(refused(reply), StatusCode::CertificateExpired);
    assert_eq!(
        refused(ask(&connection, renew([9; 32])).await),
        StatusCode::Cloned
    );
    let reply = ask(&connection, renew(agent.machine)).await.unwrap();
    let token = vendor.token("sin", 1, now);
    agent.adopt(&token, now, reply);
    agent.challenge(running.quic).await;
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_no_challenge_and_no_renewal() {
    let vendor = Vendor::new();
    let running = vendor.start(harness::Hands::at(real_now()).clock()).await;
    let stranger = Agent::new(&vendor, 1);
    let reply = stranger.ask(running.quic, challenge()).await;
    assert_eq!(status(reply), StatusCode::NotEnrolled);
    let reply = stranger.ask(running.quic, renew([3; 32])).await;
    assert_eq!(status(reply), StatusCode::NotEnrolled);

    // A certificate of the agent CA for a key that this collector never enrolled.
    let leaf = vendor
        .authority
        .agent_issuer()
        .unwrap()
        .issue(&stranger.key(), [5; 16], real_now(), DAY_MS)
        .unwrap();
    let mut unknown = Agent::new(&vendor, 1);
    unknown.identity =
        domicile_certs::Identity::new(unknown.identity.key.clone(), vec![leaf]).unwrap();
    let reply = unknown.ask(running.quic, challenge()).await;
    assert_eq!(status(reply), StatusCode::NotEnrolled);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_ca_does_not_connect() {
    let vendor = Vendor::new();
    let running = vendor.start(harness::Hands::at(real_now()).clock()).await;
    let mut random = domicile_certs::random::Seeded::new(1234);
    let other = domicile_certs::authority::Authority::generate(&mut random, real_now()).unwrap();
    let identity = other
        .identity(
            domicile_certs::issue::Profile::Agent,
            &mut random,
            real_now(),
            DAY_MS,
        )
        .unwrap();
    let connection = connect(running.quic, &identity, vendor.collector_key()).await;
    let refused = match connection {
        Err(_) => true,
        Ok(connection) => ask(&connection, challenge()).await.is_err(),
    };
    assert!(refused);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn revocation_bars_the_key_in_every_way() {
    let vendor = Vendor::new();
    let now = real_now();
    let running = vendor.start(harness::Hands::at(now).clock()).await;
    let token = vendor.token("sin", 2, now);
    let mut agent = Agent::new(&vendor, 1);
    let reply = agent.enrol(running.quic, &token).await;
    agent.adopt(&token, now, reply);
    let old = agent.identity.clone();
    let open = agent.connect(running.quic).await;
    let reply = ask(&open, renew(agent.machine)).await.unwrap();
    agent.adopt(&token, now, reply);

    vendor.revoke(&old.chain[0]);
    // The list is reread every 100 ms; the open connection learns of it by its next request.
    let mut last = StatusCode::Ok;
    for _ in 0..100 {
        match ask(&open, challenge()).await {
            Ok(Reply::Status(status)) => {
                last = StatusCode::try_from(status.code).unwrap();
                break;
            }
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    assert_eq!(last, StatusCode::CertificateRevoked);

    // The revoked certificate opens no connection any more.
    let refused = match connect(running.quic, &old, vendor.collector_key()).await {
        Err(_) => true,
        Ok(connection) => ask(&connection, challenge()).await.is_err(),
    };
    assert!(refused);
    // Nor does the newer certificate of the same key help, nor enrolling it anew.
    let reply = agent.ask(running.quic, challenge()).await;
    assert_eq!(status(reply), StatusCode::CertificateRevoked);
    let again = Agent::new(&vendor, 1);
    let reply = again.enrol(running.quic, &token).await;
    assert_eq!(status(reply), StatusCode::CertificateRevoked);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawal_is_final_and_may_be_said_twice() {
    let vendor = Vendor::new();
    let now = real_now();
    let running = vendor.start(harness::Hands::at(now).clock()).await;
    let agent = vendor.enrol(running.quic, 1, "sin", now).await;
    let other = vendor.enrol(running.quic, 2, "sin", now).await;
    let withdrawal = |of: &Agent, by: &Agent| {
        let message = wire::Withdrawal {
            agent_key: of.key().to_vec(),
            host_time_ms: 0,
        };
        Request::Withdrawal(
            by.identity
                .key
                .sign(Domain::Withdrawal, codec::encode(&message)),
        )
    };
    let reply = other.ask(running.quic, withdrawal(&agent, &agent)).await;
    assert_eq!(status(reply), StatusCode::KeyMismatch);
    let reply = agent.ask(running.quic, withdrawal(&agent, &other)).await;
    assert_eq!(status(reply), StatusCode::SignatureInvalid);
    for _ in 0..2 {
        let reply = agent.ask(running.quic, withdrawal(&agent, &agent)).await;
        assert_eq!(status(reply), StatusCode::Ok);
    }
    let reply = agent.ask(running.quic, challenge()).await;
    assert_eq!(status(reply), StatusCode::Withdrawn);
    let reply = agent.ask(running.quic, renew(agent.machine)).await;
    assert_eq!(status(reply), StatusCode::Withdrawn);
    other.challenge(running.quic).await;
    running.stop().await.unwrap();
}
