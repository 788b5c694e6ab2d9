//! The newest log head that a collector has shown this agent.
//!
//! It goes into every transcript, so that anchors sign what the fleet was shown. A head that
//! contradicts the kept one is written down and never replaces it.

use super::{StateDir, StateError, hex, load, save};
use crate::disk::Disk;
use domicile_proto::codec::{CodecError, array};
use domicile_proto::directory::Collector;
use domicile_proto::log_head;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use serde::{Deserialize, Serialize};

/// Most contradicting heads kept.
pub const MAX_CONFLICTS: usize = 16;

/// A log head whose signature verifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The log.
    #[serde(with = "super::text")]
    pub log_key: Key,
    /// Leaves.
    pub size: u64,
    /// Merkle root.
    #[serde(with = "super::text")]
    pub root: Digest,
    /// Over the checkpoint's text.
    #[serde(with = "hex")]
    pub signature: [u8; 64],
}

/// Why a head was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// A field is out of range.
    #[error("log head: {0}")]
    Codec(#[from] CodecError),
    /// The head is of another log than the collector's.
    #[error("the log head is of log {given}, the directory names {expected}")]
    OtherLog {
        /// The head's.
        given: Key,
        /// The directory's.
        expected: Key,
    },
    /// The signature does not verify for the log's key and origin.
    #[error("the log head's signature does not verify under the directory's log key")]
    Signature,
}

impl Head {
    /// Checks a head shown by `collector`; `None` for the empty head before a log's first.
    ///
    /// # Errors
    /// [`HeadError`] naming what is wrong.
    pub fn check(head: &wire::LogHead, collector: &Collector) -> Result<Option<Self>, HeadError> {
        if *head == wire::LogHead::default() {
            return Ok(None);
        }
        let head = Self {
            log_key: Key::read("head.log_key", &head.log_key)?,
            size: head.size,
            root: Digest::read("head.root", &head.root)?,
            signature: array("head.signature", &head.signature)?,
        };
        if head.log_key != collector.log_key {
            return Err(HeadError::OtherLog {
                given: head.log_key,
                expected: collector.log_key,
            });
        }
        let (log, origin) = (&head.log_key, &collector.log_origin);
        if !log_head::is_signed(log, origin, head.size, &head.root, &head.signature) {
            return Err(HeadError::Signature);
        }
        Ok(Some(head))
    }

    /// The message of this head.
    pub fn to_wire(&self) -> wire::LogHead {
        wire::LogHead {
            log_key: self.log_key.to_vec(),
            size: self.size,
            root: self.root.to_vec(),
            signature: self.signature.to_vec(),
        }
    }
}

/// What a newly shown head means beside the kept one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Newer: it is kept now.
    Newer,
    /// The same.
    Same,
    /// Smaller than the kept one, which stays.
    Older,
    /// The same size with another root: somebody was shown another log. Both are kept.
    Conflict,
}

/// The kept head, if any.
///
/// # Errors
/// [`StateError`] when it cannot be read.
pub fn newest(state: &StateDir) -> Result<Option<Head>, StateError> {
    load(&state.log_head())
}

/// Heads that contradict each other, as pairs (kept, shown).
///
/// # Errors
/// [`StateError`] when they cannot be read.
pub fn conflicts(state: &StateDir) -> Result<Vec<(Head, Head)>, StateError> {
    Ok(load(&state.log_conflicts())?.unwrap_or_default())
}

/// Keeps `shown` if it is newer. A log of another key starts anew.
///
/// # Errors
/// [`StateError`] when it cannot be written.
pub fn show(disk: &dyn Disk, state: &StateDir, shown: &Head) -> Result<Shown, StateError> {
    let kept = newest(state)?.filter(|kept| kept.log_key == shown.log_key);
    let meaning = match &kept {
        Some(kept) if shown.size < kept.size => Shown::Older,
        Some(kept) if shown.size == kept.size && shown.root == kept.root => Shown::Same,
        Some(kept) if shown.size == kept.size => {
            let mut all = conflicts(state)?;
            let pair = (kept.clone(), shown.clone());
            if all.len() < MAX_CONFLICTS && !all.contains(&pair) {
                all.push(pair);
                save(disk, &state.log_conflicts(), &all)?;
            }
            Shown::Conflict
        }
        _ => {
            save(disk, &state.log_head(), shown)?;
            Shown::Newer
        }
    };
    Ok(meaning)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::disk::RealDisk;
    use domicile_proto::log_head::checkpoint;
    use domicile_proto::sign::SigningKey;

    fn log() -> (SigningKey, Collector) {
        let key = SigningKey::from_seed(&[3; 32]);
        let collector = Collector {
            key: Key([1; 32]),
            name: "c".into(),
            addresses: vec![([127, 0, 0, 1], 1).into()],
            tunnel_addresses: vec![],
            log_key: key.public(),
            log_origin: "example.org/log".into(),
        };
        (key, collector)
    }

    fn signed(size: u64, root: u8) -> wire::LogHead {
        let (key, collector) = log();
        let root = Digest([root; 32]);
        let text = checkpoint(&collector.log_origin, size, &root);
        wire::LogHead {
            log_key: key.public().to_vec(),
            size,
            root: root.to_vec(),
            signature: key.ring().sign(text.as_bytes()).as_ref().to_vec(),
        }
    }

    #[test]
    fn only_the_directorys_log_and_origin_verify() {
        let (_, collector) = log();
        let good = signed(5, 1);
        assert!(Head::check(&good, &collector).unwrap().is_some());
        assert_eq!(Head::check(&wire::LogHead::default(), &collector), Ok(None));
        let mut bad = good.clone();
        bad.size = 6;
        assert_eq!(Head::check(&bad, &collector), Err(HeadError::Signature));
        let mut origin = collector.clone();
        origin.log_origin = "example.org/other".into();
        assert_eq!(Head::check(&good, &origin), Err(HeadError::Signature));
        let mut other = collector;
        other.log_key = Key([9; 32]);
        assert!(matches!(
            Head::check(&good, &other),
            Err(HeadError::OtherLog { .. })
        ));
    }

    #[test]
    fn never_shrinks_and_a_conflict_is_noted() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let (_, collector) = log();
        let shown = |size, root| {
            let head = Head::check(&signed(size, root), &collector)
                .unwrap()
                .unwrap();
            show(&RealDisk, &state, &head).unwrap()
        };
        assert_eq!(shown(5, 1), Shown::Newer);
        assert_eq!(shown(5, 1), Shown::Same);
        assert_eq!(shown(4, 1), Shown::Older);
        assert_eq!(shown(5, 2), Shown::Conflict);
        assert_eq!(shown(5, 2), Shown::Conflict);
        assert_eq!(shown(9, 3), Shown::Newer);
        assert_eq!(conflicts(&state).unwrap().len(), 1, "noted once");
        assert_eq!(newest(&state).unwrap().unwrap().size, 9);
    }
}
