//! The collector's signed statement of one answer.

use crate::bundle::parts::open_head;
use data_encoding::BASE64;
use domicile_proto::codec;
use domicile_proto::directory::{Collector, Directory};
use domicile_proto::sign::{self, Domain, sha256};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{AnswerStatement, Signed};

/// Longest statement, bytes of its base64 text.
pub(super) const MAX_TEXT: usize = 16 * 1024;

/// A statement whose signature has been checked.
pub(super) struct Statement<'d> {
    pub(super) collector: &'d Collector,
    pub(super) auditor: Key,
    /// Path and filters.
    pub(super) query: String,
    pub(super) rows: u64,
    pub(super) at_ms: u64,
    pub(super) read_index: u64,
    /// Records in the log then.
    pub(super) log_size: u64,
    pub(super) log_root: Digest,
}

/// Checks the statement of an answer against a directory's collectors.
pub(super) fn open<'d>(
    text: &str,
    answer: &[u8],
    directory: &'d Directory,
) -> Result<Statement<'d>, String> {
    if text.len() > MAX_TEXT {
        return Err(format!("a statement of {} bytes", text.len()));
    }
    let bytes = BASE64
        .decode(text.as_bytes())
        .map_err(|error| format!("a statement that is no base64: {error}"))?;
    let signed: Signed = codec::decode(&bytes, MAX_TEXT).map_err(|error| error.to_string())?;
    let collector = directory
        .collectors
        .iter()
        .find(|one| sign::verify(Domain::Answer, &one.key, &signed).is_ok())
        .ok_or("a statement that no collector of the directory has signed")?;
    let said: AnswerStatement =
        codec::decode(&signed.payload, MAX_TEXT).map_err(|error| error.to_string())?;
    if said.body_hash != sha256(answer).0 {
        return Err("the answer is not the one that its statement names".into());
    }
    let shown = said.head.as_ref().ok_or("a statement without a log head")?;
    let (head, logs) = open_head(shown, &said.log_origin, std::slice::from_ref(directory))?;
    if !logs.contains(collector) {
        return Err("the statement's head is of another log than its signer's".into());
    }
    if said.read_index >= head.size {
        return Err("the statement's head does not cover the read".into());
    }
    let query = said
        .query
        .strip_prefix("GET ")
        .ok_or("the statement is of no GET")?;
    Ok(Statement {
        collector,
        auditor: Key::read("auditor_key", &said.auditor_key).map_err(|error| error.to_string())?,
        query: query.to_owned(),
        rows: said.rows,
        at_ms: said.at_ms,
        read_index: said.read_index,
        log_size: head.size,
        log_root: Digest(head.root),
    })
}
