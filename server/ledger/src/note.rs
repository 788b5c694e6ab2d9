//! C2SP signed notes with Ed25519 signatures (<https://c2sp.org/signed-note>), by hand over `ring`.
//!
//! The `signed_note` crate would bring a second implementation of Ed25519 for two pages of text
//! format; tests read the same notes with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// A note longer than this is refused unread, in bytes.
pub(crate) const MAX_NOTE: usize = 64 * 1024;

/// A note with more signature lines than this is refused.
const MAX_SIGNATURES: usize = 100;

/// Why bytes are not a signed note.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Over the limit.
    #[error("a note of {0} bytes is over the limit of {MAX_NOTE}")]
    TooLong(usize),
    /// Not UTF-8, or control characters other than newline.
    #[error("it is not plain text")]
    NotText,
    /// No blank line between text and signatures, or no signatures.
    #[error("it has no signatures after a blank line")]
    NoSignatures,
    /// A signature line that does not follow the format.
    #[error("signature line {0} is malformed")]
    SignatureLine(usize),
    /// Over the limit.
    #[error("it has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
}

/// One signature line: who signed, by which key, and the signature's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoteSignature<'a> {
    pub(crate) name: &'a str,
    pub(crate) key_id: u32,
    pub(crate) bytes: Vec<u8>,
}

/// A parsed note; nothing in it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note<'a> {
    /// The signed text, with its final newline.
    pub(crate) text: &'a str,
    pub(crate) signatures: Vec<NoteSignature<'a>>,
}

impl<'a> Note<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Note<'a>, NoteError> {
        if bytes.len() > MAX_NOTE {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(NoteError::NotText);
        }
        let blank = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, rest) = (&note[..=blank], &note[blank + 2..]);
        let lines = rest.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (number, line) in (1..).zip(lines.split('\n')) {
            if number > MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(signature_line(line).ok_or(NoteError::SignatureLine(number))?);
        }
        Ok(Note { text, signatures })
    }

    /// The signed note as text.
    pub(crate) fn render(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for signature in &self.signatures {
            out.push_str(&signature.render());
        }
        out
    }
}

impl NoteSignature<'_> {
    /// The signature line, with its newline.
    pub(crate) fn render(&self) -> String {
        let mut blob = self.key_id.to_be_bytes().to_vec();
        blob.extend_from_slice(&self.bytes);
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode(blob))
    }
}

fn signature_line(line: &str) -> Option<NoteSignature<'_>> {
    let (name, blob) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let blob = STANDARD.decode(blob).ok()?;
    let (id, bytes) = blob.split_first_chunk::<4>()?;
    if !is_name(name) || bytes.is_empty() {
        return None;
    }
    Some(NoteSignature {
        name,
        key_id: u32::from_be_bytes(*id),
        bytes: bytes.to_vec(),
    })
}

/// Whether the text can name a key: not empty, no Unicode spaces, no plus.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::checkpoint::key_id;
    use proptest::prelude::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    /// The example of golang.org/x/mod/sumdb/note and of c2sp.org/signed-note.
    const VERIFIER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\
        \n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn published_example_verifies_and_renders_back() {
        let note = Note::parse(NOTE.as_bytes()).unwrap();
        let mut parts = VERIFIER_KEY.splitn(3, '+');
        let name = parts.next().unwrap();
        let id = u32::from_str_radix(parts.next().unwrap(), 16).unwrap();
        let key = STANDARD.decode(parts.next().unwrap()).unwrap();
        assert_eq!(note.signatures[0].name, name);
        assert_eq!(note.signatures[0].key_id, id);
        assert_eq!(key_id(name, key[1..].try_into().unwrap()), id);
        UnparsedPublicKey::new(&ED25519, &key[1..])
            .verify(note.text.as_bytes(), &note.signatures[0].bytes)
            .unwrap();
        assert_eq!(note.render(), NOTE);
    }

    #[test]
    fn malformed_notes_are_refused() {
        let cases: &[(&str, NoteError)] = &[
            ("text\n", NoteError::NoSignatures),
            ("text\n\n", NoteError::NoSignatures),
            ("text\n\n\u{2014} a AAAAAAA=", NoteError::NoSignatures),
            ("text\n\n- a AAAAAAA=\n", NoteError::SignatureLine(1)),
            ("text\n\n\u{2014} a AAAAAA==\n", NoteError::SignatureLine(1)),
            (
                "text\n\n\u{2014} a+b AAAAAAA=\n",
                NoteError::SignatureLine(1),
            ),
            ("te\txt\n\n\u{2014} a AAAAAAA=\n", NoteError::NotText),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Note::parse(text.as_bytes()).unwrap_err(),
                *expected,
                "{text:?}"
            );
        }
        let many = format!("t\n\n{}", "\u{2014} a AAAAAAA=\n".repeat(101));
        assert_eq!(
            Note::parse(many.as_bytes()).unwrap_err(),
            NoteError::TooManySignatures
        );
        assert_eq!(
            Note::parse(&vec![b'a'; MAX_NOTE + 1]).unwrap_err(),
            NoteError::TooLong(MAX_NOTE + 1)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_fail_and_parsed_notes_render_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(note) = Note::parse(&bytes) {
                let rendered = note.render();
                prop_assert_eq!(rendered.as_bytes(), &bytes[..]);
            }
        }

        #[test]
        fn rendered_notes_parse_back(text in "[a-z \n]{0,40}", name in "[a-z./]{1,20}", id: u32, bytes in proptest::collection::vec(any::<u8>(), 1..80)) {
            let text = format!("{text}\n");
            let note = Note { text: &text, signatures: vec![NoteSignature { name: &name, key_id: id, bytes }] };
            let rendered = note.render();
            prop_assert_eq!(Note::parse(rendered.as_bytes()).unwrap(), note);
        }
    }
}
