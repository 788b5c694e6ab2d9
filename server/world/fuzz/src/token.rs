//! The text of an enrolment token.

use domicile_proto::token::{self, Token};

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(signed) = token::from_text(text) {
        let _ = Token::read(&signed);
        assert_eq!(token::to_text(&signed), text.trim());
    }
}
