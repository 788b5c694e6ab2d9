//! Three lies of a log before three that look: rollback, fork and split view, each found by the monitor
//! from what it saw itself or from other monitors, by a witness, and by the heads that hosts carry to
//! anchors in their transcripts. Monitor, witness and the anchor's memory are the real ones; the log is
//! a real one whose owner shows what it likes.
#![allow(clippy::unwrap_used)]

use domicile_anchor::heads::{Head as Carried, HeadStore, Offered};
use domicile_appraise::testing::World;
use domicile_audit::log::{
    FindingKind, LogFile, Look, Memory as Notes, Monitor, Place, Seen, Source, read_gossip,
};
use domicile_certs::keys;
use domicile_ledger::tiles::Tiles;
use domicile_ledger::witness::{AddCheckpoint, Checkpoint, KeyUse, Policy, VerifierKey};
use domicile_ledger::{Head, Kind, Log, NewEntry, Options};
use domicile_proto::directory::Directory;
use domicile_proto::wire;
use domicile_witness::config::Checked;
use domicile_witness::memory::{Added, Memory as Remembered};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const NOW: u64 = 1_800_000_000;

/// A log's owner, and what it may show.
struct Scene {
    world: World,
    folder: TempDir,
}

/// One history of the log. Histories of one `branch` continue each other.
struct History<'a> {
    scene: &'a Scene,
    log: Log,
    tiles: Tiles,
    folder: PathBuf,
}

impl Scene {
    fn new() -> Scene {
        Scene {
            world: World::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn log(&self) -> VerifierKey {
        let collector = &self.world.directory.collectors[0];
        VerifierKey {
            name: collector.log_origin.clone(),
            usage: KeyUse::Log,
            public: collector.log_key.0,
        }
    }

    fn history(&self, name: &str) -> History<'_> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let (log, _) =
            Log::open(&folder, &self.log().name, &Options::default(), |_, _| ()).unwrap();
        let tiles = Tiles::open(&log).unwrap();
        let scene = self;
        History {
            scene,
            log,
            tiles,
            folder,
        }
    }

    /// A witness with a memory of its own.
    fn witness(&self, name: &str) -> (Remembered, VerifierKey) {
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let seed = domicile_proto::sign::sha256(name.as_bytes()).0;
        let key = keys::create(&folder.join("witness.key"), &seed).unwrap();
        let text = format!(
            "listen = \"127.0.0.1:0\"\nname = \"{name}.example.org\"\nkey = \"witness.key\"\n\
             data-dir = \"data\"\n[[log]]\nkey = \"{}\"\n",
            self.log()
        );
        std::fs::write(folder.join("witness.toml"), text).unwrap();
        let memory = Remembered::open(Checked::read(&folder.join("witness.toml")).unwrap());
        let key = VerifierKey {
            name: format!("{name}.example.org"),
            usage: KeyUse::Cosignature,
            public: key.public().0,
        };
        (memory.unwrap(), key)
    }

    /// Proofs against the log that a witness kept.
    fn kept_by(&self, witness: &str) -> usize {
        let folder = self.folder.path().join(witness).join("data/evidence");
        std::fs::read_dir(folder).unwrap().count()
    }

    fn anchor(&self, name: &str) -> (HeadStore, PathBuf) {
        let folder = self.folder.path().join(name);
        (HeadStore::open(&folder, self.directory()).unwrap(), folder)
    }

    fn directory(&self) -> &Directory {
        &self.world.directory
    }

    /// What an anchor makes of a head in a transcript.
    fn carry(&self, head: &Head, anchor: &mut HeadStore) -> Offered {
        let message = wire::LogHead {
            log_key: self.world.log.public().to_vec(),
            size: head.size,
            root: head.root.to_vec(),
            signature: head.signature.to_vec(),
        };
        let head = Carried::open(&message, self.directory()).unwrap();
        anchor.offer(head).unwrap()
    }

    /// A monitor that sees this history published, and these heads of others.
    fn monitor(&self, history: &History<'_>, notes: &Path, gossip: Vec<Seen>) -> Monitor {
        Monitor {
            log: LogFile {
                keys: self.log().into(),
                policy: Policy::new(Vec::new(), 0).unwrap(),
                stale_after: Duration::from_secs(3600),
            },
            source: Source::at(&Place::Folder(history.folder.join("tiles")), Duration::ZERO),
            witnesses: Vec::new(),
            gossip,
            memory: Notes::open(notes).unwrap(),
            settle: Duration::ZERO,
        }
    }

    fn gossip(&self, path: &Path) -> Vec<Seen> {
        read_gossip(path, &self.log().into()).unwrap()
    }
}

impl History<'_> {
    /// Grows to `size` by records that are this branch's own, and publishes that.
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
        let head = self.log.sign_head(self.scene.world.log.ring()).unwrap();
        let leaves = self.log.leaves(self.tiles.size(), head.size).unwrap();
        self.tiles.extend(leaves, &head, &mut |_, _| ()).unwrap();
        let checkpoint = Checkpoint::of(&head, &self.scene.log());
        let note = checkpoint.note().to_owned();
        self.tiles.publish(&head, note).unwrap();
        checkpoint
    }

    fn head(&self) -> &Head {
        self.log.head().unwrap()
    }

    /// Asks a witness for its signature, with an honest proof from `old` on this branch.
    fn ask(&self, witness: &Remembered, old: u64) -> Added {
        let size = self.log.size();
        let proof = match old <= size {
            true => self.log.consistency(old, size).unwrap().hashes,
            false => Vec::new(),
        };
        let note = self.head().to_note(&self.scene.world.log.public().0);
        witness.add(AddCheckpoint { old, proof, note }.render().as_bytes(), NOW)
    }
}

/// Every look at it, without what a log that no witness signs always is.
async fn look(monitor: &mut Monitor, now_s: u64) -> (Vec<FindingKind>, Look) {
    let look = monitor.look(now_s).await.unwrap();
    let kinds = look.findings.iter().map(|one| one.kind);
    let kinds = kinds.filter(|kind| *kind != FindingKind::Unwitnessed);
    (kinds.collect(), look)
}

/// Two histories of one log: of `long` records, and of `short`, whose first `shared` are the same.
fn two<'a>(scene: &'a Scene, shared: u64, long: u64, short: u64) -> (History<'a>, History<'a>) {
    let (mut one, mut other) = (scene.history("one"), scene.history("other"));
    one.grow(shared, 0);
    other.grow(shared, 0);
    one.grow(long, 0);
    other.grow(short, 1);
    (one, other)
}

#[tokio::test]
async fn the_monitor_finds_a_rollback() {
    let scene = Scene::new();
    let (long, short) = two(&scene, 300, 700, 300);
    let notes = tempfile::tempdir().unwrap();
    let mut first = scene.monitor(&long, notes.path(), Vec::new());
    assert_eq!(look(&mut first, NOW).await.0, []);
    let mut later = scene.monitor(&short, notes.path(), Vec::new());
    assert_eq!(look(&mut later, NOW).await.0, [FindingKind::Rollback]);
}

#[tokio::test]
async fn the_monitor_finds_a_fork() {
    let scene = Scene::new();
    let (old, new) = two(&scene, 200, 300, 700);
    let notes = tempfile::tempdir().unwrap();
    let mut first = scene.monitor(&old, notes.path(), Vec::new());
    assert_eq!(look(&mut first, NOW).await.0, []);
    let mut later = scene.monitor(&new, notes.path(), Vec::new());
    assert_eq!(look(&mut later, NOW).await.0, [FindingKind::Fork]);
}

/// One monitor alone cannot see a split: two compare notes.
#[tokio::test]
async fn two_monitors_find_a_split_view() {
    let scene = Scene::new();
    let (one, other) = two(&scene, 200, 300, 700);
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut first = scene.monitor(&one, here.path(), Vec::new());
    assert_eq!(look(&mut first, NOW).await.0, []);
    let mut alone = scene.monitor(&other, there.path(), Vec::new());
    assert_eq!(look(&mut alone, NOW).await.0, []);
    let gossip = scene.gossip(&here.path().join("head"));
    let mut second = scene.monitor(&other, there.path(), gossip);
    assert_eq!(look(&mut second, NOW).await.0, [FindingKind::SplitView]);
}

#[test]
fn a_witness_signs_no_rollback_whatever_is_claimed() {
    let scene = Scene::new();
    let (long, short) = two(&scene, 300, 700, 300);
    let (witness, _) = scene.witness("w1");
    assert!(matches!(long.ask(&witness, 0), Added::Cosigned(_)));
    for old in 0..=300 {
        assert_eq!(short.ask(&witness, old), Added::OldSize(700));
    }
    assert!(matches!(short.ask(&witness, 700), Added::Malformed(_)));
    assert_eq!(witness.sizes()[0].1, 700);
}

#[test]
fn a_witness_signs_no_fork_and_keeps_the_proof_where_two_heads_are_one() {
    let scene = Scene::new();
    let (old, mut new) = two(&scene, 200, 300, 300);
    let (witness, _) = scene.witness("w1");
    assert!(matches!(old.ask(&witness, 0), Added::Cosigned(_)));
    assert_eq!(new.ask(&witness, 300), Added::Fork);
    assert_eq!(scene.kept_by("w1"), 1);
    new.grow(700, 1);
    assert_eq!(new.ask(&witness, 300), Added::BadProof);
    for old in (0..300).chain(301..=700) {
        assert_eq!(new.ask(&witness, old), Added::OldSize(300));
    }
}

/// Each view finds a witness of its own, and neither finds the two that are needed. Where one is
/// enough, the split shows once somebody asks both.
#[tokio::test]
async fn witnesses_find_a_split_view() {
    let scene = Scene::new();
    let (one, other) = two(&scene, 200, 300, 700);
    let witnesses = [scene.witness("w1"), scene.witness("w2")];
    let (log, keys) = (
        scene.log(),
        witnesses.each_ref().map(|(_, key)| key.clone()),
    );
    let both = Policy::new(keys.to_vec(), 2).unwrap();
    // Shown to the witnesses in turn, each view to its own first.
    for (view, own) in [(&one, 0), (&other, 1)] {
        let (witness, key) = &witnesses[own];
        let Added::Cosigned(line) = view.ask(witness, 0) else {
            panic!("an empty memory signs");
        };
        let plain = Checkpoint::of(view.head(), &log);
        let signed = plain.answered(&line, std::slice::from_ref(key));
        let signed = plain.with(&signed, &log);
        let path = scene.folder.path().join(format!("seen-by-w{}", own + 1));
        std::fs::write(path, signed.note()).unwrap();
        let judged = both.judge(&signed);
        assert!(judged.by.len() == 1 && !judged.is_enough());
    }
    assert_eq!(other.ask(&witnesses[0].0, 300), Added::BadProof);
    assert_eq!(one.ask(&witnesses[1].0, 0), Added::OldSize(700));
    for own in ["seen-by-w1", "seen-by-w2"] {
        let gossip = scene.gossip(&scene.folder.path().join(own));
        let notes = tempfile::tempdir().unwrap();
        let mut monitor = scene.monitor(&other, notes.path(), gossip);
        let split = look(&mut monitor, NOW).await.0 == [FindingKind::SplitView];
        assert_eq!(split, own == "seen-by-w1");
    }
}

#[tokio::test]
async fn heads_in_transcripts_find_a_rollback() {
    let scene = Scene::new();
    let (long, short) = two(&scene, 300, 700, 300);
    let (mut anchor, folder) = scene.anchor("anchor");
    assert_eq!(scene.carry(long.head(), &mut anchor), Offered::Kept);
    assert_eq!(scene.carry(short.head(), &mut anchor), Offered::Older);
    let notes = tempfile::tempdir().unwrap();
    let gossip = scene.gossip(&folder);
    let mut monitor = scene.monitor(&short, notes.path(), gossip);
    // A moment behind is no rollback, minutes are.
    assert_eq!(look(&mut monitor, NOW).await.0, []);
    monitor.gossip.clear();
    let (kinds, look) = look(&mut monitor, NOW + 200).await;
    assert_eq!(kinds, [FindingKind::Rollback]);
    assert!(look.findings[0].text.contains("700"), "{:?}", look.findings);
}

/// The fleet was shown one history, then another: the earlier head is still there, though every host
/// has carried newer ones since.
#[tokio::test]
async fn heads_in_transcripts_find_a_fork() {
    let scene = Scene::new();
    let (old, mut new) = two(&scene, 200, 300, 400);
    let (mut anchor, folder) = scene.anchor("anchor");
    assert_eq!(scene.carry(old.head(), &mut anchor), Offered::Kept);
    for size in [400, 500, 700] {
        new.grow(size, 1);
        assert_eq!(scene.carry(new.head(), &mut anchor), Offered::Kept);
    }
    let gossip = scene.gossip(&folder);
    assert!(gossip.iter().any(|seen| seen.head.size == 300));
    let notes = tempfile::tempdir().unwrap();
    let mut monitor = scene.monitor(&new, notes.path(), gossip);
    let (kinds, look) = look(&mut monitor, NOW).await;
    assert_eq!(
        kinds,
        [FindingKind::SplitView],
        "of what hosts were shown, and what is shown now"
    );
    assert!(look.agreed >= 1, "the newest head is of the history shown");
}

#[tokio::test]
async fn heads_in_transcripts_find_a_split_view() {
    let scene = Scene::new();
    let (one, mut other) = two(&scene, 200, 300, 300);
    // Of one size: the anchor itself sees it, and keeps both.
    let (mut anchor, folder) = scene.anchor("first");
    assert_eq!(scene.carry(one.head(), &mut anchor), Offered::Kept);
    assert_eq!(scene.carry(other.head(), &mut anchor), Offered::Conflict);
    let roots: Vec<[u8; 32]> = scene
        .gossip(&folder)
        .iter()
        .map(|seen| seen.head.root)
        .collect();
    assert!(roots.contains(&one.head().root) && roots.contains(&other.head().root));
    // Of two sizes: whoever has the tiles sees it.
    other.grow(700, 1);
    let (mut anchor, folder) = scene.anchor("second");
    for view in [&other, &one] {
        scene.carry(view.head(), &mut anchor);
    }
    let gossip = scene.gossip(&folder);
    assert_eq!(gossip.len(), 2, "the smaller of two views is kept, too");
    for (shown, expected) in [(&one, vec![]), (&other, vec![FindingKind::SplitView])] {
        let notes = tempfile::tempdir().unwrap();
        let mut monitor = scene.monitor(shown, notes.path(), gossip.clone());
        assert_eq!(look(&mut monitor, NOW).await.0, expected);
        // Where the smaller view is published, the larger one is withheld from it.
        let later = look(&mut monitor, NOW + 200).await.0;
        assert!(!later.is_empty());
    }
}
