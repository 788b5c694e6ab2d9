//! `exclusions.csv`: what of a set is not to be believed.

use super::table::{Row, Table};
use super::{Doubt, MeasuredError, MeasuredNode};
use std::collections::HashSet;

/// What stands between the two names of a pair.
const BETWEEN: [&str; 4] = ["<->", "->", "→", "|"];

/// What the exclusions take out of the rows.
#[derive(Default)]
pub(super) struct Excluded {
    /// Nodes from which rows do not count.
    pub(super) sources: HashSet<usize>,
    /// Pairs, the smaller index first, whose rows do not count.
    pub(super) pairs: HashSet<(usize, usize)>,
}

/// Reads the file and marks the nodes that it doubts. No bytes are no exclusions.
pub(super) fn read(bytes: &[u8], nodes: &mut [MeasuredNode]) -> Result<Excluded, MeasuredError> {
    let mut excluded = Excluded::default();
    if bytes.is_empty() {
        return Ok(excluded);
    }
    let mut table = Table::open("exclusions.csv", bytes, &["kind", "name"], &[])?;
    while let Some(row) = table.next()? {
        let doubt = match row.text("kind")? {
            "drop_src" => {
                excluded.sources.extend(named(&row, nodes)?);
                continue;
            }
            "bad_pair" => {
                excluded.pairs.extend(pairs(&row, nodes)?);
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
        for index in named(&row, nodes)? {
            // Of several doubts the gravest holds.
            let known = &mut nodes[index].doubt;
            *known = (*known).max(Some(doubt));
        }
    }
    Ok(excluded)
}

/// The node with this id, or all nodes of this name.
fn find(name: &str, nodes: &[MeasuredNode]) -> Vec<usize> {
    let places = |is: &dyn Fn(&MeasuredNode) -> bool| -> Vec<usize> {
        (0..nodes.len())
            .filter(|&index| is(&nodes[index]))
            .collect()
    };
    let by_id = places(&|node| node.id == name);
    if by_id.is_empty() {
        places(&|node| node.name == name)
    } else {
        by_id
    }
}

fn named(row: &Row<'_>, nodes: &[MeasuredNode]) -> Result<Vec<usize>, MeasuredError> {
    let name = row.text("name")?;
    let found = find(name, nodes);
    if found.is_empty() {
        return Err(row.wrong(format!("nodes.csv has no `{name}`")));
    }
    Ok(found)
}

fn pairs(row: &Row<'_>, nodes: &[MeasuredNode]) -> Result<Vec<(usize, usize)>, MeasuredError> {
    let name = row.text("name")?;
    let halves = BETWEEN.iter().find_map(|between| name.split_once(between));
    let Some((from, to)) = halves else {
        return Err(row.wrong("a bad_pair's name is `A->B`"));
    };
    let side = |name: &str| match find(name.trim(), nodes) {
        found if found.is_empty() => Err(row.wrong(format!("nodes.csv has no `{}`", name.trim()))),
        found => Ok(found),
    };
    let (from, to) = (side(from)?, side(to)?);
    let pair = |&a: &usize| to.iter().map(move |&b| (a.min(b), a.max(b)));
    Ok(from.iter().flat_map(pair).collect())
}
