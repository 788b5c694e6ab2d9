//! The CSV files of a measured world. Every line is checked; an error names file and line.

use super::{Doubt, Measured, MeasuredError, MeasuredNode};
use crate::place::Point;
use csv::StringRecord;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

const MAX_NODES: usize = 4_096;
const MAX_ROWS: usize = 1_000_000;
/// Longest text in a field, bytes.
const MAX_TEXT: usize = 256;
/// Longest round trip, milliseconds.
const MAX_RTT_MS: f64 = 60_000.0;

/// Reads the three files' bytes; empty exclusions are no exclusions.
///
/// # Errors
/// [`MeasuredError::Line`] at the first line that is wrong, [`MeasuredError::TooFew`].
pub fn parse(nodes: &[u8], rtt: &[u8], exclusions: &[u8]) -> Result<Measured, MeasuredError> {
    let mut nodes = read_nodes(nodes)?;
    let excluded = read_exclusions(exclusions, &mut nodes)?;
    let round_trips = read_rtt(rtt, &mut nodes, &excluded)?;
    Ok(Measured { nodes, round_trips })
}

/// One open file.
struct Table<'a> {
    file: &'static str,
    reader: csv::Reader<&'a [u8]>,
    columns: Vec<usize>,
}

impl<'a> Table<'a> {
    fn open(file: &'static str, bytes: &'a [u8], wanted: &[&str]) -> Result<Self, MeasuredError> {
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let header = reader
            .headers()
            .map_err(|error| csv_error(file, &error))?
            .clone();
        let columns = wanted
            .iter()
            .map(|name| {
                header
                    .iter()
                    .position(|column| column == *name)
                    .ok_or_else(|| {
                        let what = format!("the header has no column `{name}`");
                        MeasuredError::Line {
                            file,
                            line: 1,
                            what,
                        }
                    })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            file,
            reader,
            columns,
        })
    }

    fn next(&mut self) -> Result<Option<Row<'_>>, MeasuredError> {
        let mut record = StringRecord::new();
        let more = self
            .reader
            .read_record(&mut record)
            .map_err(|error| csv_error(self.file, &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok(more.then_some(Row {
            file: self.file,
            line,
            record,
            columns: &self.columns,
        }))
    }
}

/// One line of a file.
struct Row<'a> {
    file: &'static str,
    line: u64,
    record: StringRecord,
    columns: &'a [usize],
}

impl Row<'_> {
    fn wrong(&self, what: impl Into<String>) -> MeasuredError {
        MeasuredError::Line {
            file: self.file,
            line: self.line,
            what: what.into(),
        }
    }

    /// The field of the `index`-th wanted column.
    fn text(&self, index: usize) -> Result<&str, MeasuredError> {
        let text = self.record.get(self.columns[index]).unwrap_or("").trim();
        if text.len() > MAX_TEXT || text.chars().any(char::is_control) {
            return Err(self.wrong("a field is too long or holds a control character"));
        }
        Ok(text)
    }

    fn number(&self, index: usize, name: &str, range: (f64, f64)) -> Result<f64, MeasuredError> {
        let text = self.text(index)?;
        let value: f64 = text
            .parse()
            .map_err(|_| self.wrong(format!("`{name}` is `{text}`, not a number")))?;
        if (range.0..=range.1).contains(&value) {
            Ok(value)
        } else {
            Err(self.wrong(format!(
                "`{name}` is {text}; {} to {} is allowed",
                range.0, range.1
            )))
        }
    }
}

fn read_nodes(bytes: &[u8]) -> Result<Vec<MeasuredNode>, MeasuredError> {
    let wanted = [
        "id",
        "name",
        "city",
        "country_iso2",
        "lat",
        "lon",
        "provider",
    ];
    let mut table = Table::open("nodes.csv", bytes, &wanted)?;
    let mut nodes = Vec::new();
    let mut ids = HashSet::new();
    while let Some(row) = table.next()? {
        let id = row.text(0)?.to_owned();
        if id.is_empty() || !ids.insert(id.clone()) {
            return Err(row.wrong(format!("the id `{id}` is empty or appears twice")));
        }
        if nodes.len() == MAX_NODES {
            return Err(row.wrong(format!("more than {MAX_NODES} nodes")));
        }
        let territory = row.text(3)?.to_owned();
        if territory.len() != 2 || !territory.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(row.wrong(format!(
                "`country_iso2` is `{territory}`; two capital letters are expected"
            )));
        }
        nodes.push(MeasuredNode {
            name: row.text(1)?.to_owned(),
            city: row.text(2)?.to_owned(),
            point: Point::new(
                row.number(4, "lat", (-90.0, 90.0))?,
                row.number(5, "lon", (-180.0, 180.0))?,
            ),
            provider: row.text(6)?.to_owned(),
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

/// What the exclusions take out of the rows.
#[derive(Default)]
struct Excluded {
    sources: HashSet<usize>,
    pairs: HashSet<(usize, usize)>,
}

fn read_exclusions(bytes: &[u8], nodes: &mut [MeasuredNode]) -> Result<Excluded, MeasuredError> {
    let mut excluded = Excluded::default();
    if bytes.is_empty() {
        return Ok(excluded);
    }
    let mut table = Table::open("exclusions.csv", bytes, &["kind", "name"])?;
    while let Some(row) = table.next()? {
        let find = |name: &str| {
            let found = nodes
                .iter()
                .position(|node| node.id == name || node.name == name);
            found.ok_or_else(|| row.wrong(format!("nodes.csv has no `{name}`")))
        };
        let (kind, name) = (row.text(0)?, row.text(1)?);
        let doubt = match kind {
            "drop_src" => {
                excluded.sources.insert(find(name)?);
                continue;
            }
            "bad_pair" => {
                let (from, to) = name
                    .split_once("->")
                    .ok_or_else(|| row.wrong("a bad_pair's name is `A->B`"))?;
                let (from, to) = (find(from.trim())?, find(to.trim())?);
                excluded.pairs.insert((from.min(to), from.max(to)));
                continue;
            }
            "bad_truth" => Doubt::BadTruth,
            "bad_coord" => Doubt::BadCoordinates,
            "suspect" => Doubt::Suspect,
            other => {
                return Err(row.wrong(format!(
                    "`{other}` is no kind of exclusion (drop_src, bad_truth, bad_coord, bad_pair, suspect)"
                )));
            }
        };
        let index = find(name)?;
        nodes[index].doubt = Some(doubt);
    }
    Ok(excluded)
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
    let mut table = Table::open("rtt.csv", bytes, &["src", "dst", "rtt_ms"])?;
    let mut round_trips: HashMap<(usize, usize), Duration> = HashMap::new();
    let mut rows = 0;
    while let Some(row) = table.next()? {
        rows += 1;
        if rows > MAX_ROWS {
            return Err(row.wrong(format!("more than {MAX_ROWS} rows")));
        }
        let find = |index| {
            let id = row.text(index)?;
            let found = by_id.get(id).copied();
            found.ok_or_else(|| row.wrong(format!("nodes.csv has no id `{id}`")))
        };
        let (from, to) = (find(0)?, find(1)?);
        let milliseconds = row.number(2, "rtt_ms", (0.0, MAX_RTT_MS))?;
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

fn csv_error(file: &'static str, error: &csv::Error) -> MeasuredError {
    MeasuredError::Line {
        file,
        line: error.position().map_or(1, csv::Position::line),
        what: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const NODES: &str = "id,name,city,country_iso2,lat,lon,provider,source\n\
        a,A,\"Town, of A\",SG,1.3,103.8,x,s\nb,B,B,HK,22.3,114.2,x,s\nc,C,C,JP,35.7,139.7,y,s\n\
        d,D,D,DE,50.1,8.7,y,s\ne,E,E,US,39.0,-77.5,z,s\n";
    const RTT: &str = "src,dst,rtt_ms,stat,n\na,b,35.5,min,1\nb,a,34.25,min,1\nc,a,70,min,1\n";

    fn line(nodes: &str, rtt: &str, exclusions: &str) -> (String, u64, String) {
        match parse(nodes.as_bytes(), rtt.as_bytes(), exclusions.as_bytes()) {
            Err(MeasuredError::Line { file, line, what }) => (file.into(), line, what),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_smaller_direction_counts_and_missing_pairs_are_missing() {
        let world = parse(NODES.as_bytes(), RTT.as_bytes(), b"").unwrap();
        assert_eq!(world.nodes[0].city, "Town, of A");
        let expected = Some(Duration::from_micros(34_250));
        assert_eq!(
            (world.round_trip(0, 1), world.round_trip(1, 0)),
            (expected, expected)
        );
        assert_eq!(world.round_trip(1, 2), None);
        let sources: Vec<bool> = world.nodes.iter().map(|node| node.is_source).collect();
        assert_eq!(sources, [true, true, true, false, false]);
    }

    #[test]
    fn exclusions_drop_rows_and_mark_nodes() {
        let exclusions = "kind,name,reason\ndrop_src,B,middlebox\nbad_truth,D,\"2 ms, impossible\"\nbad_pair,C->A,x\n";
        let world = parse(NODES.as_bytes(), RTT.as_bytes(), exclusions.as_bytes()).unwrap();
        assert_eq!(world.round_trip(0, 1), Some(Duration::from_micros(35_500)));
        assert_eq!(world.round_trip(0, 2), None);
        assert!(!world.nodes[1].is_source);
        assert_eq!(world.nodes[3].doubt, Some(Doubt::BadTruth));
    }

    #[test]
    fn errors_name_the_line() {
        let with = |from: &str, to: &str| NODES.replace(from, to);
        assert_eq!(line(&with(",SG,", ",sg,"), RTT, "").1, 2);
        assert_eq!(line(&with("b,B,B,HK,22.3", "b,B,B,HK,122.3"), RTT, "").1, 3);
        assert_eq!(line(&with("\nc,", "\na,"), RTT, "").1, 4);
        assert!(
            line(&with("lat", "x"), RTT, "")
                .2
                .contains("no column `lat`")
        );
        let (file, at, what) = line(
            NODES,
            "src,dst,rtt_ms,stat,n\na,b,1,min,1\na,q,1,min,1\n",
            "",
        );
        assert_eq!((file.as_str(), at), ("rtt.csv", 3));
        assert!(what.contains("`q`"));
        for bad in ["NaN", "-1", "x", "", "inf", "99999999"] {
            assert_eq!(
                line(
                    NODES,
                    &format!("src,dst,rtt_ms,stat,n\na,b,{bad},min,1\n"),
                    ""
                )
                .1,
                2
            );
        }
        assert_eq!(line(NODES, "src,dst,rtt_ms,stat,n\na,b\n", "").1, 2);
        assert!(
            line(NODES, RTT, "kind,name\nnonsense,A\n")
                .2
                .contains("nonsense")
        );
        assert!(matches!(
            parse(b"id,name,city,country_iso2,lat,lon,provider\n", b"", b""),
            Err(MeasuredError::TooFew(0))
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(
            nodes in proptest::collection::vec(any::<u8>(), 0..300),
            rtt in "[a-e,0-9.\n\"]{0,80}", exclusions in "[a-z_,A-E\n>-]{0,60}",
        ) {
            let _ = parse(&nodes, RTT.as_bytes(), b"");
            let _ = parse(NODES.as_bytes(), format!("src,dst,rtt_ms\n{rtt}").as_bytes(), b"");
            let _ = parse(NODES.as_bytes(), RTT.as_bytes(), format!("kind,name\n{exclusions}").as_bytes());
        }

        #[test]
        fn what_was_written_is_read(rows in proptest::collection::vec((0usize..5, 0usize..5, 1u32..500_000), 0..60)) {
            let ids = ["a", "b", "c", "d", "e"];
            let text: String = rows.iter()
                .map(|(a, b, us)| format!("{},{},{}.{:03},min,1\n", ids[*a], ids[*b], us / 1000, us % 1000))
                .collect();
            let world = parse(NODES.as_bytes(), format!("src,dst,rtt_ms,stat,n\n{text}").as_bytes(), b"").unwrap();
            for a in 0..5 {
                for b in 0..5 {
                    let best = rows.iter()
                        .filter(|(x, y, _)| x != y && ((*x, *y) == (a, b) || (*y, *x) == (a, b)))
                        .map(|(_, _, us)| u128::from(*us)).min();
                    prop_assert_eq!(world.round_trip(a, b).map(|rtt| (rtt.as_nanos() + 500) / 1000), best);
                }
            }
        }
    }
}
