//! A change of a flag as it is logged (`proto/LOG.md`).

use super::flag::{Cause, Change, Flag, Group, RecordId, Why};
use domicile_proto::wire::{FlagChange, FlagEnd, FlagEvidence, FlagRecord};

/// The record of a change. `cause_index` is the record of the log at which it changed, logged at
/// `time_ms`, and `number` its place among the changes there.
pub fn record(change: &Change, cause_index: u64, number: u32, time_ms: u64) -> FlagRecord {
    let base = FlagRecord {
        cause_index,
        number,
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..FlagRecord::default()
    };
    match change {
        Change::Raised(flag) => raised(flag, base),
        Change::Cleared {
            code,
            subject,
            at_ms,
            why,
        } => FlagRecord {
            change: FlagChange::Cleared.into(),
            code: code.name().to_owned(),
            subject: subject.to_string(),
            at_ms: *at_ms,
            end: end(why).into(),
            explained_by: match why {
                Why::Withdrawn(cause) => text(cause),
                _ => String::new(),
            },
            ..base
        },
        Change::Suppressed { code, subject, by } => FlagRecord {
            change: FlagChange::Suppressed.into(),
            code: code.name().to_owned(),
            subject: subject.to_string(),
            at_ms: time_ms,
            explained_by: text(by),
            ..base
        },
    }
}

fn raised(flag: &Flag, base: FlagRecord) -> FlagRecord {
    FlagRecord {
        change: FlagChange::Raised.into(),
        code: flag.code.name().to_owned(),
        subject: flag.subject.to_string(),
        at_ms: flag.raised_ms,
        since_ms: flag.since_ms,
        ground: flag.ground.name().to_owned(),
        severity: flag.ground.severity().to_string(),
        signs: flag.signs,
        evidence: flag.evidence.iter().map(evidence).collect(),
        hosts: flag.hosts.iter().map(|host| host.to_vec()).collect(),
        ..base
    }
}

fn evidence(record: &RecordId) -> FlagEvidence {
    match record {
        RecordId::Evidence(hash) => FlagEvidence {
            evidence_hash: hash.to_vec(),
            log_index: 0,
        },
        RecordId::Log(index) => FlagEvidence {
            evidence_hash: Vec::new(),
            log_index: *index,
        },
    }
}

fn end(why: &Why) -> FlagEnd {
    match why {
        Why::Contrary => FlagEnd::Contrary,
        Why::Quiet => FlagEnd::Quiet,
        Why::Ended => FlagEnd::Ended,
        Why::Withdrawn(_) => FlagEnd::Withdrawn,
    }
}

fn text(cause: &Cause) -> String {
    match cause {
        Cause::Anomaly(vote) => format!("anomaly:{vote}"),
        Cause::Outage => "outage".to_owned(),
        Cause::Common(Group::Metro(name)) => format!("metro:{name}"),
        Cause::Common(Group::Vote(name)) => format!("vote:{name}"),
    }
}
