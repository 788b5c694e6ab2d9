//! What the mesh teaches the belief: statistics beside the verdicts, for people who look into a
//! case. Forgeable by a host that delays; no verdict depends on it.

use super::view::{MeshView, MeshViewError};
use crate::service::Service;
use domicile_geo::belief::{Belief, Calibration, Model};
use domicile_geo::cities::Cities;
use domicile_geo::{Observation, Territories};
use domicile_proto::types::Key;
use std::sync::PoisonError;

/// Learnt again after so long, ms, when the directory is another, or the mesh a quarter larger.
const EVERY_MS: u64 = 24 * 3600 * 1000;

/// Numbers learnt from the mesh.
#[derive(Debug, Clone)]
pub(crate) struct Calibrated {
    at_ms: u64,
    directory_version: u64,
    pairs: usize,
    calibration: Calibration,
}

/// What is believed of one session.
#[derive(Debug)]
pub struct Believed {
    /// Where the responder is likely to be.
    pub belief: Belief,
    /// When the mesh was last learnt from, Unix ms; `None` before the first time, when the
    /// default numbers are used.
    pub calibrated_ms: Option<u64>,
    /// Anchors of the session that the newest directory has.
    pub anchors: usize,
}

impl Service {
    /// Learns from the mesh, if that is due and there is one.
    pub(super) fn calibrate(&self, view: &MeshView) {
        let is_current = self.calibrated().is_some_and(|held| {
            held.directory_version == view.directory.version
                && held.at_ms.saturating_add(EVERY_MS) > view.at_ms
                && view.lately.len() <= held.pairs + held.pairs / 4
        });
        if is_current || view.lately.is_empty() {
            return;
        }
        let calibration = Calibration::new(
            &view.sites,
            &view.samples(&view.lately),
            Cities::builtin(),
            Territories::builtin(),
        );
        let held = self.calibration.write();
        *held.unwrap_or_else(PoisonError::into_inner) = Some(Calibrated {
            at_ms: view.at_ms,
            directory_version: view.directory.version,
            pairs: view.lately.len(),
            calibration,
        });
    }

    /// What was learnt last.
    fn calibrated(&self) -> Option<Calibrated> {
        let held = self.calibration.read();
        held.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where a responder with these shortest round trips (anchor, ns) is likely to be, by the mesh
    /// as it is now; `None` without a directory that holds.
    ///
    /// # Errors
    /// [`MeshViewError`] when the store cannot be read.
    pub fn believe(&self, readings: &[(Key, u64)]) -> Result<Option<Believed>, MeshViewError> {
        let Some(view) = self.mesh_view()? else {
            return Ok(None);
        };
        let held = self.calibrated();
        let calibrated_ms = held.as_ref().map(|held| held.at_ms);
        let model = Model::new(
            &held.map(|held| held.calibration).unwrap_or_default(),
            &view.sites,
            &view.samples(&view.lately),
            Cities::builtin(),
            Territories::builtin(),
        );
        let observations: Vec<Observation> = readings
            .iter()
            .filter_map(|(key, rtt_ns)| view.observation(key, *rtt_ns))
            .collect();
        Ok(Some(Believed {
            belief: model.believe(&observations),
            calibrated_ms,
            anchors: observations.len(),
        }))
    }
}
