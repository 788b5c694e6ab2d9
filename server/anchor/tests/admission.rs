//! Who may range at all, and that revocation lists and directories are taken up while serving.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{Agent, Behaviour, NoReceipt};
use common::{Fixture, YEAR_MS};
use domicile_certs::Identity;
use domicile_certs::authority::Authority;
use domicile_certs::issue::Profile;
use domicile_certs::random::Seeded;
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_proto::wire::StatusCode;
use std::time::Duration;

const HOUR_MS: u64 = 3600 * 1000;

/// Whether the anchor lets this identity through the handshake.
async fn admitted(fixture: &Fixture, identity: &Identity) -> bool {
    let anchor = fixture.start();
    let agent = Agent::new(identity, fixture.anchor.key.public());
    let outcome = agent.range(anchor.address).await;
    let summary = anchor.stop().await;
    assert_eq!(summary.receipts, u64::from(outcome.is_ok()));
    if let Err(error) = &outcome {
        assert_eq!(
            *error,
            NoReceipt::Closed,
            "refused by TLS, not by a session"
        );
    }
    outcome.is_ok()
}

#[tokio::test]
async fn a_valid_agent_is_admitted() {
    let mut fixture = Fixture::new();
    let agent = fixture.agent(YEAR_MS);
    assert!(admitted(&fixture, &agent).await);
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let mut fixture = Fixture::new();
    fixture.now_ms -= 10 * HOUR_MS;
    let agent = fixture.agent(HOUR_MS);
    assert!(!admitted(&fixture, &agent).await);
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let mut fixture = Fixture::new();
    let agent = fixture.agent(YEAR_MS);
    fixture.write_list(2, &[&agent]);
    assert!(!admitted(&fixture, &agent).await);
}

#[tokio::test]
async fn a_self_signed_key_is_refused() {
    let fixture = Fixture::new();
    let agent = Identity::self_signed(SigningKey::from_seed(&[3; 32])).unwrap();
    assert!(!admitted(&fixture, &agent).await);
}

#[tokio::test]
async fn certificates_of_other_cas_and_for_other_uses_are_refused() {
    let mut fixture = Fixture::new();
    let mut random = Seeded::new(77);
    let foreign = Authority::generate(&mut random, fixture.now_ms).unwrap();
    let agent = foreign
        .identity(Profile::Agent, &mut random, fixture.now_ms, YEAR_MS)
        .unwrap();
    assert!(!admitted(&fixture, &agent).await);
    for profile in [Profile::Auditor("auditor"), Profile::Server("server")] {
        let random = &mut fixture.random;
        let other = fixture
            .authority
            .identity(profile, random, fixture.now_ms, YEAR_MS)
            .unwrap();
        assert!(!admitted(&fixture, &other).await);
    }
}

#[tokio::test]
async fn the_agent_refuses_an_anchor_with_another_key() {
    let mut fixture = Fixture::new();
    let anchor = fixture.start();
    let agent = Agent::new(&fixture.agent(YEAR_MS), Key([8; 32]));
    assert!(agent.connect(anchor.address).await.is_err());
    assert_eq!(anchor.stop().await.receipts, 0);
}

/// Ranges until `done`, at most for ten seconds.
async fn range_until(
    agent: &Agent,
    address: std::net::SocketAddr,
    done: impl Fn(Result<u32, NoReceipt>) -> bool,
) {
    let attempts = async {
        loop {
            let outcome = agent.range(address).await;
            if done(outcome.map(|ranged| ranged.transcript.position_version)) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), attempts)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_certificate_revoked_while_serving_is_refused_soon_after() {
    let mut fixture = Fixture::new();
    let anchor = fixture.start();
    let agent = fixture.agent(YEAR_MS);
    let other = fixture.agent(YEAR_MS);
    let (agent, other) = {
        let key = fixture.anchor.key.public();
        (Agent::new(&agent, key), Agent::new(&other, key))
    };
    agent.range(anchor.address).await.unwrap();
    fixture.write_list(2, &[&agent.identity]);
    range_until(&agent, anchor.address, |outcome| outcome.is_err()).await;
    other.range(anchor.address).await.unwrap();
    anchor.stop().await;
}

#[tokio::test]
async fn a_connection_that_waited_out_its_revocation_gets_no_session() {
    let mut fixture = Fixture::new();
    let anchor = fixture.start();
    let key = fixture.anchor.key.public();
    let early = Agent::new(&fixture.agent(YEAR_MS), key);
    let connection = early.connect(anchor.address).await.unwrap();
    fixture.write_list(2, &[&early.identity]);
    range_until(&early, anchor.address, |outcome| outcome.is_err()).await;
    let outcome = early.session(&connection, &Behaviour::default()).await;
    let revoked = NoReceipt::Status(StatusCode::CertificateRevoked);
    assert_eq!(outcome.unwrap_err(), revoked);
    anchor.stop().await;
}

#[tokio::test]
async fn a_newer_directory_is_taken_up_and_a_bad_one_is_not() {
    let mut fixture = Fixture::new();
    fixture.settings.per_key.per_minute = 1000;
    let anchor = fixture.start();
    let agent = Agent::new(&fixture.agent(YEAR_MS), fixture.anchor.key.public());
    fixture.write_directory(2, 8, true);
    range_until(&agent, anchor.address, |outcome| outcome == Ok(8)).await;
    // An older one, one without this anchor, one with a changed byte: each is passed over.
    let mut damaged = std::fs::read(fixture.directory_file()).unwrap();
    damaged[40] ^= 1;
    for write in [0, 1, 2] {
        match write {
            0 => fixture.write_directory(1, 9, true),
            1 => fixture.write_directory(3, 10, false),
            _ => std::fs::write(fixture.directory_file(), &damaged).unwrap(),
        }
        tokio::time::sleep(3 * fixture.settings.reload_interval).await;
        let ranged = agent.range(anchor.address).await.unwrap();
        assert_eq!(ranged.transcript.position_version, 8);
    }
    // And the next good one is.
    fixture.write_directory(4, 11, true);
    range_until(&agent, anchor.address, |outcome| outcome == Ok(11)).await;
    anchor.stop().await;
}
