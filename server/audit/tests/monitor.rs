//! A log that lies, before the monitor: rollback, fork and split view, each found by what was seen
//! before, by what a witness saw, or by what hosts carried to anchors.
#![allow(clippy::unwrap_used)]

use domicile_audit::log::{FindingKind, LogFile, Look, Memory, Monitor, Seen, Source, read_gossip};
use domicile_http::server::{Limits, Question, Reply, serve};
use domicile_ledger::tiles::Tiles;
use domicile_ledger::witness::{Checkpoint, KeyUse, Policy, VerifierKey, cosign};
use domicile_ledger::{Head, Kind, Log, NewEntry, Options, TlogProof, verifier_key};
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::wire;
use hyper::StatusCode;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

const ORIGIN: &str = "log.example.com/eu/2026";
const WITNESS: &str = "witness.example.org/w1";
const NOW: u64 = 1_800_000_000;

fn log_key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn witness_key() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn log_vkey() -> VerifierKey {
    verifier_key(ORIGIN, &log_key().public().0).parse().unwrap()
}

fn witness_vkey() -> VerifierKey {
    VerifierKey {
        name: WITNESS.into(),
        usage: KeyUse::Cosignature,
        public: witness_key().public().0,
    }
}

/// One history, published at every size that is asked for.
struct History {
    dir: TempDir,
    log: Log,
    tiles: Tiles,
}

impl History {
    /// Records that differ by `branch` from number `from` on, so that two histories share a beginning.
    fn new() -> History {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::default();
        let (log, _) = Log::open(dir.path(), ORIGIN, &options, |_, _| ()).unwrap();
        let tiles = Tiles::open(&log).unwrap();
        History { dir, log, tiles }
    }

    fn grow(&mut self, size: u64, branch: u8) -> Checkpoint {
        let entries: Vec<NewEntry> = (self.log.size()..size)
            .map(|n| NewEntry {
                kind: Kind::Evidence,
                time_ms: n,
                salt: [0; 32],
                payload: vec![branch],
            })
            .collect();
        self.log.append(&entries).unwrap();
        self.publish(NOW)
    }

    /// Publishes what there is, cosigned at a time.
    fn publish(&mut self, time_s: u64) -> Checkpoint {
        let head = self.log.sign_head(log_key().ring()).unwrap();
        let leaves = self.log.leaves(self.tiles.size(), head.size).unwrap();
        self.tiles.extend(leaves, &head, &mut |_, _| ()).unwrap();
        let plain = Checkpoint::of(&head, &log_vkey());
        let line = cosign(witness_key().ring(), WITNESS, time_s, &head.text());
        let cosigned = plain.answered(&line, &[witness_vkey()]);
        let checkpoint = plain.with(&cosigned, &log_vkey());
        let note = checkpoint.note().to_owned();
        self.tiles.publish(&head, note).unwrap();
        checkpoint
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("tiles")
    }
}

/// A web server that shows whatever folder it is told to.
struct Site {
    folder: Arc<Mutex<PathBuf>>,
    url: String,
    _stop: watch::Sender<bool>,
}

impl Site {
    async fn start(folder: &Path) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let folder = Arc::new(Mutex::new(folder.to_owned()));
        let (stop, stopping) = watch::channel(false);
        let limits = Limits {
            connections: 8,
            wait: Duration::from_secs(5),
            body: 0,
        };
        let shown = Arc::clone(&folder);
        let answer = move |question: Question| {
            let path = shown.lock().unwrap().join(&question.path[1..]);
            async move {
                match std::fs::read(path) {
                    Ok(body) => Reply {
                        body,
                        ..Reply::text(StatusCode::OK, "")
                    },
                    Err(_) => Reply::text(StatusCode::NOT_FOUND, ""),
                }
            }
        };
        tokio::spawn(serve(listener, limits, answer, stopping));
        Site {
            folder,
            url,
            _stop: stop,
        }
    }

    fn show(&self, folder: &Path) {
        *self.folder.lock().unwrap() = folder.to_owned();
    }

    fn source(&self) -> Source {
        Source::new(self.url.parse().unwrap(), Duration::from_secs(5))
    }
}

/// What a witness would show: a folder with a checkpoint under the log's hash.
fn witness_folder(checkpoint: &Checkpoint) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("checkpoint")).unwrap();
    let name = format!("checkpoint/{}", sha256(ORIGIN.as_bytes()));
    std::fs::write(dir.path().join(name), checkpoint.note()).unwrap();
    dir
}

fn monitor(site: &Site, state: &Path) -> Monitor {
    Monitor {
        log: LogFile {
            keys: log_vkey().into(),
            policy: Policy::new(vec![witness_vkey()], 1).unwrap(),
            stale_after: Duration::from_secs(3600),
        },
        source: site.source(),
        witnesses: Vec::new(),
        gossip: Vec::new(),
        memory: Memory::open(state).unwrap(),
        settle: Duration::from_millis(10),
    }
}

async fn look(monitor: &mut Monitor) -> Look {
    monitor.look(NOW).await.unwrap()
}

fn kinds(look: &Look) -> Vec<FindingKind> {
    look.findings.iter().map(|one| one.kind).collect()
}

/// Both heads in the evidence are the log's own words, and cannot both be of one history.
fn proves(look: &Look, state: &Path) {
    let finding = &look.findings[0];
    let kept = std::fs::read_dir(state.join("evidence")).unwrap();
    assert!(kept.count() >= 1, "{}", finding.text);
    let halves: Vec<String> = finding
        .evidence
        .split(&format!("\n{ORIGIN}\n"))
        .enumerate()
        .map(|(n, half)| match n {
            0 => format!("{}\n", half.trim_end()),
            _ => format!("{ORIGIN}\n{half}"),
        })
        .collect();
    assert_eq!(halves.len(), 2);
    for half in halves {
        Checkpoint::open(half.as_bytes(), &log_vkey()).unwrap();
    }
}

#[tokio::test]
async fn a_log_that_only_grows_is_followed_over_restarts() {
    let mut honest = History::new();
    honest.grow(300, 0);
    let site = Site::start(&honest.folder()).await;
    let state = tempfile::tempdir().unwrap();
    for size in [300, 301, 512, 1300] {
        honest.grow(size, 0);
        let look = look(&mut monitor(&site, state.path())).await;
        assert_eq!(
            (look.findings.len(), look.checkpoint.head().size),
            (0, size)
        );
        let held = Memory::open(state.path())
            .unwrap()
            .head(&log_vkey().into())
            .unwrap();
        assert_eq!(held.unwrap().head().size, size);
    }
}

#[tokio::test]
async fn a_log_that_goes_back_is_found() {
    let (mut old, mut new) = (History::new(), History::new());
    old.grow(300, 0);
    new.grow(700, 0);
    let site = Site::start(&new.folder()).await;
    let state = tempfile::tempdir().unwrap();
    look(&mut monitor(&site, state.path())).await;
    site.show(&old.folder());
    for _ in 0..2 {
        let look = look(&mut monitor(&site, state.path())).await;
        assert_eq!(kinds(&look), [FindingKind::Rollback]);
        proves(&look, state.path());
    }
    // It is not believed: the monitor still holds the larger one, which is then fine again.
    site.show(&new.folder());
    assert!(
        look(&mut monitor(&site, state.path()))
            .await
            .findings
            .is_empty()
    );
}

#[tokio::test]
async fn a_log_that_forks_is_found() {
    let (mut honest, mut other) = (History::new(), History::new());
    honest.grow(300, 0);
    other.grow(200, 0);
    for size in [300, 700] {
        other.grow(size, 1);
        let site = Site::start(&honest.folder()).await;
        let state = tempfile::tempdir().unwrap();
        look(&mut monitor(&site, state.path())).await;
        site.show(&other.folder());
        let look = look(&mut monitor(&site, state.path())).await;
        assert_eq!(kinds(&look), [FindingKind::Fork], "{size}");
        proves(&look, state.path());
        let held = Memory::open(state.path())
            .unwrap()
            .head(&log_vkey().into())
            .unwrap();
        assert_eq!(held.unwrap().head(), &honest.log.head().unwrap().clone());
    }
}

/// The monitor has never seen the log before: only somebody else's view tells.
#[tokio::test]
async fn a_split_view_is_found_by_what_a_witness_saw() {
    let (mut honest, mut other) = (History::new(), History::new());
    let seen = honest.grow(300, 0);
    other.grow(200, 0);
    other.grow(700, 1);
    let site = Site::start(&other.folder()).await;
    let folder = witness_folder(&seen);
    let witness = Site::start(folder.path()).await;
    let state = tempfile::tempdir().unwrap();
    let mut monitor = monitor(&site, state.path());
    monitor.witnesses.push(witness.source());
    let found = look(&mut monitor).await;
    assert_eq!(kinds(&found), [FindingKind::SplitView]);
    assert!(found.findings[0].text.contains(&witness.url));
    proves(&found, state.path());
    // The same witness beside the history that it saw.
    honest.grow(700, 0);
    site.show(&honest.folder());
    let found = look(&mut monitor).await;
    assert_eq!((found.findings.len(), found.agreed), (0, 1));
}

fn wire_head(head: &Head) -> wire::LogHead {
    wire::LogHead {
        log_key: log_key().public().to_vec(),
        size: head.size,
        root: head.root.to_vec(),
        signature: head.signature.to_vec(),
    }
}

/// A bundle in which a host's transcript carries a head, as agents put it there.
fn bundle_that_carries(head: &Head) -> Vec<u8> {
    let agent = SigningKey::from_seed(&[7; 32]);
    let account = wire::AgentTranscript {
        newest_head: Some(wire_head(head)),
        ..wire::AgentTranscript::default()
    };
    let account = agent.sign(Domain::AgentTranscript, codec::encode(&account));
    let evidence = wire::Evidence {
        rangings: vec![wire::Ranging {
            transcript: codec::encode(&account),
            receipt: Vec::new(),
            ..wire::Ranging::default()
        }],
        ..wire::Evidence::default()
    };
    let evidence = agent.sign(Domain::Evidence, codec::encode(&evidence));
    let record = wire::EvidenceRecord {
        evidence: codec::encode(&evidence),
        ..wire::EvidenceRecord::default()
    };
    codec::encode(&wire::Bundle {
        version: 1,
        evidence: Some(wire::LoggedEntry {
            payload: codec::encode(&record),
            ..wire::LoggedEntry::default()
        }),
        ..wire::Bundle::default()
    })
}

#[tokio::test]
async fn a_split_view_is_found_by_what_hosts_carried_and_anchors_kept() {
    let (mut honest, mut other) = (History::new(), History::new());
    let seen = honest.grow(300, 0).head().clone();
    other.grow(200, 0);
    other.grow(700, 1);
    let site = Site::start(&other.folder()).await;
    // One as an auditor has it, one as an anchor keeps it, and what is neither.
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("one.bundle");
    std::fs::write(&bundle, bundle_that_carries(&seen)).unwrap();
    let anchor = folder.path().join("anchor");
    std::fs::create_dir(&anchor).unwrap();
    let kept = anchor.join(format!("head-{}.bin", log_key().public()));
    std::fs::write(&kept, codec::encode(&wire_head(&seen))).unwrap();
    std::fs::write(anchor.join("clock.txt"), b"other").unwrap();
    for path in [&bundle, &anchor] {
        let gossip = read_gossip(path, &log_vkey().into()).unwrap();
        assert_eq!(gossip.len(), 1, "{}", path.display());
        let state = tempfile::tempdir().unwrap();
        let mut monitor = monitor(&site, state.path());
        monitor.gossip = gossip;
        let found = look(&mut monitor).await;
        assert_eq!(kinds(&found), [FindingKind::SplitView]);
        proves(&found, state.path());
    }
    assert!(read_gossip(&anchor.join("clock.txt"), &log_vkey().into()).is_err());
    // A head that the log did not sign accuses nobody.
    let forged = Head {
        root: [9; 32],
        ..seen
    };
    std::fs::write(&bundle, bundle_that_carries(&forged)).unwrap();
    assert!(read_gossip(&bundle, &log_vkey().into()).unwrap().is_empty());
}

/// Somebody was shown more than is here: a moment is nothing, minutes are.
#[tokio::test]
async fn a_head_that_stays_withheld_is_found() {
    let (mut shown, mut withheld) = (History::new(), History::new());
    shown.grow(300, 0);
    let head = withheld.grow(700, 0).head().clone();
    let site = Site::start(&shown.folder()).await;
    let state = tempfile::tempdir().unwrap();
    let mut first = monitor(&site, state.path());
    let by = "a host".to_owned();
    first.gossip = vec![Seen { head, by }];
    let found = first.look(NOW).await.unwrap();
    assert_eq!((found.findings.len(), found.waiting), (0, 1));
    // Remembered without being told again.
    let mut later = monitor(&site, state.path());
    assert!(later.look(NOW + 100).await.unwrap().findings.is_empty());
    let found = later.look(NOW + 200).await.unwrap();
    assert_eq!(kinds(&found), [FindingKind::Rollback]);
    assert!(
        found.findings[0]
            .text
            .contains("a host was shown 700 records")
    );
    site.show(&withheld.folder());
    let found = later.look(NOW + 300).await.unwrap();
    assert_eq!((found.findings.len(), found.agreed), (0, 1));
    assert_eq!(later.look(NOW + 900).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn tiles_that_are_not_the_checkpoints_are_invalid_and_nothing_is_remembered() {
    let mut honest = History::new();
    honest.grow(300, 0);
    let site = Site::start(&honest.folder()).await;
    let state = tempfile::tempdir().unwrap();
    look(&mut monitor(&site, state.path())).await;
    honest.grow(700, 0);
    for name in ["tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"] {
        let path = honest.folder().join(name);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[40] ^= 1;
        for bytes in [&bad[..], &bad[1..]] {
            std::fs::write(&path, bytes).unwrap();
            let found = look(&mut monitor(&site, state.path())).await;
            assert_eq!(kinds(&found), [FindingKind::Invalid], "{name}");
        }
        std::fs::write(&path, good).unwrap();
    }
}

#[tokio::test]
async fn too_few_and_too_old_cosignatures_are_said() {
    let mut honest = History::new();
    honest.grow(300, 0);
    let site = Site::start(&honest.folder()).await;
    let state = tempfile::tempdir().unwrap();
    let mut monitor = monitor(&site, state.path());
    let found = monitor.look(NOW + 3700).await.unwrap();
    assert_eq!(kinds(&found), [FindingKind::Stale]);
    honest.publish(NOW + 3650);
    assert!(monitor.look(NOW + 3700).await.unwrap().findings.is_empty());
    let other = VerifierKey {
        public: [8; 32],
        ..witness_vkey()
    };
    monitor.log.policy = Policy::new(vec![other], 1).unwrap();
    assert_eq!(kinds(&look(&mut monitor).await), [FindingKind::Unwitnessed]);
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = [program.stdout, program.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    (program.status.code().unwrap(), text)
}

/// The program, from the outside: every exit code of its page.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_ends_with_the_code_of_the_gravest_finding() {
    let (mut honest, mut other) = (History::new(), History::new());
    let first = honest.grow(300, 0);
    std::fs::write(honest.dir.path().join("first.note"), first.note()).unwrap();
    let last = honest.grow(700, 0);
    let soon = u64::try_from(jiff::Timestamp::now().as_second()).unwrap();
    honest.publish(soon);
    other.grow(200, 0);
    let forked = other.grow(800, 1);
    other.publish(soon);
    let site = Site::start(&honest.folder()).await;
    let folder = honest.dir.path().to_owned();
    let text = format!(
        "key = \"{}\"\nneeded = 1\nwitness = [\"{}\"]\n",
        log_vkey(),
        witness_vkey()
    );
    std::fs::write(folder.join("log.toml"), &text).unwrap();
    std::fs::write(folder.join("last.note"), last.note()).unwrap();
    std::fs::write(folder.join("forked.note"), forked.note()).unwrap();
    let log = ["--log", "log.toml", "--url", site.url.as_str()];
    let call = |before: &[&str], after: &[&str]| run(&folder, &[before, &log, after].concat());
    let (code, text) = call(&["monitor"], &["--state", "m"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("700 records, signed by 1 of 1 witnesses"),
        "{text}"
    );

    let (code, text) = call(
        &["proof", "fetch"],
        &["--index", "42", "--out", "42.tlog-proof"],
    );
    assert_eq!(code, 0, "{text}");
    let check = ["proof", "check", "--log", "log.toml", "42.tlog-proof"];
    let (code, text) = run(&folder, &check);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("record 42 of 700") && text.contains("evidence"),
        "{text}"
    );
    let proof = std::fs::read(folder.join("42.tlog-proof")).unwrap();
    let mut parsed = TlogProof::parse(&proof).unwrap();
    parsed.index = 43;
    std::fs::write(folder.join("43.tlog-proof"), parsed.render()).unwrap();
    let (code, _) = run(
        &folder,
        &["proof", "check", "--log", "log.toml", "43.tlog-proof"],
    );
    assert_eq!(code, 1);

    let (code, text) = call(&["consistency"], &["first.note", "last.note"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("first 300 of 700"), "{text}");
    assert_eq!(call(&["consistency"], &["last.note", "first.note"]).0, 1);

    site.show(&other.folder());
    let (code, text) = call(&["monitor"], &["--state", "m"]);
    assert_eq!(code, 7, "{text}");
    assert!(text.contains("FORK"), "{text}");
    assert_eq!(
        call(&["monitor"], &["--state", "new", "--gossip", "last.note"]).0,
        8
    );
    assert_eq!(call(&["consistency"], &["last.note", "forked.note"]).0, 7);
    site.show(&folder.join("nothing"));
    assert_eq!(call(&["monitor"], &["--state", "m"]).0, 4);
    let unwitnessed = format!("key = \"{}\"\n", log_vkey());
    std::fs::write(folder.join("log.toml"), unwitnessed).unwrap();
    site.show(&honest.folder());
    assert_eq!(call(&["monitor"], &["--state", "m2"]).0, 3);
    assert_eq!(run(&folder, &check).0, 3);
    std::fs::write(folder.join("log.toml"), "kee = 1\n").unwrap();
    assert_eq!(call(&["monitor"], &["--state", "m"]).0, 2);
}
