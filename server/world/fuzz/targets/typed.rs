#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| domicile_fuzz::typed::check(bytes));
