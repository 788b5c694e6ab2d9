//! Log heads: C2SP checkpoints (<https://c2sp.org/tlog-checkpoint>) signed with Ed25519.
//!
//! What is signed is the note text `origin\nsize\nbase64(root)\n`. The origin is also the name of the
//! key, as C2SP recommends. A [`Head`] has only fixed-size fields besides the origin, which every
//! party knows, so that receipts and transcripts can carry size, root and signature.

use crate::error::{Error, Result};
use crate::note::{Note, NoteError, NoteSignature, is_name};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use thiserror::Error;

/// Signature type of Ed25519 in signed notes.
pub(crate) const ED25519_TYPE: u8 = 1;

/// Signature type of a cosignature with a time, also Ed25519.
pub(crate) const COSIGNATURE_TYPE: u8 = 4;

const MAX_ORIGIN: usize = 128;

/// Why a head is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeadError {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note's text is not a checkpoint of three lines.
    #[error("its text is not origin, size and root on a line each")]
    Text,
    /// No signature line of the wanted key.
    #[error("it has no signature by key {key_id:08x} of {name}")]
    Unsigned {
        /// Name looked for.
        name: String,
        /// Key looked for.
        key_id: u32,
    },
    /// The signature is not by that key over that text.
    #[error("its signature does not verify")]
    Signature,
    /// No key of this log may sign a head of this size any more.
    #[error("the key of {name} was retired before {size} records: nothing signs for it")]
    Retired {
        /// Name of the log.
        name: String,
        /// Size of the head.
        size: u64,
    },
    /// Another log's.
    #[error("it is a checkpoint of {found}, not of {expected}")]
    Origin {
        /// As in the checkpoint.
        found: String,
        /// As expected.
        expected: String,
    },
}

/// A signed head of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name of the log, e.g. `log.example.com/eu/2026`.
    pub origin: String,
    /// Number of records.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: [u8; 32],
    /// Ed25519 signature over [`Head::text`].
    pub signature: [u8; 64],
}

impl Head {
    /// Signs size and root of a log. To publish a head, take it from [`crate::Log::sign_head`], which
    /// makes it durable first.
    pub fn sign(key: &Ed25519KeyPair, origin: &str, size: u64, root: [u8; 32]) -> Head {
        let mut signature = [0; 64];
        signature.copy_from_slice(key.sign(text(origin, size, &root).as_bytes()).as_ref());
        Head {
            origin: origin.to_owned(),
            size,
            root,
            signature,
        }
    }

    /// Checks the signature. That the origin is the one expected is the caller's to check.
    ///
    /// # Errors
    /// [`HeadError::Signature`] if it is not by this key over this head.
    pub fn verify(&self, public_key: &[u8; 32]) -> Result<(), HeadError> {
        UnparsedPublicKey::new(&ED25519, public_key)
            .verify(self.text().as_bytes(), &self.signature)
            .map_err(|_| HeadError::Signature)
    }

    /// The signed text: `origin\nsize\nbase64(root)\n`.
    pub fn text(&self) -> String {
        text(&self.origin, self.size, &self.root)
    }

    /// The checkpoint as a signed note, as it is published.
    pub fn to_note(&self, public_key: &[u8; 32]) -> String {
        let signature = NoteSignature {
            name: &self.origin,
            key_id: key_id(&self.origin, public_key),
            bytes: self.signature.to_vec(),
        };
        Note {
            text: &self.text(),
            signatures: vec![signature],
        }
        .render()
    }

    /// Reads a published checkpoint and checks this key's signature. Other signatures (a witness's, a
    /// retired key's) are ignored.
    ///
    /// # Errors
    /// [`HeadError`] if it is malformed, or not of this origin, or not signed by this key.
    pub fn from_note(note: &[u8], origin: &str, public_key: &[u8; 32]) -> Result<Head, HeadError> {
        let head = Head::parse(note, origin, Some(key_id(origin, public_key)))?;
        head.verify(public_key)?;
        Ok(head)
    }

    /// Reads a checkpoint without checking its signature: for the log's own file, where only size and
    /// root matter. Takes the first signature of that origin, and of that key if one is given.
    pub(crate) fn parse(note: &[u8], origin: &str, key: Option<u32>) -> Result<Head, HeadError> {
        let note = Note::parse(note)?;
        let (found, size, root) = parse_text(note.text).ok_or(HeadError::Text)?;
        if found != origin {
            return Err(HeadError::Origin {
                found: found.into(),
                expected: origin.into(),
            });
        }
        let signature = note
            .signatures
            .iter()
            .filter(|s| s.name == origin && key.is_none_or(|key| s.key_id == key))
            .find_map(|s| <[u8; 64]>::try_from(&s.bytes[..]).ok())
            .ok_or_else(|| HeadError::Unsigned {
                name: origin.into(),
                key_id: key.unwrap_or_default(),
            })?;
        Ok(Head {
            origin: origin.into(),
            size,
            root,
            signature,
        })
    }
}

/// Key id of an Ed25519 key in signed notes: the first 4 bytes of
/// SHA-256(name ‖ `\n` ‖ `0x01` ‖ public key), big-endian.
pub fn key_id(name: &str, public_key: &[u8; 32]) -> u32 {
    key_id_of(name, ED25519_TYPE, public_key)
}

/// As [`key_id`], for a signature type.
pub(crate) fn key_id_of(name: &str, kind: u8, public_key: &[u8; 32]) -> u32 {
    let hash = crate::entry::sha256(&[name.as_bytes(), b"\n", &[kind], public_key]);
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// The key as text for other tools: `name+keyid+base64(0x01 ‖ public key)`.
pub fn verifier_key(name: &str, public_key: &[u8; 32]) -> String {
    let mut blob = vec![ED25519_TYPE];
    blob.extend_from_slice(public_key);
    format!(
        "{name}+{:08x}+{}",
        key_id(name, public_key),
        STANDARD.encode(blob)
    )
}

/// The public half of a signing key, as the functions here take it.
pub(crate) fn public_key(key: &Ed25519KeyPair) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(key.public_key().as_ref());
    out
}

/// Checks the name of a log.
pub(crate) fn check_origin(origin: &str) -> Result<()> {
    if is_name(origin) && origin.len() <= MAX_ORIGIN && !origin.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::Origin {
        origin: origin.to_owned(),
    })
}

fn text(origin: &str, size: u64, root: &[u8; 32]) -> String {
    format!("{origin}\n{size}\n{}\n", STANDARD.encode(root))
}

fn parse_text(text: &str) -> Option<(&str, u64, [u8; 32])> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
    let number: u64 = size.parse().ok()?;
    // Extension lines carry nothing that Domicile uses; the text signed must be the text compared.
    if lines.next().is_some() || number.to_string() != size {
        return None;
    }
    Some((origin, number, STANDARD.decode(root).ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ORIGIN: &str = "log.example.com/eu/2026";

    fn signed() -> (Head, [u8; 32]) {
        let key = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        (
            Head::sign(&key, ORIGIN, 923_748, [0x9c; 32]),
            public_key(&key),
        )
    }

    #[test]
    fn text_is_read_alike_by_an_independent_implementation() {
        let (head, _) = signed();
        let theirs = tlog_tiles::Checkpoint::from_bytes(head.text().as_bytes()).unwrap();
        assert_eq!(
            (theirs.origin(), theirs.size(), theirs.hash().0),
            (ORIGIN, head.size, head.root)
        );
        assert_eq!(theirs.to_bytes(), head.text().into_bytes());
    }

    #[test]
    fn notes_read_back_only_with_the_right_key_and_origin() {
        let (head, public) = signed();
        let note = head.to_note(&public);
        assert_eq!(Head::from_note(note.as_bytes(), ORIGIN, &public), Ok(head));
        let other = Head::from_note(note.as_bytes(), ORIGIN, &[2; 32]);
        assert!(matches!(other, Err(HeadError::Unsigned { .. })));
        let other = Head::from_note(note.as_bytes(), "log.example.com/us/2026", &public);
        assert!(matches!(other, Err(HeadError::Origin { .. })));
    }

    #[test]
    fn cosignatures_of_others_are_ignored() {
        let (head, public) = signed();
        let mut note = head.to_note(&public);
        note.push_str("\u{2014} witness.example.com/w1 AAAAAAAAAAA=\n");
        assert_eq!(Head::from_note(note.as_bytes(), ORIGIN, &public), Ok(head));
    }

    #[test]
    fn every_changed_field_breaks_the_signature() {
        let (head, public) = signed();
        head.verify(&public).unwrap();
        let mut root = head.root;
        root[31] ^= 1;
        let mut signature = head.signature;
        signature[5] ^= 1;
        let changed = [
            Head {
                origin: "log.example.com/eu/2027".into(),
                ..head.clone()
            },
            Head {
                size: head.size + 1,
                ..head.clone()
            },
            Head {
                root,
                ..head.clone()
            },
            Head {
                signature,
                ..head.clone()
            },
        ];
        for head in changed {
            assert_eq!(head.verify(&public), Err(HeadError::Signature), "{head:?}");
        }
    }

    #[test]
    fn a_note_whose_signature_does_not_fit_its_text_is_refused() {
        let (head, public) = signed();
        let note = Head {
            size: head.size + 1,
            ..head
        }
        .to_note(&public);
        let read = Head::from_note(note.as_bytes(), ORIGIN, &public);
        assert_eq!(read, Err(HeadError::Signature));
    }

    #[test]
    fn malformed_texts_are_refused() {
        let root = STANDARD.encode([1; 32]);
        let good = format!("o\n12\n{root}\n");
        assert_eq!(parse_text(&good), Some(("o", 12, [1; 32])));
        let short = STANDARD.encode([1; 31]);
        for bad in [
            format!("o\n12\n{root}"),
            format!("o\n012\n{root}\n"),
            format!("o\n+12\n{root}\n"),
            format!("o\n-1\n{root}\n"),
            format!("o\n18446744073709551616\n{root}\n"),
            format!("o\n12\n{short}\n"),
            format!("o\n12\n{root}\nextension\n"),
            "o\n12\n".to_owned(),
        ] {
            assert_eq!(parse_text(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn names_of_logs_are_checked() {
        check_origin(ORIGIN).unwrap();
        let long = "a".repeat(129);
        for bad in ["", "a b", "a+b", "a\nb", "a\u{7f}b", "a\u{2003}b", &long] {
            assert!(check_origin(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn verifier_key_has_name_id_and_key() {
        let (_, public) = signed();
        let text = verifier_key(ORIGIN, &public);
        let id = format!("+{:08x}+", key_id(ORIGIN, &public));
        assert!(text.starts_with(ORIGIN) && text.contains(&id), "{text}");
    }
}
