//! Certificate chains of devices: verified once, logged once, found again by their hash.
//!
//! An agent sends a device's chain until it was acknowledged and names it by its hash from then on.
//! Only chains that lead to the pinned roots are logged; a chain that is named and not known here is
//! `unknown` in the verdict.

use crate::appraisals::AppraisalError;
use crate::service::Service;
use domicile_appraise::devices::DeviceChains;
use domicile_appraise::verify::Report;
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::types::Digest;
use domicile_proto::wire;
use std::sync::PoisonError;

/// Verified chains kept in memory, about 3 KB each.
pub(crate) const KEPT: usize = 16_384;

impl Service {
    /// The chains that a report's devices name, as far as they are in it or in the log.
    pub(crate) fn device_chains(&self, report: &Report) -> Result<DeviceChains, AppraisalError> {
        let mut cache = self
            .chain_cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        DeviceChains::of(&report.device_reports, &mut cache, |hash| {
            self.logged_device_chain(hash)
        })
    }

    fn logged_device_chain(&self, hash: &Digest) -> Result<Option<Vec<Vec<u8>>>, AppraisalError> {
        let Some(index) = self.store.device_chain(hash)? else {
            return Ok(None);
        };
        let record: wire::DeviceChainRecord =
            codec::decode(&self.store.read(index)?.payload, MAX_TO_COLLECTOR)
                .map_err(|error| AppraisalError::Record(error.to_string()))?;
        Ok(Some(record.certificates))
    }

    /// Records of the chains in a report that hold and are not in the log yet.
    pub(crate) fn new_device_chains(
        &self,
        report: &Report,
        chains: &DeviceChains,
    ) -> Result<Vec<(Kind, Vec<u8>)>, AppraisalError> {
        let mut records = Vec::new();
        for hash in chains.holding() {
            let sent = report
                .device_reports
                .iter()
                .find(|one| one.chain_hash == hash.0 && !one.chain.is_empty());
            if let Some(sent) = sent
                && self.store.device_chain(hash)?.is_none()
            {
                let record = wire::DeviceChainRecord {
                    certificates: sent.chain.clone(),
                };
                records.push((Kind::DeviceChain, codec::encode(&record)));
            }
        }
        Ok(records)
    }
}
