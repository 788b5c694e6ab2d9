//! Verifying and judging one report, beside the signature checks alone that it takes.
//!
//! `cargo bench -p domicile-appraise`. `signatures_alone` is the floor of `verify` with as many
//! anchors: one signature of the evidence, one of the certificate, two for each anchor.

use divan::{Bencher, black_box};
use domicile_appraise::CODE_VERSION;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::{Host, NOW_MS, World, point, policy};
use domicile_geo::Territories;
use domicile_proto::codec;
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::Key;
use domicile_proto::wire;

fn main() {
    divan::main();
}

const ANCHORS: [u32; 2] = [8, 24];

fn scene(anchors: u32) -> (World, Host, wire::Signed) {
    let world = World::with(|directory| directory.draw_total = anchors);
    let host = world.enrol(1, "sin", "asia");
    let trip = world.trip(&host, point(1.35, 103.82), NOW_MS, 1);
    let signed = host.sign(&world.honest(&host, &trip));
    (world, host, signed)
}

#[divan::bench(args = ANCHORS)]
fn verify(bencher: Bencher<'_, '_>, anchors: u32) {
    let (world, host, signed) = scene(anchors);
    bencher.bench_local(|| black_box(world.verify(&host, &signed, NOW_MS + 10_000)));
}

#[divan::bench(args = ANCHORS)]
fn signatures_alone(bencher: Bencher<'_, '_>, anchors: u32) {
    let (world, host, signed) = scene(anchors);
    let evidence: wire::Evidence = codec::decode(&signed.payload, 1 << 20).expect("made here");
    let read = |bytes: &[u8]| codec::decode::<wire::Signed>(bytes, 1 << 20).expect("made here");
    let mut checks: Vec<(Domain, Key, wire::Signed)> =
        vec![(Domain::Evidence, host.key.public(), signed.clone())];
    for ranging in &evidence.rangings {
        let receipt = read(&ranging.receipt);
        let inside: wire::RangingReceipt =
            codec::decode(&receipt.payload, 1 << 20).expect("made here");
        let anchor = Key::read("anchor_key", &inside.anchor_key).expect("made here");
        checks.push((Domain::RangingReceipt, anchor, receipt));
        let account = read(&ranging.transcript);
        checks.push((Domain::AgentTranscript, host.key.public(), account));
    }
    // The certificate's signature costs what any other of that length does.
    checks.push((
        Domain::Token,
        world.collector.public(),
        world.collector.sign(Domain::Token, vec![0; 400]),
    ));
    bencher.bench_local(|| {
        checks
            .iter()
            .all(|(domain, key, signed)| black_box(sign::verify(*domain, key, signed)).is_ok())
    });
}

#[divan::bench(args = ANCHORS)]
fn judge_alone(bencher: Bencher<'_, '_>, anchors: u32) {
    let (world, host, signed) = scene(anchors);
    let appraised = world
        .verify(&host, &signed, NOW_MS + 10_000)
        .expect("honest");
    let policy = policy();
    bencher.bench_local(|| {
        judge(black_box(&Inputs {
            appraised: &appraised,
            enrolment: &host.enrolment,
            policy: &policy,
            territories: Territories::builtin(),
            chain: &[],
            compared: &[],
            judged_ms: NOW_MS + 20_000,
            code_version: CODE_VERSION,
            device_chains: &domicile_appraise::devices::DeviceChains::default(),
        }))
    });
}
