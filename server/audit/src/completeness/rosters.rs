//! Rosters: opened, put in order, compared with what is shown and with the public leaves.

use super::gap::Gap;
use crate::bundle::parts;
use crate::output::instant;
use domicile_ledger::roster::{COUNTED, slot};
use domicile_ledger::{Head, Kind, Leaf};
use domicile_proto::codec;
use domicile_proto::directory;
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::Key;
use domicile_proto::wire::{LoggedEntry, Roster, RosterCounts, RosterRow, RosterStanding};
use std::collections::BTreeMap;

/// Largest page, bytes.
const MAX_PAGE: usize = directory::MAX_BYTES;

/// A period: its roster, as far as its pages are here, and what is shown of the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Start, Unix ms.
    pub from_ms: u64,
    /// End, Unix ms.
    pub until_ms: u64,
    /// The period's records: the first.
    pub first_index: u64,
    /// The first after them.
    pub end_index: u64,
    /// What the roster gives to all hosts together.
    pub totals: RosterCounts,
    /// The host's row; `None` if the roster does not have it.
    pub row: Option<RosterRow>,
    /// Log index of the page that says so.
    pub roster_index: u64,
    /// The host's records that are here.
    pub shown: RosterCounts,
    first_last: Option<(u64, u64)>,
    pages: Vec<Roster>,
    count: u32,
}

impl Period {
    /// Whether a record is of this period.
    pub(super) fn holds(&self, index: u64) -> bool {
        (self.first_index..self.end_index).contains(&index)
    }

    /// How the host stood, as the roster says.
    pub fn standing(&self) -> Option<RosterStanding> {
        self.row.as_ref().map(RosterRow::standing)
    }

    pub(super) fn show(&mut self, kind: Kind, record: &LoggedEntry) -> Result<(), String> {
        let index = record.index;
        if !(self.from_ms..self.until_ms).contains(&record.time_ms) {
            return Err(format!(
                "record {index} was logged at {}, outside its roster's period",
                instant(record.time_ms)
            ));
        }
        if let Some(count) = slot(&mut self.shown, kind) {
            *count += 1;
        }
        self.first_last = Some((self.first_last.map_or(index, |(first, _)| first), index));
        Ok(())
    }

    /// Finds the host's row, and compares it with what is shown.
    pub(super) fn compare(&self, host: &Key, gaps: &mut Vec<Gap>) {
        let from_ms = self.from_ms;
        let Some(page) = self.pages.iter().find(|page| covers(page, host)) else {
            let pages = self.count;
            gaps.push(Gap::NoPage { from_ms, pages });
            return;
        };
        let row = page.rows.iter().find(|row| row.agent_key == host.0);
        let mut rostered = row.and_then(|row| row.counts).unwrap_or_default();
        let mut shown = self.shown;
        let between = row.map_or((0, 0), |row| (row.first_index, row.last_index));
        let before = gaps.len();
        for kind in COUNTED {
            let count = |counts: &mut RosterCounts| slot(counts, kind).map_or(0, |count| *count);
            let (rostered, shown) = (count(&mut rostered), count(&mut shown));
            match rostered.cmp(&shown) {
                std::cmp::Ordering::Equal => {}
                std::cmp::Ordering::Greater => gaps.push(Gap::Withheld {
                    from_ms,
                    kind,
                    rostered,
                    shown,
                    between,
                }),
                std::cmp::Ordering::Less => gaps.push(Gap::Unrostered {
                    from_ms,
                    kind,
                    rostered,
                    shown,
                }),
            }
        }
        let shown = self.first_last.unwrap_or((0, 0));
        if gaps.len() == before && shown != between {
            let rostered = between;
            gaps.push(Gap::Ends {
                from_ms,
                rostered,
                shown,
            });
        }
    }

    /// The host's row on the pages here.
    fn find_row(&mut self, host: &Key) {
        let rows = self.pages.iter().flat_map(|page| &page.rows);
        self.row = rows
            .into_iter()
            .find(|row| row.agent_key == host.0)
            .cloned();
    }
}

/// Whether a host is, or would be, on this page.
fn covers(page: &Roster, host: &Key) -> bool {
    let is_last = page.page + 1 == page.pages;
    let reaches = |row: &RosterRow| row.agent_key.as_slice() >= host.0.as_slice();
    page.after.as_slice() < host.0.as_slice() && (is_last || page.rows.last().is_some_and(reaches))
}

/// Opens the pages, each in the log and signed by a collector of that log, and puts them together.
pub(super) fn open(
    entries: &[LoggedEntry],
    head: &Head,
    collectors: &[Key],
    host: &Key,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Period>, String> {
    let mut periods: BTreeMap<u64, Period> = BTreeMap::new();
    for entry in entries {
        let wrong = |problem: String| format!("the roster in record {}: {problem}", entry.index);
        if entry.kind != u32::from(Kind::Roster as u8) {
            return Err(wrong(format!("kind {}", entry.kind)));
        }
        parts::check_included(Kind::Roster, entry, head)?;
        let page = opened(entry, collectors).map_err(wrong)?;
        let period = periods.entry(page.from_ms).or_insert_with(|| Period {
            from_ms: page.from_ms,
            until_ms: page.until_ms,
            first_index: page.first_index,
            end_index: page.end_index,
            totals: page.totals.unwrap_or_default(),
            row: None,
            roster_index: entry.index,
            shown: RosterCounts::default(),
            first_last: None,
            pages: Vec::new(),
            count: page.pages,
        });
        let same = (page.until_ms, page.first_index, page.end_index, page.pages);
        let theirs = (
            period.until_ms,
            period.first_index,
            period.end_index,
            period.count,
        );
        let is_new = period.pages.iter().all(|other| other.page != page.page);
        if same != theirs || page.totals != Some(period.totals) || !is_new {
            return Err(wrong("another page of its period contradicts it".into()));
        }
        if entry.index < page.end_index || entry.time_ms < page.until_ms {
            return Err(wrong("it was logged before its period was over".into()));
        }
        if covers(&page, host) {
            period.roster_index = entry.index;
        }
        period.pages.push(page);
    }
    let mut periods: Vec<Period> = periods.into_values().collect();
    for period in &mut periods {
        period.find_row(host);
        check_sum(period, gaps);
    }
    Ok(periods)
}

fn opened(entry: &LoggedEntry, collectors: &[Key]) -> Result<Roster, String> {
    let signed = codec::decode(&entry.payload, MAX_PAGE).map_err(|error| error.to_string())?;
    let is_signed = |key: &&Key| sign::verify(Domain::Roster, key, &signed).is_ok();
    if collectors.iter().find(is_signed).is_none() {
        return Err("no collector of this log signed it".into());
    }
    let page: Roster =
        codec::decode(&signed.payload, MAX_PAGE).map_err(|error| error.to_string())?;
    let keys: Vec<&[u8]> = page
        .rows
        .iter()
        .map(|row| row.agent_key.as_slice())
        .collect();
    let ascends = keys.windows(2).all(|pair| pair[0] < pair[1]);
    let follows = keys
        .first()
        .is_none_or(|first| page.after.as_slice() < *first);
    let is_whole = page.from_ms < page.until_ms
        && page.first_index <= page.end_index
        && page.page < page.pages
        && (page.page == 0) == page.after.is_empty()
        && page
            .rows
            .iter()
            .all(|row| row.agent_key.len() == 32 && row.counts.is_some());
    match ascends && follows && is_whole {
        true => Ok(page),
        false => Err("it is not put together as a roster is".into()),
    }
}

/// Where all pages are here, their rows must add up.
fn check_sum(period: &Period, gaps: &mut Vec<Gap>) {
    if u32::try_from(period.pages.len()) != Ok(period.count) {
        return;
    }
    let mut sum = RosterCounts::default();
    for row in period.pages.iter().flat_map(|page| &page.rows) {
        add(&mut sum, &row.counts.unwrap_or_default());
    }
    if sum != period.totals {
        let from_ms = period.from_ms;
        gaps.push(Gap::Sum { from_ms });
    }
}

/// The periods must lie end to end over the time asked for, and their records likewise.
pub(super) fn check_cover(periods: &[Period], from_ms: u64, until_ms: u64, gaps: &mut Vec<Gap>) {
    let mut reached = from_ms;
    for period in periods {
        if period.from_ms > reached {
            let (from_ms, until_ms) = (reached, period.from_ms);
            gaps.push(Gap::NoRoster { from_ms, until_ms });
        }
        reached = reached.max(period.until_ms);
    }
    if reached < until_ms {
        let from_ms = reached;
        gaps.push(Gap::NoRoster { from_ms, until_ms });
    }
    for pair in periods.windows(2) {
        let (from, until) = (pair[0].end_index, pair[1].first_index);
        if from != until {
            gaps.push(Gap::Between { from, until });
        }
    }
}

/// Holds a period's roster against the public leaves: `leaves` are those of its records, `before` and
/// `after` the ones on both sides, where there are any. They must be known to be of the log.
pub fn against_leaves(
    period: &Period,
    leaves: &[Leaf],
    before: Option<&Leaf>,
    after: Option<&Leaf>,
    gaps: &mut Vec<Gap>,
) {
    let from_ms = period.from_ms;
    let mut logged = RosterCounts::default();
    for (index, leaf) in (period.first_index..).zip(leaves) {
        if let Some(count) = slot(&mut logged, leaf.kind) {
            *count += 1;
        }
        if !(from_ms..period.until_ms).contains(&leaf.time_ms) {
            gaps.push(Gap::Time { from_ms, index });
        }
    }
    if before.is_some_and(|leaf| leaf.time_ms >= from_ms) {
        let index = period.first_index.saturating_sub(1);
        gaps.push(Gap::Time { from_ms, index });
    }
    if after.is_some_and(|leaf| leaf.time_ms < period.until_ms) {
        let index = period.end_index;
        gaps.push(Gap::Time { from_ms, index });
    }
    let mut totals = period.totals;
    for kind in COUNTED {
        let count = |counts: &mut RosterCounts| slot(counts, kind).map_or(0, |count| *count);
        let (rostered, logged) = (count(&mut totals), count(&mut logged));
        if rostered != logged {
            gaps.push(Gap::Totals {
                from_ms,
                kind,
                rostered,
                logged,
            });
        }
    }
}

pub(super) fn add(sum: &mut RosterCounts, counts: &RosterCounts) {
    let mut counts = *counts;
    for kind in COUNTED {
        let more = slot(&mut counts, kind).map_or(0, |count| *count);
        if let Some(count) = slot(sum, kind) {
            *count = count.saturating_add(more);
        }
    }
}
