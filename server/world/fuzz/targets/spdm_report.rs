//! A device's measurement report from anybody: never past its end, never authentic without a chain.
#![no_main]

use domicile_spdm::check::{Check, Outcome};
use domicile_spdm::pdi::Kind;
use domicile_spdm::reference::ReferenceValues;
use domicile_spdm::report::{Report, SIGNATURE_BYTES};
use domicile_spdm::verify::{Expected, verify};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static VALUES: OnceLock<ReferenceValues> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let values = VALUES.get_or_init(|| {
        let text = "[[set]]\nname = \"a\"\n[set.measurements]\n1 = [\"00\"]\n";
        ReferenceValues::parse(text).expect("reference values")
    });
    for kind in [Kind::Gpu, Kind::Switch] {
        let expected = Expected {
            nonce: Some([0; 32]),
            kind: Some(kind),
            reference: Some(values),
            ..Expected::default()
        };
        let found = verify(bytes, None, &expected);
        assert!(!found.is_authentic() && found.device.is_none());
        assert_ne!(found.outcome(Check::Signature), Outcome::Passed);
    }
    if let Ok(report) = Report::parse(bytes) {
        // The parts are all there is: signed bytes, signature, zeros.
        let behind = &bytes[report.signed.len()..];
        assert_eq!(report.signature, behind[..SIGNATURE_BYTES]);
        assert_eq!(report.padding, behind.len() - SIGNATURE_BYTES);
        assert!(bytes.starts_with(report.signed));
        let _ = report.message();
    }
});
