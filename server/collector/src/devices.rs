//! Findings of the identity ledger into the log, and devices counted against licences.

use crate::service::Service;
use crate::store::StoreError;
use domicile_fleet::{Counted, Counting, Finding, Quantity};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::wire::DeviceFindingRecord;
use std::collections::BTreeMap;

/// Findings in one append.
const BATCH: usize = 256;
/// Devices read at a time.
const PAGE: usize = 1000;

impl Service {
    /// Writes down what was found since the last time.
    pub(crate) async fn log_device_findings(&self) -> Result<(), StoreError> {
        loop {
            let found = tokio::task::block_in_place(|| self.store.unlogged_findings(BATCH))?;
            let last = found.len() < BATCH;
            let records: Vec<_> = found
                .into_iter()
                .map(|(id, row)| {
                    tracing::info!(
                        kind = row.kind,
                        signed = row.signed,
                        "finding about devices"
                    );
                    let record = DeviceFindingRecord {
                        id,
                        kind: row.kind,
                        signed: row.signed,
                        devices: row.devices,
                        alias: row.alias.unwrap_or_default(),
                        hosts: row.hosts,
                        evidence: row.evidence,
                        verdict_index: row.verdict_index,
                        code_version: env!("CARGO_PKG_VERSION").to_owned(),
                    };
                    (Kind::DeviceFinding, codec::encode(&record))
                })
                .collect();
            if !records.is_empty() {
                self.store.commit(records).await?;
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Devices seen in a period under each licence, compared with the numbers that the policy
    /// names. Reads every device.
    pub(crate) fn count_devices(
        &self,
        quantities: &[Quantity],
        period: (u64, u64),
    ) -> Result<(BTreeMap<String, Counted>, Vec<Finding>), StoreError> {
        let mut counting = Counting::default();
        let mut after = None;
        loop {
            let page = self.store.devices(after.as_ref(), PAGE)?;
            let last = page.len() < PAGE;
            for (_, track) in &page {
                counting.add(track, period);
            }
            after = page.into_iter().next_back().map(|(name, _)| name);
            if last {
                return Ok(counting.compare(quantities, period.1));
            }
        }
    }
}
