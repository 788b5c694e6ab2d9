//! How often the most likely territory is right: histogram binning (Zadrozny and Elkan, 2001)
//! with few bins, because a mesh has few anchors to learn it from.

use super::outcome::softmax;

/// Where the grades begin: probabilities of the most likely territory before grading.
const EDGES: [f64; 3] = [0.5, 0.8, 0.95];

/// What was believed counts as much as so many anchors.
const PRIOR_ANCHORS: f64 = 20.0;

/// A grade of fewer answers is one with its neighbour: the share of right ones among so few is
/// known to a tenth only.
const MIN_ANSWERS: usize = 12;

/// Where each grade begins, and the share of right answers in it; rising.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Grades(Vec<(f64, f64)>);

impl Grades {
    /// From the answers about left-out anchors: probability of the most likely territory, and
    /// whether it was right.
    pub(super) fn new(answers: &[(f64, bool)]) -> Self {
        let within = |start: f64, below: f64| {
            let of_grade = answers
                .iter()
                .filter(move |(p, _)| (start..below).contains(p));
            of_grade.collect::<Vec<_>>()
        };
        // From the highest down, each grade once it has answers enough; what is left below the
        // last belongs to it.
        let mut starts: Vec<f64> = Vec::new();
        let mut below = f64::INFINITY;
        for start in EDGES.into_iter().rev().chain([0.0]) {
            if within(start, below).len() >= MIN_ANSWERS {
                starts.push(start);
                below = start;
            }
        }
        if let Some(last) = starts.last_mut() {
            *last = 0.0;
        }
        starts.reverse();
        let ends = starts.iter().skip(1).copied().chain([f64::INFINITY]);
        let mut grades: Vec<(f64, f64)> = starts
            .iter()
            .zip(ends)
            .map(|(start, end)| (*start, share(&within(*start, end))))
            .collect();
        let mut highest = 0.0f64;
        for (_, share) in &mut grades {
            highest = highest.max(*share);
            *share = highest;
        }
        Self(grades)
    }

    fn wanted(&self, largest: f64) -> Option<f64> {
        let grade = self.0.iter().rev().find(|(start, _)| largest >= *start);
        grade.map(|(_, share)| *share)
    }

    /// The probabilities of territories raised to one power, so that the largest becomes that
    /// of its grade. The order stays.
    pub(super) fn apply(&self, probabilities: &mut [f64]) {
        let largest = probabilities.iter().copied().fold(0.0, f64::max);
        let Some(wanted) = self.wanted(largest).filter(|_| probabilities.len() > 1) else {
            return;
        };
        let logs: Vec<f64> = probabilities
            .iter()
            .map(|p| (p / largest).max(f64::MIN_POSITIVE).ln())
            .collect();
        let (mut low, mut high) = (0.0, 64.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            let sum: f64 = logs.iter().map(|log| (middle * log).exp()).sum();
            if 1.0 / sum < wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        let raised = logs.iter().map(|log| (0, low * log)).collect();
        for (probability, (_, graded)) in probabilities.iter_mut().zip(softmax(raised)) {
            *probability = graded;
        }
    }
}

/// The share of right answers, with what was believed as so many more answers.
#[allow(clippy::cast_precision_loss)] // at most 96
fn share(answers: &[&(f64, bool)]) -> f64 {
    let count = answers.len() as f64;
    let believed: f64 = answers.iter().map(|(probability, _)| probability).sum();
    let right = answers.iter().filter(|(_, is_right)| *is_right).count() as f64;
    (right + PRIOR_ANCHORS * believed / count) / (count + PRIOR_ANCHORS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_largest_becomes_its_grades_share_and_the_order_stays(
            weights in proptest::collection::vec(0.01f64..1.0, 2..30), right in 0usize..40) {
            let sum: f64 = weights.iter().sum();
            let before: Vec<f64> = weights.iter().map(|w| w / sum).collect();
            let largest = before.iter().copied().fold(0.0, f64::max);
            let answers: Vec<_> = (0..40).map(|k| (largest, k < right)).collect();
            let wanted = (right as f64 + 20.0 * largest) / 60.0;
            let mut after = before.clone();
            Grades::new(&answers).apply(&mut after);
            prop_assert!((after.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let reached = after.iter().copied().fold(0.0, f64::max);
            // It cannot fall below equal shares, nor part two that are equally likely.
            let mut seconds = before.clone();
            seconds.sort_by(f64::total_cmp);
            if wanted > 1.0 / before.len() as f64 && seconds[seconds.len() - 2] < 0.9 * largest {
                prop_assert!((reached - wanted).abs() < 1e-6, "{reached} {wanted}");
            }
            for a in 0..before.len() {
                for b in 0..before.len() {
                    prop_assert!(before[a] <= before[b] || after[a] >= after[b]);
                }
            }
        }
    }

    #[test]
    fn without_answers_nothing_changes() {
        let mut probabilities = [0.7, 0.2, 0.1];
        Grades::default().apply(&mut probabilities);
        assert_eq!(
            probabilities.map(f64::to_bits),
            [0.7, 0.2, 0.1].map(f64::to_bits)
        );
    }
}
