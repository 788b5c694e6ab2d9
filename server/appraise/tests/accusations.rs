//! What makes a report `invalid`, and what looks like it and does not.
#![allow(clippy::unwrap_used)]

mod scene;

use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire::{self, AnchorOutcome, InvalidReason, RangingTranscript};
use scene::Scene;

#[test]
fn receipt_invalid_and_nobody_accused() {
    let scene = Scene::new();
    let good = scene.seal(&scene.session());
    let anchor = &scene.world.anchors[scene.index];
    let altered = |change: &dyn Fn(&mut wire::Ranging)| {
        let mut ranging = good.clone();
        change(&mut ranging);
        scene.outcome(ranging)
    };
    let resigned = |change: &dyn Fn(&mut wire::RangingReceipt)| {
        let signed: wire::Signed = codec::decode(&good.receipt, 4096).unwrap();
        let mut receipt: wire::RangingReceipt = codec::decode(&signed.payload, 4096).unwrap();
        change(&mut receipt);
        let signed = anchor.sign(Domain::RangingReceipt, codec::encode(&receipt));
        scene.outcome(wire::Ranging {
            coarse: false,
            receipt: codec::encode(&signed),
            ..good.clone()
        })
    };
    let expected = (AnchorOutcome::ReceiptInvalid, None);
    // The receipt's signature (its last byte), its form, the transcript's form.
    assert_eq!(altered(&|r| *r.receipt.last_mut().unwrap() ^= 1), expected);
    assert_eq!(altered(&|r| r.receipt.truncate(50)), expected);
    assert_eq!(altered(&|r| r.transcript.truncate(50)), expected);
    // What only the anchor can have signed.
    assert_eq!(resigned(&|r| r.min_rtt_ns -= 1), expected);
    assert_eq!(resigned(&|r| r.transcript_hash.truncate(31)), expected);
    // A transcript that is not as anchors make it, signed by both.
    let made: [fn(&mut RangingTranscript); 9] = [
        |t| t.rounds.truncate(15),
        |t| t.rounds.push(t.rounds[0].clone()),
        |t| t.rounds[3].anchor_nonce.truncate(7),
        |t| t.rounds[3].agent_nonce.truncate(7),
        |t| t.rounds[9].rtt_ns = 1,
        |t| t.rounds[3].rtt_ns = 10_000_000_001,
        |t| t.exporter.truncate(31),
        |t| t.transport = 0,
        |t| t.end_ms = t.start_ms - 1,
    ];
    for change in made {
        assert_eq!(scene.changed(change), AnchorOutcome::ReceiptInvalid);
    }
    // A ranging that does not even say whose it is.
    let mut evidence = scene.world.honest(&scene.host, &scene.trip);
    evidence.rangings.push(wire::Ranging {
        coarse: false,
        transcript: vec![1],
        receipt: vec![2],
    });
    let appraised = scene.appraise(&evidence);
    assert_eq!(
        (appraised.invalid, appraised.observations.len()),
        (None, 12)
    );
    assert!(appraised.readings[0].anchor_key.is_empty());
    assert_eq!(
        appraised.readings[0].outcome(),
        AnchorOutcome::ReceiptInvalid
    );
}

#[test]
fn a_false_transcript_is_the_hosts_own() {
    let scene = Scene::new();
    let honest = scene.seal(&scene.session());
    let mut session = scene.session();
    session.transcript.rounds[5].rtt_ns = 100_000;
    let false_one = scene.seal(&session);
    let ranging = wire::Ranging {
        coarse: false,
        receipt: honest.receipt.clone(),
        ..false_one
    };
    let expected = (
        AnchorOutcome::ReceiptInvalid,
        Some(InvalidReason::FalseTranscript),
    );
    assert_eq!(scene.outcome(ranging), expected);
    // So is a transcript taken out from under its receipt.
    let without = wire::Ranging {
        coarse: false,
        transcript: Vec::new(),
        ..honest.clone()
    };
    assert_eq!(scene.outcome(without), expected);
    // An altered byte of the signed transcript that still decodes is the host's as well.
    let mut altered = honest;
    *altered.transcript.last_mut().unwrap() ^= 1;
    assert_eq!(scene.outcome(altered), expected);
}

#[test]
fn a_transcript_that_another_key_signed_is_the_hosts_own() {
    let scene = Scene::new();
    let other = SigningKey::from_seed(&[99; 32]);
    let ranging = scene
        .session()
        .seal(&other, &scene.world.anchors[scene.index]);
    let expected = (
        AnchorOutcome::ReceiptInvalid,
        Some(InvalidReason::TranscriptSignature),
    );
    assert_eq!(scene.outcome(ranging), expected);
}

#[test]
fn an_account_with_other_rounds_is_the_hosts_own() {
    let scene = Scene::new();
    for count in [0, 15, 17] {
        let mut session = scene.session();
        session.agent_rtt_ns.resize(count, 5);
        let expected = (
            AnchorOutcome::ReceiptInvalid,
            Some(InvalidReason::RoundTimes),
        );
        assert_eq!(scene.outcome(scene.seal(&session)), expected);
    }
}

#[test]
fn of_several_reasons_the_first_of_the_schema_stands() {
    let scene = Scene::new();
    let mut evidence = scene.world.honest(&scene.host, &scene.trip);
    let other = SigningKey::from_seed(&[99; 32]);
    evidence.rangings[2] = scene
        .session()
        .seal(&other, &scene.world.anchors[scene.index]);
    let swapped = evidence.rangings[0].receipt.clone();
    let own = wire::Ranging {
        coarse: false,
        receipt: swapped,
        ..evidence.rangings[1].clone()
    };
    evidence.rangings.insert(0, own);
    for _ in 0..2 {
        evidence.rangings.reverse();
        assert_eq!(
            scene.appraise(&evidence).invalid,
            Some(InvalidReason::FalseTranscript)
        );
    }
}
