//! A case that was taken away, checked offline: what a log really holds passes, and whatever is changed
//! of it afterwards does not.
#![allow(clippy::unwrap_used)]

use domicile_certs::Trust;
use domicile_certs::authority::Authority;
use domicile_certs::random::Seeded;
use domicile_desk::pack::{self, BUNDLES, CASE, FileFacts, MANIFEST, Manifest, RECORDS, REPORT};
use domicile_diversion::cases::{Action, Case, Entry, Linked, Opening, Person, Role, Step, Target};
use domicile_diversion::flags::Code;
use domicile_ledger::{Kind, Log, NewEntry, Options};
use domicile_proto::codec;
use domicile_proto::directory::{Collector, Directory};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Digest;
use domicile_proto::wire::{CaseRecords, LogHead, LoggedEntry};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

const ORIGIN: &str = "log.example/1";

fn person(user: &str, role: Role) -> Person {
    Person {
        user: user.parse().unwrap(),
        role,
        operator: None,
    }
}

/// A case that two approvers agreed on, as its log has it.
fn entries() -> Vec<Entry> {
    let why = || "the records show it".parse().unwrap();
    let opening = Opening {
        number: 7,
        operator: "acme".into(),
        flags: vec![Linked {
            record: 1,
            code: Code::OutsidePermitted,
            subject: "host:ab".into(),
            ground: Code::OutsidePermitted.entry().ground,
            raised_ms: 1,
            evidence: Vec::new(),
        }],
        verdicts: Vec::new(),
        by: person("ann", Role::Analyst),
        at_ms: 10,
        why: why(),
    };
    let target = Target::Substantiated;
    let steps = [
        ("ann", Role::Analyst, Action::Review(why())),
        ("ann", Role::Analyst, Action::Propose(target, why())),
        ("bea", Role::Approver, Action::Approve(target)),
        ("cid", Role::Approver, Action::Approve(target)),
    ];
    let mut entries = vec![Entry::Opening(opening)];
    for (version, (user, role, action)) in (1..).zip(steps) {
        let step = Step {
            version,
            by: person(user, role),
            at_ms: 10 + u64::from(version),
            action,
        };
        entries.push(Entry::Step { number: 7, step });
    }
    entries
}

struct Scene {
    dir: TempDir,
    trust: Trust,
    directory: Directory,
}

/// Logs the entries in a real log and packs the case.
fn scene(entries: &[Entry]) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let log_dir = dir.path().join("log");
    std::fs::create_dir(&log_dir).unwrap();
    let key = SigningKey::from_seed(&[7; 32]);
    let (mut log, _) = Log::open(&log_dir, ORIGIN, &Options::default(), |_, _| ()).unwrap();
    let mut places = Vec::new();
    for (at, entry) in (1..).zip(entries) {
        let new = NewEntry {
            kind: Kind::Case,
            time_ms: at,
            salt: [9; 32],
            payload: codec::encode(&entry.record()),
        };
        places.push((
            log.append(std::slice::from_ref(&new)).unwrap()[0].index,
            new,
        ));
    }
    let head = log.sign_head(key.ring()).unwrap();
    let records = places.into_iter().map(|(index, new)| LoggedEntry {
        kind: Kind::Case as u32,
        time_ms: new.time_ms,
        salt: new.salt.to_vec(),
        payload: new.payload,
        index,
        inclusion: log
            .inclusion(index, head.size)
            .unwrap()
            .hashes
            .iter()
            .map(|hash| hash.to_vec())
            .collect(),
    });
    let all = CaseRecords {
        version: 1,
        number: 7,
        records: records.collect(),
        head: Some(LogHead {
            log_key: key.public().to_vec(),
            size: head.size,
            root: head.root.to_vec(),
            signature: head.signature.to_vec(),
        }),
        log_origin: ORIGIN.into(),
        checkpoint: Vec::new(),
    };
    let directory = Directory {
        version: 1,
        issued_ms: 0,
        expires_ms: 0,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 3,
        metros: Vec::new(),
        anchors: Vec::new(),
        collectors: vec![Collector {
            key: key.public(),
            name: "collector-1".into(),
            addresses: Vec::new(),
            tunnel_addresses: Vec::new(),
            log_key: key.public(),
            log_origin: ORIGIN.into(),
        }],
        hash: Digest([0; 32]),
    };
    let authority = Authority::generate(&mut Seeded::new(7), 1_800_000_000_000).unwrap();
    let scene = Scene {
        trust: authority.trust(),
        directory,
        dir,
    };
    std::fs::create_dir_all(scene.folder().join(BUNDLES)).unwrap();
    scene.write(RECORDS, &codec::encode(&all));
    scene.write(REPORT, b"<!DOCTYPE html>");
    scene.write(CASE, b"{}");
    scene.seal("substantiated", false);
    scene
}

impl Scene {
    fn folder(&self) -> std::path::PathBuf {
        self.dir.path().join("case-7")
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.folder().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder().join(name)).unwrap()
    }

    /// Writes a manifest of what lies there.
    fn seal(&self, state: &str, draft: bool) {
        let files: BTreeMap<String, FileFacts> = [RECORDS, REPORT, CASE]
            .iter()
            .map(|name| ((*name).to_owned(), FileFacts::of(&self.read(name), None)))
            .collect();
        let manifest = Manifest {
            format: pack::FORMAT,
            written_by: "a test".into(),
            case: 7,
            state: state.into(),
            draft,
            without_bundle: Vec::new(),
            files,
        };
        self.write(MANIFEST, &serde_json::to_vec(&manifest).unwrap());
    }

    fn check(&self) -> Result<Case, String> {
        check(&self.folder(), &self.trust, &self.directory)
    }

    /// Changes the records, and the manifest with them.
    fn with_records(&self, change: impl FnOnce(&mut CaseRecords)) -> Result<Case, String> {
        let mut all: CaseRecords = codec::decode(&self.read(RECORDS), pack::MAX_FILE).unwrap();
        change(&mut all);
        self.write(RECORDS, &codec::encode(&all));
        self.seal("substantiated", false);
        self.check()
    }
}

fn check(folder: &Path, trust: &Trust, directory: &Directory) -> Result<Case, String> {
    let checked = pack::check(folder, trust, directory);
    checked
        .map(|checked| checked.proven.case)
        .map_err(|error| error.to_string())
}

#[test]
fn what_the_log_holds_passes() {
    let case = scene(&entries()).check().unwrap();
    assert_eq!(case.state().name(), "substantiated");
}

#[test]
fn a_file_that_was_changed_added_or_taken_away_is_named() {
    let scene = scene(&entries());
    let report = scene.read(REPORT);
    scene.write(REPORT, b"<!DOCTYPE html><p>guilty");
    assert!(scene.check().unwrap_err().contains(REPORT));
    scene.write(REPORT, &report);
    scene.write("bundles/x.bundle", b"x");
    assert!(scene.check().unwrap_err().contains("bundles/x.bundle"));
    std::fs::remove_file(scene.folder().join("bundles/x.bundle")).unwrap();
    std::fs::remove_file(scene.folder().join(CASE)).unwrap();
    assert!(scene.check().unwrap_err().contains(CASE));
}

#[test]
fn records_that_were_changed_do_not_pass_whatever_the_manifest_says() {
    let refused = |change: &dyn Fn(&mut CaseRecords)| {
        let scene = scene(&entries());
        let error = scene.with_records(change).unwrap_err();
        assert!(error.contains("NOT VERIFIED"), "{error}");
    };
    refused(&|all| all.records[2].payload[20] ^= 1);
    refused(&|all| all.records[2].index += 1);
    refused(&|all| all.records.swap(1, 2));
    refused(&|all| drop(all.records.remove(0)));
    refused(&|all| all.number = 8);
    refused(&|all| all.head.as_mut().unwrap().root[0] ^= 1);
    // The last approval left out: true records, but of a case that nobody may report yet.
    refused(&|all| drop(all.records.pop()));
}

#[test]
fn a_draft_says_so() {
    let scene = scene(&entries()[..2]);
    assert!(scene.check().is_err());
    scene.seal("under-review", false);
    assert!(scene.check().is_err());
    scene.seal("under-review", true);
    assert_eq!(scene.check().unwrap().state().name(), "under-review");
}
