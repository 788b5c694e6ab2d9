//! What a collector answers, up to the checks of a receipt that it signed itself.

use domicile_certs::authority::Authority;
use domicile_certs::random::Seeded;
use domicile_daemon::report::{Certificate, check_receipt};
use domicile_proto::directory::Collector;
use domicile_proto::frame::{self, HEADER, MAX_TO_AGENT};
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::{codec, wire};
use rustls_pki_types::CertificateDer;
use std::sync::OnceLock;

static AGENT_CA: OnceLock<CertificateDer<'static>> = OnceLock::new();

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else {
        return;
    };
    if frame::length(*header, MAX_TO_AGENT).is_err() {
        return;
    }
    let key = SigningKey::from_seed(&[7; 32]);
    if let Ok(message) = codec::decode::<wire::CollectorReply>(body, MAX_TO_AGENT)
        && let Some(Reply::Certificate(certificate)) = message.reply
    {
        let agent_ca = AGENT_CA.get_or_init(|| {
            let authority = Authority::generate(&mut Seeded::new(1), 1_790_000_000_000);
            authority.expect("a seeded CA").trust().agent_ca
        });
        let certificate = Certificate {
            chain: vec![certificate.leaf.into(), certificate.issuer.into()],
        };
        assert!(
            certificate.check(key.public(), agent_ca).is_err(),
            "this CA has signed nothing"
        );
    }
    // A hostile collector signs whatever it likes.
    let collector = Collector {
        key: key.public(),
        name: "collector".into(),
        addresses: vec![],
        tunnel_addresses: vec![],
        log_key: key.public(),
        log_origin: "example.org/log".into(),
    };
    let signed = key.sign(Domain::ReportReceipt, body.to_vec());
    if let Ok(receipt) = check_receipt(&signed, b"report", &collector) {
        assert_eq!(receipt.evidence_hash, sha256(b"report"));
    }
}
