//! One host's estimated place and territory, and how good estimates are over all hosts.
//!
//! An estimate is of statistics, never of physics: the belief and the baselines make them, and
//! nothing is excluded by one.
//!
//! # What counts
//! - The **error** of a host is the great-circle distance between the estimated and the true
//!   place on the mean sphere, which is within 0.6 % of the geodesic's. Hosts whose coordinates
//!   are doubtful (`bad_coord`) have none.
//! - The **territory** counts for every host. A host without an estimate counts as wrong.
//! - A quantile is interpolated between the two nearest ranks, as R and NumPy do by default.
//! - The **calibration error** is that of the most likely territory: hosts are put into bins by
//!   the probability given to it, and the distances between mean probability and share of right
//!   answers are averaged over the bins, each weighted by its hosts.

use super::trial::{Host, Trial};
use domicile_map::Point;
use serde::Serialize;

/// How many bins of equal width the probabilities 0 to 1 are put into.
const BINS: usize = 10;

/// What a method says of one host.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    /// The most likely place.
    pub(super) point: Point,
    /// The most likely territory, an index into the territory data.
    pub(super) territory: u8,
    /// The probability of that territory, 0 to 1, if the method gives one.
    pub(super) probability: Option<f64>,
}

/// Hosts whose most likely territory was given about the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Bin {
    /// Probabilities from here (inclusive) …
    pub(super) from: f64,
    /// … to here (exclusive, but for 1).
    pub(super) to: f64,
    /// How many hosts.
    pub(super) hosts: usize,
    /// The mean of the probabilities that were given.
    pub(super) probability: f64,
    /// The share of hosts that are in the territory.
    pub(super) right: f64,
}

/// How good the estimates of one method are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Accuracy {
    /// Each error, rising, km.
    pub(super) errors_km: Vec<f64>,
    /// The share of hosts whose most likely territory is the true one.
    pub(super) top1_share: Option<f64>,
    /// The bins that have hosts; none when the method gives no probabilities.
    pub(super) bins: Vec<Bin>,
}

impl Accuracy {
    /// Scores the estimates of a trial's hosts, in their order; `None` where a method has no
    /// answer.
    pub(super) fn new(trial: &Trial, estimates: &[Option<Estimate>]) -> Self {
        let pairs = || trial.hosts.iter().zip(estimates);
        let mut errors_km: Vec<f64> = pairs()
            .filter_map(|(host, estimate)| error_km(trial, host, estimate.as_ref()))
            .collect();
        errors_km.sort_unstable_by(f64::total_cmp);
        let answers: Vec<(Option<f64>, bool)> = pairs()
            .map(|(host, estimate)| {
                let right = estimate.is_some_and(|e| e.territory == host.territory);
                (estimate.and_then(|e| e.probability), right)
            })
            .collect();
        let right = answers.iter().filter(|(_, right)| *right).count();
        Self {
            errors_km,
            top1_share: (!answers.is_empty()).then(|| ratio(right, answers.len())),
            bins: bins(&answers),
        }
    }

    /// Half of the hosts are nearer than this, km; `None` without a host whose place counts.
    pub(super) fn median_km(&self) -> Option<f64> {
        quantile(&self.errors_km, 0.5)
    }

    /// Nine of ten hosts are nearer than this, km.
    pub(super) fn p90_km(&self) -> Option<f64> {
        quantile(&self.errors_km, 0.9)
    }

    /// Expected calibration error of the most likely territory, 0 to 1; `None` when the method
    /// gives no probabilities.
    pub(super) fn calibration_error(&self) -> Option<f64> {
        let hosts: usize = self.bins.iter().map(|bin| bin.hosts).sum();
        (hosts > 0).then(|| {
            let off = |bin: &Bin| (bin.probability - bin.right).abs() * ratio(bin.hosts, hosts);
            self.bins.iter().map(off).sum()
        })
    }
}

fn error_km(trial: &Trial, host: &Host, estimate: Option<&Estimate>) -> Option<f64> {
    let truth = trial.true_point(host)?;
    // Without an answer the host is as wrong as can be, not left out.
    let error = estimate.map_or(f64::INFINITY, |e| e.point.distance_m(truth) / 1000.0);
    Some(error)
}

fn bins(answers: &[(Option<f64>, bool)]) -> Vec<Bin> {
    let mut sums = [(0usize, 0.0, 0usize); BINS];
    for (probability, right) in answers {
        let Some(probability) = probability else {
            continue;
        };
        let (hosts, sum, rights) = &mut sums[bin_of(*probability)];
        *hosts += 1;
        *sum += probability;
        *rights += usize::from(*right);
    }
    let edge = |k: usize| ratio(k, BINS);
    let bin = |(k, (hosts, sum, right)): (usize, (usize, f64, usize))| Bin {
        from: edge(k),
        to: edge(k + 1),
        hosts,
        probability: sum * ratio(1, hosts),
        right: ratio(right, hosts),
    };
    let filled = sums.into_iter().enumerate().filter(|(_, sum)| sum.0 > 0);
    filled.map(bin).collect()
}

fn bin_of(probability: f64) -> usize {
    let above = (1..BINS).filter(|k| probability >= ratio(*k, BINS));
    above.count()
}

/// The quantile of rising numbers; `None` when there are none or it falls on a host without an
/// answer.
fn quantile(rising: &[f64], share: f64) -> Option<f64> {
    let last = rising.len().checked_sub(1)?;
    let rank = share * ratio(last, 1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most `last`
    let below = (rank.floor() as usize).min(last);
    let (low, high) = (rising[below], rising[(below + 1).min(last)]);
    let part = rank - rank.floor();
    let value = if part > 0.0 {
        low + (high - low) * part
    } else {
        low
    };
    value.is_finite().then_some(value)
}

#[allow(clippy::cast_precision_loss)] // counts far below 2^52
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_are_interpolated_between_ranks() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 4.0, 8.0], 0.5), Some(3.0));
        let ninth = quantile(&[0.0, 10.0, 20.0], 0.9).unwrap();
        assert!((ninth - 18.0).abs() < 1e-12);
        // No answer for more than the quantile leaves out: no number.
        assert_eq!(quantile(&[1.0, 2.0, f64::INFINITY], 0.9), None);
        assert_eq!(quantile(&[1.0, 2.0, f64::INFINITY], 0.5), Some(2.0));
    }

    fn accuracy(answers: &[(Option<f64>, bool)]) -> Accuracy {
        Accuracy {
            errors_km: Vec::new(),
            top1_share: None,
            bins: bins(answers),
        }
    }

    #[test]
    fn calibration_error_is_the_weighted_distance_from_the_diagonal() {
        // Three of four at 0.75 right: calibrated. Both at 0.95 wrong: 0.95 off.
        let mut answers = vec![(Some(0.75), true); 3];
        answers.push((Some(0.75), false));
        assert!(accuracy(&answers).calibration_error().unwrap() < 1e-12);
        answers.extend([(Some(0.95), false); 2]);
        let error = accuracy(&answers).calibration_error().unwrap();
        assert!((error - 0.95 * 2.0 / 6.0).abs() < 1e-12);
        let bins = accuracy(&answers).bins;
        assert_eq!((bins.len(), bins[0].hosts, bins[1].hosts), (2, 4, 2));
        assert_eq!((bins[1].from, bins[1].to), (0.9, 1.0));
        assert_eq!(accuracy(&[(None, true)]).calibration_error(), None);
    }

    #[test]
    fn the_edges_belong_to_the_bin_above_and_one_to_the_last() {
        assert_eq!([0.0, 0.1, 0.3, 0.999, 1.0].map(bin_of), [0, 1, 3, 9, 9]);
    }

    proptest! {
        #[test]
        fn calibration_error_is_a_share_and_no_host_is_lost(
            answers in proptest::collection::vec((0.0f64..=1.0, any::<bool>()), 1..80)) {
            let answers: Vec<_> = answers.into_iter().map(|(p, right)| (Some(p), right)).collect();
            let accuracy = accuracy(&answers);
            let error = accuracy.calibration_error().unwrap();
            prop_assert!((0.0..=1.0).contains(&error));
            prop_assert_eq!(accuracy.bins.iter().map(|bin| bin.hosts).sum::<usize>(), answers.len());
            for bin in &accuracy.bins {
                prop_assert!(bin.from - 1e-12 <= bin.probability && bin.probability <= bin.to + 1e-12);
            }
        }
    }
}
