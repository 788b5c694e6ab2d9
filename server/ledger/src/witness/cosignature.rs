//! Cosignatures: a witness's statement that, at a time, the largest tree of this log that it has
//! seen, consistent with all it saw before, has this root.
//!
//! What is signed is `cosignature/v1\ntime SECONDS\n` and the checkpoint's text; the bytes in the
//! signature line are key id (4), seconds since 1970 (8, big-endian), Ed25519 signature (64).

use super::key::{KeyUse, VerifierKey};
use crate::checkpoint::{Head, HeadError, public_key};
use crate::note::{Note, NoteSignature};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};

/// Signs a checkpoint's text as a witness, at a time in seconds since 1970. Gives the signature line.
/// Whoever calls this has made durable that the witness saw this head.
pub fn cosign(key: &Ed25519KeyPair, name: &str, time_s: u64, text: &str) -> String {
    let signer = VerifierKey {
        name: name.to_owned(),
        usage: KeyUse::Cosignature,
        public: public_key(key),
    };
    let mut bytes = time_s.to_be_bytes().to_vec();
    bytes.extend_from_slice(key.sign(message(time_s, text).as_bytes()).as_ref());
    NoteSignature {
        name,
        key_id: signer.id(),
        bytes,
    }
    .render()
}

fn message(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

/// A cosignature that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Name of the witness.
    pub name: String,
    /// When it signed, by its own clock: seconds since 1970.
    pub time_s: u64,
    /// The signature line, with its final newline.
    pub line: String,
}

/// A published checkpoint whose signature by the log has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    head: Head,
    note: String,
}

impl Checkpoint {
    /// Reads a signed note and checks the signature of the log with this key.
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn open(note: &[u8], log: &VerifierKey) -> Result<Checkpoint, HeadError> {
        let head = Head::from_note(note, &log.name, &log.public)?;
        let note = String::from_utf8_lossy(note).into_owned();
        Ok(Checkpoint { head, note })
    }

    /// The checkpoint of a head that the log with this key signed: the caller's own.
    pub fn of(head: &Head, log: &VerifierKey) -> Checkpoint {
        Checkpoint {
            head: head.clone(),
            note: head.to_note(&log.public),
        }
    }

    /// Origin, size, root, and the log's signature.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The note as it was read.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The cosignatures of these witnesses that verify: at most one of each, the latest.
    pub fn cosignatures(&self, witnesses: &[VerifierKey]) -> Vec<Cosignature> {
        let found = witnesses.iter();
        found.filter_map(|key| self.cosignature(key)).collect()
    }

    fn cosignature(&self, key: &VerifierKey) -> Option<Cosignature> {
        if key.usage != KeyUse::Cosignature {
            return None;
        }
        let note = Note::parse(self.note.as_bytes()).ok()?;
        let (name, id) = (&key.name, key.id());
        let lines = note.signatures.iter();
        lines
            .filter(|line| line.name == name && line.key_id == id)
            .filter_map(|line| {
                let (time, signature) = line.bytes.split_first_chunk::<8>()?;
                let time_s = u64::from_be_bytes(*time);
                if i64::try_from(time_s).is_err() || signature.len() != 64 {
                    return None;
                }
                UnparsedPublicKey::new(&ED25519, &key.public)
                    .verify(message(time_s, note.text).as_bytes(), signature)
                    .ok()?;
                Some(Cosignature {
                    name: name.clone(),
                    time_s,
                    line: line.render(),
                })
            })
            .max_by_key(|found| found.time_s)
    }

    /// The same checkpoint with the lines of these cosignatures instead of the ones it had.
    pub fn with(&self, cosignatures: &[Cosignature], log: &VerifierKey) -> Checkpoint {
        let mut note = self.head.to_note(&log.public);
        for cosignature in cosignatures {
            note.push_str(&cosignature.line);
        }
        let head = self.head.clone();
        Checkpoint { head, note }
    }

    /// Reads what a witness answered to this checkpoint, and keeps what verifies under these keys.
    pub fn answered(&self, lines: &str, witnesses: &[VerifierKey]) -> Vec<Cosignature> {
        let (head, note) = (self.head.clone(), format!("{}{lines}", self.note));
        Checkpoint { head, note }.cosignatures(witnesses)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::checkpoint::verifier_key;
    use signed_note::{Note as TheirNote, Verifier, VerifierList};

    const ORIGIN: &str = "log.example.com/eu/2026";
    const WITNESS: &str = "witness.example.com/w1";

    fn keys() -> (Ed25519KeyPair, VerifierKey, Ed25519KeyPair, VerifierKey) {
        let log = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let witness = Ed25519KeyPair::from_seed_unchecked(&[2; 32]).unwrap();
        let log_key = verifier_key(ORIGIN, &public_key(&log)).parse().unwrap();
        let witness_key = VerifierKey {
            name: WITNESS.into(),
            usage: KeyUse::Cosignature,
            public: public_key(&witness),
        };
        (log, log_key, witness, witness_key)
    }

    fn checkpoint(key: &Ed25519KeyPair, log: &VerifierKey, size: u64) -> Checkpoint {
        let note = Head::sign(key, ORIGIN, size, [7; 32]).to_note(&log.public);
        Checkpoint::open(note.as_bytes(), log).unwrap()
    }

    #[test]
    fn a_cosignature_verifies_for_its_text_time_and_key_only() {
        let (log, log_key, witness, witness_key) = keys();
        let plain = checkpoint(&log, &log_key, 12);
        let line = cosign(&witness, WITNESS, 1_679_315_147, &plain.head().text());
        let found = plain.answered(&line, std::slice::from_ref(&witness_key));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].time_s, 1_679_315_147);
        assert_eq!(found[0].line, line);
        let whole = plain.with(&found, &log_key);
        let reopened = Checkpoint::open(whole.note().as_bytes(), &log_key).unwrap();
        assert_eq!(
            reopened.cosignatures(std::slice::from_ref(&witness_key)),
            found
        );
        // Another size, another key, another use of the same key, a later time: nothing.
        let other = checkpoint(&log, &log_key, 13);
        assert!(
            other
                .answered(&line, std::slice::from_ref(&witness_key))
                .is_empty()
        );
        let stranger = VerifierKey {
            public: [9; 32],
            ..witness_key.clone()
        };
        assert!(plain.answered(&line, &[stranger]).is_empty());
        let misused = VerifierKey {
            usage: KeyUse::Log,
            ..witness_key.clone()
        };
        assert!(plain.answered(&line, &[misused]).is_empty());
        let mut blob = note_bytes(&line);
        blob[7] ^= 1;
        let later = NoteSignature {
            name: WITNESS,
            key_id: witness_key.id(),
            bytes: blob,
        };
        assert!(plain.answered(&later.render(), &[witness_key]).is_empty());
    }

    fn note_bytes(line: &str) -> Vec<u8> {
        let text = format!("t\n\n{line}");
        Note::parse(text.as_bytes()).unwrap().signatures[0]
            .bytes
            .clone()
    }

    /// A log's key that is also given as a witness's cannot cosign by its ordinary signature.
    #[test]
    fn the_logs_own_signature_is_no_cosignature() {
        let (log, log_key, ..) = keys();
        let plain = checkpoint(&log, &log_key, 12);
        let as_witness = VerifierKey {
            usage: KeyUse::Cosignature,
            ..log_key
        };
        assert!(plain.cosignatures(&[as_witness]).is_empty());
    }

    #[test]
    fn of_two_cosignatures_of_one_witness_the_later_counts_once() {
        let (log, log_key, witness, witness_key) = keys();
        let plain = checkpoint(&log, &log_key, 12);
        let text = plain.head().text();
        let lines = cosign(&witness, WITNESS, 5, &text) + &cosign(&witness, WITNESS, 9, &text);
        let found = plain.answered(&lines, &[witness_key]);
        assert_eq!(found.iter().map(|c| c.time_s).collect::<Vec<_>>(), [9]);
    }

    /// The layout of the published example: a line of 4 + 8 + 64 bytes, of 1679315147.
    #[test]
    fn the_published_examples_line_has_this_layout() {
        let line = "\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI\
                    5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
        let bytes = note_bytes(line);
        assert_eq!(bytes.len(), 72);
        assert_eq!(bytes[..8], 1_679_315_147u64.to_be_bytes());
        let (.., witness, _) = keys();
        let ours = note_bytes(&cosign(&witness, WITNESS, 1_679_315_147, "text\n"));
        assert_eq!((ours.len(), &ours[..8]), (72, &bytes[..8]));
    }

    /// The other implementation of signed notes, taught what `tlog-cosignature` says.
    struct Theirs(VerifierKey);

    impl Verifier for Theirs {
        fn name(&self) -> &str {
            &self.0.name
        }
        fn key_id(&self) -> u32 {
            // Computed by hand: SHA-256(name ‖ "\n" ‖ 0x04 ‖ key)[:4].
            let mut input = format!("{}\n\u{4}", self.0.name).into_bytes();
            input.extend_from_slice(&self.0.public);
            let hash = ring::digest::digest(&ring::digest::SHA256, &input);
            u32::from_be_bytes(hash.as_ref()[..4].try_into().unwrap())
        }
        fn verify(&self, msg: &[u8], sig: &[u8]) -> bool {
            let seconds = u64::from_be_bytes(sig[..8].try_into().unwrap());
            let signed = [format!("cosignature/v1\ntime {seconds}\n").as_bytes(), msg].concat();
            UnparsedPublicKey::new(&ED25519, &self.0.public)
                .verify(&signed, &sig[8..])
                .is_ok()
        }
    }

    #[test]
    fn another_implementation_of_signed_notes_reads_the_same() {
        let (log, log_key, witness, witness_key) = keys();
        let plain = checkpoint(&log, &log_key, 12);
        let line = cosign(&witness, WITNESS, 77, &plain.head().text());
        let found = plain.answered(&line, std::slice::from_ref(&witness_key));
        let note = TheirNote::from_bytes(plain.with(&found, &log_key).note().as_bytes()).unwrap();
        let standard = signed_note::StandardVerifier::new(&log_key.to_string()).unwrap();
        let list = VerifierList::new(vec![Box::new(standard), Box::new(Theirs(witness_key))]);
        let (verified, unverified) = note.verify(&list).unwrap();
        assert_eq!((verified.len(), unverified.len()), (2, 0));
    }
}
