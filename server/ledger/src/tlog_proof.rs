//! Proofs that stand alone, as text: C2SP `tlog-proof` (<https://c2sp.org/tlog-proof>).
//!
//! A proof has index, audit path and checkpoint. Domicile puts the leaf itself into the `extra` line:
//! it is not authenticated there, but its hash must lead to the signed root.

use crate::entry::leaf_hash;
use crate::log_key::LogKeys;
use crate::note::MAX_NOTE;
use crate::tree::{ProofError, verify_inclusion};
use crate::witness::{Checkpoint, VerifierKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A longer proof is refused unread, in bytes.
pub const MAX_TLOG_PROOF: usize = MAX_NOTE + 16 * 1024;

const MAX_HASHES: usize = 64;

/// A proof that a record is in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Whatever helps to find out what was logged; here the leaf. Not authenticated by itself.
    pub extra: Option<Vec<u8>>,
    /// Index of the record.
    pub index: u64,
    /// Audit path, leaf side first.
    pub hashes: Vec<[u8; 32]>,
    /// The checkpoint, a signed note.
    pub note: String,
}

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlogProofError {
    /// Over the limit.
    #[error("longer than {MAX_TLOG_PROOF} bytes")]
    TooLong,
    /// Not text with the lines in their order.
    #[error("not a proof: {0}")]
    Form(&'static str),
    /// The checkpoint.
    #[error("its checkpoint: {0}")]
    Checkpoint(#[from] crate::HeadError),
    /// The leaf does not lead to the checkpoint's root.
    #[error("its record is not in the log: {0}")]
    Inclusion(#[from] ProofError),
}

impl TlogProof {
    /// The proof as text.
    pub fn render(&self) -> String {
        let mut out = format!("{FIRST_LINE}\n");
        if let Some(extra) = &self.extra {
            out.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        out.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            out.push_str(&STANDARD.encode(hash));
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.note);
        out
    }

    /// Reads a proof; nothing in it is checked.
    ///
    /// # Errors
    /// [`TlogProofError::TooLong`], [`TlogProofError::Form`].
    pub fn parse(bytes: &[u8]) -> Result<TlogProof, TlogProofError> {
        if bytes.len() > MAX_TLOG_PROOF {
            return Err(TlogProofError::TooLong);
        }
        let form = TlogProofError::Form;
        let text = std::str::from_utf8(bytes).map_err(|_| form("it is not text"))?;
        let (head, note) = text
            .split_once("\n\n")
            .ok_or(form("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(form("the first line is not that of a proof of version 1"));
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            None => None,
            Some(encoded) => {
                let bytes = STANDARD.decode(encoded);
                lines.next();
                Some(bytes.map_err(|_| form("the extra line is not base64"))?)
            }
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index
            .and_then(crate::witness::decimal)
            .ok_or(form("no index line"))?;
        let mut hashes = Vec::new();
        for line in lines {
            let hash = STANDARD.decode(line).ok().and_then(|b| b.try_into().ok());
            hashes.push(hash.ok_or(form("a line of the path is not a hash in base64"))?);
        }
        if hashes.len() > MAX_HASHES {
            return Err(form("more than 64 lines of path"));
        }
        let note = note.to_owned();
        Ok(TlogProof {
            extra,
            index,
            hashes,
            note,
        })
    }

    /// Checks that `leaf` is the record in the log with this key. Whether enough witnesses signed the
    /// checkpoint is the caller's to judge.
    ///
    /// # Errors
    /// [`TlogProofError::Checkpoint`], [`TlogProofError::Inclusion`].
    pub fn verify(&self, leaf: &[u8], log: &VerifierKey) -> Result<Checkpoint, TlogProofError> {
        self.check(leaf, Checkpoint::open(self.note.as_bytes(), log)?)
    }

    /// As [`TlogProof::verify`], for a log whose key may have been replaced.
    ///
    /// # Errors
    /// As there.
    pub fn verify_by(&self, leaf: &[u8], log: &LogKeys) -> Result<Checkpoint, TlogProofError> {
        self.check(leaf, log.open(self.note.as_bytes())?)
    }

    fn check(&self, leaf: &[u8], checkpoint: Checkpoint) -> Result<Checkpoint, TlogProofError> {
        let head = checkpoint.head();
        let hash = leaf_hash(leaf);
        verify_inclusion(&hash, self.index, &self.hashes, head.size, &head.root)?;
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::checkpoint::{Head, public_key, verifier_key};
    use proptest::prelude::*;
    use ring::signature::Ed25519KeyPair;

    fn proof() -> (TlogProof, VerifierKey) {
        let key = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let root = crate::tree::node(&left, &right);
        let note = Head::sign(&key, "o", 2, root).to_note(&public_key(&key));
        let proof = TlogProof {
            extra: Some(b"right".to_vec()),
            index: 1,
            hashes: vec![left],
            note,
        };
        (proof, verifier_key("o", &public_key(&key)).parse().unwrap())
    }

    #[test]
    fn a_proof_holds_for_its_record_and_log_only() {
        let (proof, key) = proof();
        assert_eq!(
            TlogProof::parse(proof.render().as_bytes()),
            Ok(proof.clone())
        );
        assert_eq!(proof.verify(b"right", &key).unwrap().head().size, 2);
        assert!(matches!(
            proof.verify(b"left", &key),
            Err(TlogProofError::Inclusion(_))
        ));
        let other = VerifierKey {
            public: [3; 32],
            ..key.clone()
        };
        assert!(matches!(
            proof.verify(b"right", &other),
            Err(TlogProofError::Checkpoint(_))
        ));
        let moved = TlogProof { index: 0, ..proof };
        assert!(matches!(
            moved.verify(b"right", &key),
            Err(TlogProofError::Inclusion(_))
        ));
    }

    /// The shapes that other implementations share as test vectors.
    #[test]
    fn text_is_as_others_write_it() {
        let plain = |extra: Option<&[u8]>, index, hashes: &[[u8; 32]]| TlogProof {
            extra: extra.map(<[u8]>::to_vec),
            index,
            hashes: hashes.to_vec(),
            note: "checkpoint\n".into(),
        };
        assert_eq!(
            plain(None, 0, &[]).render(),
            "c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n"
        );
        let hash = STANDARD.encode([5; 32]);
        assert_eq!(
            plain(Some(b"extra information"), 10, &[[5; 32]]).render(),
            format!(
                "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n{hash}\n\ncheckpoint\n"
            )
        );
        for bad in [
            "",
            "c2sp.org/tlog-proof@v1\n",
            "c2sp.org/tlog-proof@v2\nindex 0\n\nc\n",
            "c2sp.org/tlog-proof@v1\nindex notanumber\n\nc\n",
            "c2sp.org/tlog-proof@v1\nindex 00\n\nc\n",
            "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0\n\nc\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nc\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nc\n",
        ] {
            assert!(TlogProof::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_render_back(bytes in proptest::collection::vec(any::<u8>(), 0..200), index in 0..3u8) {
            let mut text = format!("{FIRST_LINE}\nindex {index}\n\n").into_bytes();
            text.extend_from_slice(&bytes);
            if let Ok(proof) = TlogProof::parse(&text) {
                prop_assert_eq!(proof.render().into_bytes(), text);
            }
            let _refused = TlogProof::parse(&bytes);
        }
    }
}
