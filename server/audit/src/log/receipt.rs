//! What a receipt promises, and whether the published log keeps it.
//!
//! A collector signs, for each report: this leaf stands at this index of my log, under this head, and a
//! published checkpoint covers it within [`PUBLICATION_MS`] of the time I received it. The head names
//! the log: its signature covers the origin. Whoever holds the receipt can hold the published log, or
//! a copy of its tiles, against it; no login, no collector.

use domicile_ledger::tiles::{Question, TileSet};
use domicile_ledger::witness::{Checkpoint, KeyUse, VerifierKey};
use domicile_ledger::{Head, HeadError, LogKeyRecord, LogKeys, LogKeysError, verify_inclusion};
use domicile_proto::PUBLICATION_MS;
use domicile_proto::codec::{self, CodecError, array};
use domicile_proto::directory::Directory;
use domicile_proto::frame::MAX_TO_AGENT;
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{ReportReceipt, Signed};

/// A receipt that was checked: what its collector is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// Name of the collector in the directory.
    pub collector: String,
    /// The log's keys; their name is the origin.
    pub log: LogKeys,
    /// SHA-256 of the report, as sent.
    pub evidence_hash: Digest,
    /// Its leaf in the log.
    pub leaf_hash: [u8; 32],
    /// Index of the leaf.
    pub index: u64,
    /// When the collector received the report, by its clock, Unix ms.
    pub received_ms: u64,
    /// The head that the receipt shows; it covers the leaf.
    pub head: Head,
}

/// Why bytes promise nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromiseError {
    /// Not a receipt.
    #[error("not a receipt: {0}")]
    Codec(#[from] CodecError),
    /// No collector of the directory signed it.
    #[error("no collector of this directory signed it; use the directory of its time")]
    Signature,
    /// The head in it is of another log than that collector's.
    #[error(
        "its head names the log key {0}, which the directory does not give to its collector; if the log's \
         key was replaced since, give its page of statements (`log-keys` in log.toml, or --url)"
    )]
    OtherLog(Key),
    /// The statements about the log's keys.
    #[error(transparent)]
    Statements(#[from] LogKeysError),
    /// The log did not sign that head.
    #[error("its head: {0}")]
    Head(#[from] HeadError),
    /// The collector signed for more than its log's head covers: nothing can be held against the log.
    #[error("it is for record {index}, its head covers {size}")]
    Uncovered {
        /// The record.
        index: u64,
        /// Records under the head.
        size: u64,
    },
}

impl Promise {
    /// Reads a receipt as agents keep it (`receipt.bin`): the encoded `Signed`, as received. `stated` are
    /// the statements about the log's keys, which lead from the key that the directory names to the one
    /// that the receipt shows, where these differ.
    ///
    /// # Errors
    /// [`PromiseError`].
    pub fn open(
        bytes: &[u8],
        directory: &Directory,
        stated: &[LogKeyRecord],
    ) -> Result<Self, PromiseError> {
        let signed: Signed = codec::decode(bytes, MAX_TO_AGENT)?;
        let is_signer = |key: &Key| sign::verify(Domain::ReportReceipt, key, &signed).is_ok();
        let collector = directory.collectors.iter().find(|one| is_signer(&one.key));
        let collector = collector.ok_or(PromiseError::Signature)?;
        let receipt: ReportReceipt = codec::decode(&signed.payload, MAX_TO_AGENT)?;
        let shown = receipt.head.unwrap_or_default();
        let log_key = Key::read("head.log_key", &shown.log_key)?;
        let named = VerifierKey {
            name: collector.log_origin.clone(),
            usage: KeyUse::Log,
            public: collector.log_key.0,
        };
        let log = match stated {
            [] => LogKeys::from(named),
            stated => LogKeys::new(named, stated.to_vec())?,
        };
        if log.span_of(&log_key.0).is_none() {
            return Err(PromiseError::OtherLog(log_key));
        }
        let head = Head {
            origin: collector.log_origin.clone(),
            size: shown.size,
            root: array("head.root", &shown.root)?,
            signature: array("head.signature", &shown.signature)?,
        };
        if log
            .signer(&head)
            .is_none_or(|signer| signer.public != log_key.0)
        {
            return Err(HeadError::Signature.into());
        }
        if receipt.index >= head.size {
            let (index, size) = (receipt.index, head.size);
            return Err(PromiseError::Uncovered { index, size });
        }
        Ok(Self {
            collector: collector.name.clone(),
            log,
            evidence_hash: Digest::read("evidence_hash", &receipt.evidence_hash)?,
            leaf_hash: array("leaf_hash", &receipt.leaf_hash)?,
            index: receipt.index,
            received_ms: receipt.received_ms,
            head,
        })
    }

    /// By when a published checkpoint covers the leaf, Unix ms.
    pub fn due_ms(&self) -> u64 {
        self.received_ms.saturating_add(PUBLICATION_MS)
    }

    /// What is asked of the tiles below a published checkpoint of `size` records.
    pub fn questions(&self, size: u64) -> Vec<Question> {
        let mut questions = Vec::new();
        if self.index < size {
            questions.push(Question::Inclusion(self.index));
        }
        if self.head.size <= size {
            questions.push(Question::Root(self.head.size));
        }
        questions
    }

    /// Holds a published checkpoint and its tiles against the promise. `seen_ms` says when this was
    /// what the log published, Unix ms: the clock for a log that is asked now, the witnesses' time for
    /// a copy; `None` where nobody dates the copy. `None` is answered when the tiles are not those of
    /// the checkpoint.
    pub fn hold(
        &self,
        published: &Checkpoint,
        tiles: &TileSet,
        seen_ms: Option<u64>,
    ) -> Option<Kept> {
        let head = published.head();
        if self.head.size <= head.size {
            let tree = tiles.tree(head.size, &head.root)?;
            if tree.root(self.head.size)? != self.head.root {
                return Some(Kept::Broken(Broken::OtherHistory));
            }
        }
        if self.index < head.size {
            let tree = tiles.tree(head.size, &head.root)?;
            let path = tree.inclusion(self.index)?;
            let is_there =
                verify_inclusion(&self.leaf_hash, self.index, &path, head.size, &head.root);
            return Some(match is_there {
                Ok(()) => Kept::Kept {
                    in_time: seen_ms.is_some_and(|seen| seen <= self.due_ms()),
                },
                Err(_) => Kept::Broken(Broken::OtherRecord),
            });
        }
        Some(match seen_ms {
            None => Kept::Undated,
            Some(seen_ms) if seen_ms > self.due_ms() => Kept::Broken(Broken::Withheld {
                size: head.size,
                seen_ms,
            }),
            Some(_) => Kept::NotDue,
        })
    }
}

/// Whether a promise is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The published log holds the record.
    Kept {
        /// Whether it is known to have been published by the deadline. A log that is looked at later
        /// does not show when it published.
        in_time: bool,
    },
    /// It does not, and had to.
    Broken(Broken),
    /// It does not yet, and the deadline is not over.
    NotDue,
    /// It does not, and nobody says how old the copy is.
    Undated,
}

/// How a promise is broken. The receipt and the published checkpoint are both signed: together they
/// are the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// After the deadline the published log ends before the record.
    Withheld {
        /// Records published.
        size: u64,
        /// When, Unix ms.
        seen_ms: u64,
    },
    /// Another record stands at the index.
    OtherRecord,
    /// The published log does not begin with the head that the receipt shows.
    OtherHistory,
}
