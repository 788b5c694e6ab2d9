//! A host's records against rosters: complete, or the gap named; and a collector that lies in its rosters.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::World;
use domicile_audit::completeness::{self, Account, Gap};
use domicile_ledger::tiles::Tiles;
use domicile_ledger::witness::{Checkpoint, KeyUse, VerifierKey};
use domicile_ledger::{Head, Kind, Log, NewEntry, Options};
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::types::Key;
use domicile_proto::wire::{
    self, HostRecords, LogHead, LoggedEntry, Roster, RosterCounts, RosterRow, RosterStanding,
};
use std::process::Command;
use support::server::write_profile;

const DAY_MS: u64 = 24 * 3600 * 1000;
const START: u64 = 20_000 * DAY_MS;

/// Three days of two hosts. Each reports twice a day; rosters as an honest collector makes them, unless
/// bent.
struct Scene {
    world: World,
    folder: tempfile::TempDir,
    hosts: [SigningKey; 2],
    log: Log,
    rosters: Vec<u64>,
}

type Bend<'a> = &'a dyn Fn(u64, &mut Vec<Roster>);

impl Scene {
    fn new() -> Scene {
        Scene::bent(1, &|_, _| ())
    }

    /// `per_page` hosts on a page; `bend` changes the pages of a day before they are signed.
    fn bent(per_page: usize, bend: Bend<'_>) -> Scene {
        let world = World::new();
        let folder = tempfile::tempdir().unwrap();
        write_profile(folder.path(), &world, "127.0.0.1:1");
        let origin = world.directory.collectors[0].log_origin.clone();
        let dir = folder.path().join("log");
        let (log, _) = Log::open(&dir, &origin, &Options::default(), |_, _| ()).unwrap();
        let mut hosts = [1, 2].map(|seed| SigningKey::from_seed(&[seed; 32]));
        hosts.sort_by_key(|host| host.public().0);
        let mut scene = Scene {
            world,
            folder,
            hosts,
            log,
            rosters: Vec::new(),
        };
        let directory = scene.world.directory_bytes.clone();
        scene.append(START, Kind::Directory, directory);
        let mut first = 0;
        let mut previous = [Vec::new(), Vec::new()];
        for day in 0..3 {
            let from_ms = START + day * DAY_MS;
            let mut rows = Vec::new();
            for (host, previous) in scene.hosts.iter().zip(&mut previous) {
                let records = [0, 1].map(|_| evidence(host, previous));
                rows.push((host.public(), records));
            }
            let mut pages: Vec<RosterRow> = Vec::new();
            for (place, (key, records)) in rows.into_iter().enumerate() {
                let at = records.map(|payload| {
                    let time = from_ms + 1000 + u64::try_from(place).unwrap();
                    scene.append(time, Kind::Evidence, payload)
                });
                pages.push(RosterRow {
                    agent_key: key.to_vec(),
                    standing: RosterStanding::Reported.into(),
                    counts: Some(RosterCounts {
                        evidence: 2,
                        ..RosterCounts::default()
                    }),
                    first_index: at[0],
                    last_index: at[1],
                    ..RosterRow::default()
                });
            }
            let span = (from_ms, first, scene.log.size());
            let mut pages = paged(span, &pages, per_page);
            bend(day, &mut pages);
            first = span.2;
            for page in pages {
                let signed = scene
                    .world
                    .collector
                    .sign(Domain::Roster, codec::encode(&page));
                let time = from_ms + DAY_MS;
                let index = scene.append(time, Kind::Roster, codec::encode(&signed));
                scene.rosters.push(index);
            }
        }
        scene.log.sign_head(scene.world.log.ring()).unwrap();
        scene.publish();
        scene
    }

    fn append(&mut self, time_ms: u64, kind: Kind, payload: Vec<u8>) -> u64 {
        let entry = NewEntry {
            kind,
            time_ms,
            salt: [7; 32],
            payload,
        };
        self.log.append(&[entry]).unwrap()[0].index
    }

    fn head(&self) -> &Head {
        self.log.head().unwrap()
    }

    fn publish(&self) {
        let mut tiles = Tiles::open(&self.log).unwrap();
        let leaves = self.log.leaves(0, self.log.size()).unwrap();
        tiles.extend(leaves, self.head(), &mut |_, _| ()).unwrap();
        let key = VerifierKey {
            name: self.head().origin.clone(),
            usage: KeyUse::Log,
            public: self.world.log.public().0,
        };
        let note = Checkpoint::of(self.head(), &key).note().to_owned();
        tiles.publish(self.head(), note).unwrap();
    }

    fn logged(&self, index: u64) -> LoggedEntry {
        let entry = self.log.read(index).unwrap();
        let proof = self.log.inclusion(index, self.head().size).unwrap();
        LoggedEntry {
            kind: u32::from(entry.kind as u8),
            time_ms: entry.time_ms,
            salt: entry.salt.to_vec(),
            payload: entry.payload,
            index,
            inclusion: proof.hashes.iter().map(|hash| hash.to_vec()).collect(),
        }
    }

    /// What an honest collector hands out of the first host.
    fn records(&self) -> HostRecords {
        let own = |index: &u64| {
            let entry = self.log.read(*index).unwrap();
            entry.kind == Kind::Evidence && agent(&entry.payload) == self.hosts[0].public()
        };
        let head = self.head();
        HostRecords {
            version: 1,
            agent_key: self.hosts[0].public().to_vec(),
            from_ms: START,
            until_ms: START + 3 * DAY_MS,
            rosters: self
                .rosters
                .iter()
                .map(|index| self.logged(*index))
                .collect(),
            records: (0..head.size)
                .filter(own)
                .map(|index| self.logged(index))
                .collect(),
            directory: Some(self.logged(0)),
            head: Some(LogHead {
                log_key: self.world.log.public().to_vec(),
                size: head.size,
                root: head.root.to_vec(),
                signature: head.signature.to_vec(),
            }),
            log_origin: head.origin.clone(),
            checkpoint: Vec::new(),
        }
    }

    fn check(&self, change: impl FnOnce(&mut HostRecords)) -> Result<Account, String> {
        let mut records = self.records();
        change(&mut records);
        completeness::check(&records, &self.world.trust, START, START + 3 * DAY_MS)
    }

    /// The program, with the public leaves or without.
    fn run(&self, change: impl FnOnce(&mut HostRecords), more: &[&str]) -> (i32, String) {
        let mut records = self.records();
        change(&mut records);
        let file = self.folder.path().join("host.records");
        std::fs::write(file, codec::encode(&records)).unwrap();
        let always = [
            "completeness",
            "--records",
            "host.records",
            "--trust",
            "trust.toml",
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

/// An evidence record that continues the host's chain.
fn evidence(host: &SigningKey, previous: &mut Vec<u8>) -> Vec<u8> {
    let evidence = wire::Evidence {
        agent_key: host.public().to_vec(),
        previous_hash: previous.clone(),
        ..wire::Evidence::default()
    };
    let signed = codec::encode(&host.sign(Domain::Evidence, codec::encode(&evidence)));
    *previous = sha256(&signed).to_vec();
    codec::encode(&wire::EvidenceRecord {
        evidence: signed,
        ..wire::EvidenceRecord::default()
    })
}

fn agent(payload: &[u8]) -> Key {
    let record: wire::EvidenceRecord = codec::decode(payload, 1 << 20).unwrap();
    let signed: wire::Signed = codec::decode(&record.evidence, 1 << 20).unwrap();
    let evidence: wire::Evidence = codec::decode(&signed.payload, 1 << 20).unwrap();
    Key::read("agent_key", &evidence.agent_key).unwrap()
}

fn paged(
    (from_ms, first, end): (u64, u64, u64),
    rows: &[RosterRow],
    per_page: usize,
) -> Vec<Roster> {
    let evidence = rows.iter().map(|row| row.counts.unwrap().evidence).sum();
    let pages = u32::try_from(rows.len().div_ceil(per_page)).unwrap();
    let mut after = Vec::new();
    let page = |(page, rows): (u32, &[RosterRow])| Roster {
        from_ms,
        until_ms: from_ms + DAY_MS,
        first_index: first,
        end_index: end,
        page,
        pages,
        after: std::mem::replace(&mut after, rows.last().unwrap().agent_key.clone()),
        rows: rows.to_vec(),
        totals: Some(RosterCounts {
            evidence,
            ..RosterCounts::default()
        }),
    };
    (0..).zip(rows.chunks(per_page)).map(page).collect()
}

#[test]
fn what_is_complete_is_said_to_be_with_and_without_the_public_leaves() {
    for per_page in [1, 2] {
        let scene = Scene::bent(per_page, &|_, _| ());
        let account = scene.check(|_| ()).unwrap();
        assert_eq!((account.gaps.as_slice(), account.notes.len()), (&[][..], 0));
        assert_eq!((account.shown.evidence, account.periods.len()), (6, 3));
        let (code, text) = scene.run(|_| (), &[]);
        assert!(
            code == 0 && text.contains("COMPLETE: 6 evidence") && text.contains("not proven"),
            "{text}"
        );
        let (code, text) = scene.run(|_| (), &["--url", "log/tiles"]);
        assert!(code == 0 && !text.contains("not proven"), "{text}");
        // Only the page on which the host is.
        let account = scene.check(|records| {
            records
                .rosters
                .retain(|one| (one.index - scene.rosters[0]).is_multiple_of(6) || per_page == 2);
        });
        assert!(account.is_ok(), "{account:?}");
    }
}

#[test]
fn every_record_that_is_withheld_is_named_by_its_day_and_kind() {
    let scene = Scene::new();
    for drop in 0..6 {
        let account = scene.check(|records| drop_one(records, drop)).unwrap();
        let day = u64::try_from(drop / 2).unwrap();
        let expected = matches!(
            account.gaps.as_slice(),
            [Gap::Withheld { from_ms, kind: Kind::Evidence, rostered: 2, shown: 1, .. }]
                if *from_ms == START + day * DAY_MS
        );
        assert!(expected, "{drop}: {:?}", account.gaps);
        // The host's own chain says so, too, where a later report is there.
        assert_eq!(account.notes.len(), usize::from(drop > 0 && drop < 5));
    }
    let (code, text) = scene.run(|records| drop_one(records, 3), &[]);
    assert!(
        code == 11 && text.contains("1 of 2 evidence records are withheld (or erased"),
        "{text}"
    );
}

fn drop_one(records: &mut HostRecords, at: usize) {
    records.records.remove(at);
}

#[test]
fn rosters_that_are_withheld_leave_a_named_gap() {
    let scene = Scene::bent(2, &|_, _| ());
    for day in 0..3 {
        let account = scene.check(|records| {
            records.rosters.remove(day);
            let day = u64::try_from(day).unwrap();
            let (from, until) = (START + day * DAY_MS, START + (day + 1) * DAY_MS);
            records
                .records
                .retain(|one| !(from..until).contains(&one.time_ms));
        });
        let account = account.unwrap();
        let named = |gap: &Gap| matches!(gap, Gap::NoRoster { from_ms, until_ms } if until_ms - from_ms == DAY_MS);
        assert!(account.gaps.iter().any(named), "{day}: {:?}", account.gaps);
    }
    // Of two pages the one with the host.
    let scene = Scene::new();
    let account = scene.check(|records| {
        records.rosters.remove(0);
    });
    let gaps = account.unwrap().gaps;
    assert!(
        matches!(gaps.as_slice(), [Gap::NoPage { pages: 2, .. }]),
        "{gaps:?}"
    );
    // A time after the last roster.
    let records = scene.records();
    let account = completeness::check(&records, &scene.world.trust, START, START + 4 * DAY_MS);
    let gaps = account.unwrap().gaps;
    assert!(
        matches!(gaps.as_slice(), [Gap::NoRoster { .. }]),
        "{gaps:?}"
    );
}

/// A roster that counts too little for the host hides what is withheld, until the totals are held
/// against the rows or against the public leaves.
#[test]
fn a_roster_that_lies_is_found_by_its_sum_or_by_the_leaves() {
    let less = |day: u64, pages: &mut Vec<Roster>| {
        if day == 1 {
            let counts = pages[0].rows[0].counts.as_mut().unwrap();
            counts.evidence = 1;
            pages[0].rows[0].last_index = pages[0].rows[0].first_index;
        }
    };
    let scene = Scene::bent(2, &less);
    let hidden = |records: &mut HostRecords| drop_one(records, 3);
    let gaps = scene.check(hidden).unwrap().gaps;
    assert_eq!(
        gaps,
        [Gap::Sum {
            from_ms: START + DAY_MS
        }]
    );

    // With the totals bent as well, the leaves tell.
    let both = |day: u64, pages: &mut Vec<Roster>| {
        less(day, pages);
        if day == 1 {
            pages[0].totals.as_mut().unwrap().evidence = 3;
        }
    };
    let scene = Scene::bent(2, &both);
    assert_eq!(scene.check(hidden).unwrap().gaps, []);
    assert_eq!(scene.run(hidden, &[]).0, 0, "which is why --url is there");
    let (code, text) = scene.run(hidden, &["--url", "log/tiles"]);
    assert!(
        code == 11 && text.contains("the log has 4 evidence records, the roster gives 3"),
        "{text}"
    );

    // A range that leaves records out.
    let short = |day: u64, pages: &mut Vec<Roster>| {
        if day == 1 {
            pages[0].end_index -= 1;
            pages[0].rows[1].counts.as_mut().unwrap().evidence = 1;
            pages[0].totals.as_mut().unwrap().evidence = 3;
        }
    };
    let scene = Scene::bent(2, &short);
    let gaps = scene.check(|_| ()).unwrap().gaps;
    assert!(matches!(gaps.as_slice(), [Gap::Between { .. }]), "{gaps:?}");
    let (code, text) = scene.run(|_| (), &["--url", "log/tiles"]);
    assert!(
        code == 11 && text.contains("does not fit the roster's range"),
        "{text}"
    );
}

#[test]
fn what_is_not_signed_or_not_in_the_log_or_not_the_hosts_proves_nothing() {
    let scene = Scene::new();
    type Change = fn(&mut HostRecords);
    let changes: [Change; 9] = [
        |records| records.records[0].payload[40] ^= 1,
        |records| records.records[0].time_ms += 1,
        |records| records.records[2].salt[0] ^= 1,
        |records| records.rosters[1].payload[9] ^= 1,
        |records| records.head.as_mut().unwrap().size += 1,
        |records| records.records.swap(0, 1),
        |records| records.log_origin.push('x'),
        |records| records.rosters.swap_remove(0).index = 9,
        |records| records.agent_key[0] ^= 1,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let checked = scene.check(change);
        assert!(checked.is_err() || number == 7, "{number}: {checked:?}");
    }
    let twice = scene.check(|records| {
        let one = records.records[0].clone();
        records.records.insert(0, one);
    });
    assert!(
        twice.is_err(),
        "a record shown twice does not stand for another"
    );
    let (code, _) = scene.run(|records| records.records[0].payload[40] ^= 1, &[]);
    assert_eq!(code, 1);
    // Signed by another key than the collector's.
    let other = SigningKey::from_seed(&[9; 32]);
    let mut scene = Scene::new();
    let payload = scene.log.read(scene.rosters[0]).unwrap().payload;
    let signed: wire::Signed = codec::decode(&payload, 1 << 20).unwrap();
    let forged = codec::encode(&other.sign(Domain::Roster, signed.payload));
    let index = scene.append(START + 3 * DAY_MS, Kind::Roster, forged);
    scene.log.sign_head(scene.world.log.ring()).unwrap();
    let checked = scene.check(|records| records.rosters[0] = scene.logged(index));
    assert!(
        checked.unwrap_err().contains("no collector"),
        "a forged roster"
    );
}
