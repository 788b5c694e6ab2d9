//! A bundle that an auditor was handed: never verified unless it is whole.

use domicile_audit::bundle;
use domicile_certs::Trust;
use domicile_certs::authority::Authority;
use domicile_certs::random::Seeded;
use std::sync::OnceLock;

static TRUST: OnceLock<Trust> = OnceLock::new();

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let trust = TRUST.get_or_init(|| {
        let authority = Authority::generate(&mut Seeded::new(1), 1_790_000_000_000);
        authority.expect("a seeded CA").trust().clone()
    });
    if let Ok(read) = bundle::read_bundle(bytes)
        && let Ok(report) = bundle::verify_bundle(&read, trust)
    {
        assert!(!report.is_verified(), "this CA has signed nothing");
    }
}
