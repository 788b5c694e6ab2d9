//! Heads that the log signed for somebody: agents put the newest they were shown into each ranging
//! transcript, anchors keep the newest of each log and every pair that conflicts. All of it is signed
//! by the log, so that whoever brings it need not be trusted.
//!
//! Read are: bundles (each transcript in them, and the head that they stand under), files that an
//! anchor keeps (`head-*.bin`, `conflict-*.bin` in its state directory), checkpoints, and folders of
//! any of these.

use crate::bundle;
use domicile_certs::files::{self, FileError};
use domicile_ledger::{Head, LogKeys};

use domicile_proto::codec::{self, array};
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::wire::{
    AgentTranscript, Bundle, Evidence, EvidenceRecord, LogHead, LoggedEntry, Signed,
};
use std::path::{Path, PathBuf};

/// An encoded head is at most this long, bytes; the same as anchors keep.
const MAX_HEAD: usize = 256;

/// A head of the log that somebody was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The head; its signature by the log has been checked.
    pub head: Head,
    /// Who had it, for people.
    pub by: String,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GossipError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is none of the files that carry heads.
    #[error("{}: neither a bundle, nor a head that an anchor kept, nor a checkpoint of this log", .0.display())]
    Unknown(PathBuf),
}

/// The heads of this log in a file, or in the files of a folder. Of a folder, what carries no heads is
/// passed over.
///
/// # Errors
/// [`GossipError`].
pub fn read_gossip(path: &Path, log: &LogKeys) -> Result<Vec<Seen>, GossipError> {
    if !path.is_dir() {
        return one(path, log);
    }
    let failed = |source| FileError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        files.push(entry.map_err(failed)?.path());
    }
    files.sort();
    let mut seen = Vec::new();
    for file in files.iter().filter(|file| file.is_file()) {
        match one(file, log) {
            Ok(found) => seen.extend(found),
            Err(GossipError::Unknown(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(seen)
}

fn one(path: &Path, log: &LogKeys) -> Result<Vec<Seen>, GossipError> {
    let bytes = files::read(path, bundle::MAX_BYTES)?;
    let by = path.display().to_string();
    if let Ok(message) = codec::decode::<LogHead>(&bytes, MAX_HEAD) {
        return Ok(seen(&message, log, by).into_iter().collect());
    }
    if let Ok(bundle) = bundle::read_bundle(&bytes) {
        return Ok(in_bundle(&bundle, log, &by));
    }
    match log.open(&bytes) {
        Ok(checkpoint) => {
            let head = checkpoint.head().clone();
            Ok(vec![Seen { head, by }])
        }
        Err(_) => Err(GossipError::Unknown(path.to_owned())),
    }
}

fn in_bundle(bundle: &Bundle, log: &LogKeys, file: &str) -> Vec<Seen> {
    let own = bundle.head.as_ref();
    let own = own.and_then(|head| seen(head, log, format!("the auditor who took {file}")));
    let records = bundle.evidence.iter().chain(&bundle.compared);
    let carried = records
        .flat_map(|record| transcripts(record).unwrap_or_default())
        .filter_map(|transcript| transcript.newest_head)
        .filter_map(|head| seen(&head, log, format!("a host, in a transcript in {file}")));
    own.into_iter().chain(carried).collect()
}

/// The agent's accounts in an evidence record; what does not decode is not there.
fn transcripts(record: &LoggedEntry) -> Option<Vec<AgentTranscript>> {
    let record: EvidenceRecord = codec::decode(&record.payload, MAX_TO_COLLECTOR).ok()?;
    let evidence: Signed = codec::decode(&record.evidence, MAX_TO_COLLECTOR).ok()?;
    let evidence: Evidence = codec::decode(&evidence.payload, MAX_TO_COLLECTOR).ok()?;
    let transcripts = evidence.rangings.iter().filter_map(|ranging| {
        let signed: Signed = codec::decode(&ranging.transcript, MAX_TO_COLLECTOR).ok()?;
        codec::decode(&signed.payload, MAX_TO_COLLECTOR).ok()
    });
    Some(transcripts.collect())
}

/// A head as it travels, if it is this log's and the log signed it.
fn seen(message: &LogHead, log: &LogKeys, by: String) -> Option<Seen> {
    let key: [u8; 32] = array("log_key", &message.log_key).ok()?;
    let head = Head {
        origin: log.origin().to_owned(),
        size: message.size,
        root: array("root", &message.root).ok()?,
        signature: array("signature", &message.signature).ok()?,
    };
    let is_signed = log.signer(&head).is_some_and(|signer| signer.public == key);
    is_signed.then_some(Seen { head, by })
}
