//! A report out of the spool, as `domiciled show` explains it.

use domicile_daemon::show::{Values, report_fields};
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::{codec, wire};

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(report) = codec::decode::<wire::Evidence>(bytes, MAX_TO_COLLECTOR) else {
        return;
    };
    let mut text = String::new();
    for field in report_fields(&report, &[0; 64], Values::Real) {
        field.write(&mut text);
        let _ = field.json();
    }
    assert!(
        !text.contains('\u{1b}'),
        "a terminal obeys nothing that was read"
    );
}
