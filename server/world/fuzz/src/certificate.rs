//! One certificate or key, as it comes in a handshake or lies in a file.

use domicile_certs::x509::{self, Fields};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use rustls_pki_types::CertificateDer;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let der = CertificateDer::from(bytes);
    let key = x509::key(&der);
    if let Ok(fields) = Fields::read(&der) {
        assert_eq!(
            key.expect("a certificate with fields has a key"),
            fields.key
        );
    }
    let _ = x509::verify_signed_by(&der, &Key([3; 32]));
    let _ = SigningKey::from_pkcs8(bytes);
}
