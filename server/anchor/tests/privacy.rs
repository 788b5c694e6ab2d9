//! Nothing about peers in the log above debug, nothing about them on disk.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{Agent, Behaviour};
use common::{Fixture, YEAR_MS};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// One test in this file: the subscriber is the process's.
#[tokio::test]
async fn neither_addresses_nor_keys_of_agents_are_written_down() {
    let captured = Captured::default();
    tracing_subscriber::fmt()
        .with_writer(captured.clone())
        .with_max_level(tracing::Level::INFO)
        .init();
    let mut fixture = Fixture::new();
    let anchor = fixture.start();
    let identity = fixture.agent(YEAR_MS);
    let agent = Agent::new(&identity, fixture.anchor.key.public());
    // A receipt, a conflict of heads, a refusal, a handshake that fails, a reload that fails.
    for head in [fixture.head(5, 1), fixture.head(5, 2)] {
        let how = Behaviour {
            head: Some(head),
            ..Behaviour::default()
        };
        agent.range_as(anchor.address, &how).await.unwrap();
    }
    let how = Behaviour {
        hello: Some(vec![0xff; 64]),
        ..Behaviour::default()
    };
    agent.range_as(anchor.address, &how).await.unwrap_err();
    fixture.write_directory(0, 7, true);
    fixture.write_list(2, &[&identity]);
    tokio::time::sleep(3 * fixture.settings.reload_interval).await;
    agent.range(anchor.address).await.unwrap_err();
    anchor.stop().await;

    let log = captured.text();
    for expected in [
        "history was split",
        "revocation lists reloaded",
        "directory refused",
    ] {
        assert!(log.contains(expected), "the log was captured: {log}");
    }
    let key = identity.key.public().to_string();
    assert!(!log.contains("127.0.0.1"), "{log}");
    assert!(!log.contains(&key), "{log}");
    for entry in std::fs::read_dir(fixture.state_dir()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.starts_with("head-") || name.starts_with("conflict-"),
            "{name}"
        );
        let bytes = std::fs::read(&path).unwrap();
        let ours = identity.key.public().0;
        assert!(!bytes.windows(32).any(|window| window == ours));
        assert!(bytes.len() < 200, "a head and nothing else");
    }
}
