//! COSE receipts: they hold for their record under their log, and for nothing else.
#![allow(clippy::unwrap_used)]

use coset::{CoseSign1, HeaderBuilder, TaggedCborSerializable as _};
use domicile_ledger::{Head, Kind, Log, NewEntry, Options};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_result::EnvelopeError;
use domicile_result::receipt::{MAX_RECEIPT, ReceiptError, parse, sign, verify};
use proptest::prelude::*;

const ORIGIN: &str = "log.example.com/eu/2026";

fn log_key() -> SigningKey {
    SigningKey::from_seed(&[9; 32])
}

fn keys() -> [Key; 1] {
    [log_key().public()]
}

/// A log of so many records with a head at its end.
fn log(size: u64) -> (tempfile::TempDir, Log, Head) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default();
    let (mut log, _) = Log::open(folder.path(), ORIGIN, &options, |_, _| ()).unwrap();
    let entries: Vec<NewEntry> = (0..size)
        .map(|number| NewEntry {
            kind: Kind::Verdict,
            time_ms: number,
            salt: [1; 32],
            payload: number.to_be_bytes().to_vec(),
        })
        .collect();
    if size > 0 {
        log.append(&entries).unwrap();
    }
    let head = log.sign_head(log_key().ring()).unwrap();
    (folder, log, head)
}

#[test]
fn every_record_of_every_size_has_its_receipt() {
    for size in [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 100] {
        let (_folder, log, head) = log(size);
        let view = &log;
        for index in 0..size {
            let proof = view.inclusion(index, size).unwrap();
            let bytes = sign(&head, &proof, &log_key());
            let leaf = view.leaf_hash(index).unwrap();
            let read = verify(&bytes, &leaf, &keys()).unwrap();
            assert_eq!((read.origin.as_str(), read.log_key), (ORIGIN, keys()[0]));
            assert_eq!(read.proof, proof);
            assert_eq!(parse(&bytes).unwrap(), read);
            let other = view.leaf_hash((index + 1) % size).unwrap();
            if size > 1 {
                assert!(
                    verify(&bytes, &other, &keys()).is_err(),
                    "{index} of {size}"
                );
            }
        }
    }
}

fn sample() -> (Vec<u8>, [u8; 32]) {
    let (_folder, log, head) = log(100);
    let view = &log;
    let proof = view.inclusion(41, 100).unwrap();
    (sign(&head, &proof, &log_key()), view.leaf_hash(41).unwrap())
}

#[test]
fn any_flipped_or_missing_byte_is_refused() {
    let (good, leaf) = sample();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(verify(&bad, &leaf, &keys()).is_err(), "byte {at}");
        assert!(verify(&good[..at], &leaf, &keys()).is_err(), "{at} bytes");
    }
    let longer = [&good[..], &[0]].concat();
    assert!(verify(&longer, &leaf, &keys()).is_err());
    let huge = vec![0; MAX_RECEIPT + 1];
    assert!(matches!(
        verify(&huge, &leaf, &keys()),
        Err(ReceiptError::Envelope(EnvelopeError::TooLong(_)))
    ));
}

#[test]
fn only_the_logs_own_key_counts() {
    let (good, leaf) = sample();
    let other = SigningKey::from_seed(&[8; 32]).public();
    assert_eq!(
        verify(&good, &leaf, &[other]),
        Err(EnvelopeError::Signer(keys()[0]).into())
    );
    // Signed by another, with the log's name on it.
    let (_folder, log, head) = log(100);
    let proof = log.inclusion(41, 100).unwrap();
    let forged = sign(&head, &proof, &SigningKey::from_seed(&[8; 32]));
    assert!(verify(&forged, &leaf, &keys()).is_err());
}

/// A checkpoint's signature by the same key, put into a receipt, does not count.
#[test]
fn a_checkpoints_signature_is_no_receipts() {
    let (_folder, log, head) = log(100);
    let view = &log;
    let proof = view.inclusion(41, 100).unwrap();
    let mut envelope = CoseSign1::from_tagged_slice(&sign(&head, &proof, &log_key())).unwrap();
    envelope.signature = head.signature.to_vec();
    let forged = envelope.to_tagged_vec().unwrap();
    assert_eq!(
        verify(&forged, &view.leaf_hash(41).unwrap(), &keys()),
        Err(ReceiptError::Root(keys()[0]))
    );
}

#[test]
fn another_place_or_size_does_not_hold() {
    let (_folder, log, head) = log(100);
    let view = &log;
    let leaf = view.leaf_hash(41).unwrap();
    let good = view.inclusion(41, 100).unwrap();
    for (index, size) in [(40, 100), (42, 100), (41, 1 << 40), (100, 100), (0, 0)] {
        let mut proof = good.clone();
        (proof.index, proof.size) = (index, size);
        let bytes = sign(&head, &proof, &log_key());
        assert!(verify(&bytes, &leaf, &keys()).is_err(), "{index} of {size}");
    }
    // Of a size with the same path the root would be the same: the size itself is signed.
    let mut proof = good.clone();
    proof.size = 99;
    let honest = CoseSign1::from_tagged_slice(&sign(&head, &good, &log_key())).unwrap();
    let mut bent = CoseSign1::from_tagged_slice(&sign(&head, &proof, &log_key())).unwrap();
    assert!(verify(&bent.clone().to_tagged_vec().unwrap(), &leaf, &keys()).is_ok());
    bent.signature = honest.signature;
    let refused = verify(&bent.to_tagged_vec().unwrap(), &leaf, &keys());
    assert_eq!(refused, Err(ReceiptError::Root(keys()[0])));
    for hashes in [0, 6, 8] {
        let mut proof = good.clone();
        proof.hashes.resize(hashes, [0; 32]);
        let bytes = sign(&head, &proof, &log_key());
        let refused = verify(&bytes, &leaf, &keys());
        assert_eq!(
            refused,
            Err(ReceiptError::Path {
                index: 41,
                size: 100
            })
        );
    }
}

#[test]
fn a_receipt_with_anything_else_in_it_is_refused() {
    let (good, leaf) = sample();
    let envelope = CoseSign1::from_tagged_slice(&good).unwrap();
    let mut with_payload = envelope.clone();
    with_payload.payload = Some(vec![0; 32]);
    let mut with_header = envelope.clone();
    with_header.unprotected.content_type = Some(coset::ContentType::Text("text/plain".into()));
    let mut without_proof = envelope;
    without_proof.unprotected = HeaderBuilder::new().build();
    for other in [with_payload, with_header, without_proof] {
        let bytes = other.to_tagged_vec().unwrap();
        assert!(verify(&bytes, &leaf, &keys()).is_err());
    }
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512), at in 0usize..400, with in any::<u8>()) {
        prop_assert!(parse(&bytes).is_err());
        let (good, leaf) = {
            static SAMPLE: std::sync::LazyLock<(Vec<u8>, [u8; 32])> = std::sync::LazyLock::new(sample);
            SAMPLE.clone()
        };
        let mut bent = good.clone();
        let at = at % bent.len();
        bent[at] = with;
        prop_assert!(bent == good || verify(&bent, &leaf, &keys()).is_err());
    }
}
