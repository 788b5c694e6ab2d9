//! Verifier keys as text, the `vkey` of C2SP signed notes: `name+keyid+base64(type ‖ public key)`.

use crate::checkpoint::{COSIGNATURE_TYPE, ED25519_TYPE, key_id_of};
use crate::note::is_name;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

const MAX_NAME: usize = 128;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// A log's checkpoints: signature type `0x01`.
    Log,
    /// A witness's cosignatures: signature type `0x04`.
    Cosignature,
}

impl KeyUse {
    fn number(self) -> u8 {
        match self {
            KeyUse::Log => ED25519_TYPE,
            KeyUse::Cosignature => COSIGNATURE_TYPE,
        }
    }
}

/// A named Ed25519 key and what it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    /// Name in signature lines; of a log, its origin.
    pub name: String,
    /// What it signs.
    pub usage: KeyUse,
    /// The key.
    pub public: [u8; 32],
}

/// Why a text is no verifier key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not three parts with plus signs between them, or a part that is not what it must be.
    #[error("{0:?} is no verifier key: name+keyid+base64 is expected, as `keygen` prints it")]
    Form(String),
    /// A type of signature that this program does not know.
    #[error("key of {name}: signature type {number:#04x} is unknown (0x01 and 0x04 are known)")]
    Type {
        /// Name in the key.
        name: String,
        /// Type in the key.
        number: u8,
    },
    /// The id in the text is not that of the key in it.
    #[error("key of {name}: its id is {wanted:08x}, the text says {found:08x}: mistyped?")]
    Id {
        /// Name in the key.
        name: String,
        /// As computed.
        wanted: u32,
        /// As written.
        found: u32,
    },
}

impl VerifierKey {
    /// The id in signature lines.
    pub fn id(&self) -> u32 {
        key_id_of(&self.name, self.usage.number(), &self.public)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut blob = vec![self.usage.number()];
        blob.extend_from_slice(&self.public);
        let blob = STANDARD.encode(blob);
        write!(f, "{}+{:08x}+{blob}", self.name, self.id())
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<VerifierKey, KeyError> {
        let form = || KeyError::Form(text.chars().take(200).collect());
        let (name, rest) = text.split_once('+').ok_or_else(form)?;
        let (id, blob) = rest.split_once('+').ok_or_else(form)?;
        let blob = STANDARD.decode(blob).map_err(|_| form())?;
        let (&number, public) = blob.split_first().ok_or_else(form)?;
        let is_id = id.len() == 8
            && id
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
        let found = u32::from_str_radix(id, 16).map_err(|_| form())?;
        let is_plain = !name.chars().any(char::is_control) && name.len() <= MAX_NAME;
        if !is_id || !is_name(name) || !is_plain {
            return Err(form());
        }
        let name = name.to_owned();
        let usage = match number {
            ED25519_TYPE => KeyUse::Log,
            COSIGNATURE_TYPE => KeyUse::Cosignature,
            number => return Err(KeyError::Type { name, number }),
        };
        let public = public.try_into().map_err(|_| form())?;
        let key = VerifierKey {
            name,
            usage,
            public,
        };
        match key.id() {
            wanted if wanted == found => Ok(key),
            wanted => Err(KeyError::Id {
                name: key.name,
                wanted,
                found,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use signed_note::{StandardVerifier, Verifier as _};

    /// The example of golang.org/x/mod/sumdb/note and of c2sp.org/signed-note.
    const PUBLISHED: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn the_published_key_reads_and_writes_back() {
        let key: VerifierKey = PUBLISHED.parse().unwrap();
        assert_eq!(
            (key.name.as_str(), key.usage),
            ("PeterNeumann", KeyUse::Log)
        );
        assert_eq!(key.to_string(), PUBLISHED);
        let theirs = StandardVerifier::new(PUBLISHED).unwrap();
        assert_eq!(theirs.key_id(), key.id());
    }

    /// A log's and a witness's key of one name and one secret have different ids, so that neither's
    /// signature can be taken for the other's.
    #[test]
    fn ids_tell_uses_apart() {
        let log: VerifierKey = PUBLISHED.parse().unwrap();
        let witness = VerifierKey {
            usage: KeyUse::Cosignature,
            ..log.clone()
        };
        assert_ne!(witness.id(), log.id());
        assert_eq!(witness.to_string().parse(), Ok(witness));
    }

    #[test]
    fn mistyped_keys_are_named() {
        let parse = |text: &str| text.parse::<VerifierKey>();
        for bad in [
            "",
            "name",
            "name+c74f20a3",
            "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10==",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(matches!(parse(bad), Err(KeyError::Form(_))), "{bad}");
        }
        let other = PUBLISHED.replace("c74f20a3", "c74f20a4");
        assert!(matches!(parse(&other), Err(KeyError::Id { .. })));
        let other = PUBLISHED.replace("+ARpc", "+Ahpc");
        assert!(matches!(
            parse(&other),
            Err(KeyError::Type { number: 2, .. })
        ));
    }
}
