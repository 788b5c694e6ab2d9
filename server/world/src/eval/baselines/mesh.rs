//! The anchors' mesh as the baselines read it: a distance and a round trip for each pair.

use crate::eval::trial::Trial;

/// Kilometres between two anchors and milliseconds of their round trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) km: f64,
    pub(super) ms: f64,
}

/// For each anchor, its pairs with the others by their number; `None` where the set has none.
#[derive(Debug)]
pub(super) struct Mesh(Vec<Vec<Option<Pair>>>);

impl Mesh {
    /// The mesh of a trial's anchors.
    pub(super) fn new(trial: &Trial) -> Self {
        let anchors = trial.anchors();
        let pair = |a: usize, b: usize| {
            let round_trip = (a != b).then(|| trial.between(a, b)).flatten()?;
            Some(Pair {
                km: anchors[a].point.distance_m(anchors[b].point) / 1000.0,
                ms: round_trip.as_secs_f64() * 1000.0,
            })
        };
        let row = |a: usize| (0..anchors.len()).map(|b| pair(a, b)).collect();
        Self((0..anchors.len()).map(row).collect())
    }

    /// How many anchors it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The pairs of one anchor but for that with `without`.
    pub(super) fn pairs(
        &self,
        anchor: usize,
        without: Option<usize>,
    ) -> impl Iterator<Item = Pair> + '_ {
        let row = self.0[anchor].iter().enumerate();
        row.filter(move |(other, _)| Some(*other) != without)
            .filter_map(|(_, pair)| *pair)
    }
}
