//! Evidence: each refusal with its status, and what is accepted and judged all the same.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::{NOW_MS, Timing, Trip, point};
use domicile_appraise::text::name_of;
use domicile_certs::issue::DAY_MS;
use domicile_proto::codec;
use domicile_proto::sign::{Domain, sha256};
use domicile_proto::types::Digest;
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, AnchorOutcome, InvalidReason, StatusCode, VerdictValue};
use harness::scene::Scene;
use harness::{Hands, Vendor, real_now, receipt, singapore, status};

const MINUTE: u64 = 60 * 1000;

fn value(verdict: &wire::Verdict) -> &'static str {
    name_of::<VerdictValue>(verdict.value)
}

fn outcomes(verdict: &wire::Verdict) -> Vec<AnchorOutcome> {
    verdict
        .readings
        .iter()
        .map(|reading| AnchorOutcome::try_from(reading.outcome).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_get_the_same_receipt_and_other_bytes_are_a_fork() {
    let mut scene = Scene::new().await;
    let trip = scene.trip().await;
    let evidence = scene.vendor.world.honest(scene.agent.host(), &trip);
    let first = scene.agent.finish(evidence.clone());
    let quic = scene.running.quic;
    let one = receipt(scene.agent.submit(quic, &first).await);
    scene.hands.advance(MINUTE);
    scene.session().await;
    let two = receipt(scene.agent.submit(quic, &first).await);
    assert_eq!(one, two);
    assert_eq!(value(&scene.verdict(&first)), "confined");

    let other = scene.agent.finish(evidence);
    for _ in 0..2 {
        assert_eq!(scene.refused(&other).await, StatusCode::NonceUsed);
    }
    let forks = scene.running.service().store().forks(10).unwrap();
    assert_eq!(forks.len(), 1, "the same fork is logged once");
    assert_eq!(forks[0].first_hash, sha256(&codec::encode(&first)).to_vec());
    let logged = scene
        .running
        .service()
        .store()
        .read(forks[0].log_index)
        .unwrap();
    let fork: wire::ForkRecord = codec::decode(&logged.payload, 1 << 20).unwrap();
    assert_eq!(fork.evidence, codec::encode(&other));
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_attributed_is_refused() {
    let mut scene = Scene::new().await;
    let trip = scene.trip().await;
    let other = scene
        .vendor
        .enrol(scene.running.quic, 2, "sin", scene.hands.now())
        .await;
    let evidence = scene.vendor.world.honest(scene.agent.host(), &trip);
    let signed = scene.agent.finish(evidence.clone());

    // Another host uploads it, and a host uploads under its own name what another signed.
    let reply = other.submit(scene.running.quic, &signed).await;
    assert_eq!(status(reply), StatusCode::KeyMismatch);
    let by_other = other
        .identity
        .key
        .sign(Domain::Evidence, codec::encode(&evidence));
    assert_eq!(scene.refused(&by_other).await, StatusCode::SignatureInvalid);
    let key = &scene.agent.identity.key;
    let wrong_domain = key.sign(Domain::Liveness, codec::encode(&evidence));
    assert_eq!(
        scene.refused(&wrong_domain).await,
        StatusCode::SignatureInvalid
    );

    let sign = |change: &dyn Fn(&mut wire::Evidence)| {
        let mut changed = evidence.clone();
        change(&mut changed);
        key.sign(Domain::Evidence, codec::encode(&changed))
    };
    let byte = sign(&|e| e.nonce[40] ^= 1);
    assert_eq!(scene.refused(&byte).await, StatusCode::NonceForeign);
    let version = sign(&|e| e.directory_version = 5);
    assert_eq!(scene.refused(&version).await, StatusCode::NonceForeign);
    let unknown_directory = sign(&|e| {
        e.freshness = wire::Freshness::AnchorFresh as i32;
        e.nonce = vec![7; 32];
        e.previous_hash = vec![7; 32];
        e.directory_version = 5;
    });
    assert_eq!(
        scene.refused(&unknown_directory).await,
        StatusCode::DirectoryUnknown
    );
    let short = sign(&|e| e.nonce.truncate(59));
    assert_eq!(scene.refused(&short).await, StatusCode::Malformed);
    let epoch = sign(&|e| e.boot_epoch.truncate(3));
    assert_eq!(scene.refused(&epoch).await, StatusCode::Malformed);
    let certificate = sign(&|e| e.certificate_hash = vec![9; 32]);
    assert_eq!(scene.refused(&certificate).await, StatusCode::NotEnrolled);
    let nonce_of_other = other.challenge(scene.running.quic).await.nonce;
    let foreign = sign(&|e| e.nonce.clone_from(&nonce_of_other));
    assert_eq!(scene.refused(&foreign).await, StatusCode::NonceForeign);
    assert_eq!(
        scene
            .running
            .service()
            .store()
            .nonce_use(&scene.agent.key(), &trip.nonce)
            .unwrap(),
        None
    );
    scene.submit(&signed).await;
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_lives_thirty_days() {
    let hands = Hands::at(real_now() - 31 * DAY_MS);
    let mut scene = Scene::at(Vendor::new(), hands).await;
    let trip = scene.trip().await;
    let evidence = scene.vendor.world.honest(scene.agent.host(), &trip);
    let signed = scene.agent.finish(evidence);
    scene.hands.advance(30 * DAY_MS + 1);
    let renew = Request::Renew(wire::RenewRequest {
        machine_id_hash: vec![3; 32],
    });
    let Reply::Certificate(certificate) = scene.agent.ask(scene.running.quic, renew).await else {
        panic!("not renewed");
    };
    let leaf = rustls_pki_types::CertificateDer::from(certificate.leaf);
    let key = scene.agent.identity.key.clone();
    scene.agent.identity = domicile_certs::Identity::new(key, vec![leaf]).unwrap();
    assert_eq!(scene.refused(&signed).await, StatusCode::NonceStale);
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn late_evidence_is_judged_as_of_its_measurement() {
    let mut scene = Scene::new().await;
    let trip = scene.trip().await;
    let evidence = scene.vendor.world.honest(scene.agent.host(), &trip);
    let late = scene.agent.finish(evidence);
    let before = scene.vendor.world.directory.hash;

    // Meanwhile a newer directory and a newer policy, which would judge otherwise.
    let mut directory: wire::Directory = {
        let signed: wire::Signed =
            codec::decode(&scene.vendor.world.directory_bytes, 1 << 22).unwrap();
        codec::decode(&signed.payload, 1 << 22).unwrap()
    };
    directory.version = 5;
    let signed = scene.vendor.authority.directory_key();
    let signed = signed.sign(Domain::Directory, codec::encode(&directory));
    scene.hands.advance(2 * 24 * 60 * MINUTE);
    scene
        .vendor
        .write_directory("5.bin", &codec::encode(&signed));
    let policy = "version = 2\n[[licence]]\nname = \"asia\"\npermitted = [\"DE\"]\n";
    std::fs::write(scene.vendor.path("policy.toml"), policy).unwrap();
    wait_for(|| scene.running.service().store().policies().unwrap().len() == 2).await;
    wait_for(|| scene.running.service().store().directories().unwrap().len() == 2).await;

    scene.submit(&late).await;
    let verdict = scene.verdict(&late);
    assert_eq!(value(&verdict), "confined");
    assert_eq!(verdict.directory_hash, before.to_vec());
    assert_eq!(verdict.measured_from_ms / MINUTE, trip.at_ms / MINUTE);
    assert_eq!(scene.findings(&late), ["first", "late"]);

    // A host goes on with the version that it has installed until that expires; what the collector
    // does not have, it says.
    let ask = |directory_version| {
        let request = Request::Challenge(wire::ChallengeRequest { directory_version });
        scene.agent.ask(scene.running.quic, request)
    };
    for version in [4, 5] {
        match ask(version).await {
            Reply::Challenge(challenge) => assert_eq!(challenge.directory_version, version),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(status(ask(6).await), StatusCode::DirectoryUnknown);
    scene.running.stop().await.unwrap();
}

async fn wait_for(condition: impl Fn() -> bool) {
    for _ in 0..200 {
        if condition() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it never happened");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_receipts_lose_their_vote_and_nothing_else() {
    let mut scene = Scene::new().await;
    let trip = scene.trip().await;
    let world = &scene.vendor.world;
    let host = scene.agent.host();
    let mut evidence = world.honest(host, &trip);
    let count = evidence.rangings.len();
    let drawn = world.drawn(host, &trip.nonce);
    // Three anchors far away: those near Singapore carry the verdict.
    let sin = world.directory.metro("sin").unwrap().position;
    let distance = |at: &usize| {
        world.directory.anchors[drawn[*at]]
            .position
            .chord_squared(&sin)
    };
    let mut far: Vec<usize> = (0..drawn.len()).collect();
    far.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    // A changed byte; a key that no directory names; a receipt of another session.
    let last = evidence.rangings[far[0]].receipt.len() - 1;
    evidence.rangings[far[0]].receipt[last] ^= 1;
    let timing = Timing::same(90_000_000);
    let mut unknown = world.session(host, &trip, drawn[far[1]], timing);
    let stranger = domicile_proto::sign::SigningKey::from_seed(&[77; 32]);
    unknown.transcript.anchor_key = stranger.public().to_vec();
    evidence.rangings[far[1]] = unknown.seal(&host.key, &stranger);
    let mut other = trip.clone();
    other.nonce[20] ^= 1;
    let session = world.session(host, &other, drawn[far[2]], timing);
    evidence.rangings[far[2]] = session.seal(&host.key, &world.anchors[drawn[far[2]]]);
    let signed = scene.agent.finish(evidence);
    scene.submit(&signed).await;
    let verdict = scene.verdict(&signed);
    assert_eq!(value(&verdict), "confined");
    assert_eq!(verdict.invalid_reason, 0);
    let outcomes = outcomes(&verdict);
    let counted = outcomes
        .iter()
        .filter(|o| **o == AnchorOutcome::Counted)
        .count();
    assert_eq!(counted, count - 3);
    for expected in [
        AnchorOutcome::ReceiptInvalid,
        AnchorOutcome::Unknown,
        AnchorOutcome::OtherSession,
    ] {
        assert!(outcomes.contains(&expected), "{expected:?} in {outcomes:?}");
    }
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_anchor_loses_its_vote() {
    let vendor = Vendor::with(|directory| {
        for anchor in directory.anchors.iter_mut().filter(|a| a.metro == "kul") {
            anchor.valid_until_ms = NOW_MS - DAY_MS;
        }
    });
    let mut scene = Scene::with(vendor).await;
    let signed = loop {
        let signed = scene.session().await;
        if outcomes(&scene.verdict(&signed)).contains(&AnchorOutcome::Retired) {
            break signed;
        }
    };
    assert_eq!(value(&scene.verdict(&signed)), "confined");
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_transcript_is_invalid() {
    let mut scene = Scene::new().await;
    let trip = scene.trip().await;
    let world = &scene.vendor.world;
    let host = scene.agent.host();
    let mut evidence = world.honest(host, &trip);
    let drawn = world.drawn(host, &trip.nonce);
    // The receipt covers what the anchor saw; the host signs another, shorter account beside it.
    let short = world.session(host, &trip, drawn[0], Timing::same(1_000));
    evidence.rangings[0].transcript = short.seal(&host.key, &world.anchors[drawn[0]]).transcript;
    let signed = scene.agent.finish(evidence);
    scene.submit(&signed).await;
    let verdict = scene.verdict(&signed);
    assert_eq!(value(&verdict), "invalid");
    assert_eq!(
        verdict.invalid_reason,
        InvalidReason::FalseTranscript as i32
    );
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_restarts_rollbacks_and_forks_are_findings_and_accuse_nobody() {
    let mut scene = Scene::new().await;
    let first = scene.session().await;
    assert_eq!(scene.findings(&first), ["first"]);
    let second = scene.session().await;
    assert_eq!(scene.findings(&second), [""; 0]);
    scene.agent.sequence += 3;
    let gap = scene.session().await;
    assert_eq!(scene.findings(&gap), ["sequence-gap"]);
    scene.agent.epoch = [2; 16];
    scene.agent.sequence = 0;
    let restart = scene.session().await;
    assert_eq!(scene.findings(&restart), ["restart"]);
    // A backup from after the second report, restored.
    scene.agent.epoch = [3; 16];
    scene.agent.sequence = 0;
    scene.agent.previous = sha256(&codec::encode(&second)).to_vec();
    let restored = scene.session().await;
    assert_eq!(scene.findings(&restored), ["rollback", "fork"]);
    scene.agent.previous = vec![8; 32];
    let unknown = scene.session().await;
    assert_eq!(scene.findings(&unknown), ["unknown-previous"]);
    for signed in [&first, &second, &gap, &restart, &restored, &unknown] {
        assert_eq!(value(&scene.verdict(signed)), "confined");
    }
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_on_two_continents_is_a_conflict_of_the_key() {
    let mut scene = Scene::new().await;
    let first = scene.session().await;
    scene.hands.advance(MINUTE);
    let mut trip = scene.trip().await;
    trip.place = point(50.11, 8.68);
    let evidence = scene.vendor.world.honest(scene.agent.host(), &trip);
    let second = scene.agent.finish(evidence);
    scene.submit(&second).await;
    let verdict = scene.verdict(&second);
    assert_eq!(value(&verdict), "identity-conflict");
    let first_hash = sha256(&codec::encode(&first));
    assert_eq!(verdict.conflicts_with, first_hash.to_vec());
    assert_eq!(verdict.compared_with, [first_hash.to_vec()]);

    // A late report from before both is compared with both.
    assert_eq!(value(&scene.verdict(&first)), "confined");
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn anchor_fresh_evidence_is_recorded_and_never_confined() {
    let mut scene = Scene::new().await;
    let first = scene.session().await;
    let nonce = sha256(&codec::encode(&first)).to_vec();
    let trip = Trip {
        nonce: nonce.clone(),
        at_ms: scene.hands.now(),
        place: singapore(),
    };
    let evidence = scene.vendor.world.honest(scene.agent.host(), &trip);
    let signed = scene.agent.finish(evidence.clone());
    scene.submit(&signed).await;
    assert_eq!(value(&scene.verdict(&signed)), "denied-excluded");
    let used = scene
        .running
        .service()
        .store()
        .nonce_use(&scene.agent.key(), &nonce)
        .unwrap();
    assert_eq!(used, Some(Digest(sha256(&codec::encode(&signed)).0)));
    scene.agent.previous = nonce;
    let other = scene.agent.finish(evidence);
    assert_eq!(scene.refused(&other).await, StatusCode::NonceUsed);
    scene.running.stop().await.unwrap();
}
