//! Which devices' certificate chains each collector has acknowledged: those are named by their
//! hash from then on.
//!
//! What is not in the file is sent again. Losing it costs a few kilobytes, once.

use super::{StateDir, StateError, load, save};
use crate::disk::Disk;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{DeviceReport, Evidence};
use serde::{Deserialize, Serialize};

/// Collectors that are remembered.
const MAX_COLLECTORS: usize = 4;
/// Chains that are remembered of each.
const MAX_CHAINS: usize = 64;
/// How long an acknowledgement counts, ms: a collector whose store was restored gets every chain
/// again within a month.
const COUNTS_MS: u64 = 30 * 24 * 3600 * 1000;

/// What stands on disk, newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chains {
    collectors: Vec<Of>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    #[serde(with = "super::text")]
    collector: Key,
    chains: Vec<Acknowledged>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledged {
    #[serde(with = "super::text")]
    hash: Digest,
    at_ms: u64,
}

impl Chains {
    /// What is on the disk; nothing when that cannot be read.
    pub fn load(state: &StateDir) -> Self {
        load(&state.device_chains())
            .inspect_err(|error| tracing::warn!(%error, "every chain is sent again"))
            .ok()
            .flatten()
            .unwrap_or_default()
    }

    /// Takes out of `reports` the chains that `collector` has acknowledged by `now_ms`.
    pub fn name(&self, reports: &mut [DeviceReport], collector: &Key, now_ms: u64) {
        let of = self.collectors.iter().find(|of| of.collector == *collector);
        for report in reports {
            let known = of.into_iter().flat_map(|of| &of.chains).any(|known| {
                known.hash.0[..] == report.chain_hash[..]
                    && now_ms.abs_diff(known.at_ms) < COUNTS_MS
            });
            if known {
                report.chain.clear();
            }
        }
    }

    /// Notes the chains that `collector` acknowledged with `evidence`, and writes it down.
    ///
    /// # Errors
    /// [`StateError`]; the chains are then sent again.
    pub fn acknowledge(
        &mut self,
        disk: &dyn Disk,
        state: &StateDir,
        collector: &Key,
        evidence: &Evidence,
        now_ms: u64,
    ) -> Result<(), StateError> {
        let travelled = evidence.device_reports.iter();
        let hashes: Vec<Digest> = travelled
            .filter(|report| !report.chain.is_empty())
            .filter_map(|report| Some(Digest(report.chain_hash.as_slice().try_into().ok()?)))
            .collect();
        if hashes.is_empty() {
            return Ok(());
        }
        let chains = &mut self.of(*collector).chains;
        for hash in hashes {
            chains.retain(|known| known.hash != hash);
            chains.push(Acknowledged {
                hash,
                at_ms: now_ms,
            });
        }
        let over = chains.len().saturating_sub(MAX_CHAINS);
        chains.drain(..over);
        save(disk, &state.device_chains(), self)
    }

    /// Forgets what `collector` has acknowledged: it refused a report that named chains.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn forget(
        &mut self,
        disk: &dyn Disk,
        state: &StateDir,
        collector: &Key,
    ) -> Result<(), StateError> {
        let before = self.collectors.len();
        self.collectors.retain(|of| of.collector != *collector);
        match self.collectors.len() == before {
            true => Ok(()),
            false => save(disk, &state.device_chains(), self),
        }
    }

    fn of(&mut self, collector: Key) -> &mut Of {
        let known = self
            .collectors
            .iter()
            .position(|of| of.collector == collector);
        let at = known.unwrap_or_else(|| {
            let over = (self.collectors.len() + 1).saturating_sub(MAX_COLLECTORS);
            self.collectors.drain(..over);
            self.collectors.push(Of {
                collector,
                chains: Vec::new(),
            });
            self.collectors.len() - 1
        });
        &mut self.collectors[at]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::disk::RealDisk;
    use crate::disk::tests::DyingDisk;

    const NOW: u64 = 1_800_000_000_000;
    const HERE: Key = Key([1; 32]);
    const THERE: Key = Key([2; 32]);

    fn report(hash: u8) -> DeviceReport {
        DeviceReport {
            chain_hash: vec![hash; 32],
            chain: vec![vec![0x30]; 5],
            ..DeviceReport::default()
        }
    }

    fn evidence(hashes: impl IntoIterator<Item = u8>) -> Evidence {
        Evidence {
            device_reports: hashes.into_iter().map(report).collect(),
            ..Evidence::default()
        }
    }

    /// Whether the chain of that hash travels to `collector`.
    fn travels(chains: &Chains, hash: u8, collector: &Key, now_ms: u64) -> bool {
        let mut reports = [report(hash)];
        chains.name(&mut reports, collector, now_ms);
        assert_eq!(reports[0].chain_hash, [hash; 32]);
        !reports[0].chain.is_empty()
    }

    #[test]
    fn a_chain_travels_until_that_collector_has_acknowledged_it() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let mut chains = Chains::load(&state);
        assert!(travels(&chains, 7, &HERE, NOW));
        let acknowledged = chains.acknowledge(&RealDisk, &state, &HERE, &evidence([7]), NOW);
        acknowledged.unwrap();
        let chains = Chains::load(&state);
        assert!(!travels(&chains, 7, &HERE, NOW));
        assert!(travels(&chains, 7, &THERE, NOW), "another collector");
        assert!(travels(&chains, 8, &HERE, NOW), "another chain");
        assert!(travels(&chains, 7, &HERE, NOW + COUNTS_MS), "a month later");
    }

    #[test]
    fn a_named_chain_is_not_acknowledged_again_and_a_refusal_forgets() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let mut chains = Chains::default();
        let mut named = evidence([7]);
        named.device_reports[0].chain.clear();
        chains
            .acknowledge(&RealDisk, &state, &HERE, &named, NOW)
            .unwrap();
        assert!(travels(&chains, 7, &HERE, NOW));
        chains
            .acknowledge(&RealDisk, &state, &HERE, &evidence([7]), NOW)
            .unwrap();
        chains.forget(&RealDisk, &state, &HERE).unwrap();
        assert!(travels(&Chains::load(&state), 7, &HERE, NOW));
    }

    #[test]
    fn it_is_bounded_and_a_broken_file_costs_nothing_but_bytes() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let mut chains = Chains::default();
        for collector in 0..10 {
            let many = evidence(0..200);
            let key = Key([collector; 32]);
            chains
                .acknowledge(&RealDisk, &state, &key, &many, NOW)
                .unwrap();
        }
        assert_eq!(chains.collectors.len(), MAX_COLLECTORS);
        assert!(
            chains
                .collectors
                .iter()
                .all(|of| of.chains.len() == MAX_CHAINS)
        );
        assert_eq!(Chains::load(&state), chains, "the file can be read back");
        assert!(!travels(&chains, 199, &Key([9; 32]), NOW));
        std::fs::write(state.device_chains(), b"{").unwrap();
        assert_eq!(Chains::load(&state), Chains::default());
    }

    #[test]
    fn an_acknowledgement_that_cannot_be_written_is_said() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDir::new(root.path());
        let disk = DyingDisk::new(0, std::io::ErrorKind::StorageFull);
        let mut chains = Chains::default();
        assert!(
            chains
                .acknowledge(&disk, &state, &HERE, &evidence([7]), NOW)
                .is_err()
        );
        assert!(travels(&Chains::load(&state), 7, &HERE, NOW));
    }
}
