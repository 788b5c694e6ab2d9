//! What many slow agents and a flood of packets cost the program.
#![allow(clippy::unwrap_used)]

mod common;

use common::YEAR_MS;
use common::agent::{Agent, NoReceipt};
use common::installed::Installed;
use std::time::Duration;

const AGENTS: usize = 200;

/// Resident memory of a process, KiB.
fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What begins like a client's first packet and is none.
fn false_initial(n: u64) -> Vec<u8> {
    let mut packet = vec![0xc3, 0, 0, 0, 1, 8];
    packet.extend(n.to_be_bytes());
    packet.extend([0, 0, 0x44, 0x9e]);
    packet.resize(1200, 0x5a);
    packet
}

#[tokio::test]
async fn many_slow_agents_and_a_flood_cost_little_memory_and_the_next_agent_is_served() {
    let mut installed = Installed::new();
    installed.configure(
        "[limits]\nsessions-per-key = 1000\nsessions-per-key-per-minute = 1000\n\
         connections = 220\nmessage-deadline = \"2s\"",
    );
    let (mut child, address) = installed.run();
    let identity = installed.fixture.agent(YEAR_MS);
    let agent = Agent::new(&identity, installed.fixture.anchor.key.public());
    agent.range(address).await.unwrap();
    let before = resident_kib(child.id());

    let mut held = Vec::new();
    for _ in 0..AGENTS {
        let Ok(connection) = agent.connect(address).await else {
            continue;
        };
        let Ok((mut send, receive)) = connection.open_bi().await else {
            continue;
        };
        let _ = send.write_all(&[0, 0, 0x20, 0, 7]).await;
        held.push((connection, send, receive));
    }
    assert!(held.len() > AGENTS / 2, "{}", held.len());
    let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for n in 0..5_000 {
        let _ = stranger.send_to(&false_initial(n), address);
        if n.is_multiple_of(100) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let after = resident_kib(child.id());
    let grown = after.saturating_sub(before);
    println!(
        "{} slow agents and a flood: {before} KiB before, {after} KiB after",
        held.len()
    );
    assert!(grown < 64 * 1024, "{before} KiB before, {after} KiB after");

    // The slow ones are given up, and there is room again.
    for (_connection, _send, mut receive) in held {
        let answer = common::agent::reply(&mut receive).await;
        assert!(matches!(
            answer,
            Err(NoReceipt::Status(_) | NoReceipt::Closed)
        ));
    }
    let served = async {
        while agent.range(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), served)
        .await
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}
