//! A report's fields, as the collector and the auditor read them.
#![no_main]

use domicile_appraise::verify::Report;
use domicile_proto::wire::Signed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Report::read(&Signed { payload: bytes.to_vec(), signature: vec![0; 64] });
});
