//! Whether a caller may know of hosts that an answer names.

use super::problem::Problem;
use crate::access::Caller;
use crate::service::Service;
use domicile_ledger::MAX_PAYLOAD;
use domicile_proto::codec;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{Signed, Verdict};

/// Whether this host is in the caller's scope.
pub(super) fn covers(service: &Service, caller: &Caller, host: &Key) -> Result<bool, Problem> {
    let scope = caller.scope();
    if scope.is_all() {
        return Ok(true);
    }
    let Some(row) = service.store.host(host)? else {
        return Ok(false);
    };
    scope.covers(&row.operator, &row.territory, || {
        newest(service, &row.verdict_evidence)
    })
}

/// Whether all of these are, and there is one. What names no host is for callers without a scope.
pub(super) fn covers_each(
    service: &Service,
    caller: &Caller,
    hosts: &[Vec<u8>],
) -> Result<bool, Problem> {
    if caller.scope().is_all() {
        return Ok(true);
    }
    for host in hosts {
        let key = Key::read("host", host);
        if !key.is_ok_and(|key| covers(service, caller, &key).unwrap_or(false)) {
            return Ok(false);
        }
    }
    Ok(!hosts.is_empty())
}

/// The verdict on a host's newest evidence.
fn newest(service: &Service, evidence: &[u8]) -> Result<Option<Verdict>, Problem> {
    let Ok(id) = Digest::read("verdict", evidence) else {
        return Ok(None);
    };
    let Some(row) = service.store.evidence(&id)?.filter(|row| row.judged) else {
        return Ok(None);
    };
    let entry = service.store.read(row.verdict_index)?;
    let signed = codec::decode::<Signed>(&entry.payload, MAX_PAYLOAD);
    let verdict = signed.and_then(|signed| codec::decode(&signed.payload, MAX_PAYLOAD));
    Ok(verdict.ok())
}
