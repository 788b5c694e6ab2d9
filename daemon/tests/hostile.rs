//! Servers that misbehave, strangers, and disks that are full: effects stay the same.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use common::collector::Mood;
use domicile_daemon::disk::{Disk, RealDisk};
use domicile_daemon::error::exit;
use domicile_daemon::net::Network;
use domicile_proto::sign::Domain;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const HONEST: [Manner; 4] = [Manner::Honest; 4];

#[tokio::test]
async fn hostile_replies_of_the_collector_are_refused() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    for mood in [Mood::Oversized, Mood::OtherReply] {
        world.collector.set(mood);
        let error = agent.session().await.unwrap_err();
        assert_eq!(error.exit_code(), exit::FAILED, "{error}");
    }
    assert_eq!(world.anchors[0].visits.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn another_key_at_the_collectors_address_gets_nothing() {
    let mut world = World::enrolled(&HONEST).await;
    // A directory with this collector's address under another key: as if somebody had taken
    // over the address.
    let other = common::collector::FakeCollector::start(&world.authority);
    let mut message = world.directory_message(2);
    message.collectors[0].addresses =
        vec![domicile_proto::directory::address_to_wire(other.address)];
    let signed = world
        .authority
        .directory_key()
        .sign(Domain::Directory, domicile_proto::codec::encode(&message));
    let file = world.folder.path().join("d2.bin");
    std::fs::write(&file, domicile_proto::codec::encode(&signed)).unwrap();
    domicile_daemon::directory::install(&RealDisk, &world.config, &world.state(), &file, None)
        .unwrap();
    world.config.collector_timeout = Duration::from_millis(500);
    let error = world.agent().unwrap().session().await.unwrap_err();
    assert_eq!(error.exit_code(), exit::UNREACHABLE, "{error}");
    assert!(other.kept().received.is_empty());
}

/// Every file under a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => {
                let bytes = std::fs::read(&path).unwrap();
                all.insert(path, bytes);
            }
        }
    }
    all
}

#[tokio::test]
async fn whatever_the_collector_answers_the_state_stays_what_it_was() {
    let mut world = World::enrolled(&HONEST).await;
    world.config.collector_timeout = Duration::from_millis(300);
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    let before = files(world.state().root());
    for mood in [
        Mood::Oversized,
        Mood::OtherReply,
        Mood::SlowDrip,
        Mood::Truncated,
        Mood::Talks,
    ] {
        world.collector.set(mood);
        agent.sign_of_life().await.unwrap_err();
        assert_eq!(files(world.state().root()), before, "{mood:?}");
    }
    world.collector.set(Mood::RandomBytes);
    for _ in 0..40 {
        agent.sign_of_life().await.unwrap_err();
    }
    assert_eq!(files(world.state().root()), before);
    // The same while it enrols.
    let fresh = World::new(&HONEST).await;
    fresh.collector.set(Mood::RandomBytes);
    for _ in 0..10 {
        fresh.enrol().await.unwrap_err();
    }
    assert!(!fresh.state().certificate().exists());
}

/// A disk that is full when told so.
#[derive(Default)]
struct FillingDisk {
    full: AtomicBool,
}

impl Disk for FillingDisk {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.full.load(Ordering::Relaxed) {
            // What a full disk does: the file is there, with a part of the bytes.
            RealDisk.write(path, &bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        RealDisk.write(path, bytes)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(folder)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }
}

#[tokio::test]
async fn a_full_disk_is_said_survived_and_leaves_nothing_half_written() {
    let mut world = World::enrolled(&HONEST).await;
    let disk = Arc::new(FillingDisk::default());
    world.host.disk = disk.clone();
    let mut agent = world.agent().unwrap();
    agent.session().await.unwrap();
    let before = files(world.state().root());

    disk.full.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let error = agent.session().await.unwrap_err();
        assert!(error.to_string().contains("free space"), "{error}");
    }
    assert_eq!(files(world.state().root()), before);
    agent.sign_of_life().await.unwrap();

    disk.full.store(false, Ordering::Relaxed);
    agent.session().await.unwrap();
    let received = world.collector.kept().received.clone();
    assert_eq!(received.len(), 2);
    let (first, last) = (common::report(&received[0]), common::report(&received[1]));
    assert_eq!(last.spool_refused, 2, "the next report tells");
    assert_eq!(
        last.sequence,
        first.sequence + 1,
        "and the chain has no gap"
    );
}

#[tokio::test]
async fn a_stranger_gets_no_answer_and_no_tcp_port_is_open() {
    let world = World::enrolled(&HONEST).await;
    let network = Network::open(&world.config.bind).unwrap();
    let address = network.local_addresses().next().unwrap();
    let stranger = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    // A version negotiation's trigger, an initial of QUIC 1, a short header, noise.
    let long = |version: u32| {
        let mut packet = vec![0xc0];
        packet.extend(version.to_be_bytes());
        packet.extend([8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0x44, 0x96]);
        packet.resize(1200, 7);
        packet
    };
    let packets = [
        long(0x0a0a_0a0a),
        long(1),
        [&[0x40][..], &[5; 1199]].concat(),
        vec![0; 64],
        vec![],
    ];
    for packet in &packets {
        stranger.send_to(packet, address).await.unwrap();
    }
    // A link that works shows that the socket has been read since.
    let identity =
        domicile_certs::Identity::load(&world.state().key(), &world.state().certificate()).unwrap();
    let anchor = &world.anchors[0];
    let alpn = domicile_proto::ALPN_RANGE;
    let link = network
        .connect(&identity, anchor.key(), anchor.address, alpn)
        .await
        .unwrap();
    // And once more while a link is up.
    for packet in &packets {
        stranger.send_to(packet, address).await.unwrap();
    }
    let mut buffer = [0; 2048];
    let answer = tokio::time::timeout(Duration::from_millis(200), stranger.recv(&mut buffer));
    assert!(answer.await.is_err(), "a stranger was answered");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    drop(link);
}

#[tokio::test]
async fn no_word_of_a_server_is_shown_or_written() {
    let world = World::enrolled(&HONEST).await;
    let mut agent = world.agent().unwrap();
    world.anchors[0].set(Manner::Talks);
    agent.session().await.unwrap();
    world.collector.set(Mood::Talks);
    let error = agent.session().await.unwrap_err().to_string();
    let status = domicile_daemon::status::status(&world.config, 0).unwrap();
    let mut all: Vec<Vec<u8>> = files(world.state().root()).into_values().collect();
    all.extend([error.into_bytes(), status.text(false).into_bytes()]);
    for bytes in all {
        let says = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
        assert!(!says(b"curl evil") && !says(b"\x1b[2J"));
    }
}
