//! How often the most likely territory is right: histogram binning (Zadrozny and Elkan, 2001)
//! with few bins, because a mesh has few anchors to learn it from.

use super::outcome::softmax;

/// Where the grades begin: probabilities of the most likely territory before grading.
const EDGES: [f64; 3] = [0.5, 0.8, 0.95];

/// What was believed counts as much as so many anchors.
const PRIOR_ANCHORS: f64 = 20.0;

/// For each grade, the share of right answers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Grades([Option<f64>; EDGES.len() + 1]);

fn grade(probability: f64) -> usize {
    EDGES.iter().filter(|edge| probability >= **edge).count()
}

impl Grades {
    /// From the answers about left-out anchors: probability of the most likely territory, and
    /// whether it was right.
    pub(super) fn new(answers: &[(f64, bool)]) -> Self {
        let mut shares = [None; EDGES.len() + 1];
        let mut highest = 0.0f64;
        for (index, share) in shares.iter_mut().enumerate() {
            let of_grade = answers.iter().filter(|(p, _)| grade(*p) == index);
            let (mut count, mut believed, mut right) = (0.0, 0.0, 0.0);
            for (probability, is_right) in of_grade {
                count += 1.0;
                believed += probability;
                right += f64::from(u8::from(*is_right));
            }
            if count > 0.0 {
                let prior = PRIOR_ANCHORS * believed / count;
                highest = highest.max((right + prior) / (count + PRIOR_ANCHORS));
                *share = Some(highest);
            }
        }
        Self(shares)
    }

    /// The probabilities of territories raised to one power, so that the largest becomes that
    /// of its grade. The order stays.
    pub(super) fn apply(&self, probabilities: &mut [f64]) {
        let largest = probabilities.iter().copied().fold(0.0, f64::max);
        let Some(wanted) = self.0[grade(largest)].filter(|_| probabilities.len() > 1) else {
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
