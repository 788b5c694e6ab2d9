//! A report's fields, as the collector and the auditor read them.

use domicile_appraise::verify::Report;
use domicile_proto::wire::Signed;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let _ = Report::read(&Signed {
        payload: bytes.to_vec(),
        signature: vec![0; 64],
    });
}
