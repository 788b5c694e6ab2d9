//! Other anchors as visitors: who is let in, and what a visit costs.
#![allow(clippy::unwrap_used)]

mod common;

use common::Fixture;
use common::agent::{Agent, Behaviour};
use domicile_certs::Identity;
use domicile_proto::sign::SigningKey;
use std::time::Duration;

fn visitor(seed: u8) -> Identity {
    Identity::self_signed(SigningKey::from_seed(&[seed; 32])).unwrap()
}

#[tokio::test]
async fn the_directorys_anchors_are_let_in_by_their_key_and_nobody_else() {
    let fixture = Fixture::new();
    let (listed, stranger) = (visitor(1), visitor(2));
    fixture.write_directory_with(2, &[listed.key.public()]);
    let anchor = fixture.start();
    let key = fixture.anchor.key.public();
    let range =
        |identity: Identity| async move { Agent::new(&identity, key).range(anchor.address).await };
    assert!(range(listed.clone()).await.is_ok());
    assert!(range(stranger).await.is_err());
    // Not itself, should it ever visit itself.
    let itself = Identity::self_signed(fixture.anchor.key.clone()).unwrap();
    assert!(range(itself).await.is_err());
    // A newer directory does not list it any more.
    fixture.write_directory_with(3, &[]);
    tokio::time::sleep(fixture.settings.reload_interval * 5).await;
    assert!(range(listed).await.is_err());
    assert_eq!(anchor.stop().await.receipts, 1);
}

#[tokio::test]
async fn visitors_are_turned_away_while_many_are_there_and_agents_are_not() {
    let mut fixture = Fixture::new();
    let visitors: Vec<Identity> = (1..=9).map(visitor).collect();
    let keys: Vec<_> = visitors.iter().map(|v| v.key.public()).collect();
    fixture.write_directory_with(2, &keys);
    let anchor = fixture.start();
    let key = fixture.anchor.key.public();
    let slow = Behaviour {
        delay: Duration::from_millis(60),
        ..Behaviour::default()
    };
    let mut visits = tokio::task::JoinSet::new();
    for identity in visitors {
        let (agent, address) = (Agent::new(&identity, key), anchor.address);
        let delay = slow.delay;
        visits.spawn(async move {
            let how = Behaviour {
                delay,
                ..Behaviour::default()
            };
            agent.range_as(address, &how).await.is_ok()
        });
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let identity = fixture.agent(common::YEAR_MS);
    let agent = Agent::new(&identity, key);
    assert!(agent.range(anchor.address).await.is_ok());
    let served = visits.join_all().await.into_iter().filter(|ok| *ok).count();
    assert_eq!(served, 8, "the ninth hears that the anchor is busy");
    anchor.stop().await;
}

/// What the mesh's traffic is computed from.
#[tokio::test]
async fn a_visit_takes_a_few_kilobytes() {
    let fixture = Fixture::new();
    let listed = visitor(1);
    fixture.write_directory_with(2, &[listed.key.public()]);
    let anchor = fixture.start();
    let agent = Agent::new(&listed, fixture.anchor.key.public());
    let connection = agent.connect(anchor.address).await.unwrap();
    let ranged = agent.session(&connection, &Behaviour::default()).await;
    assert!(ranged.is_ok());
    connection.close(0u32.into(), b"");
    let stats = connection.stats();
    let bytes = [stats.udp_tx.bytes, stats.udp_rx.bytes];
    let packets = [stats.udp_tx.datagrams, stats.udp_rx.datagrams];
    println!("visitor sends and receives {bytes:?} bytes in {packets:?} packets");
    assert!(bytes[0] + bytes[1] < 16_000, "{bytes:?}");
    anchor.stop().await;
}
