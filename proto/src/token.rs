//! Enrolment tokens: who may opt which host in, under which licence.

use crate::codec::{self, CodecError, array, name, territory};
use crate::sign::{self, Domain, OpenError};
use crate::types::Key;
use crate::wire;

const PREFIX: &str = "domicile-token-v1.";
const LIMIT: usize = 2048;

/// A checked token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Names the token; redemptions are counted under it.
    pub id: [u8; 16],
    /// The vendor's customer.
    pub customer: String,
    /// Who runs the host, compared with the anchors' operators.
    pub operator: String,
    /// The declared site.
    pub site: String,
    /// The declared metro, an id in the directory.
    pub metro: String,
    /// The declared territory, ISO 3166 alpha-2.
    pub territory: [u8; 2],
    /// The licence, a name in the policy.
    pub licence: String,
    /// How many hosts it may enrol.
    pub uses: u32,
    /// Unix time in ms from which it may be redeemed.
    pub not_before_ms: u64,
    /// Unix time in ms until which it may be redeemed.
    pub not_after_ms: u64,
}

impl Token {
    /// Checks the signature of a token under the vendor's token key and reads it.
    ///
    /// # Errors
    /// [`OpenError`] when the signature fails or a field is out of range.
    pub fn open(signed: &wire::Signed, token_key: &Key) -> Result<Self, OpenError> {
        sign::verify(Domain::Token, token_key, signed)?;
        Self::read(signed)
    }

    /// Reads a token without checking who signed it: what an agent does, which only wants the
    /// declared metro.
    ///
    /// # Errors
    /// [`OpenError::Codec`] when a field is out of range.
    pub fn read(signed: &wire::Signed) -> Result<Self, OpenError> {
        let token: wire::Token = codec::decode(&signed.payload, LIMIT)?;
        if token.uses == 0 {
            return Err(CodecError::field("uses", "must be at least 1").into());
        }
        if token.not_before_ms >= token.not_after_ms {
            return Err(
                CodecError::field("not_after_ms", "must be later than not_before_ms").into(),
            );
        }
        Ok(Self {
            id: array("id", &token.id)?,
            customer: name("customer", &token.customer)?,
            operator: name("operator", &token.operator)?,
            site: name("site", &token.site)?,
            metro: name("metro", &token.metro)?,
            territory: territory("territory", &token.territory)?,
            licence: name("licence", &token.licence)?,
            uses: token.uses,
            not_before_ms: token.not_before_ms,
            not_after_ms: token.not_after_ms,
        })
    }

    /// The message of this token, to be signed.
    pub fn to_wire(&self) -> wire::Token {
        wire::Token {
            id: self.id.to_vec(),
            customer: self.customer.clone(),
            operator: self.operator.clone(),
            site: self.site.clone(),
            metro: self.metro.clone(),
            territory: String::from_utf8_lossy(&self.territory).into_owned(),
            licence: self.licence.clone(),
            uses: self.uses,
            not_before_ms: self.not_before_ms,
            not_after_ms: self.not_after_ms,
        }
    }
}

/// The text form in a token file: one line, to be kept secret until it is used up.
pub fn to_text(signed: &wire::Signed) -> String {
    format!(
        "{PREFIX}{}",
        data_encoding::BASE64URL_NOPAD.encode(&codec::encode(signed))
    )
}

/// Reads the text form.
///
/// # Errors
/// [`CodecError`] when it is not one.
pub fn from_text(text: &str) -> Result<wire::Signed, CodecError> {
    let wrong = || {
        CodecError::Malformed(format!(
            "an enrolment token starts with `{PREFIX}` and is one line"
        ))
    };
    let encoded = text.trim().strip_prefix(PREFIX).ok_or_else(wrong)?;
    if encoded.len() > 2 * LIMIT {
        return Err(CodecError::TooLong {
            limit: 2 * LIMIT,
            actual: encoded.len(),
        });
    }
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(encoded.as_bytes())
        .map_err(|_| wrong())?;
    codec::decode(&bytes, LIMIT)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sign::SigningKey;
    use proptest::prelude::*;

    fn token() -> Token {
        Token {
            id: [1; 16],
            customer: "Acme Cloud".into(),
            operator: "acme".into(),
            site: "sin-1".into(),
            metro: "sin".into(),
            territory: *b"SG",
            licence: "L-2026-001".into(),
            uses: 3,
            not_before_ms: 1,
            not_after_ms: 2,
        }
    }

    #[test]
    fn text_round_trip_and_signature() {
        let key = SigningKey::from_seed(&[4; 32]);
        let signed = key.sign(Domain::Token, codec::encode(&token().to_wire()));
        let back = from_text(&format!("{}\n", to_text(&signed))).unwrap();
        assert_eq!(Token::open(&back, &key.public()).unwrap(), token());
        assert!(Token::open(&back, &SigningKey::from_seed(&[5; 32]).public()).is_err());
    }

    #[test]
    fn fields_out_of_range_are_refused() {
        let read = |change: fn(&mut wire::Token)| {
            let mut token = token().to_wire();
            change(&mut token);
            Token::read(&wire::Signed {
                payload: codec::encode(&token),
                signature: vec![],
            })
        };
        assert!(read(|_| ()).is_ok());
        assert!(read(|t| t.uses = 0).is_err());
        assert!(read(|t| t.territory = "sg".into()).is_err());
        assert!(read(|t| t.customer = "a\nb".into()).is_err());
        assert!(read(|t| t.not_after_ms = 1).is_err());
        assert!(read(|t| t.id = vec![1; 15]).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".{0,300}") {
            let _ = from_text(&text);
            let altered = format!("{PREFIX}{text}!");
            prop_assert!(from_text(&altered).is_err());
        }
    }
}
