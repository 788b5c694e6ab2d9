//! The index deleted, truncated, altered; the disk full: nothing is lost, and the answers are the
//! same as before.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_collector::runtime::Running;
use domicile_collector::store::{Rebuilt, Store};
use domicile_proto::codec;
use domicile_proto::wire::{self, StatusCode};
use harness::{Agent, Hands, Vendor, copy_dir, real_now, receipt, singapore, status};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A collector's past: reports of three hosts, a fork, an identity conflict, a withdrawal.
struct Past {
    vendor: Vendor,
    hands: Hands,
    agents: Vec<Agent>,
    /// Reports with their receipts.
    reports: Vec<(usize, wire::Signed, wire::Signed)>,
}

impl Past {
    async fn new() -> (Self, Running) {
        let vendor = Vendor::new();
        let hands = Hands::at(real_now());
        let running = vendor.start(hands.clock()).await;
        let mut past = Self {
            vendor,
            hands,
            agents: Vec::new(),
            reports: Vec::new(),
        };
        for number in 0..3 {
            let agent = past
                .vendor
                .enrol(running.quic, number, "sin", past.hands.now())
                .await;
            past.agents.push(agent);
        }
        for _ in 0..4 {
            for number in 0..3 {
                past.report(&running, number).await;
            }
        }
        past.fork(&running).await;
        (past, running)
    }

    async fn report(&mut self, running: &Running, number: usize) {
        self.hands.advance(1000);
        let agent = &mut self.agents[number];
        let challenge = agent.challenge(running.quic).await;
        let world = &self.vendor.world;
        let signed = agent.report(world, &challenge.nonce, singapore(), self.hands.now());
        let receipt = receipt(agent.submit(running.quic, &signed).await);
        self.reports.push((number, signed, receipt));
    }

    async fn fork(&mut self, running: &Running) {
        let (number, signed, _) = &self.reports[0];
        let evidence: wire::Evidence = codec::decode(&signed.payload, 1 << 20).unwrap();
        let agent = &mut self.agents[*number];
        let (sequence, previous) = (agent.sequence, agent.previous.clone());
        let other = agent.finish(evidence);
        (agent.sequence, agent.previous) = (sequence, previous);
        let reply = agent.submit(running.quic, &other).await;
        assert_eq!(status(reply), StatusCode::NonceUsed);
    }

    /// Everything that the index answers.
    fn answers(&self, store: &Store) -> String {
        let mut text = String::new();
        let mut add = |part: String| text.push_str(&(part + "\n"));
        for (key, row) in store.hosts(None, 100).unwrap() {
            add(format!(
                "{row:?} seen {}",
                store.last_seen(&key, &row).unwrap()
            ));
            add(format!("{:?}", store.serials(&key).unwrap()));
            let sessions = store
                .attestations(Some(&key), 0..u64::MAX, None, 100)
                .unwrap();
            add(format!("{sessions:?}"));
            let uses = store.token_uses(&row.token_id.as_slice().try_into().unwrap());
            add(format!("{}", uses.unwrap()));
        }
        add(format!(
            "{:?}",
            store.attestations(None, 0..u64::MAX, None, 100).unwrap()
        ));
        add(format!("{:?}", store.forks(100).unwrap()));
        add(format!("{:?}", store.incidents(100).unwrap()));
        add(format!(
            "{:?} {:?}",
            store.directories().unwrap(),
            store.policies().unwrap()
        ));
        text
    }

    /// Every report again: the same receipts.
    async fn check_receipts(&self, running: &Running) {
        for (number, signed, first) in &self.reports {
            let again = self.agents[*number].submit(running.quic, signed).await;
            assert_eq!(receipt(again), *first);
        }
    }
}

fn db(data: &Path) -> std::path::PathBuf {
    data.join("index/db")
}

fn truncate(data: &Path, share: u64) {
    let path = db(data);
    let length = fs::metadata(&path).unwrap().len();
    OpenOptions::new()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(length / 100 * share)
        .unwrap();
}

/// Changes a byte in each of `places` places that hold something.
fn corrupt(data: &Path, places: u64) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(db(data))
        .unwrap();
    let bytes = fs::read(db(data)).unwrap();
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    for place in 0..places {
        let at = used[used.len() / (usize::try_from(places).unwrap() + 1)
            * (usize::try_from(place).unwrap() + 1)];
        file.write_all_at(&[bytes[at] ^ 0x55], at as u64).unwrap();
    }
}

fn replace_with_garbage(data: &Path) {
    let length = fs::metadata(db(data)).unwrap().len();
    fs::write(db(data), vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
}

type Harm = (&'static str, fn(&Path));

const HARMS: [Harm; 10] = [
    ("deleted", |data| {
        fs::remove_dir_all(data.join("index")).unwrap();
    }),
    ("database deleted", |data| {
        fs::remove_file(db(data)).unwrap();
    }),
    ("emptied", |data| drop(File::create(db(data)).unwrap())),
    ("truncated to a tenth", |data| truncate(data, 10)),
    ("truncated to a half", |data| truncate(data, 50)),
    ("truncated a little", |data| truncate(data, 97)),
    ("a byte changed", |data| corrupt(data, 1)),
    ("forty bytes changed", |data| corrupt(data, 40)),
    ("garbage", replace_with_garbage),
    ("configuration garbled", |data| {
        fs::write(data.join("index/conf"), b"no").unwrap();
    }),
];

async fn survive(past: &Past, pristine: &Path, expected: &str, closed: bool) {
    let data = past.vendor.path("data");
    for (name, harm) in HARMS {
        fs::remove_dir_all(&data).unwrap();
        copy_dir(pristine, &data);
        harm(&data);
        let running = past.vendor.start(past.hands.clock()).await;
        if closed {
            // What was closed is compared byte for byte: any change is seen.
            assert!(
                matches!(running.opened.rebuilt, Rebuilt::Because(_)),
                "{name}"
            );
        }
        assert_eq!(past.answers(running.service().store()), expected, "{name}");
        past.check_receipts(&running).await;
        running.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harmed_index_is_made_anew_after_an_orderly_stop() {
    let (past, running) = Past::new().await;
    let expected = past.answers(running.service().store());
    running.stop().await.unwrap();
    let pristine = tempfile::tempdir().unwrap();
    copy_dir(&past.vendor.path("data"), pristine.path());
    // Unharmed, it is used as it is.
    let running = past.vendor.start(past.hands.clock()).await;
    assert_eq!(running.opened.rebuilt, Rebuilt::No);
    assert_eq!(past.answers(running.service().store()), expected);
    running.stop().await.unwrap();
    survive(&past, pristine.path(), &expected, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harmed_index_is_made_anew_after_a_crash() {
    let (past, running) = Past::new().await;
    let expected = past.answers(running.service().store());
    // What a kill would leave: the files as they are, the marker open.
    let pristine = tempfile::tempdir().unwrap();
    copy_dir(&past.vendor.path("data"), pristine.path());
    running.stop().await.unwrap();
    survive(&past, pristine.path(), &expected, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_boot_is_not_believed() {
    let (past, running) = Past::new().await;
    let expected = past.answers(running.service().store());
    let data = past.vendor.path("data");
    let marker = fs::read_to_string(data.join("index.state")).unwrap();
    running.stop().await.unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert!(marker.contains(boot.trim()), "{marker}");
    fs::write(
        data.join("index.state"),
        marker.replace(boot.trim(), "another"),
    )
    .unwrap();
    let running = past.vendor.start(past.hands.clock()).await;
    assert!(matches!(running.opened.rebuilt, Rebuilt::Because(_)));
    assert_eq!(past.answers(running.service().store()), expected);
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_recovers() {
    let (mut past, running) = Past::new().await;
    let quic = running.quic;
    let size = running.service().store().size();
    running.service().store().set_min_free(u64::MAX);
    let challenge = past.agents[0].challenge(quic).await;
    let now = past.hands.now();
    let (sequence, previous) = (past.agents[0].sequence, past.agents[0].previous.clone());
    let signed = past.agents[0].report(&past.vendor.world, &challenge.nonce, singapore(), now);
    for _ in 0..3 {
        let reply = past.agents[0].submit(quic, &signed).await;
        assert_eq!(status(reply), StatusCode::StoreFull);
    }
    let newcomer = Agent::new(&past.vendor, 9);
    let token = past.vendor.token("sin", 1, now);
    assert_eq!(
        status(newcomer.enrol(quic, &token).await),
        StatusCode::StoreFull
    );
    assert_eq!(running.service().store().size(), size, "nothing was stored");
    assert_eq!(
        (sequence + 1, previous.len()),
        (past.agents[0].sequence, 32)
    );
    past.check_receipts(&running).await;

    running.service().store().set_min_free(0);
    receipt(past.agents[0].submit(quic, &signed).await);
    assert!(matches!(
        newcomer.enrol(quic, &token).await,
        wire::collector_reply::Reply::Certificate(_)
    ));
    past.report(&running, 1).await;
    past.check_receipts(&running).await;
    running.stop().await.unwrap();
}

/// Cuts the last record off the log, as a crash within an append may: the head had not been signed.
fn cut_last_record(data: &Path) {
    let log = domicile_ledger::Reader::open(&data.join("log"), "log.example/test", |_, _| ());
    let log = log.unwrap();
    let last = log.read(log.size() - 1).unwrap();
    assert_eq!(last.kind, domicile_ledger::Kind::Verdict);
    let length = (domicile_ledger::RECORD_HEADER_LEN + last.payload.len()) as u64;
    let segment = data.join("log/segments/00000000.seg");
    let file = OpenOptions::new().write(true).open(segment).unwrap();
    file.set_len(file.metadata().unwrap().len() - length)
        .unwrap();
    fs::remove_file(data.join("log/checkpoint")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_that_a_crash_parted_from_its_verdict_is_judged_at_the_start() {
    let (mut past, running) = Past::new().await;
    past.report(&running, 2).await;
    let (_, signed, _) = past.reports.pop().unwrap();
    running.stop().await.unwrap();
    cut_last_record(&past.vendor.path("data"));

    let running = past.vendor.start(past.hands.clock()).await;
    let id = domicile_proto::sign::sha256(&codec::encode(&signed));
    assert_eq!(running.opened.unjudged, [id]);
    let row = running.service().store().evidence(&id).unwrap().unwrap();
    assert!(row.judged && row.verdict_index > row.evidence_index);
    let one = receipt(past.agents[2].submit(running.quic, &signed).await);
    let two = receipt(past.agents[2].submit(running.quic, &signed).await);
    assert_eq!(one, two);
    past.check_receipts(&running).await;
    running.stop().await.unwrap();
}
