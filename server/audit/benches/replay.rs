//! How fast bundles are replayed, beside how fast their signatures alone are checked: both on every core, in turns,
//! in one run. Ends with 1 if replay reaches less than 60 % of it.
//!
//! `cargo bench -p domicile-audit --bench replay`. The bundles are in memory. What is counted as signatures: those
//! of directory, head, verdict, token, reports, hosts' accounts and anchors' receipts, all Ed25519; the certificates'
//! are left out, which makes the bar higher.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use domicile_audit::bundle::Vouchers;
use domicile_audit::replay::{Against, replay_fetched};
use domicile_ledger::Head;
use domicile_proto::codec;
use domicile_proto::directory::Directory;
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::Key;
use domicile_proto::wire::{EnrolmentRecord, Evidence, EvidenceRecord, Signed};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use support::Scene;

const LIMIT: usize = 1 << 24;
const BUNDLES: usize = 400;
const ROUNDS: usize = 5;
const WANTED: f64 = 0.6;

/// A signature, and the key that it is by.
struct Check {
    domain: Domain,
    key: Key,
    signed: Signed,
}

fn signed(bytes: &[u8]) -> Signed {
    codec::decode(bytes, LIMIT).unwrap()
}

/// The key among `keys` that signed this.
fn by(domain: Domain, signed: Signed, keys: &[Key]) -> Check {
    let verifies = |key: &&Key| sign::verify(domain, key, &signed).is_ok();
    let key = *keys.iter().find(verifies).unwrap();
    Check {
        domain,
        key,
        signed,
    }
}

/// Every signature that a bundle's check rests on, but the head's, which is no `Signed`.
fn signatures(scene: &Scene) -> Vec<Check> {
    let bundle = &scene.bundle;
    let trust = &scene.world.trust;
    let payload = &bundle.directories[0].payload;
    let directory = Directory::open(payload, &trust.directory_key).unwrap();
    let collectors: Vec<Key> = directory.collectors.iter().map(|one| one.key).collect();
    let anchors: Vec<Key> = directory.anchors.iter().map(|one| one.key).collect();
    let enrolment = &bundle.enrolment.as_ref().unwrap().payload;
    let enrolment: EnrolmentRecord = codec::decode(enrolment, LIMIT).unwrap();
    let verdict = signed(&bundle.verdict.as_ref().unwrap().payload);
    let mut checks = vec![
        by(Domain::Directory, signed(payload), &[trust.directory_key]),
        by(Domain::Verdict, verdict, &collectors),
        by(Domain::Token, signed(&enrolment.token), &[trust.token_key]),
    ];
    for record in bundle.evidence.iter().chain(&bundle.compared) {
        let record: EvidenceRecord = codec::decode(&record.payload, LIMIT).unwrap();
        let report = signed(&record.evidence);
        let evidence: Evidence = codec::decode(&report.payload, LIMIT).unwrap();
        let host = [Key::read("agent_key", &evidence.agent_key).unwrap()];
        checks.push(by(Domain::Evidence, report, &host));
        for ranging in &evidence.rangings {
            let (account, receipt) = match ranging.coarse {
                true => (Domain::CoarseAccount, Domain::CoarseReceipt),
                false => (Domain::AgentTranscript, Domain::RangingReceipt),
            };
            checks.push(by(account, signed(&ranging.transcript), &host));
            checks.push(by(receipt, signed(&ranging.receipt), &anchors));
        }
    }
    checks
}

/// Does `work` as often as there are bundles, on `threads` threads; gives the time.
fn on_threads(threads: usize, work: impl Fn() + Sync) -> Duration {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..BUNDLES / threads {
                    work();
                }
            });
        }
    });
    begun.elapsed()
}

fn main() -> ExitCode {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return ExitCode::SUCCESS;
    }
    let scene = Scene::new();
    let checks = signatures(&scene);
    let shown = scene.bundle.head.clone().unwrap();
    let head = Head {
        origin: scene.bundle.log_origin.clone(),
        size: shown.size,
        root: shown.root.try_into().unwrap(),
        signature: shown.signature.try_into().unwrap(),
    };
    let log: [u8; 32] = shown.log_key.try_into().unwrap();
    let bundle = (PathBuf::from("one.bundle"), scene.bytes());
    let bundles = vec![bundle; BUNDLES];
    let vouchers = Vouchers::default();
    let against = Against {
        trust: &scene.world.trust,
        vouchers: &vouchers,
        policy: None,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut replayed, mut alone) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let results = replay_fetched(&bundles, against, threads);
        replayed += begun.elapsed();
        assert!(results.iter().all(|one| one.outcome.is_ok()));
        alone += on_threads(threads, || {
            head.verify(&log).unwrap();
            for check in &checks {
                sign::verify(check.domain, &check.key, &check.signed).unwrap();
            }
        });
    }
    let share = alone.as_secs_f64() / replayed.as_secs_f64();
    let rate =
        |time: Duration| f64::from(u32::try_from(BUNDLES * ROUNDS).unwrap()) / time.as_secs_f64();
    println!(
        "{} ≥ {:.0} % replay of bundles with {} signatures each, share of the rate that these alone allow: {:.1} % \
         ({:.0} of {:.0} bundles/s on {threads} threads)",
        if share >= WANTED { "met   " } else { "MISSED" },
        WANTED * 100.0,
        checks.len() + 1,
        share * 100.0,
        rate(replayed),
        rate(alone),
    );
    match share >= WANTED {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
