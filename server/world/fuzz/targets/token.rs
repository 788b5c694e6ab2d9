//! The text of an enrolment token.
#![no_main]

use domicile_proto::token::{self, Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(signed) = token::from_text(text) {
        let _ = Token::read(&signed);
        assert_eq!(token::to_text(&signed), text.trim());
    }
});
