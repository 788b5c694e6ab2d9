//! Placing and lifting legal holds.

use super::RetentionError;
use super::desk::{By, Desk};
use crate::store::{HoldRow, Store, StoreError};
use domicile_ledger::Kind;
use domicile_proto::codec;
use domicile_proto::types::Key;
use domicile_proto::wire::{HoldScope, LegalHoldRecord};

/// Hosts looked at in one go.
const PAGE: usize = 1000;

/// What a hold holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// One host.
    Host(Key),
    /// Every host enrolled for this customer.
    Customer(String),
    /// Every host enrolled under this licence.
    Licence(String),
}

impl Held {
    fn record(&self) -> (HoldScope, String) {
        match self {
            Self::Host(key) => (HoldScope::Host, key.to_string()),
            Self::Customer(name) => (HoldScope::Customer, name.clone()),
            Self::Licence(name) => (HoldScope::Licence, name.clone()),
        }
    }
}

/// Places a hold. Gives its log index, by which it is lifted, and the number of hosts it holds today;
/// hosts enrolled later are held as well.
///
/// # Errors
/// [`RetentionError::HoldsNothing`] when no host is enrolled under that name.
pub async fn place(desk: &Desk, held: &Held, by: &By) -> Result<(u64, usize), RetentionError> {
    let (record, hosts) = placing(&desk.store, held, by, desk.clock.now_ms())?;
    Ok((commit(desk, &record).await?, hosts))
}

/// The record that places a hold, and the number of hosts that it holds today.
///
/// # Errors
/// [`RetentionError::HoldsNothing`] when no host is enrolled under that name.
pub fn placing(
    store: &Store,
    held: &Held,
    by: &By,
    at_ms: u64,
) -> Result<(LegalHoldRecord, usize), RetentionError> {
    let (scope, name) = held.record();
    let record = LegalHoldRecord {
        scope: scope as i32,
        held: name.clone(),
        lifts: None,
        user: by.user(),
        reason: by.reason(),
        at_ms,
    };
    let row = HoldRow {
        scope: record.scope,
        held: name.clone(),
        ..HoldRow::default()
    };
    match held_hosts(store, &row)? {
        0 => Err(RetentionError::HoldsNothing(name)),
        hosts => Ok((record, hosts)),
    }
}

/// Lifts the hold at this place of the log. Gives the log index of the record that says so.
///
/// # Errors
/// [`RetentionError::NoHold`].
pub async fn lift(desk: &Desk, hold: u64, by: &By) -> Result<u64, RetentionError> {
    let record = lifting(&desk.store, hold, by, desk.clock.now_ms())?;
    commit(desk, &record).await
}

/// The record that lifts the hold at this place of the log.
///
/// # Errors
/// [`RetentionError::NoHold`].
pub fn lifting(
    store: &Store,
    hold: u64,
    by: &By,
    at_ms: u64,
) -> Result<LegalHoldRecord, RetentionError> {
    let holds = store.holds()?;
    let standing = holds
        .into_iter()
        .find(|(index, row)| *index == hold && row.lifted_by.is_none());
    let (_, row) = standing.ok_or(RetentionError::NoHold(hold))?;
    Ok(LegalHoldRecord {
        scope: row.scope,
        held: row.held,
        lifts: Some(hold),
        user: by.user(),
        reason: by.reason(),
        at_ms,
    })
}

async fn commit(desk: &Desk, record: &LegalHoldRecord) -> Result<u64, RetentionError> {
    let record = (Kind::LegalHold, codec::encode(record));
    let committed = desk.store.commit(vec![record]).await?;
    Ok(committed.records.first().map_or(0, |place| place.index))
}

fn held_hosts(store: &Store, row: &HoldRow) -> Result<usize, StoreError> {
    let (mut after, mut held) = (None, 0);
    loop {
        let page = store.hosts(after, PAGE)?;
        held += page
            .iter()
            .filter(|(key, host)| row.holds(key, host))
            .count();
        match page.last() {
            Some((key, _)) => after = Some(*key),
            None => return Ok(held),
        }
    }
}
