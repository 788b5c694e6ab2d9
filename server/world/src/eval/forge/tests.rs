#![allow(clippy::unwrap_used)]
use super::super::tests::{small_trial, trial_of};
use super::*;

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

#[test]
fn nothing_is_forged_and_the_answer_is_that_of_any_number_of_threads() {
    let trial = small_trial();
    let report = run(&trial, 1_500, 11, threads(2)).unwrap();
    assert!(!report.is_broken(), "{report:?}");
    assert_eq!(report, run(&trial, 1_500, 11, threads(1)).unwrap());
    assert_ne!(report, run(&trial, 1_500, 12, threads(1)).unwrap());
    let tried: u64 = report.false_confined.values().map(|one| one.trials).sum();
    assert_eq!(tried, 1_500);
    assert_eq!(report.lines().len(), 6);
}

#[test]
fn the_counter_counts() {
    // One bribed vote more than f, and f honest ones: what the premise forbids is found.
    let report = run(&small_trial(), 1_500, 5, threads(2)).unwrap();
    assert!(report.beyond_premise.false_confined > 0, "{report:?}");
    // Honest hosts are confined by the same function, so a forged one could be.
    assert!(report.honest_confined["f=0"] > 0.0, "{report:?}");
    let field = Field::new(&small_trial()).unwrap();
    let (mut told_none, mut one_more) = (0, 0);
    for number in 0..400 {
        let mut random = Random::of_trial(3, number);
        let case = field.case(&mut random);
        let rtts = case.forged(Strategy::Geometry, &mut random);
        told_none += u64::from(field.is_confined(&case, &rtts, 1, 0).unwrap());
        one_more += u64::from(field.is_confined(&case, &rtts, 2, 1).unwrap());
        assert!(!field.is_confined(&case, &rtts, 1, 1).unwrap());
    }
    assert!(told_none > 0 && one_more > 0, "{told_none}, {one_more}");
    let counts = Counts {
        strategies: [Count { trials: 1, bribed: 1, ..Count::default() }; 3],
        ..Counts::default()
    };
    assert!(super::report(&counts, 3, 0).is_broken());
}

#[test]
fn delay_is_only_added() {
    let field = Field::new(&small_trial()).unwrap();
    for number in 0..300 {
        let mut random = Random::of_trial(9, number);
        let case = field.case(&mut random);
        for strategy in Strategy::ALL {
            let rtts = case.forged(strategy, &mut random);
            assert!(rtts.iter().zip(&case.base).all(|(rtt, base)| rtt >= base));
        }
    }
}

#[test]
fn a_set_without_anchors_is_refused() {
    let trial = trial_of(|line| line.replace(",rtt", ",rtt"));
    assert!(run(&trial, 0, 0, threads(1)).is_ok());
}
