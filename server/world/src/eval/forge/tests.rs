#![allow(clippy::unwrap_used)]
use super::count::{Count, Counts};
use super::*;
use crate::eval::EvalArguments;
use clap::Parser;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: EvalArguments,
}

/// Ten cities with three anchors each, of three votes.
fn small_trial() -> Trial {
    let cities = [
        ("DE", 50.11, 8.68),
        ("GB", 51.51, -0.13),
        ("ES", 40.42, -3.70),
        ("PL", 52.23, 21.01),
        ("US", 39.04, -77.49),
        ("BR", -23.55, -46.63),
        ("JP", 35.68, 139.65),
        ("SG", 1.35, 103.82),
        ("AU", -33.87, 151.21),
        ("ZA", -26.2, 28.04),
    ];
    let mut nodes = "id,name,city,country_iso2,lat,lon,provider\n".to_owned();
    let mut rtt = "src,dst,rtt_ms\n".to_owned();
    for (number, (code, latitude, longitude)) in cities.iter().enumerate() {
        for provider in 0..3 {
            let id = 3 * number + provider;
            nodes += &format!("{id},N{id},C{number},{code},{latitude},{longitude},p{id}\n");
            rtt += &format!("{id},{},300\n", (id + 7) % 30);
        }
    }
    let world = crate::measured::parse(nodes.as_bytes(), rtt.as_bytes(), b"").unwrap();
    let line = Line::try_parse_from(["eval", "--nodes", "n", "--rtt", "r"]).unwrap();
    Trial::new(world, &line.arguments, domicile_geo::Territories::builtin()).unwrap()
}

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
        strategies: [Count {
            trials: 1,
            bribed: 1,
            ..Count::default()
        }; 3],
        ..Counts::default()
    };
    assert!(count::report(&counts, 3, 0).is_broken());
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
