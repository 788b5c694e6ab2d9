//! A device's certificate chain, a revocation list or an OCSP response from anybody: nothing leads to
//! the vendor's root.
#![no_main]

use domicile_spdm::chain::Chain;
use domicile_spdm::revocation::Revocations;
use domicile_spdm::roots::{Root, Roots};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

static ROOTS: OnceLock<Roots> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let roots = ROOTS.get_or_init(Roots::vendor);
    // Certificates, each behind its length in two bytes.
    let mut certificates = Vec::new();
    let mut rest = bytes;
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(behind.len());
        let (certificate, behind) = behind.split_at(length);
        certificates.push(certificate);
        rest = behind;
        if certificates.len() == 7 {
            break;
        }
    }
    assert!(Chain::verify(&certificates, roots).is_err());
    // Under its own last certificate as a root, so that signatures are reached.
    if let Some(Ok(root)) = certificates.last().map(|der| Root::of_certificate(der)) {
        let _ = Chain::verify(&certificates, &Roots::new(vec![root]));
    }
    let mut lists = Revocations::new(roots.clone());
    let _ = lists.add(bytes);
});
