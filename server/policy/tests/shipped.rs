//! The shipped packs: they hold together, their examples hold, and one H200 is replayed through them.
#![allow(clippy::unwrap_used)]

use domicile_policy::day::Day;
use domicile_policy::facts::Facts;
use domicile_policy::judge::Judge;
use domicile_policy::pack::example::WrittenFacts;
use domicile_policy::pack::lint;
use domicile_policy::shipped;
use std::fmt::Write as _;

#[test]
fn they_hold_together_and_so_do_their_examples() {
    let packs = shipped::packs();
    for (at, pack) in packs.iter().enumerate() {
        let beside: Vec<_> = packs
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, p)| p.clone())
            .collect();
        let problems: Vec<String> = lint(pack, &beside)
            .iter()
            .map(ToString::to_string)
            .collect();
        // Models have no rules, so that there is nothing to show by example.
        assert!(problems.is_empty(), "{}: {problems:#?}", pack.name);
        for example in &pack.examples {
            let misses = example.run(&packs).unwrap();
            assert!(
                misses.is_empty(),
                "{}: {}: {misses:#?}",
                pack.name,
                example.name
            );
        }
    }
    let examples: usize = packs.iter().map(|pack| pack.examples.len()).sum();
    assert!(examples >= 30, "{examples}");
    for pack in &packs {
        assert!(pack.notice.contains("not legal advice"), "{}", pack.name);
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn h200(territory: &str, headquarters: &str) -> Facts {
    let written = WrittenFacts {
        model: Some("H200".into()),
        territory: Some(territory.into()),
        shipped_from: Some("US".into()),
        headquarters: Some(headquarters.into()),
        licence_held: Some(false),
        public_funding: Some(true),
        ..WrittenFacts::default()
    };
    written.facts(&shipped::packs()).unwrap()
}

/// The days on which something changed, and the eve of each.
const DAYS: [&str; 22] = [
    "2022-08-25",
    "2022-08-31",
    "2022-10-07",
    "2022-10-20",
    "2022-10-21",
    "2023-11-16",
    "2023-11-17",
    "2025-01-15",
    "2025-04-09",
    "2025-05-12",
    "2025-05-13",
    "2025-05-15",
    "2025-07-14",
    "2025-08-12",
    "2025-11-05",
    "2025-12-07",
    "2025-12-08",
    "2026-01-13",
    "2026-01-14",
    "2026-01-15",
    "2026-01-22",
    "2026-01-23",
];

/// One line a day: everything that is said about the same device at the same place, known that day.
fn replay(facts: &Facts) -> String {
    let packs = shipped::packs();
    let mut table = String::new();
    for text in DAYS {
        let judge = Judge::new(&packs, day(text), day(text)).unwrap();
        let decision = judge.decide(facts);
        let said: Vec<String> = decision
            .iter(&judge)
            .map(|(subject, standing)| format!("{subject}: {standing}"))
            .collect();
        writeln!(
            table,
            "{text}  {}",
            if said.is_empty() {
                "no rule".into()
            } else {
                said.join(" | ")
            }
        )
        .unwrap();
    }
    table
}

#[test]
fn the_same_h200_on_every_day() {
    insta::assert_snapshot!("h200_in_china", replay(&h200("CN", "CN")));
    insta::assert_snapshot!(
        "h200_in_malaysia_of_a_chinese_group",
        replay(&h200("MY", "MY CN"))
    );
    insta::assert_snapshot!("h200_in_malaysia", replay(&h200("MY", "MY")));
}
