//! What cannot be attributed, or comes too late, is refused with its status.
#![allow(clippy::unwrap_used)]

mod scene;

use domicile_appraise::certificate::CertificateError;
use domicile_appraise::testing::{Host, NOW_MS};
use domicile_appraise::verify::EvidenceError;
use domicile_proto::sign::sha256;
use domicile_proto::wire::{self, CertificateChainRecord, Evidence, StatusCode};
use scene::{Scene, TEN_MINUTES};

#[test]
fn what_cannot_be_attributed_or_comes_too_late_is_refused() {
    let scene = Scene::new();
    let honest = scene.world.honest(&scene.host, &scene.trip);
    let soon = NOW_MS + 10_000;
    let refused = |signed: &wire::Signed, host: &Host, received_ms: u64| {
        let error = scene.world.verify(host, signed, received_ms).unwrap_err();
        assert!(!error.to_string().is_empty());
        error.status()
    };
    let signed = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = honest.clone();
        change(&mut evidence);
        scene.host.sign(&evidence)
    };
    let good = signed(&|_| ());

    let mut bent = good.clone();
    bent.signature[0] ^= 1;
    assert_eq!(
        refused(&bent, &scene.host, soon),
        StatusCode::SignatureInvalid
    );
    // Signed by another key than the one it names; another host's, whole.
    let other = scene.world.enrol(2, "sin", "asia");
    assert_eq!(
        refused(&other.sign(&honest), &other, soon),
        StatusCode::SignatureInvalid
    );
    assert_eq!(refused(&good, &other, soon), StatusCode::KeyMismatch);
    // Another host's certificate.
    let host = Host {
        certificate: other.certificate.clone(),
        ..scene.world.enrol(1, "sin", "asia")
    };
    assert_eq!(refused(&good, &host, soon), StatusCode::NotEnrolled);
    let renamed = signed(&|e| {
        e.certificate_hash = sha256(&other.certificate.leaf).to_vec();
    });
    assert_eq!(refused(&renamed, &host, soon), StatusCode::NotEnrolled);
    // Directory, nonce, and the windows.
    let version = signed(&|e| e.directory_version += 1);
    assert_eq!(
        refused(&version, &scene.host, soon),
        StatusCode::DirectoryUnknown
    );
    let month = 30 * 24 * 3_600_000;
    assert!(
        scene
            .world
            .verify(&scene.host, &good, NOW_MS + month)
            .is_ok()
    );
    assert_eq!(
        refused(&good, &scene.host, NOW_MS + month + 1),
        StatusCode::NonceStale
    );
    assert_eq!(
        refused(&good, &scene.host, NOW_MS - TEN_MINUTES - 1),
        StatusCode::NonceForeign
    );
    // Measured when its certificate was not valid (it lives for eight days from a day ago).
    let late = scene.world.trip(
        &scene.host,
        scene.trip.place,
        NOW_MS + 8 * 24 * 3_600_000,
        1,
    );
    let late = scene.host.sign(&scene.world.honest(&scene.host, &late));
    let then = NOW_MS + 9 * 24 * 3_600_000;
    assert_eq!(
        refused(&late, &scene.host, then),
        StatusCode::CertificateExpired
    );

    // Forms and bounds.
    let malformed: [fn(&mut Evidence); 11] = [
        |e| e.freshness = 0,
        |e| e.freshness = 9,
        |e| e.freshness = 2,
        |e| e.nonce.truncate(59),
        |e| e.boot_epoch.truncate(15),
        |e| e.previous_hash = vec![1; 31],
        |e| e.agent_key.truncate(31),
        |e| e.rangings = vec![wire::Ranging::default(); 65],
        |e| {
            e.dropped = vec![
                wire::Dropped {
                    anchor_key: vec![1; 32],
                    reason: 1
                };
                65
            ];
        },
        |e| {
            e.dropped = vec![wire::Dropped {
                anchor_key: vec![1; 32],
                reason: 99,
            }];
        },
        |e| {
            let device = wire::Device {
                vendor_id: 0x1_0000,
                ..Default::default()
            };
            e.inventory = Some(wire::Inventory {
                devices: vec![device],
                ..Default::default()
            });
        },
    ];
    for change in malformed {
        assert_eq!(
            refused(&signed(&change), &scene.host, soon),
            StatusCode::Malformed
        );
    }
    // Anchor-fresh is only said with the previous evidence's own hash.
    let fresh = signed(&|e| {
        e.freshness = 2;
        e.nonce = vec![1; 32];
        e.previous_hash = vec![2; 32];
    });
    assert!(matches!(
        scene.world.verify(&scene.host, &fresh, soon),
        Err(EvidenceError::Malformed(_))
    ));
}

#[test]
fn the_certificate_is_the_one_named_and_the_agent_cas() {
    let scene = Scene::new();
    let (world, host) = (&scene.world, &scene.host);
    let honest = world.honest(host, &scene.trip);
    let refused = |chain: CertificateChainRecord, named: &[u8]| {
        let mut evidence = honest.clone();
        evidence.certificate_hash = sha256(named).to_vec();
        let signed = host.sign(&evidence);
        let host = Host {
            certificate: chain,
            ..world.enrol(1, "sin", "asia")
        };
        match world.verify(&host, &signed, NOW_MS + 10_000) {
            Err(EvidenceError::Certificate(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let (own, renewed) = (host.certificate.clone(), world.renewed(host));
    assert!(matches!(
        refused(renewed, &own.leaf),
        CertificateError::Hash { .. }
    ));
    let issuer = CertificateChainRecord {
        issuer: world.trust.auditor_ca.to_vec(),
        ..own.clone()
    };
    assert_eq!(refused(issuer, &own.leaf), CertificateError::Issuer);
    // The same key, certified by another CA of the vendor.
    let foreign = world.auditor_certificate(&host.key.public()).to_vec();
    let chain = CertificateChainRecord {
        leaf: foreign.clone(),
        ..own.clone()
    };
    assert!(matches!(
        refused(chain, &foreign),
        CertificateError::Chain(_)
    ));
    let long = CertificateChainRecord {
        leaf: vec![0; 1025],
        ..own
    };
    assert_eq!(refused(long, b""), CertificateError::TooLong(1025));
}
