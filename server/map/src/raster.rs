//! Land, licensed territories and the feasible region as runs of samples in a window.

use crate::view::View;
use domicile_geo::{Territories, TerritoryMask, UnitVec};
use std::fmt::Write as _;

/// The samples of a window that are on land.
#[derive(Debug)]
pub struct Land {
    columns: u16,
    samples: Vec<(u16, u16, [f64; 3], TerritoryMask)>,
}

/// One cap for the test of a sample: its vote, its centre, and the cosine of its angle.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The vote it belongs to.
    pub vote: u16,
    /// The anchor's position, a unit vector.
    pub center: [f64; 3],
    /// Radius, metres.
    pub radius_m: f64,
}

impl Land {
    /// Samples the land in a window.
    pub fn sample(view: &View, territories: &Territories) -> Self {
        let mut samples = Vec::new();
        for row in 0..view.rows {
            for column in 0..view.columns {
                let Some(point) = view.sample(column, row) else {
                    continue;
                };
                let unit = point.unit();
                let Ok(vector) = UnitVec::new(unit[0], unit[1], unit[2]) else {
                    continue;
                };
                let mask = territories.contains(&vector);
                if !mask.is_empty() {
                    samples.push((row, column, unit, mask));
                }
            }
        }
        Self {
            columns: view.columns,
            samples,
        }
    }

    /// All land.
    pub fn path(&self) -> String {
        self.runs(|_, _| true)
    }

    /// The land of these territories.
    pub fn territories_path(&self, wanted: &TerritoryMask) -> String {
        self.runs(|_, mask| !mask.is_disjoint(wanted))
    }

    /// The land that at most `lying_votes` votes exclude.
    pub fn feasible_path(&self, limits: &[Limit], lying_votes: usize) -> String {
        let mut votes: Vec<u16> = limits.iter().map(|limit| limit.vote).collect();
        votes.sort_unstable();
        votes.dedup();
        let caps: Vec<(usize, [f64; 3], f64)> = limits
            .iter()
            .map(|limit| {
                let vote = votes.partition_point(|vote| *vote < limit.vote);
                let angle =
                    (limit.radius_m / domicile_geo::EARTH_RADIUS_M).min(std::f64::consts::PI);
                (vote, limit.center, angle.cos())
            })
            .collect();
        let mut against = vec![false; votes.len()];
        self.runs(|unit, _| {
            against.fill(false);
            let mut count = 0;
            for (vote, center, cosine) in &caps {
                let dot = center[0] * unit[0] + center[1] * unit[1] + center[2] * unit[2];
                if dot < *cosine && !against[*vote] {
                    against[*vote] = true;
                    count += 1;
                    if count > lying_votes {
                        return false;
                    }
                }
            }
            true
        })
    }

    /// Path data of horizontal strokes, one for each run of wanted samples.
    fn runs(&self, mut wanted: impl FnMut(&[f64; 3], &TerritoryMask) -> bool) -> String {
        let mut path = String::new();
        let mut open: Option<(u16, u16, u16)> = None;
        let flush = |path: &mut String, run: Option<(u16, u16, u16)>| {
            if let Some((row, from, until)) = run {
                write!(path, "M{from} {row}.5H{until}").expect("writing to a String cannot fail");
            }
        };
        for (row, column, unit, mask) in &self.samples {
            debug_assert!(*column < self.columns);
            if !wanted(unit, mask) {
                continue;
            }
            open = match open {
                Some((at, from, until)) if at == *row && until == *column => {
                    Some((at, from, column + 1))
                }
                run => {
                    flush(&mut path, run);
                    Some((*row, *column, column + 1))
                }
            };
        }
        flush(&mut path, open);
        path
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::point::Point;

    #[test]
    fn the_region_is_what_too_few_votes_exclude() {
        let territories = Territories::builtin();
        let view = View::around(Point::new(47.0, 8.0), 200_000.0);
        let land = Land::sample(&view, territories);
        assert!(!land.path().is_empty());
        let limit = |vote, point: Point, radius_m| Limit {
            vote,
            center: point.unit(),
            radius_m,
        };
        let here = Point::new(47.0, 8.0);
        let far = Point::new(-30.0, 150.0);
        let small = land.feasible_path(&[limit(0, here, 50_000.0)], 0);
        assert!(!small.is_empty() && small.len() < land.path().len());
        // One vote against everything here: with one lying vote nothing changes, however many caps.
        let liar = [limit(7, far, 1_000.0), limit(7, far, 2_000.0)];
        assert_eq!(land.feasible_path(&liar, 1), land.path());
        assert_eq!(land.feasible_path(&liar, 0), "");
        let two = [limit(7, far, 1_000.0), limit(8, far, 1_000.0)];
        assert_eq!(land.feasible_path(&two, 1), "");
    }

    #[test]
    fn runs_end_at_rows_and_gaps() {
        let sample = |row, column| (row, column, [0.0, 0.0, 1.0], TerritoryMask::EMPTY);
        let land = Land {
            columns: 10,
            samples: vec![sample(0, 1), sample(0, 2), sample(0, 9), sample(1, 0)],
        };
        assert_eq!(land.path(), "M1 0.5H3M9 0.5H10M0 1.5H1");
    }
}
