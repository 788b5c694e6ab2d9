//! What is counted of forgeries, and how it is told.

use super::case::Strategy;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// What was counted of one strategy.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) trials: u64,
    /// `confined` with honest anchors, at f = 0 or f = 1.
    pub(super) honest_anchors: u64,
    /// `confined` with f bribed votes, f = 1 or 2.
    pub(super) bribed: u64,
    /// Shown to the likeliest-place verifier, and believed.
    pub(super) likely_asked: u64,
    pub(super) likely_believed: u64,
}

/// What was counted in all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) strategies: [Count; 3],
    /// Forgeries with more bribed votes than f, and how many of them were confined.
    pub(super) beyond: u64,
    pub(super) beyond_confined: u64,
    /// Honest hosts at the claimed place, and how many were confined at f = 0 and 1.
    pub(super) honest: u64,
    pub(super) honest_confined: [u64; 2],
    pub(super) honest_likely_asked: u64,
    pub(super) honest_likely_believed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        for (sum, one) in self.strategies.iter_mut().zip(other.strategies) {
            sum.trials += one.trials;
            sum.honest_anchors += one.honest_anchors;
            sum.bribed += one.bribed;
            sum.likely_asked += one.likely_asked;
            sum.likely_believed += one.likely_believed;
        }
        self.beyond += other.beyond;
        self.beyond_confined += other.beyond_confined;
        self.honest += other.honest;
        self.honest_confined[0] += other.honest_confined[0];
        self.honest_confined[1] += other.honest_confined[1];
        self.honest_likely_asked += other.honest_likely_asked;
        self.honest_likely_believed += other.honest_likely_believed;
    }
}

/// The result, in the shape of the JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::eval) struct ForgeReport {
    pub(super) trials: u64,
    pub(super) seed: u64,
    pub(super) false_confined: BTreeMap<&'static str, FalseConfined>,
    /// Share of the forgeries that a verifier of the most likely place accepts.
    pub(super) likeliest_place_accepts: BTreeMap<&'static str, f64>,
    /// Share of honest hosts at the claimed places that are `confined`, by f.
    pub(super) honest_confined: BTreeMap<&'static str, f64>,
    /// Forgeries with f + 1 bribed votes: false `confined` here shows that the counter counts.
    pub(super) beyond_premise: Beyond,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct FalseConfined {
    pub(super) trials: u64,
    pub(super) honest_anchors: u64,
    pub(super) bribed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Beyond {
    pub(super) trials: u64,
    pub(super) false_confined: u64,
}

impl ForgeReport {
    /// Whether any forgery within the premise was confined.
    pub(in crate::eval) fn is_broken(&self) -> bool {
        let mut all = self.false_confined.values();
        all.any(|one| one.honest_anchors + one.bribed > 0)
    }

    /// For people.
    pub(in crate::eval) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} forgeries, seed {}", self.trials, self.seed)];
        for (name, one) in &self.false_confined {
            lines.push(format!(
                "  {name}: false `confined` {}, with f bribed votes {}; the likeliest place is believed in {:.1} %",
                one.honest_anchors,
                one.bribed,
                100.0 * self.likeliest_place_accepts[name]
            ));
        }
        let honest = &self.honest_confined;
        lines.push(format!(
            "  honest hosts at the claimed places: confined {:.1} % at f = 0, {:.1} % at f = 1; the likeliest place is believed in {:.1} %",
            100.0 * honest["f=0"],
            100.0 * honest["f=1"],
            100.0 * self.likeliest_place_accepts["honest"]
        ));
        lines.push(format!(
            "  beyond the premise, with f + 1 bribed votes: false `confined` {} of {}",
            self.beyond_premise.false_confined, self.beyond_premise.trials
        ));
        lines
    }
}

pub(super) fn report(counts: &Counts, trials: u64, seed: u64) -> ForgeReport {
    #[allow(clippy::cast_precision_loss)] // far below 2^53
    let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
    let named = || Strategy::NAMES.into_iter().zip(&counts.strategies);
    let mut accepts: BTreeMap<&'static str, f64> = named()
        .map(|(name, one)| (name, share(one.likely_believed, one.likely_asked)))
        .collect();
    let honest = share(counts.honest_likely_believed, counts.honest_likely_asked);
    accepts.insert("honest", honest);
    let false_confined = |one: &Count| FalseConfined {
        trials: one.trials,
        honest_anchors: one.honest_anchors,
        bribed: one.bribed,
    };
    ForgeReport {
        trials,
        seed,
        false_confined: named()
            .map(|(name, one)| (name, false_confined(one)))
            .collect(),
        likeliest_place_accepts: accepts,
        honest_confined: ["f=0", "f=1"]
            .into_iter()
            .zip(
                counts
                    .honest_confined
                    .map(|part| share(part, counts.honest)),
            )
            .collect(),
        beyond_premise: Beyond {
            trials: counts.beyond,
            false_confined: counts.beyond_confined,
        },
    }
}
