//! The CSV files of a measured world. Every line is checked; an error names file and line.

use super::exclusions::{self, Excluded};
use super::table::Table;
use super::{Measured, MeasuredError, MeasuredNode};
use crate::place::Point;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Most nodes: as many as one solve takes observations.
const MAX_NODES: usize = 20_000;
const MAX_ROWS: usize = 8_000_000;
/// Longest round trip, milliseconds.
const MAX_RTT_MS: f64 = 60_000.0;

/// Statistics of a file's `stat` column that are no round trips. Any other one (smallest, mean,
/// a percentile) is at least the smallest round trip, so that it bounds the distance as well.
const NO_ROUND_TRIP: [&str; 10] = [
    "mdev", "stddev", "stdev", "std", "sd", "var", "variance", "jitter", "loss", "ipdv",
];

/// Reads the three files' bytes; empty exclusions are no exclusions.
///
/// # Errors
/// [`MeasuredError::Line`] at the first line that is wrong, [`MeasuredError::TooFew`].
pub fn parse(nodes: &[u8], rtt: &[u8], exclusions: &[u8]) -> Result<Measured, MeasuredError> {
    let mut nodes = read_nodes(nodes)?;
    let excluded = exclusions::read(exclusions, &mut nodes)?;
    let round_trips = read_rtt(rtt, &mut nodes, &excluded)?;
    Ok(Measured { nodes, round_trips })
}

fn read_nodes(bytes: &[u8]) -> Result<Vec<MeasuredNode>, MeasuredError> {
    let required = ["id", "country_iso2", "lat", "lon"];
    let optional = ["name", "city", "provider"];
    let mut table = Table::open("nodes.csv", bytes, &required, &optional)?;
    let mut nodes = Vec::new();
    let mut ids = HashSet::new();
    while let Some(row) = table.next()? {
        let id = row.text("id")?.to_owned();
        if id.is_empty() || !ids.insert(id.clone()) {
            return Err(row.wrong(format!("the id `{id}` is empty or appears twice")));
        }
        if nodes.len() == MAX_NODES {
            return Err(row.wrong(format!("more than {MAX_NODES} nodes")));
        }
        let territory = row.text("country_iso2")?.to_ascii_uppercase();
        if territory.len() != 2 || !territory.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(row.wrong(format!(
                "`country_iso2` is `{territory}`; two letters are expected"
            )));
        }
        let name = match row.text("name")? {
            "" => &id,
            name => name,
        };
        nodes.push(MeasuredNode {
            name: name.to_owned(),
            city: row.text("city")?.to_owned(),
            point: Point::new(
                row.number("lat", (-90.0, 90.0))?,
                row.number("lon", (-180.0, 180.0))?,
            ),
            provider: row.text("provider")?.to_owned(),
            id,
            territory,
            doubt: None,
            is_source: false,
        });
    }
    if nodes.len() < 5 {
        return Err(MeasuredError::TooFew(nodes.len()));
    }
    Ok(nodes)
}

fn read_rtt(
    bytes: &[u8],
    nodes: &mut [MeasuredNode],
    excluded: &Excluded,
) -> Result<HashMap<(usize, usize), Duration>, MeasuredError> {
    let by_id: HashMap<String, usize> = nodes
        .iter()
        .enumerate()
        .map(|(index, node)| (node.id.clone(), index))
        .collect();
    let mut table = Table::open("rtt.csv", bytes, &["src", "dst", "rtt_ms"], &["stat"])?;
    let mut round_trips: HashMap<(usize, usize), Duration> = HashMap::new();
    let mut rows = 0;
    while let Some(row) = table.next()? {
        rows += 1;
        if rows > MAX_ROWS {
            return Err(row.wrong(format!("more than {MAX_ROWS} rows")));
        }
        let find = |name| {
            let id = row.text(name)?;
            let found = by_id.get(id).copied();
            found.ok_or_else(|| row.wrong(format!("nodes.csv has no id `{id}`")))
        };
        let (from, to) = (find("src")?, find("dst")?);
        let stat = row.text("stat")?;
        if NO_ROUND_TRIP.contains(&stat.to_ascii_lowercase().as_str()) {
            return Err(row.wrong(format!("`stat` is `{stat}`, which is no round trip")));
        }
        let milliseconds = row.number("rtt_ms", (0.0, MAX_RTT_MS))?;
        let pair = (from.min(to), from.max(to));
        if from == to || excluded.sources.contains(&from) || excluded.pairs.contains(&pair) {
            continue;
        }
        nodes[from].is_source = true;
        let round_trip = Duration::from_secs_f64(milliseconds / 1000.0);
        round_trips
            .entry(pair)
            .and_modify(|best| *best = (*best).min(round_trip))
            .or_insert(round_trip);
    }
    Ok(round_trips)
}
