//! The anchors' mesh: reports of what anchors measured of each other come in, are logged, and are
//! examined for anchors that are not what the directory says.
//!
//! A finding is an incident of an anchor, in the log for auditors and in the API for the vendor,
//! who retires the anchor in the next directory or has it surveyed again. It is no value of a host
//! and takes no vote away: with at most *f* lying votes no verdict depends on it.
//!
//! | module | owns |
//! |---|---|
//! | this one | the intake |
//! | [`view`] | the mesh as the newest directory describes it, and its findings |
//! | `incidents` | what of that is new, into the log |
//! | [`calibration`] | what the mesh teaches the belief |

pub mod calibration;
mod incidents;
pub mod view;

pub(crate) use calibration::Calibrated;
pub use view::{MeshView, WINDOW_MS};

use crate::service::{Answer, Service};
use crate::store::StoreError;
use domicile_certs::tls::{Peer, Standing};
use domicile_ledger::Kind;
use domicile_proto::MEASURED_WINDOW_MS;
use domicile_proto::codec;
use domicile_proto::directory::Directory;
use domicile_proto::mesh::{self, MeshError, MeshSession};
use domicile_proto::sign::OpenError;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, StatusCode};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Reports of one anchor in a burst: a spool of a day, in a directory of the largest size.
const BURST: u64 = 64;

/// One more each so many ms.
const EACH_MS: u64 = 10_000;

/// How often anchors may report: a token bucket for each, as one number.
#[derive(Debug, Default)]
pub(crate) struct MeshAllowance(Mutex<HashMap<Key, u64>>);

impl MeshAllowance {
    /// Takes one report from an anchor's allowance. Only keys of the directory may come here, so
    /// that the table has an end.
    fn take(&self, anchor: Key, now_ms: u64) -> bool {
        let mut whole_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at_ms = whole_at.entry(anchor).or_default();
        let next_ms = (*at_ms).max(now_ms).saturating_add(EACH_MS);
        if next_ms > now_ms.saturating_add(BURST * EACH_MS) {
            return false;
        }
        *at_ms = next_ms;
        true
    }
}

impl Service {
    /// Logs an anchor's report, or refuses it.
    pub(crate) async fn mesh_report(&self, peer: &Peer, signed: wire::Signed) -> Answer<()> {
        let anchor = mesh::reporter(&signed).map_err(|_| StatusCode::Malformed)?;
        if anchor != peer.key {
            return Err(StatusCode::KeyMismatch);
        }
        let now_ms = self.clock.now_ms();
        let directory = self.books().current_directory(now_ms);
        let listed = directory.is_some_and(|directory| counts(&directory, &anchor, now_ms));
        if !listed || matches!(peer.standing, Standing::Revoked { .. }) {
            return Err(StatusCode::NotEnrolled);
        }
        if !self.mesh_allowance.take(anchor, now_ms) {
            return Err(StatusCode::Busy);
        }
        let core = self.cores.acquire().await;
        let core = core.map_err(|_| StatusCode::Internal)?;
        let sessions = tokio::task::block_in_place(|| mesh::open(&signed, &anchor));
        drop(core);
        let sessions = sessions.map_err(|error| {
            tracing::info!(anchor = %anchor.short(), %error, "a mesh report is refused");
            refusal(&error)
        })?;
        let unused = (0u32..)
            .zip(&sessions)
            .filter(|(_, session)| !self.is_used(session, now_ms))
            .map(|(place, _)| place)
            .collect();
        let record = wire::MeshRecord {
            report: codec::encode(&signed),
            received_ms: now_ms,
            unused,
        };
        self.store
            .commit(vec![(Kind::Mesh, codec::encode(&record))])
            .await
            .map_err(|error| self.refuse(&error))?;
        Ok(())
    }

    /// Whether a session says something about the anchors of its directory: measured lately, by
    /// anchors that it lists, at the position that it states.
    fn is_used(&self, session: &MeshSession, now_ms: u64) -> bool {
        let recent = session.end_ms.saturating_add(WINDOW_MS) > now_ms
            && session.start_ms <= now_ms.saturating_add(MEASURED_WINDOW_MS);
        let directory = self.books().any_directory(session.directory_version);
        recent
            && directory.is_some_and(|directory| {
                let visited = directory.anchor(&session.visited);
                directory.anchor(&session.visitor).is_some()
                    && visited
                        .is_some_and(|entry| entry.position.version == session.position_version)
            })
    }

    /// Forgets what is older than any window; the reports stay in the log.
    pub(crate) fn drop_old_mesh(&self, now_ms: u64) -> Result<(), StoreError> {
        self.store.drop_mesh(now_ms.saturating_sub(WINDOW_MS))
    }
}

/// Whether the directory lists this anchor, and not as retired.
fn counts(directory: &Directory, key: &Key, now_ms: u64) -> bool {
    let entry = directory.anchor(key);
    entry.is_some_and(|entry| (entry.valid_from_ms..entry.valid_until_ms).contains(&now_ms))
}

fn refusal(error: &MeshError) -> StatusCode {
    match error {
        MeshError::Open(OpenError::Signature { .. }) => StatusCode::SignatureInvalid,
        MeshError::Receipt(_) => StatusCode::TranscriptMismatch,
        MeshError::Open(OpenError::Codec(_)) | MeshError::Codec(_) | MeshError::Field { .. } => {
            StatusCode::Malformed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_used_up_and_comes_back() {
        let allowance = MeshAllowance::default();
        let key = Key([1; 32]);
        let taken = (0..100).filter(|_| allowance.take(key, 5_000)).count();
        assert_eq!(taken, 64);
        assert!(!allowance.take(key, 5_000 + EACH_MS - 1));
        assert!(allowance.take(key, 5_000 + EACH_MS));
        assert!(allowance.take(Key([2; 32]), 5_000));
    }
}
