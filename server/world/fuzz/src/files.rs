//! Files that people hand over: policy, trust, certificates, territory data.

use domicile_appraise::policy::Policy;
use domicile_certs::{pem, trust::Trust, x509};
use domicile_geo::Territories;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let _ = Policy::parse(bytes, Territories::builtin());
    let _ = Trust::parse(bytes);
    for certificate in pem::certificates(bytes).unwrap_or_default() {
        let _ = x509::key(&certificate);
    }
    let _ = Territories::from_bytes(bytes);
}
