//! The anchors' mesh in the index: the shortest round trip of each ordered pair on each day, and
//! the incidents of anchors.

use super::apply::Logged;
use super::index::{Index, IndexError, decode_row, number, put, row};
use super::rows::{AnchorIncidentRow, MeshRow};
use super::{Store, StoreError};
use domicile_proto::codec;
use domicile_proto::mesh;
use domicile_proto::types::Key;
use domicile_proto::wire;
use std::collections::BTreeMap;

/// The shortest round trip of one anchor by another's stopwatch in a span of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeshReading {
    /// Whose stopwatch.
    pub measurer: Key,
    /// Who answered.
    pub responder: Key,
    /// The directory version by which both stood where they stood.
    pub directory_version: u64,
    /// Nanoseconds.
    pub rtt_ns: u64,
    /// End of the session by the visited anchor's clock, Unix time, ms.
    pub at_ms: u64,
    /// Log index of the report.
    pub log_index: u64,
}

const KEY: usize = 32 + 32 + 8;

impl Index {
    pub(super) fn apply_mesh(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let logged: wire::MeshRecord = record.decode()?;
        let signed = record.signed(&logged.report)?;
        let anchor = mesh::reporter(&signed).map_err(|error| record.problem(&error))?;
        let report: wire::MeshReport = codec::decode(&signed.payload, super::apply::LIMIT)
            .map_err(|error| record.problem(&error))?;
        self.note(record, &anchor, None)?;
        let tree = self.mesh(logged.received_ms)?;
        for (place, session) in (0u32..).zip(&report.sessions) {
            if logged.unused.contains(&place) {
                continue;
            }
            let session =
                mesh::read_checked(session, &anchor).map_err(|error| record.problem(&error))?;
            let offer = |measurer: &Key, responder: &Key, rtt_ns: u64| {
                let version = session.directory_version.to_be_bytes();
                let key = [&measurer.0[..], &responder.0, &version].concat();
                let held: Option<MeshRow> = row(&tree, &key, "mesh")?;
                if held.is_some_and(|held| held.rtt_ns <= rtt_ns) {
                    return Ok(());
                }
                let reading = MeshRow {
                    rtt_ns,
                    at_ms: session.end_ms,
                    log_index: record.index,
                };
                put(&tree, &key, &reading)
            };
            offer(&session.visited, &session.visitor, session.visited_rtt_ns)?;
            if let Some(rtt_ns) = session.visitor_rtt_ns {
                offer(&session.visitor, &session.visited, rtt_ns)?;
            }
        }
        Ok(())
    }

    pub(super) fn apply_anchor_incident(&self, record: &Logged<'_>) -> Result<(), IndexError> {
        let incident: wire::AnchorIncidentRecord = record.decode()?;
        let anchor = record.key(&incident.anchor_key)?;
        let key = [&anchor.0[..], incident.kind.as_bytes()].concat();
        let held: Option<AnchorIncidentRow> =
            row(&self.anchor_incidents, &key, "anchor-incidents")?;
        let first_ms = held.map_or(incident.at_ms, |held| held.first_ms);
        let row = AnchorIncidentRow {
            anchor: anchor.to_vec(),
            kind: incident.kind,
            certainty: incident.certainty,
            tier: incident.tier,
            closed: incident.closed,
            first_ms,
            changed_ms: incident.at_ms,
            log_index: record.index,
        };
        put(&self.anchor_incidents, &key, &row)
    }
}

impl Store {
    /// The shortest round trip of each ordered pair under each directory version, in the reports
    /// received on the days of these times, both included. By measurer, responder, version.
    ///
    /// # Errors
    /// [`StoreError::Index`], here and below.
    pub fn mesh_readings(
        &self,
        from_ms: u64,
        until_ms: u64,
    ) -> Result<Vec<MeshReading>, StoreError> {
        let mut best: BTreeMap<Vec<u8>, MeshRow> = BTreeMap::new();
        for tree in self.shared.index.mesh_days(from_ms, until_ms)? {
            for pair in tree.iter() {
                let (key, value) = pair.map_err(IndexError::from)?;
                let row: MeshRow = decode_row(&value, "mesh")?;
                let held = best.get(&key[..]);
                if held.is_none_or(|held| row.rtt_ns < held.rtt_ns) {
                    best.insert(key.to_vec(), row);
                }
            }
        }
        let reading = |(key, row): (Vec<u8>, MeshRow)| {
            if key.len() != KEY {
                return Err(IndexError::Row("mesh"));
            }
            let anchor =
                |bytes: &[u8]| Key::read("mesh", bytes).map_err(|_| IndexError::Row("mesh"));
            Ok(MeshReading {
                measurer: anchor(&key[..32])?,
                responder: anchor(&key[32..64])?,
                directory_version: number(&key[64..])?,
                rtt_ns: row.rtt_ns,
                at_ms: row.at_ms,
                log_index: row.log_index,
            })
        };
        Ok(best.into_iter().map(reading).collect::<Result<_, _>>()?)
    }

    /// Forgets the readings of the days before that of `before_ms`; the reports stay in the log.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn drop_mesh(&self, before_ms: u64) -> Result<(), StoreError> {
        Ok(self.shared.index.drop_mesh(before_ms)?)
    }

    /// What the mesh says, or said, is wrong with anchors, by anchor, then kind.
    ///
    /// # Errors
    /// [`StoreError::Index`].
    pub fn anchor_incidents(&self) -> Result<Vec<AnchorIncidentRow>, StoreError> {
        let mut rows = Vec::new();
        for pair in self.shared.index.anchor_incidents.iter() {
            let (_, value) = pair.map_err(IndexError::from)?;
            rows.push(decode_row(&value, "anchor-incidents")?);
        }
        Ok(rows)
    }
}
