//! A log, honest and not, before a witness: over HTTP, with every answer of `tlog-witness`.
#![allow(clippy::unwrap_used)]

use domicile_certs::keys;
use domicile_http::client::{Answer, Client};
use domicile_ledger::witness::{AddCheckpoint, Checkpoint, SIZE_TYPE, VerifierKey};
use domicile_ledger::{
    Head, Kind, Log, LogKeyRecord, LogKeyStatement, LogKeys, NewEntry, Options, verifier_key,
};
use domicile_proto::sign::{SigningKey, sha256};
use domicile_witness::config::Checked;
use domicile_witness::memory::{Added, Memory, MemoryError};
use domicile_witness::service;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

const ORIGIN: &str = "log.example.com/eu/2026";
const NAME: &str = "witness.example.org/w1";
const NOW: u64 = 1_800_000_000;

fn log_key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn log_vkey() -> VerifierKey {
    verifier_key(ORIGIN, &log_key().public().0).parse().unwrap()
}

/// Writes a configuration with its key into a folder.
fn configure(folder: &Path) -> Checked {
    let key = folder.join("witness.key");
    if !key.exists() {
        keys::create(&key, &[2; 32]).unwrap();
    }
    let text = format!(
        "listen = \"127.0.0.1:0\"\nname = \"{NAME}\"\nkey = \"witness.key\"\ndata-dir = \"data\"\n\
         [[log]]\nkey = \"{}\"\n",
        log_vkey()
    );
    let path = folder.join("witness.toml");
    std::fs::write(&path, text).unwrap();
    Checked::read(&path).unwrap()
}

/// A history: records that differ by `branch` from number `from` on.
struct History {
    log: Log,
    _dir: TempDir,
}

impl History {
    fn new(size: u64, from: u64, branch: u8) -> History {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::default();
        let (mut log, _) = Log::open(dir.path(), ORIGIN, &options, |_, _| ()).unwrap();
        for n in 0..size {
            let entry = NewEntry {
                kind: Kind::Evidence,
                time_ms: n,
                salt: [0; 32],
                payload: vec![if n < from { 0 } else { branch }],
            };
            log.append(&[entry]).unwrap();
        }
        History { log, _dir: dir }
    }

    fn head(&self, size: u64) -> Head {
        let root = self.log.root_at(size).unwrap();
        Head::sign(log_key().ring(), ORIGIN, size, root)
    }

    fn request(&self, old: u64, new: u64) -> AddCheckpoint {
        let proof = self.log.consistency(old, new).unwrap().hashes;
        let note = self.head(new).to_note(&log_key().public().0);
        AddCheckpoint { old, proof, note }
    }
}

fn add(memory: &Memory, request: &AddCheckpoint) -> Added {
    memory.add(request.render().as_bytes(), NOW)
}

fn evidence(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("data/evidence"))
        .unwrap()
        .count()
}

#[test]
fn what_continues_is_cosigned_and_remembered_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(12, 12, 0);
    let public = configure(folder.path()).public;
    let memory = Memory::open(configure(folder.path())).unwrap();
    for (old, new) in [(0, 3), (3, 3), (3, 10)] {
        let request = history.request(old, new);
        let Added::Cosigned(line) = add(&memory, &request) else {
            panic!("{old} {new}");
        };
        let checkpoint = Checkpoint::open(request.note.as_bytes(), &log_vkey()).unwrap();
        let found = checkpoint.answered(&line, std::slice::from_ref(&public));
        assert_eq!((found.len(), found[0].time_s), (1, NOW));
    }
    drop(memory);
    let memory = Memory::open(configure(folder.path())).unwrap();
    assert_eq!(memory.sizes(), [(ORIGIN, 10)]);
    assert_eq!(add(&memory, &history.request(3, 12)), Added::OldSize(10));
    assert!(matches!(
        add(&memory, &history.request(10, 12)),
        Added::Cosigned(_)
    ));
}

/// The clock went back: what is signed later still says a later time, or the same.
#[test]
fn signed_time_never_runs_backwards() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(5, 5, 0);
    let public = configure(folder.path()).public;
    let memory = Memory::open(configure(folder.path())).unwrap();
    memory.add(history.request(0, 3).render().as_bytes(), 1000);
    let request = history.request(3, 4);
    let Added::Cosigned(line) = memory.add(request.render().as_bytes(), 10) else {
        panic!("refused")
    };
    let checkpoint = Checkpoint::open(request.note.as_bytes(), &log_vkey()).unwrap();
    assert_eq!(checkpoint.answered(&line, &[public])[0].time_s, 1000);
}

/// Split view, fork and rollback: three ways to show another history, none gets a cosignature.
#[test]
fn another_history_is_never_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let (honest, other) = (History::new(12, 12, 0), History::new(12, 5, 1));
    let memory = Memory::open(configure(folder.path())).unwrap();
    assert!(matches!(
        add(&memory, &honest.request(0, 10)),
        Added::Cosigned(_)
    ));
    // Split view: the same size, another root. Kept as evidence, once.
    for _ in 0..2 {
        assert_eq!(add(&memory, &other.request(10, 10)), Added::Fork);
    }
    assert_eq!(evidence(folder.path()), 1);
    // Whatever old size it comes under.
    assert_eq!(add(&memory, &other.request(3, 10)), Added::OldSize(10));
    // Fork: larger, and the proof of that other history does not lead here.
    assert_eq!(add(&memory, &other.request(10, 12)), Added::BadProof);
    let mut forged = other.request(10, 12);
    forged.proof = honest.request(10, 12).proof;
    assert_eq!(add(&memory, &forged), Added::BadProof);
    // Rollback: an earlier head, though of the same history.
    assert_eq!(add(&memory, &honest.request(0, 4)), Added::OldSize(10));
    let mut below = honest.request(0, 4);
    below.old = 10;
    assert!(matches!(add(&memory, &below), Added::Malformed(_)));
    assert_eq!(memory.sizes(), [(ORIGIN, 10)]);
    assert!(matches!(
        add(&memory, &honest.request(10, 12)),
        Added::Cosigned(_)
    ));
}

#[test]
fn unknown_logs_strangers_signatures_and_bad_proofs_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(6, 6, 0);
    let memory = Memory::open(configure(folder.path())).unwrap();
    let good = history.request(0, 5);
    let with = |note: String| AddCheckpoint {
        note,
        ..good.clone()
    };
    let elsewhere = Head::sign(log_key().ring(), "log.example.com/us", 5, [1; 32]);
    let elsewhere = elsewhere.to_note(&log_key().public().0);
    assert_eq!(add(&memory, &with(elsewhere)), Added::UnknownLog);
    let stranger = SigningKey::from_seed(&[9; 32]);
    let root = history.log.root_at(5).unwrap();
    let forged = Head::sign(stranger.ring(), ORIGIN, 5, root);
    assert_eq!(
        add(&memory, &with(forged.to_note(&stranger.public().0))),
        Added::NotSigned
    );
    // The right key's id over the wrong key's signature.
    assert_eq!(
        add(&memory, &with(forged.to_note(&log_key().public().0))),
        Added::NotSigned
    );
    let mut proof = good.clone();
    proof.proof = vec![[0; 32]];
    assert_eq!(add(&memory, &proof), Added::BadProof);
    assert!(matches!(memory.add(b"old 0\n", NOW), Added::Malformed(_)));
    assert!(matches!(
        add(&memory, &with("no note".into())),
        Added::UnknownLog
    ));
    assert_eq!(memory.sizes(), [(ORIGIN, 0)]);
    assert!(matches!(add(&memory, &good), Added::Cosigned(_)));
}

#[test]
fn a_memory_that_cannot_be_read_back_or_is_in_use_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(6, 6, 0);
    let memory = Memory::open(configure(folder.path())).unwrap();
    add(&memory, &history.request(0, 5));
    let second = Memory::open(configure(folder.path()));
    assert!(matches!(second, Err(MemoryError::Locked(_))));
    drop(memory);
    let name = format!("{}.checkpoint", sha256(ORIGIN.as_bytes()));
    let path = folder.path().join("data").join(name);
    let good = std::fs::read(&path).unwrap();
    for at in (0..good.len()).step_by(7) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, bad).unwrap();
        let opened = Memory::open(configure(folder.path()));
        assert!(
            matches!(opened, Err(MemoryError::Damaged { .. })),
            "byte {at}"
        );
    }
    // The log's own checkpoint, put there by hand, is no memory of this witness.
    let note = history.head(2).to_note(&log_key().public().0);
    std::fs::write(&path, note).unwrap();
    assert!(Memory::open(configure(folder.path())).is_err());
    std::fs::write(&path, good).unwrap();
    assert!(Memory::open(configure(folder.path())).is_ok());
}

/// A folder that cannot be written: no cosignature leaves, and the next one starts from the old size.
#[test]
fn nothing_is_signed_that_is_not_durable() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(6, 6, 0);
    let memory = Memory::open(configure(folder.path())).unwrap();
    add(&memory, &history.request(0, 3));
    // Another file system object in the way of the replacement, which works for root, too.
    let data = folder.path().join("data");
    let aside = folder.path().join("aside");
    std::fs::rename(&data, &aside).unwrap();
    assert!(matches!(
        add(&memory, &history.request(3, 5)),
        Added::Failed(_)
    ));
    assert_eq!(memory.sizes(), [(ORIGIN, 3)]);
    std::fs::rename(&aside, &data).unwrap();
    assert!(matches!(
        add(&memory, &history.request(3, 5)),
        Added::Cosigned(_)
    ));
}

/// A new key of the log is taken by a statement that the old one signed, from its record on; in no other way.
#[test]
fn a_new_key_of_a_log_is_taken_by_a_statement_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(12, 12, 0);
    let new = SigningKey::from_seed(&[4; 32]);
    let by = |key: &SigningKey, old: u64, size: u64| {
        let root = history.log.root_at(size).unwrap();
        let note = Head::sign(key.ring(), ORIGIN, size, root).to_note(&key.public().0);
        AddCheckpoint {
            note,
            ..history.request(old, size)
        }
    };
    let memory = Memory::open(configure(folder.path())).unwrap();
    assert!(matches!(
        add(&memory, &by(&log_key(), 0, 5)),
        Added::Cosigned(_)
    ));
    assert!(matches!(add(&memory, &by(&new, 5, 8)), Added::NotSigned));
    drop(memory);

    let root = history.log.root_at(6).unwrap();
    let record = |old: &SigningKey| LogKeyRecord {
        time_ms: 1,
        salt: [0; 32],
        statement: LogKeyStatement::rotation(old.ring(), new.ring(), ORIGIN, 6, root),
    };
    let page = |record: LogKeyRecord| {
        let given = record.statement.key.clone();
        LogKeys::new(given, vec![record]).unwrap().page()
    };
    let text = std::fs::read_to_string(folder.path().join("witness.toml")).unwrap();
    let with = |lines: &str| {
        let path = folder.path().join("rotated.toml");
        std::fs::write(&path, format!("{text}{lines}\n")).unwrap();
        Checked::read(&path)
    };
    let statements = folder.path().join("log-keys");
    // A thief's own statement, and a second key listed without any.
    std::fs::write(&statements, page(record(&SigningKey::from_seed(&[5; 32])))).unwrap();
    assert!(with("log-keys = \"log-keys\"").is_err());
    let second = verifier_key(ORIGIN, &new.public().0);
    assert!(with(&format!("[[log]]\nkey = \"{second}\"")).is_err());
    std::fs::write(&statements, page(record(&log_key()))).unwrap();
    let memory = Memory::open(with("log-keys = \"log-keys\"").unwrap()).unwrap();
    assert_eq!(memory.sizes(), [(ORIGIN, 5)]);
    assert!(matches!(add(&memory, &by(&new, 5, 6)), Added::NotSigned));
    assert!(matches!(
        add(&memory, &by(&log_key(), 5, 8)),
        Added::NotSigned
    ));
    assert!(matches!(
        add(&memory, &by(&log_key(), 5, 7)),
        Added::Cosigned(_)
    ));
    assert!(matches!(add(&memory, &by(&new, 7, 7)), Added::Cosigned(_)));
    assert!(matches!(add(&memory, &by(&new, 7, 12)), Added::Cosigned(_)));
}

async fn ask(client: &mut Client, request: &AddCheckpoint) -> Answer {
    client
        .post("add-checkpoint", request.render(), 65536)
        .await
        .unwrap()
}

#[tokio::test]
async fn answers_over_http_are_those_of_the_specification() {
    let folder = tempfile::tempdir().unwrap();
    let (history, other) = (History::new(12, 12, 0), History::new(12, 3, 1));
    let memory = Arc::new(Memory::open(configure(folder.path())).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopping) = watch::channel(false);
    let clock: service::Clock = Arc::new(|| NOW);
    let task = tokio::spawn(service::run(memory, listener, 8, clock, stopping));
    let url = format!("http://{address}").parse().unwrap();
    let mut client = Client::new(url, Duration::from_secs(5));
    let page = format!("checkpoint/{}", sha256(ORIGIN.as_bytes()));
    assert_eq!(client.get(&page, 9999).await.unwrap().status, 404);

    let answer = ask(&mut client, &history.request(0, 5)).await;
    assert_eq!(answer.status, 200);
    assert!(
        String::from_utf8(answer.body)
            .unwrap()
            .starts_with("\u{2014} witness.example.org/w1 ")
    );
    let answer = ask(&mut client, &history.request(2, 7)).await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (409, SIZE_TYPE)
    );
    assert_eq!(answer.body, b"5\n");
    assert_eq!(ask(&mut client, &other.request(5, 7)).await.status, 422);
    let answer = ask(&mut client, &other.request(5, 5)).await;
    assert_eq!(answer.status, 409);
    assert_ne!(answer.content_type, SIZE_TYPE);
    let mut wrong = history.request(5, 7);
    wrong.note = wrong.note.replacen("log.example.com", "log.example.net", 1);
    assert_eq!(ask(&mut client, &wrong).await.status, 404);
    let mut wrong = history.request(5, 7);
    wrong.note = wrong.note.replacen("\n7\n", "\n8\n", 1);
    assert_eq!(ask(&mut client, &wrong).await.status, 403);
    let answer = client
        .post("add-checkpoint", "old x\n\n".into(), 9999)
        .await
        .unwrap();
    assert_eq!(answer.status, 400);
    let long = client
        .post("add-checkpoint", "a".repeat(200_000), 9999)
        .await;
    assert!(long.map_or(true, |answer| answer.status == 413));
    assert_eq!(
        client.get("add-checkpoint", 9999).await.unwrap().status,
        405
    );
    assert_eq!(
        client.get("checkpoint/../x", 9999).await.unwrap().status,
        404
    );

    let answer = client.get(&page, 9999).await.unwrap();
    let seen = Checkpoint::open(&answer.body, &log_vkey()).unwrap();
    assert_eq!(seen.head().size, 5);
    stop.send_replace(true);
    task.await.unwrap();
}
