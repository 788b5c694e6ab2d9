//! Findings that are new, have changed or are over, into the log.

use super::view::{MeshView, MeshViewError};
use crate::service::Service;
use domicile_geo::Tier;
use domicile_geo::mesh::{Conflict, Finding};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::types::Key;
use domicile_proto::wire;
use std::collections::BTreeMap;

/// Conflicts in one record, the worst first.
const PAIRS: usize = 16;

impl Service {
    /// Examines the mesh, learns from it, and logs what of the findings is new, changed or over.
    pub(crate) async fn examine_mesh(&self) -> Result<(), MeshViewError> {
        let Some(view) = self.mesh_view()? else {
            return Ok(());
        };
        let core = self.cores.acquire().await;
        let examined = tokio::task::block_in_place(|| {
            self.calibrate(&view);
            view.examine()
        })?;
        drop(core);
        let records: Vec<_> = examined
            .findings
            .iter()
            .filter_map(|finding| record(&view, finding))
            .collect();
        let changed = self.changed(&view, records)?;
        if changed.is_empty() {
            return Ok(());
        }
        for incident in &changed {
            let anchor = Key::read("anchor", &incident.anchor_key).ok();
            let anchor = anchor.and_then(|key| view.anchor(&key));
            tracing::warn!(
                anchor = anchor.map_or("unknown", |anchor| anchor.name.as_str()),
                kind = incident.kind,
                certainty = incident.certainty,
                closed = incident.closed,
                "incident of an anchor"
            );
        }
        let records = changed
            .iter()
            .map(|incident| (Kind::AnchorIncident, codec::encode(incident)))
            .collect();
        self.store.commit(records).await?;
        Ok(())
    }

    /// Of the findings those that the log does not have like this yet, and an end to those that it
    /// has and are no longer found.
    fn changed(
        &self,
        view: &MeshView,
        found: Vec<wire::AnchorIncidentRecord>,
    ) -> Result<Vec<wire::AnchorIncidentRecord>, MeshViewError> {
        let mut open = BTreeMap::new();
        for row in self.store.anchor_incidents()? {
            if !row.closed {
                open.insert((row.anchor.clone(), row.kind.clone()), row);
            }
        }
        let mut changed = Vec::new();
        for finding in found {
            let key = (finding.anchor_key.clone(), finding.kind.clone());
            let known = open.remove(&key);
            let same = known.is_some_and(|row| {
                (row.certainty, row.tier) == (finding.certainty.clone(), finding.tier)
            });
            if !same {
                changed.push(finding);
            }
        }
        // An anchor that is not heard of any more is not cleared by its silence.
        let heard = |key: &[u8]| {
            let is = |other: &Key| other.0 == key;
            let mut lately = view.lately.iter();
            lately.any(|reading| is(&reading.measurer) || is(&reading.responder))
        };
        for row in open.into_values() {
            let listed =
                Key::read("anchor", &row.anchor).is_ok_and(|key| view.anchor(&key).is_some());
            if heard(&row.anchor) || !listed {
                changed.push(wire::AnchorIncidentRecord {
                    anchor_key: row.anchor,
                    kind: row.kind,
                    certainty: row.certainty,
                    tier: row.tier,
                    closed: true,
                    at_ms: view.at_ms,
                    directory_version: view.directory.version,
                    ..wire::AnchorIncidentRecord::default()
                });
            }
        }
        Ok(changed)
    }
}

fn record(view: &MeshView, finding: &Finding) -> Option<wire::AnchorIncidentRecord> {
    let key = |site: u16| view.at(site).map(|anchor| anchor.key.to_vec());
    let pair = |conflict: &Conflict| {
        Some(wire::MeshPair {
            measurer: key(conflict.sample.measurer)?,
            responder: key(conflict.sample.responder)?,
            rtt_ns: conflict.sample.rtt_ns,
            missing_m: metres(conflict.margin_m()),
        })
    };
    Some(wire::AnchorIncidentRecord {
        anchor_key: key(finding.site)?,
        kind: finding.kind.name().to_owned(),
        certainty: finding.certainty.name().to_owned(),
        tier: tier(finding.certainty.tier()).into(),
        closed: false,
        at_ms: view.at_ms,
        directory_version: view.directory.version,
        pairs: finding
            .conflicts
            .iter()
            .take(PAIRS)
            .filter_map(pair)
            .collect(),
        instead: finding
            .instead
            .iter()
            .filter_map(|site| key(*site))
            .collect(),
        offset_ns: finding.bias.map_or(0, |bias| nanos(bias.offset_ns)),
        rate_ppm: finding.bias.map_or(0, |bias| millionths(bias.rate)),
    })
}

fn tier(tier: Option<Tier>) -> wire::Tier {
    match tier {
        Some(Tier::C) => wire::Tier::C,
        Some(Tier::Fibre) => wire::Tier::Fibre,
        Some(Tier::TwoThirds) => wire::Tier::TwoThirds,
        None => wire::Tier::Unspecified,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
fn metres(value: f64) -> u64 {
    value.round() as u64
}

#[allow(clippy::cast_possible_truncation)] // saturates
fn nanos(value: f64) -> i64 {
    value.round() as i64
}

#[allow(clippy::cast_possible_truncation)] // saturates
fn millionths(share: f64) -> i32 {
    (share * 1e6).round() as i32
}
