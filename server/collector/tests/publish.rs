//! The log in public: tiles over HTTP, witnesses that sign, are away, or have seen more than is here.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_collector::clock::Clock;
use domicile_collector::publish::Standing;
use domicile_collector::runtime::{RunError, Running};
use domicile_http::client::{Answer, Client};
use domicile_ledger::tiles::{Question, Tile, TileKind, TileSet, bundle_leaves, tiles_for};
use domicile_ledger::witness::{Checkpoint, Policy, VerifierKey};
use domicile_ledger::{Kind, leaf_hash, verify_inclusion};
use domicile_proto::codec;
use domicile_proto::wire::AuditReadRecord;
use domicile_witness::config::Checked;
use domicile_witness::memory::Memory;
use domicile_witness::service;
use harness::Vendor;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A witness in this process; its memory stays when it stops.
struct Witness {
    folder: TempDir,
    key: VerifierKey,
    address: SocketAddr,
    running: Option<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Witness {
    async fn start(number: u8, log: &str) -> Witness {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("witness.key");
        domicile_certs::keys::create(&key, &[number; 32]).unwrap();
        let text = format!(
            "listen = \"127.0.0.1:0\"\nname = \"w{number}.example.org\"\nkey = \"witness.key\"\n\
             data-dir = \"data\"\n[[log]]\nkey = \"{log}\"\n"
        );
        std::fs::write(folder.path().join("witness.toml"), text).unwrap();
        let key = checked(folder.path()).public;
        let address = "127.0.0.1:0".parse().unwrap();
        let mut witness = Witness {
            folder,
            key,
            address,
            running: None,
        };
        witness.resume().await;
        witness
    }

    async fn resume(&mut self) {
        let memory = Arc::new(Memory::open(checked(self.folder.path())).unwrap());
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let clock: service::Clock = Arc::new(|| 1_800_000_000);
        let task = tokio::spawn(service::run(memory, listener, 8, clock, stopping));
        self.running = Some((stop, task));
    }

    async fn pause(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.send_replace(true);
        task.await.unwrap();
    }

    fn settings(&self) -> String {
        let (key, address) = (&self.key, self.address);
        format!("[[publish.witness]]\nkey = \"{key}\"\nurl = \"http://{address}\"\n")
    }
}

fn checked(folder: &Path) -> Checked {
    Checked::read(&folder.join("witness.toml")).unwrap()
}

fn log_key(vendor: &Vendor) -> VerifierKey {
    let checked = domicile_collector::runtime::Checked::read(vendor.config()).unwrap();
    checked.log_verifier_key().parse().unwrap()
}

fn configure(vendor: &Vendor, needed: usize, patience: &str, witnesses: &[&Witness]) {
    let listed: String = witnesses.iter().map(|one| one.settings()).collect();
    vendor.write_config(&format!(
        "[publish]\nlisten = \"127.0.0.1:0\"\nevery = \"20ms\"\nunwitnessed-after = \"{patience}\"\n\
         witness-timeout = \"2s\"\nneeded = {needed}\n{listed}"
    ));
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Logs `count` records, one append after the other.
async fn log(running: &Running, count: usize) {
    let read = AuditReadRecord {
        query: "GET /v1/hosts".into(),
        ..AuditReadRecord::default()
    };
    for _ in 0..count {
        let record = (Kind::AuditRead, codec::encode(&read));
        running
            .service()
            .store()
            .commit(vec![record])
            .await
            .unwrap();
    }
}

fn standing(running: &Running, index: u64) -> Standing {
    running.service().publication().of(index)
}

fn client(running: &Running) -> Client {
    let url = format!("http://{}", running.tiles.unwrap());
    Client::new(url.parse().unwrap(), Duration::from_secs(5))
}

async fn get(client: &mut Client, path: &str) -> Answer {
    client.get(path, 100_000).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_witnesses_signed_is_published_and_proves_every_record() {
    let vendor = Vendor::new();
    let key = log_key(&vendor);
    let witnesses = [
        Witness::start(1, &key.to_string()).await,
        Witness::start(2, &key.to_string()).await,
    ];
    configure(&vendor, 2, "60s", &[&witnesses[0], &witnesses[1]]);
    let running = vendor.start(Clock::system()).await;
    log(&running, 300).await;
    let last = running.service().store().size() - 1;
    until("published", || {
        standing(&running, last) == Standing::Published
    })
    .await;
    let mut client = client(&running);
    let answer = get(&mut client, "checkpoint").await;
    assert_eq!(answer.content_type, "text/plain; charset=utf-8");
    let checkpoint = Checkpoint::open(&answer.body, &key).unwrap();
    let keys = witnesses.iter().map(|one| one.key.clone()).collect();
    let judged = Policy::new(keys, 2).unwrap().judge(&checkpoint);
    assert!(judged.is_enough());
    let head = checkpoint.head();
    for index in [0, 1, 255, 256, last] {
        let mut set = TileSet::default();
        for tile in tiles_for(Question::Inclusion(index), head.size) {
            let body = get(&mut client, &tile.to_string()).await.body;
            assert!(set.insert(tile, body));
        }
        let bundle = Tile::in_tree(TileKind::Entries, index / 256, head.size).unwrap();
        let body = get(&mut client, &bundle.to_string()).await.body;
        let leaf = bundle_leaves(&body).unwrap()[usize::try_from(index % 256).unwrap()];
        let tree = set.tree(head.size, &head.root).unwrap();
        let path = tree.inclusion(index).unwrap();
        let hash = leaf_hash(leaf);
        assert_eq!(
            hash,
            running.service().store().read(index).unwrap().leaf_hash()
        );
        verify_inclusion(&hash, index, &path, head.size, &head.root).unwrap();
    }
    running.stop().await.unwrap();
}

/// Sends a request as it stands; gives the whole answer.
async fn raw(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{request}\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_published_tiles_and_nothing_else() {
    let vendor = Vendor::new();
    configure(&vendor, 0, "60s", &[]);
    let running = vendor.start(Clock::system()).await;
    log(&running, 270).await;
    let last = running.service().store().size() - 1;
    // Nobody was asked, so nobody has seen it: that is said.
    until("published", || {
        standing(&running, last) == Standing::Unwitnessed
    })
    .await;
    let address = running.tiles.unwrap();
    let checkpoint = raw(address, "GET /checkpoint HTTP/1.1").await;
    assert!(
        checkpoint.contains("cache-control: public, max-age=2\r\n"),
        "{checkpoint}"
    );
    let full = raw(address, "GET /tile/0/000 HTTP/1.1").await;
    assert!(full.contains("content-length: 8192\r\n"), "{full}");
    assert!(full.contains("max-age=31536000, immutable"), "{full}");
    let width = last + 1 - 256;
    let part = raw(address, &format!("GET /tile/0/001.p/{width} HTTP/1.1")).await;
    assert!(
        part.starts_with("http/1.1 200") && !part.contains("immutable"),
        "{part}"
    );
    assert!(
        raw(address, "HEAD /tile/0/000 HTTP/1.1")
            .await
            .starts_with("http/1.1 200")
    );
    // Files that exist beside the tiles, and names that are not those of published tiles.
    let tiles = running.service().store().tiles_folder();
    std::fs::write(tiles.join("secret"), b"x").unwrap();
    std::fs::create_dir_all(tiles.join("tile/0/001.p")).unwrap();
    std::fs::write(tiles.join("tile/0/001"), b"unpublished").unwrap();
    for path in [
        "/",
        "/secret",
        "/tile",
        "/tile/0/001",
        "/tile/0/002.p/1",
        "/tile/9/000",
        "/tile/0/0",
        "/tile/0/../../checkpoint",
        "/tile/0/%2e%2e/%2e%2e/secret",
        "/tile/entries/../../../segments/00000000.seg",
        "/../segments/00000000.seg",
        "//tile/0/000",
        "/checkpoint/",
        "/v1/log/head",
    ] {
        let answer = raw(address, &format!("GET {path} HTTP/1.1")).await;
        assert!(answer.starts_with("http/1.1 404"), "{path}: {answer}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = raw(address, &format!("{method} /checkpoint HTTP/1.1")).await;
        assert!(answer.starts_with("http/1.1 405"), "{answer}");
    }
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_away_delays_publication_and_nothing_else() {
    let vendor = Vendor::new();
    let key = log_key(&vendor).to_string();
    let (one, mut two) = (Witness::start(1, &key).await, Witness::start(2, &key).await);
    configure(&vendor, 2, "600ms", &[&one, &two]);
    let running = vendor.start(Clock::system()).await;
    log(&running, 3).await;
    until("published", || standing(&running, 2) == Standing::Published).await;
    two.pause().await;
    let next = running.service().store().size();
    log(&running, 3).await;
    assert_eq!(standing(&running, next), Standing::Pending);
    until("unwitnessed", || {
        standing(&running, next) == Standing::Unwitnessed
    })
    .await;
    assert_eq!(standing(&running, 2), Standing::Published);
    let problems = running.service().publication().witnesses();
    assert!(problems[0].problem.is_none() && problems[1].problem.is_some());
    two.resume().await;
    until("again", || standing(&running, next) == Standing::Published).await;
    running.stop().await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

async fn refused(vendor: &Vendor) -> String {
    match vendor.try_start(Clock::system()).await {
        Err(RunError::Publish(error)) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it starts"),
    }
}

/// A restored backup, a lost disk and a forked copy: three histories that the witness has not seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_a_witness_contradicts_does_not_start() {
    let vendor = Vendor::new();
    let key = log_key(&vendor).to_string();
    let mut witness = Witness::start(1, &key).await;
    configure(&vendor, 1, "60s", &[&witness]);
    let running = vendor.start(Clock::system()).await;
    log(&running, 5).await;
    running.stop().await.unwrap();
    let backup = vendor.path("backup");
    copy(&vendor.path("data"), &backup);
    let running = vendor.start(Clock::system()).await;
    log(&running, 20).await;
    let last = running.service().store().size() - 1;
    until("published", || {
        standing(&running, last) == Standing::Published
    })
    .await;
    running.stop().await.unwrap();
    std::fs::rename(vendor.path("data"), vendor.path("newest")).unwrap();
    copy(&backup, &vendor.path("data"));
    let error = refused(&vendor).await;
    assert!(
        error.contains("w1.example.org") && error.contains("has cosigned"),
        "{error}"
    );
    // Nothing left at all.
    std::fs::remove_dir_all(vendor.path("data")).unwrap();
    assert!(refused(&vendor).await.contains("has cosigned"));
    // The old copy grown on its own while the witness was away: larger, and another history.
    std::fs::remove_dir_all(vendor.path("data")).unwrap();
    copy(&backup, &vendor.path("data"));
    witness.pause().await;
    let running = vendor.start(Clock::system()).await;
    log(&running, 40).await;
    running.stop().await.unwrap();
    witness.resume().await;
    let error = refused(&vendor).await;
    assert!(error.contains("are not the first of this log"), "{error}");
    // The newest copy starts.
    std::fs::remove_dir_all(vendor.path("data")).unwrap();
    std::fs::rename(vendor.path("newest"), vendor.path("data")).unwrap();
    vendor.start(Clock::system()).await.stop().await.unwrap();
}

/// The witness was away at the start: the collector ends once it hears that it forked.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_is_found_late_ends_the_collector() {
    let vendor = Vendor::new();
    let key = log_key(&vendor).to_string();
    let mut witness = Witness::start(1, &key).await;
    configure(&vendor, 1, "60s", &[&witness]);
    vendor.start(Clock::system()).await.stop().await.unwrap();
    copy(&vendor.path("data"), &vendor.path("backup"));
    let running = vendor.start(Clock::system()).await;
    log(&running, 20).await;
    running.stop().await.unwrap();
    std::fs::remove_dir_all(vendor.path("data")).unwrap();
    std::fs::rename(vendor.path("backup"), vendor.path("data")).unwrap();
    witness.pause().await;
    let running = vendor.start(Clock::system()).await;
    witness.resume().await;
    let failed = tokio::time::timeout(Duration::from_secs(20), running.failed()).await;
    let failed = failed.unwrap().to_string();
    assert!(failed.contains("w1.example.org"), "{failed}");
    running.stop().await.unwrap();
}
