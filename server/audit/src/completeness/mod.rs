//! Is everything of a host here, or was something withheld?
//!
//! A collector hands out one host's records of a time together with the rosters of its periods
//! ([`HostRecords`]). The rosters stand in the log, signed: each says for every host how many records
//! of it the period holds. What is handed out must be exactly that many, each under the same head as
//! the roster. A roster that says too little is found by its totals: every record of the counted kinds
//! is some host's, and the public leaves show how many there are of each kind ([`against_leaves`]).
//!
//! No network and no clock: `commands/completeness.rs` fetches what is asked for.

mod gap;
mod rosters;

pub use gap::Gap;
pub use rosters::{Period, against_leaves};

use crate::bundle::parts::{self, open_head};
use domicile_certs::Trust;
use domicile_ledger::{Head, Kind};
use domicile_proto::codec::{self, CodecError};
use domicile_proto::directory::Directory;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::sign::sha256;
use domicile_proto::types::Key;
use domicile_proto::wire::{
    DeclarationRecord, EnrolmentRecord, Evidence, EvidenceRecord, ForkRecord, HostRecords,
    Liveness, LivenessRecord, LoggedEntry, RosterCounts, Signed, Verdict, Withdrawal,
    WithdrawalRecord,
};

/// Largest file, bytes.
pub const MAX_BYTES: usize = 128 * 1024 * 1024;

/// The version that this program reads.
const VERSION: u32 = 1;

/// Largest record, bytes.
const MAX_RECORD: usize = 2 * MAX_TO_COLLECTOR;

/// What was handed out, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Whose records these are.
    pub host: Key,
    /// The head that everything stands under.
    pub head: Head,
    /// The periods, in order.
    pub periods: Vec<Period>,
    /// The host's records that are here.
    pub shown: RosterCounts,
    /// What is not as the rosters say, or is under no roster.
    pub gaps: Vec<Gap>,
    /// Reports that the host's own chain names and the log does not hold: they may never have arrived.
    pub notes: Vec<String>,
}

/// Decodes the bytes of a file. Nothing in it has been checked then.
///
/// # Errors
/// [`CodecError`] when they are not one, or of another version.
pub fn read(bytes: &[u8]) -> Result<HostRecords, CodecError> {
    let records: HostRecords = codec::decode(bytes, MAX_BYTES)?;
    match records.version {
        VERSION => Ok(records),
        other => Err(CodecError::field(
            "version",
            format!("{other}; this program reads version {VERSION}"),
        )),
    }
}

/// Checks what was handed out against its rosters, for the time from `from_ms` to `until_ms`.
///
/// # Errors
/// Why it proves nothing: a signature or a place in the log that does not hold, a record that is not
/// the host's. What is missing is no error but a [`Gap`].
pub fn check(
    records: &HostRecords,
    trust: &Trust,
    from_ms: u64,
    until_ms: u64,
) -> Result<Account, String> {
    let host = Key::read("agent_key", &records.agent_key).map_err(|error| error.to_string())?;
    let directory = records.directory.as_ref().ok_or("there is no directory")?;
    let shown = records.head.as_ref().ok_or("there is no head")?;
    let opened = Directory::open(&directory.payload, &trust.directory_key)
        .map_err(|error| format!("the directory: {error}"))?;
    let (head, collectors) = open_head(shown, &records.log_origin, &[opened])?;
    parts::check_included(Kind::Directory, directory, &head)?;
    let keys: Vec<Key> = collectors.iter().map(|one| one.key).collect();
    let mut gaps = Vec::new();
    let mut periods = rosters::open(&records.rosters, &head, &keys, &host, &mut gaps)?;
    rosters::check_cover(&periods, from_ms, until_ms, &mut gaps);
    let mut notes = Vec::new();
    let mut evidence = None;
    let mut last = None;
    for record in &records.records {
        let kind = own(record, &host, &head)?;
        if last.is_some_and(|last| last >= record.index) {
            return Err(format!("record {} is not in its place here", record.index));
        }
        last = Some(record.index);
        let period = periods.iter_mut().find(|period| period.holds(record.index));
        let period =
            period.ok_or_else(|| format!("record {} is of none of these periods", record.index))?;
        period.show(kind, record)?;
        if kind == Kind::Evidence {
            notes.extend(chain_note(record, evidence.replace(record))?);
        }
    }
    let mut shown = RosterCounts::default();
    for period in &periods {
        period.compare(&host, &mut gaps);
        rosters::add(&mut shown, &period.shown);
    }
    Ok(Account {
        host,
        head,
        periods,
        shown,
        gaps,
        notes,
    })
}

/// The kind of a record, once it is known to stand in the log and to be the host's.
fn own(record: &LoggedEntry, host: &Key, head: &Head) -> Result<Kind, String> {
    let wrong = |problem: String| format!("record {}: {problem}", record.index);
    let kind = u8::try_from(record.kind).ok();
    let kind = kind.and_then(|kind| Kind::try_from(kind).ok());
    let kind = kind.ok_or_else(|| wrong(format!("kind {}", record.kind)))?;
    parts::check_included(kind, record, head)?;
    let of = agent_key(kind, &record.payload).map_err(|error| wrong(error.to_string()))?;
    match of {
        Some(key) if key == host.0 => Ok(kind),
        Some(_) => Err(wrong(format!("{kind} of another host"))),
        None => Err(wrong(format!("{kind} is of no one host"))),
    }
}

/// Whose record it is, where its kind is some one host's.
fn agent_key(kind: Kind, payload: &[u8]) -> Result<Option<Vec<u8>>, CodecError> {
    let inner = |signed: &[u8]| -> Result<Vec<u8>, CodecError> {
        let signed: Signed = codec::decode(signed, MAX_RECORD)?;
        Ok(signed.payload)
    };
    Ok(Some(match kind {
        Kind::Evidence => {
            let record: EvidenceRecord = codec::decode(payload, MAX_RECORD)?;
            codec::decode::<Evidence>(&inner(&record.evidence)?, MAX_RECORD)?.agent_key
        }
        Kind::Verdict => codec::decode::<Verdict>(&inner(payload)?, MAX_RECORD)?.agent_key,
        Kind::Enrolment => codec::decode::<EnrolmentRecord>(payload, MAX_RECORD)?.agent_key,
        Kind::Withdrawal => {
            let record: WithdrawalRecord = codec::decode(payload, MAX_RECORD)?;
            codec::decode::<Withdrawal>(&inner(&record.withdrawal)?, MAX_RECORD)?.agent_key
        }
        Kind::Fork => {
            let record: ForkRecord = codec::decode(payload, MAX_RECORD)?;
            codec::decode::<Evidence>(&inner(&record.evidence)?, MAX_RECORD)?.agent_key
        }
        Kind::Liveness => {
            let record: LivenessRecord = codec::decode(payload, MAX_RECORD)?;
            codec::decode::<Liveness>(&inner(&record.liveness)?, MAX_RECORD)?.agent_key
        }
        Kind::Declaration => codec::decode::<DeclarationRecord>(payload, MAX_RECORD)?.agent_key,
        _ => return Ok(None),
    }))
}

/// Whether a report follows the one before it here, by the host's own chain.
fn chain_note(
    record: &LoggedEntry,
    before: Option<&LoggedEntry>,
) -> Result<Option<String>, String> {
    let Some(before) = before else {
        return Ok(None);
    };
    let (_, signed) = parts::evidence(record)?;
    let (earlier, _) = parts::evidence(before)?;
    let wrong = |error: CodecError| format!("record {}: {error}", record.index);
    let own: Evidence = codec::decode(&signed.payload, MAX_RECORD).map_err(wrong)?;
    let follows = own.previous_hash == sha256(&earlier.evidence).0;
    Ok((!follows).then(|| {
        format!(
            "by the host's own chain, record {} does not follow record {}: what came between is not \
             in the log, or the host began anew",
            record.index, before.index
        )
    }))
}
