//! Receipts against the published log and copies of it: kept, not yet due, withheld, another record,
//! another history; and receipts that promise nothing.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::World;
use domicile_audit::log::{Promise, PromiseError};
use domicile_ledger::tiles::Tiles;
use domicile_ledger::witness::{Checkpoint, KeyUse, VerifierKey, cosign};
use domicile_ledger::{Head, Kind, Log, NewEntry, Options};
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire;
use std::path::Path;
use std::process::Command;
use support::server::write_profile;

const RECEIVED_S: u64 = 1_790_000_000;
const DUE_S: u64 = RECEIVED_S + 60;
const INDEX: u64 = 300;

/// A log of 300 records and then the one that is promised, as the receipt's head has it.
struct Scene {
    world: World,
    folder: tempfile::TempDir,
    log: Log,
}

fn witness() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn witness_vkey() -> VerifierKey {
    VerifierKey {
        name: "witness.example.org/w1".into(),
        usage: KeyUse::Cosignature,
        public: witness().public().0,
    }
}

fn entries(from: u64, to: u64, branch: u8) -> Vec<NewEntry> {
    let entry = |n| NewEntry {
        kind: Kind::Evidence,
        time_ms: n,
        salt: [branch; 32],
        payload: vec![branch],
    };
    (from..to).map(entry).collect()
}

impl Scene {
    fn new() -> Scene {
        let world = World::new();
        let folder = tempfile::tempdir().unwrap();
        write_profile(folder.path(), &world, "127.0.0.1:1");
        let mut log = Scene::open(&world, &folder.path().join("honest"));
        log.append(&entries(0, INDEX + 1, 0)).unwrap();
        let scene = Scene { world, folder, log };
        let text = format!(
            "key = \"{}\"\nneeded = 1\nwitness = [\"{}\"]\n",
            scene.vkey(),
            witness_vkey()
        );
        scene.write("log.toml", text.as_bytes());
        scene.write(
            "receipt.bin",
            &scene.receipt(|_| (), &scene.world.collector),
        );
        scene
    }

    fn open(world: &World, dir: &Path) -> Log {
        let origin = &world.directory.collectors[0].log_origin;
        Log::open(dir, origin, &Options::default(), |_, _| ())
            .unwrap()
            .0
    }

    fn vkey(&self) -> VerifierKey {
        VerifierKey {
            name: self.world.directory.collectors[0].log_origin.clone(),
            usage: KeyUse::Log,
            public: self.world.log.public().0,
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    /// The receipt for record [`INDEX`], bent, signed by a key.
    fn receipt(&self, bend: impl FnOnce(&mut wire::ReportReceipt), key: &SigningKey) -> Vec<u8> {
        let size = INDEX + 1;
        let root = self.log.root_at(size).unwrap();
        let head = Head::sign(self.world.log.ring(), &self.vkey().name, size, root);
        let mut receipt = wire::ReportReceipt {
            evidence_hash: vec![5; 32],
            leaf_hash: self.log.leaf_hash(INDEX).unwrap().to_vec(),
            index: INDEX,
            received_ms: RECEIVED_S * 1000,
            head: Some(wire::LogHead {
                log_key: self.world.log.public().to_vec(),
                size,
                root: root.to_vec(),
                signature: head.signature.to_vec(),
            }),
        };
        bend(&mut receipt);
        codec::encode(&key.sign(Domain::ReportReceipt, codec::encode(&receipt)))
    }

    /// A folder with tiles of the first records of a log, cosigned at a time, if at all.
    fn publish(&self, name: &str, log: &Log, size: u64, time_s: Option<u64>) {
        let source = self.folder.path().join(format!("{name}-log"));
        let mut copy = Scene::open(&self.world, &source);
        for index in 0..size {
            let entry = log.read(index).unwrap();
            let entry = NewEntry {
                kind: entry.kind,
                time_ms: entry.time_ms,
                salt: entry.salt,
                payload: entry.payload,
            };
            copy.append(&[entry]).unwrap();
        }
        let head = copy.sign_head(self.world.log.ring()).unwrap();
        let mut tiles = Tiles::open(&copy).unwrap();
        let leaves = copy.leaves(0, size).unwrap();
        tiles.extend(leaves, &head, &mut |_, _| ()).unwrap();
        let plain = Checkpoint::of(&head, &self.vkey());
        let note = match time_s {
            None => plain.note().to_owned(),
            Some(time_s) => {
                let key = witness_vkey();
                let line = cosign(witness().ring(), &key.name, time_s, &head.text());
                let signed = plain.answered(&line, &[key]);
                plain.with(&signed, &self.vkey()).note().to_owned()
            }
        };
        tiles.publish(&head, note).unwrap();
        std::fs::rename(source.join("tiles"), self.folder.path().join(name)).unwrap();
    }

    fn verify(&self, more: &[&str]) -> (i32, String) {
        let always = [
            "verify",
            "--receipt",
            "receipt.bin",
            "--profile",
            "profile.toml",
        ];
        let output = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
            .args([&always, more].concat())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    }
}

fn says(answer: &(i32, String), code: i32, word: &str) {
    assert!(
        answer.0 == code && answer.1.contains(word),
        "{code} {word}: {answer:?}"
    );
}

#[test]
fn a_promise_is_kept_not_due_or_broken_as_the_copy_shows() {
    let mut scene = Scene::new();
    let size = INDEX + 1;
    says(&scene.verify(&[]), 0, "NOT-ASKED");
    let with = |scene: &Scene, place: &str| scene.verify(&["--url", place, "--log", "log.toml"]);
    scene.publish("in-time", &scene.log, size, Some(DUE_S));
    says(&with(&scene, "in-time"), 0, "was by the deadline");
    scene.publish("later", &scene.log, size, Some(DUE_S + 1));
    says(&with(&scene, "later"), 0, "cannot be seen now");
    scene.publish("unsigned", &scene.log, size, None);
    says(&with(&scene, "unsigned"), 3, "KEPT");
    says(&scene.verify(&["--url", "unsigned"]), 0, "KEPT");

    // One record short, at the deadline and after it.
    scene.publish("short", &scene.log, INDEX, Some(DUE_S));
    says(&with(&scene, "short"), 10, "NOT-DUE");
    scene.publish("withheld", &scene.log, INDEX, Some(DUE_S + 1));
    says(&with(&scene, "withheld"), 9, "BROKEN");
    scene.publish("undated", &scene.log, INDEX, None);
    says(&with(&scene, "undated"), 10, "UNDATED");
    let at = |place, time| scene.verify(&["--url", place, "--at", time]);
    says(&at("undated", "2026-09-21T14:14:20Z"), 10, "NOT-DUE");
    says(&at("undated", "2026-09-21T14:14:21Z"), 9, "BROKEN");

    // Another history from the start, and another record under the same head size.
    let mut other = Scene::open(&scene.world, &scene.folder.path().join("other"));
    other.append(&entries(0, size + 50, 1)).unwrap();
    scene.publish("forked", &other, size + 50, Some(RECEIVED_S));
    says(&with(&scene, "forked"), 9, "does not begin with");
    let mut swapped = Scene::open(&scene.world, &scene.folder.path().join("swapped"));
    swapped.append(&entries(0, INDEX, 0)).unwrap();
    swapped.append(&entries(INDEX, size, 1)).unwrap();
    scene.publish("swapped-tiles", &swapped, size, Some(RECEIVED_S));
    says(&with(&scene, "swapped-tiles"), 9, "does not begin with");

    // It goes on growing: still kept. And the leaf that is promised must be the one.
    scene.log.append(&entries(size, 600, 0)).unwrap();
    scene.publish("grown", &scene.log, 600, Some(DUE_S + 9));
    says(&with(&scene, "grown"), 0, "KEPT");
    let bent = scene.receipt(|one| one.leaf_hash[0] ^= 1, &scene.world.collector);
    scene.write("receipt.bin", &bent);
    says(&with(&scene, "grown"), 9, "another one");

    // Tiles that are not the checkpoint's prove nothing.
    let tile = scene.folder.path().join("grown/tile/0/001");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[40 * 32] ^= 1;
    std::fs::write(tile, bytes).unwrap();
    says(
        &with(&scene, "grown"),
        1,
        "not those of the published checkpoint",
    );
}

#[test]
fn what_the_collector_did_not_sign_promises_nothing() {
    let scene = Scene::new();
    let directory = &scene.world.directory;
    let open = |bytes: &[u8]| Promise::open(bytes, directory, &[]);
    let good = scene.receipt(|_| (), &scene.world.collector);
    assert_eq!(open(&good).unwrap().due_ms(), DUE_S * 1000);
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert!(open(&bytes).is_err(), "byte {at}");
    }
    let other = scene.receipt(|_| (), &scene.world.log);
    assert_eq!(open(&other), Err(PromiseError::Signature));
    let signed = |bend: fn(&mut wire::ReportReceipt)| {
        open(&scene.receipt(bend, &scene.world.collector)).unwrap_err()
    };
    assert!(matches!(
        signed(|one| one.head.as_mut().unwrap().log_key = vec![9; 32]),
        PromiseError::OtherLog(_)
    ));
    assert!(matches!(
        signed(|one| one.head.as_mut().unwrap().size += 1),
        PromiseError::Head(_)
    ));
    assert!(matches!(
        signed(|one| one.index += 1),
        PromiseError::Uncovered { .. }
    ));
    assert!(matches!(
        signed(|one| one.head = None),
        PromiseError::Codec(_)
    ));
    let code = scene.verify(&["--url", "nowhere"]).0;
    assert_eq!(code, 4, "no copy is there");
    scene.write("receipt.bin", &other);
    says(&scene.verify(&[]), 1, "no collector of this directory");
}
