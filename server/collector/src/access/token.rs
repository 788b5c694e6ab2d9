//! Bearer tokens: 32 random bytes, of which the collector keeps the SHA-256 only.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use domicile_certs::random::{self, Random, Unavailable};
use domicile_proto::sign::sha256;
use std::fmt;
use std::str::FromStr;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// What every token begins with, so that one in the wrong place is recognised as one.
const PREFIX: &str = "domicile_";

/// A token. Never shown by `Debug`, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

/// What a token is known by. Looking up this hash tells nothing about a token that is close to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// A text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token is `{PREFIX}` and 43 letters, digits, `-` or `_`")]
pub struct TokenError;

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`Unavailable`] when there is no randomness.
    pub fn generate(random: &mut dyn Random) -> Result<Self, Unavailable> {
        random::bytes(random).map(Self)
    }

    /// What the access file keeps of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(&self.0).0)
    }

    /// Its entry in the access file, for a token made at `now_ms` (Unix ms) that holds for `days`.
    pub fn entry(&self, now_ms: u64, days: u16) -> String {
        let until_ms = now_ms.saturating_add(u64::from(days) * DAY_MS);
        let until = crate::api::time_text(until_ms);
        format!("{{ sha256 = \"{}\", expires = \"{until}\" }}", self.hash())
    }

    /// The text to hand out.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&self.0))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let coded = text.strip_prefix(PREFIX).ok_or(TokenError)?;
        let bytes = BASE64URL_NOPAD.decode(coded.as_bytes()).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(TokenError)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Token(..)")
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "TokenHash({self})")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_certs::random::Seeded;
    use proptest::prelude::*;

    #[test]
    fn tokens_go_both_ways_and_do_not_show() {
        let token = Token::generate(&mut Seeded::new(1)).unwrap();
        let text = token.reveal();
        assert_eq!(text.len(), PREFIX.len() + 43);
        assert_eq!(text.parse(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains(&text[PREFIX.len()..]));
        let other = Token::generate(&mut Seeded::new(2)).unwrap();
        assert_ne!(other.hash(), token.hash());
    }

    proptest! {
        #[test]
        fn what_is_read_as_a_token_is_its_only_text(text in "(domicile_)?[A-Za-z0-9_=-]{40,46}") {
            if let Ok(token) = text.parse::<Token>() {
                prop_assert_eq!(token.reveal(), text);
            }
        }
    }
}
