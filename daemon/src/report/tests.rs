//! Receipts and certificates: the right ones, and each wrong one.
#![allow(clippy::unwrap_used)]
use super::*;
use domicile_proto::log_head::checkpoint;
use domicile_proto::sign::SigningKey;
use proptest::prelude::*;

const REPORT: &[u8] = b"an encoded Signed";

fn keys() -> (SigningKey, SigningKey, Collector) {
    let (key, log) = (
        SigningKey::from_seed(&[1; 32]),
        SigningKey::from_seed(&[2; 32]),
    );
    let collector = Collector {
        key: key.public(),
        name: "c".into(),
        addresses: vec![([127, 0, 0, 1], 1).into()],
        tunnel_addresses: vec![],
        log_key: log.public(),
        log_origin: "example.org/log".into(),
    };
    (key, log, collector)
}

fn receipt() -> wire::ReportReceipt {
    let (_, log, collector) = keys();
    let root = Digest([7; 32]);
    let text = checkpoint(&collector.log_origin, 9, &root);
    wire::ReportReceipt {
        evidence_hash: sign::sha256(REPORT).to_vec(),
        leaf_hash: vec![3; 32],
        index: 8,
        received_ms: 5,
        head: Some(wire::LogHead {
            log_key: log.public().to_vec(),
            size: 9,
            root: root.to_vec(),
            signature: log.ring().sign(text.as_bytes()).as_ref().to_vec(),
        }),
    }
}

fn signed(receipt: &wire::ReportReceipt) -> wire::Signed {
    keys().0.sign(Domain::ReportReceipt, codec::encode(receipt))
}

#[test]
fn a_right_receipt_is_taken_with_and_without_a_head() {
    let (_, _, collector) = keys();
    let taken = check_receipt(&signed(&receipt()), REPORT, &collector).unwrap();
    assert_eq!((taken.index, taken.head.unwrap().size), (8, 9));
    let mut before = receipt();
    before.head = Some(wire::LogHead::default());
    let taken = check_receipt(&signed(&before), REPORT, &collector).unwrap();
    assert_eq!(taken.head, None);
}

#[test]
fn each_wrong_field_is_refused() {
    let (_, _, collector) = keys();
    let refused = |change: fn(&mut wire::ReportReceipt)| {
        let mut receipt = receipt();
        change(&mut receipt);
        check_receipt(&signed(&receipt), REPORT, &collector).is_err()
    };
    assert!(!refused(|_| ()));
    assert!(refused(|r| r.evidence_hash[0] ^= 1));
    assert!(refused(|r| r.evidence_hash.truncate(31)));
    assert!(refused(|r| r.leaf_hash.push(0)));
    assert!(refused(|r| r.head.as_mut().unwrap().size += 1));
    assert!(refused(|r| r.head.as_mut().unwrap().root[0] ^= 1));
    assert!(refused(|r| r.head.as_mut().unwrap().log_key[0] ^= 1));
    assert!(refused(|r| r.head.as_mut().unwrap().signature[0] ^= 1));
}

proptest! {
    #[test]
    fn a_receipt_with_any_changed_bit_is_refused(at in 0..8 * 1000usize) {
        let (_, _, collector) = keys();
        let mut bytes = codec::encode(&signed(&receipt()));
        let bit = at % (8 * bytes.len());
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(changed) = codec::decode::<wire::Signed>(&bytes, MAX_TO_AGENT) {
            prop_assert!(check_receipt(&changed, REPORT, &collector).is_err());
        }
    }

    #[test]
    fn any_certificate_bytes_are_answered(
        leaf in proptest::collection::vec(any::<u8>(), 0..200),
        issuer in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let reply = Reply::Certificate(wire::Certificate { leaf, issuer: issuer.clone() });
        if let Ok(certificate) = Certificate::of(reply) {
            let agent = keys().0.public();
            prop_assert!(certificate.check(agent, &CertificateDer::from(issuer)).is_err());
        }
    }
}
