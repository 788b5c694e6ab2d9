//! Statements about the key that signs a log: first use, rotation, retirement.
//!
//! A statement is a signed note and the whole payload of a record of kind [`Kind::LogKey`](crate::Kind::LogKey). Its text has
//! seven lines:
//!
//! ```text
//! domicile/log-key/v1
//! ORIGIN
//! first-use | rotation | retirement
//! INDEX                 the statement is this record of the log: so many records are before it
//! base64(root)          of these
//! KEY                   first use, retirement: the key; rotation: the successor; as a verifier key
//! KEY | -               rotation: the key that is replaced
//! ```
//!
//! Every key that a statement names signs it: a rotation carries the signatures of both. So neither a
//! stolen new key nor the vendor's word alone makes a rotation, and an old key cannot be put aside by
//! somebody who does not hold it. The first line is no log's name, so that no statement reads as a
//! checkpoint and no checkpoint as a statement.
//!
//! The last head of the old key covers the rotation itself; the new key signs that size and what comes after:
//!
//! | key | heads of sizes |
//! |---|---|
//! | replaced by record R | up to R + 1 |
//! | in force since record R | from R + 1 |
//!
//! Start reading at [`LogKeyStatement`], then [`LogKeys`] in `chain.rs`: which key may have signed which head.

mod chain;
mod page;

pub use chain::{LogKeys, LogKeysError, MAX_PAGE as MAX_STATEMENTS_PAGE};
pub use page::{LogKeyRecord, STATEMENTS};

use crate::checkpoint::public_key;
use crate::note::{Note, NoteError, NoteSignature};
use crate::witness::{KeyUse, VerifierKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use std::fmt;
use thiserror::Error;

const FIRST_LINE: &str = "domicile/log-key/v1";

/// A longer statement is refused, bytes. One is under 1 kB.
pub const MAX_STATEMENT: usize = 4096;

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKeyStep {
    /// The log is signed by this key; nothing is said of a key before it.
    FirstUse,
    /// The key is replaced.
    Rotation,
    /// The log is closed: after this record nothing is signed.
    Retirement,
}

impl LogKeyStep {
    /// The word in the statement.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstUse => "first-use",
            Self::Rotation => "rotation",
            Self::Retirement => "retirement",
        }
    }
}

impl fmt::Display for LogKeyStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A statement whose signatures were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeyStatement {
    /// What happened.
    pub step: LogKeyStep,
    /// The record of the log that this statement is.
    pub index: u64,
    /// Root over the records before it.
    pub root: [u8; 32],
    /// The key; of a rotation the successor. Its name is the log's origin.
    pub key: VerifierKey,
    /// Of a rotation the key that is replaced.
    pub previous: Option<VerifierKey>,
    /// The signed note, the record's payload.
    pub note: String,
}

/// Why bytes are no statement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StatementError {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A line is not what it must be.
    #[error("line {0} is not that of a statement about a log's key")]
    Line(usize),
    /// A key that it names has not signed it.
    #[error("key {key_id:08x} of {name}, which it names, has not signed it")]
    Unsigned {
        /// Name of the key.
        name: String,
        /// Its id.
        key_id: u32,
    },
}

impl LogKeyStatement {
    /// Says which key signs a log of `index` records with this root: the statement is its next record.
    pub fn first_use(key: &Ed25519KeyPair, origin: &str, index: u64, root: [u8; 32]) -> Self {
        Self::sign(LogKeyStep::FirstUse, origin, index, root, key, None)
    }

    /// Replaces `old` by `new`; both sign.
    pub fn rotation(
        old: &Ed25519KeyPair,
        new: &Ed25519KeyPair,
        origin: &str,
        index: u64,
        root: [u8; 32],
    ) -> Self {
        Self::sign(LogKeyStep::Rotation, origin, index, root, new, Some(old))
    }

    /// Closes the log.
    pub fn retirement(key: &Ed25519KeyPair, origin: &str, index: u64, root: [u8; 32]) -> Self {
        Self::sign(LogKeyStep::Retirement, origin, index, root, key, None)
    }

    fn sign(
        step: LogKeyStep,
        origin: &str,
        index: u64,
        root: [u8; 32],
        key: &Ed25519KeyPair,
        old: Option<&Ed25519KeyPair>,
    ) -> Self {
        let named = |key: &Ed25519KeyPair| VerifierKey {
            name: origin.to_owned(),
            usage: KeyUse::Log,
            public: public_key(key),
        };
        let mut statement = Self {
            step,
            index,
            root,
            key: named(key),
            previous: old.map(named),
            note: String::new(),
        };
        let text = statement.text();
        let signers = old.into_iter().chain([key]);
        let signatures = signers.map(|signer| NoteSignature {
            name: origin,
            key_id: named(signer).id(),
            bytes: signer.sign(text.as_bytes()).as_ref().to_vec(),
        });
        statement.note = Note {
            text: &text,
            signatures: signatures.collect(),
        }
        .render();
        statement
    }

    /// Reads a statement and checks the signature of each key that it names.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn open(note: &[u8]) -> Result<Self, StatementError> {
        if note.len() > MAX_STATEMENT {
            return Err(NoteError::TooLong(note.len()).into());
        }
        let parsed = Note::parse(note)?;
        let statement = Self {
            note: String::from_utf8_lossy(note).into_owned(),
            ..read(parsed.text)?
        };
        let named: Vec<&VerifierKey> = statement.previous.iter().chain([&statement.key]).collect();
        // Whoever signs besides them would be no part of what the statement says.
        if parsed.signatures.len() != named.len() {
            return Err(StatementError::Line(8));
        }
        for (key, line) in named.into_iter().zip(&parsed.signatures) {
            let is_theirs = line.name == key.name && line.key_id == key.id();
            let signed = UnparsedPublicKey::new(&ED25519, &key.public)
                .verify(parsed.text.as_bytes(), &line.bytes);
            if !is_theirs || signed.is_err() {
                let (name, key_id) = (key.name.clone(), key.id());
                return Err(StatementError::Unsigned { name, key_id });
            }
        }
        Ok(statement)
    }

    /// Name of the log.
    pub fn origin(&self) -> &str {
        &self.key.name
    }

    fn text(&self) -> String {
        let previous = self.previous.as_ref();
        let previous = previous.map_or("-".to_owned(), VerifierKey::to_string);
        format!(
            "{FIRST_LINE}\n{}\n{}\n{}\n{}\n{}\n{previous}\n",
            self.key.name,
            self.step,
            self.index,
            STANDARD.encode(self.root),
            self.key,
        )
    }
}

/// The fields of a statement's text; the note stays empty.
fn read(text: &str) -> Result<LogKeyStatement, StatementError> {
    let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
    let [first, origin, step, index, root, key, previous] = lines[..] else {
        return Err(StatementError::Line(lines.len().min(7)));
    };
    let at = |line: usize| move || StatementError::Line(line);
    if first != FIRST_LINE {
        return Err(StatementError::Line(1));
    }
    let steps = [
        LogKeyStep::FirstUse,
        LogKeyStep::Rotation,
        LogKeyStep::Retirement,
    ];
    let step = steps.into_iter().find(|one| one.name() == step);
    let of_log = |text: &str| {
        let key: Option<VerifierKey> = text.parse().ok();
        key.filter(|key| key.usage == KeyUse::Log && key.name == origin)
    };
    let root = STANDARD.decode(root).ok();
    let step = step.ok_or_else(at(3))?;
    let key = of_log(key).ok_or_else(at(6))?;
    let previous = match (step, previous) {
        (LogKeyStep::Rotation, text) => Some(of_log(text).ok_or_else(at(7))?),
        (_, "-") => None,
        _ => return Err(StatementError::Line(7)),
    };
    if previous.as_ref() == Some(&key) {
        return Err(StatementError::Line(7));
    }
    let statement = LogKeyStatement {
        step,
        index: index.parse().map_err(|_| StatementError::Line(4))?,
        root: root
            .and_then(|root| root.try_into().ok())
            .ok_or_else(at(5))?,
        key,
        previous,
        note: String::new(),
    };
    // One way to write each: other texts of the same meaning are refused.
    match statement.text() == text {
        true => Ok(statement),
        false => Err(StatementError::Line(4)),
    }
}

#[cfg(test)]
mod tests;
