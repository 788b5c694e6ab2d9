//! Coarse mode: the installed zone file, and which of the limits that were met a report shows.
//!
//! A report shows at most as many votes as the zone asks for, one anchor of each, those nearest to
//! the declared metro first. The metro is declared at enrolment and the draw always holds anchors
//! near it, so the choice hangs on what is known already, not on the round trips. Whatever else was
//! drawn is withheld for one and the same reason.
//!
//! Start reading at [`withhold`].

pub mod command;

use crate::disk::{self, Disk, DiskError};
use crate::range::{RangeError, Ranged};
use crate::state::StateDir;
use domicile_certs::zone::{MAX_BYTES, Zone};
use domicile_proto::directory::{Anchor, Directory};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Why there is no zone to work with.
#[derive(Debug, thiserror::Error)]
pub enum ZoneError {
    /// A file failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file is not there.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// None is installed.
    #[error(
        "coarse mode needs the vendor's zone file: domiciled zone install FILE; nothing exact is measured instead"
    )]
    NotInstalled,
    /// It is not a zone file.
    #[error("zone file `{}`: {problem}; get it from the vendor again", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Checks the zone file and installs it.
///
/// # Errors
/// [`ZoneError`]; nothing is changed then.
pub fn install(disk: &dyn Disk, state: &StateDir, file: &Path) -> Result<Zone, ZoneError> {
    let bytes = disk::read(file, MAX_BYTES)?.ok_or(ZoneError::Missing(file.to_owned()))?;
    let zone = parse(&bytes, file)?;
    disk::replace(disk, &state.zone(), &bytes)?;
    Ok(zone)
}

/// The installed zone, checked again.
///
/// # Errors
/// [`ZoneError`] when there is none or it is damaged.
pub fn installed(state: &StateDir) -> Result<Zone, ZoneError> {
    let path = state.zone();
    let bytes = disk::read(&path, MAX_BYTES)?.ok_or(ZoneError::NotInstalled)?;
    parse(&bytes, &path)
}

fn parse(bytes: &[u8], path: &Path) -> Result<Zone, ZoneError> {
    Zone::parse(bytes).map_err(|problem| ZoneError::Refused {
        path: path.to_owned(),
        problem,
    })
}

/// The zone as a table for its operator: each anchor's limit, and how far that can be at most.
pub fn text(zone: &Zone, directory: Option<&Directory>) -> String {
    let mut out = format!(
        "zone {}: a report shows up to {} anchors of different votes whose limit was met.\n\
         Each shows, at {} and by itself, that this host is not in: {}\n",
        zone.name,
        zone.votes,
        zone.tier,
        zone.excludes.join(" ")
    );
    for (key, limit) in zone.limits() {
        let known = directory.and_then(|directory| directory.anchor(key));
        let name = known.map_or("not in the installed directory", |anchor| &anchor.name);
        let stale = known.is_some_and(|anchor| zone.limit_ns(anchor).is_none());
        // Half the round trip at the speed of light: 149,896 m for each millisecond.
        let kilometres = limit.limit_ns.saturating_mul(149_896) / 1_000_000_000;
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  {name:<24} {:>4}.{:03} ms, within {kilometres} km{}",
            limit.limit_ns / 1_000_000,
            limit.limit_ns / 1_000 % 1_000,
            match stale {
                true => "; not used: its position was surveyed again, get a new zone file",
                false => "",
            }
        );
    }
    out
}

/// Leaves among the sessions of `anchors` only those that a report shows; the others become
/// [`RangeError::NotNeeded`]. `metro` is the declared one.
pub fn withhold(
    zone: &Zone,
    directory: &Directory,
    metro: &str,
    anchors: &[Anchor],
    results: &mut [Result<Ranged, RangeError>],
) {
    let declared = directory.metro(metro);
    let distance = |anchor: &Anchor| {
        let home = directory.metros.get(anchor.metro);
        home.zip(declared)
            .map_or(f64::INFINITY, |(home, declared)| {
                home.position.chord_squared(&declared.position)
            })
    };
    let mut order: Vec<usize> = (0..anchors.len().min(results.len())).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&anchors[a], &anchors[b]);
        let far = distance(a).total_cmp(&distance(b));
        far.then(a.key.cmp(&b.key))
    });
    let mut votes: HashSet<&str> = HashSet::new();
    for index in order {
        if results[index].is_err() {
            continue;
        }
        let is_full = votes.len() >= usize::from(zone.votes);
        if is_full || !votes.insert(&anchors[index].trust_domain) {
            results[index] = Err(RangeError::NotNeeded);
        }
    }
}

#[cfg(test)]
mod tests;
