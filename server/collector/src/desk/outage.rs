//! What the collector knows of its own absence, in the log before anything else of a start.

use crate::store::{Store, StoreError};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::wire::OutageRecord;
use std::time::Duration;

/// A shorter absence silences nobody, ms: agents report every 5 minutes.
const LEAST_MS: u64 = 60_000;

/// What holds while the log says nothing else, ms; `LIVENESS_EVERY_MS` of `domicile_diversion::follow`.
const LIVENESS_EVERY_MS: u64 = 24 * 3600 * 1000;

/// Logs that the collector was away, or that it logs signs of life at another rate than before. Says
/// nothing when neither is so.
pub(crate) async fn log_outage(
    store: &Store,
    (from_ms, until_ms): (u64, u64),
    liveness_every: Duration,
) -> Result<(), StoreError> {
    let last = tokio::task::block_in_place(|| store.last_outage())?;
    let said = last.map_or(LIVENESS_EVERY_MS, |(_, row)| row.liveness_every_ms);
    let every_ms = u64::try_from(liveness_every.as_millis()).unwrap_or(u64::MAX);
    let was_away = from_ms != 0 && until_ms.saturating_sub(from_ms) >= LEAST_MS;
    if !was_away && said == every_ms {
        return Ok(());
    }
    let record = OutageRecord {
        from_ms: if was_away { from_ms } else { until_ms },
        until_ms,
        liveness_every_ms: every_ms,
    };
    let records = vec![(Kind::Outage, codec::encode(&record))];
    store.commit(records).await?;
    if was_away {
        tracing::warn!(
            from_ms,
            until_ms,
            "the collector was away: silence in this time says nothing"
        );
    }
    Ok(())
}
