//! The log's key was replaced. What was signed before verifies after it, offline; what only looks like a
//! rotation does not.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_audit::bundle::{Check, verify_bundle};
use domicile_ledger::{Head, LogKeyStatement};
use domicile_proto::sign::SigningKey;
use domicile_proto::wire::Bundle;
use std::sync::OnceLock;
use support::{Scene, bundle_after};

fn new_key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[90 + number; 32])
}

/// A host's report, judged and logged under the first key; and its bundle, taken two rotations later.
fn shared() -> &'static (Scene, Bundle) {
    static SHARED: OnceLock<(Scene, Bundle)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let scene = Scene::new();
        let rotated = bundle_after(&scene.world, &scene.records, &[new_key(1), new_key(2)]);
        (scene, rotated)
    })
}

fn failure(bundle: &Bundle) -> Option<Check> {
    let report = verify_bundle(bundle, &shared().0.world.trust).unwrap();
    report.failure().map(|(check, _)| check)
}

/// The same bundle, with a head of the same tree signed by another key.
fn signed_by(bundle: &Bundle, key: &SigningKey) -> Bundle {
    let mut bundle = bundle.clone();
    let head = bundle.head.as_mut().unwrap();
    let root = head.root.clone().try_into().unwrap();
    let signed = Head::sign(key.ring(), &bundle.log_origin, head.size, root);
    head.signature = signed.signature.to_vec();
    head.log_key = key.public().to_vec();
    bundle
}

/// The directory in the bundle is the one of then and names the first key alone.
#[test]
fn a_report_signed_before_a_rotation_verifies_after_it() {
    let (scene, rotated) = shared();
    assert_eq!(failure(&scene.bundle), None);
    assert_eq!(
        rotated.head.as_ref().unwrap().log_key,
        new_key(2).public().to_vec()
    );
    assert_eq!(rotated.log_keys.len(), 2);
    assert_eq!(failure(rotated), None);
}

#[test]
fn a_head_by_a_key_that_no_statement_leads_to_is_refused() {
    let (scene, rotated) = shared();
    // Without its statements, and with the first of the two alone.
    let mut bare = rotated.clone();
    bare.log_keys.clear();
    assert_eq!(failure(&bare), Some(Check::LogHead));
    let mut half = rotated.clone();
    half.log_keys.pop();
    assert_eq!(failure(&half), Some(Check::LogHead));
    // A stolen key that nobody vouched for; the second key after it was replaced; the first.
    for key in [&new_key(3), &new_key(1), &scene.world.log] {
        let forged = signed_by(rotated, key);
        let taken = failure(&forged);
        // The head covers the second rotation as its last record: the second key may sign that one.
        let wanted = (key.public() != new_key(1).public()).then_some(Check::LogHead);
        assert_eq!(taken, wanted, "{}", key.public());
    }
}

/// The thief of a new key signs the statement himself, in the old key's name or with his own.
#[test]
fn a_statement_without_the_old_keys_signature_is_refused() {
    let (scene, rotated) = shared();
    let origin = rotated.log_origin.as_str();
    let thief = new_key(7);
    let entry = &rotated.log_keys[0];
    let honest = LogKeyStatement::open(&entry.payload).unwrap();
    let forged = LogKeyStatement::rotation(
        thief.ring(),
        thief.ring(),
        origin,
        honest.index,
        honest.root,
    );
    let own = domicile_ledger::verifier_key(origin, &thief.public().0);
    let old = domicile_ledger::verifier_key(origin, &scene.world.log.public().0);
    let (lines, signatures) = forged.note.split_once("\n\n").unwrap();
    let lines = format!("{}{old}", lines.strip_suffix(&own).unwrap());
    let mut bundle = signed_by(rotated, &thief);
    bundle.log_keys.truncate(1);
    bundle.log_keys[0].payload = format!("{lines}\n\n{signatures}").into_bytes();
    assert_eq!(failure(&bundle), Some(Check::LogHead));
    // A rotation by other keys altogether: well signed, and of nobody whom the directory knows.
    let other = LogKeyStatement::rotation(
        new_key(8).ring(),
        thief.ring(),
        origin,
        honest.index,
        honest.root,
    );
    bundle.log_keys[0].payload = other.note.into_bytes();
    assert_eq!(failure(&bundle), Some(Check::LogHead));
}

/// Well signed by the old key, and never logged: it is not under the head.
#[test]
fn a_statement_that_is_not_in_the_log_is_refused() {
    let (scene, rotated) = shared();
    let thief = new_key(7);
    let entry = &rotated.log_keys[0];
    let honest = LogKeyStatement::open(&entry.payload).unwrap();
    let secret = LogKeyStatement::rotation(
        scene.world.log.ring(),
        thief.ring(),
        &rotated.log_origin,
        honest.index,
        honest.root,
    );
    let mut bundle = signed_by(rotated, &thief);
    bundle.log_keys.truncate(1);
    bundle.log_keys[0].payload = secret.note.into_bytes();
    assert_eq!(failure(&bundle), Some(Check::Inclusion));
}
