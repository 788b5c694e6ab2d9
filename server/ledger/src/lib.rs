//! Append-only log of Domicile: payload segments, Merkle tree, proofs, checkpoints.
//!
//! One log holds every record that an auditor may ask for. Its **payload segments are the truth
//! and the write-ahead log**: a record counts once `fdatasync` of its segment returned. Everything
//! else in the directory can be deleted and is rebuilt, except the checkpoint, which is a promise
//! to others and is checked against the segments at every opening.
//!
//! ```text
//! DIR/lock                     held exclusively by the one writer
//! DIR/segments/00000000.seg    the truth: segment header, then records        (mod segment, record)
//! DIR/checkpoint               newest signed head, C2SP signed note           (mod checkpoint)
//! DIR/derived/hashes           Merkle hashes in storage order, 32 bytes each  (mod derived, tree)
//! DIR/derived/offsets          where each record starts, 8 bytes each         (mod derived)
//! DIR/derived/state            how far the two files above reach, with sums   (mod derived)
//! DIR/erasing                  an erasure that is being written                (mod intent)
//! DIR/tiles/                   the log as static files, C2SP tlog-tiles       (mod tiles)
//! ```
//!
//! A leaf of the tree ([`Leaf`], 42 bytes) commits to kind, time and a salted hash of the payload,
//! never to the payload itself. The log reads no clock, draws no randomness and holds no key: times,
//! salts and signing keys are arguments.
//!
//! Payloads can be erased where law wants it ([`Log::erase`]): the record keeps its place and its leaf,
//! so every root, proof, tile and checkpoint stays. Each erasure is a record of the log itself.
//!
//! What is found when: a torn tail (bytes of an append that was never acknowledged) is cut off at
//! opening; any damage before it is an error that names segment, offset and record, found at
//! opening where the records are replayed, and by [`View::verify`] everywhere. Damage to the last
//! append alone cannot be told from a torn tail by the segments; a checkpoint that covers it can.
//!
//! Start reading at [`Log`] (`log.rs`), then `open.rs` for recovery and `record.rs` for the bytes. What
//! leaves the machine is in [`tiles`], [`witness`] (who else has seen the log) and [`TlogProof`].

mod checkpoint;
mod compact;
mod damage;
mod derived;
mod entry;
mod erase;
mod error;
#[cfg(test)]
mod fault_tests;
mod files;
mod intent;
mod iter;
mod leaves;
mod log;
mod log_key;
mod note;
mod open;
#[cfg(test)]
mod power_tests;
mod reader;
mod record;
pub mod roster;
mod scan;
mod segment;
mod spans;
mod stored;
pub mod tiles;
mod tlog_proof;
mod tree;
mod verify;
mod view;
pub mod witness;

pub use checkpoint::{Head, HeadError, key_id, verifier_key};
pub use damage::Damage;
pub use entry::{Appended, Kind, LEAF_LEN, Leaf, LeafError, NewEntry, commitment, leaf_hash};
pub use erase::ErasedNow;
pub use error::{Error, Result};
pub use iter::Iter;
pub use leaves::Leaves;
pub use log::{Log, MAX_BATCH, MAX_PAYLOAD, Options};
pub use log_key::{
    LogKeyRecord, LogKeyStatement, LogKeyStep, LogKeys, LogKeysError, MAX_STATEMENT,
    MAX_STATEMENTS_PAGE, STATEMENTS, StatementError,
};
pub use note::NoteError;
pub use open::{Recovery, Torn};
pub use reader::Reader;
pub use record::{Content, RECORD_HEADER_LEN, Record, decode_record, encode_record};
pub use segment::SEGMENT_HEADER_LEN;
pub use spans::{Spans, SpansError, may_be_erased};
pub use stored::{Entry, Erased, Stored};
pub use tlog_proof::{MAX_TLOG_PROOF, TlogProof, TlogProofError};
pub use tree::{
    ConsistencyProof, EMPTY_ROOT, InclusionProof, ProofError, verify_consistency, verify_inclusion,
};
pub use verify::Verified;
pub use view::View;
