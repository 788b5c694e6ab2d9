//! A bundle that an auditor was handed: never verified unless it is whole.
#![no_main]

use domicile_audit::bundle;
use domicile_certs::Trust;
use domicile_certs::authority::Authority;
use domicile_certs::random::Seeded;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static TRUST: OnceLock<Trust> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let trust = TRUST.get_or_init(|| {
        let authority = Authority::generate(&mut Seeded::new(1), 1_790_000_000_000);
        authority.expect("a seeded CA").trust().clone()
    });
    if let Ok(read) = bundle::read_bundle(bytes)
        && let Ok(report) = bundle::verify_bundle(&read, trust)
    {
        assert!(!report.is_verified(), "this CA has signed nothing");
    }
});
