//! A flag by its id, as a case links it.

use crate::store::{FlagRow, Store, StoreError};
use domicile_diversion::cases::Linked;
use domicile_diversion::flags::{Code, Ground, RecordId};
use domicile_proto::types::Key;

/// The flag with this id, and the hosts that it names; `None` when there is none that this version knows.
///
/// # Errors
/// [`StoreError`].
pub fn linked(store: &Store, id: u64) -> Result<Option<(Linked, Vec<Key>)>, StoreError> {
    Ok(store.flag(id)?.and_then(|row| read(id, &row)))
}

fn read(id: u64, row: &FlagRow) -> Option<(Linked, Vec<Key>)> {
    let evidence = row.evidence.iter();
    let evidence = evidence.map(|one| match one.evidence_hash.is_empty() {
        true => Some(RecordId::Log(one.log_index)),
        false => RecordId::read(&one.evidence_hash),
    });
    let hosts = row.hosts.iter().map(|key| Key::read("host", key).ok());
    let linked = Linked {
        record: id,
        code: Code::of_name(&row.code)?,
        subject: row.subject.as_str().into(),
        ground: Ground::of_names(&row.ground, &row.severity)?,
        raised_ms: row.raised_ms,
        evidence: evidence.collect::<Option<_>>()?,
    };
    Some((linked, hosts.collect::<Option<_>>()?))
}
