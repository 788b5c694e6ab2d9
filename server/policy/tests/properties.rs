//! What must hold for any packs and any facts.
#![allow(clippy::unwrap_used)]

use domicile_geo::{Territories, TerritoryMask};
use domicile_policy::day::Day;
use domicile_policy::facts::{DeviceAttributes, Facts, Licence};
use domicile_policy::judge::{Judge, Standing, Subject};
use domicile_policy::pack::{Pack, lint};
use proptest::prelude::*;
use std::fmt::Write as _;

const PLACES: [&str; 4] = ["CN", "SG", "MY", "US"];
const OUTCOMES: [&str; 8] = [
    "no-requirement",
    "permitted",
    "discouraged",
    "licence-required",
    "presumption-of-approval",
    "case-by-case",
    "presumption-of-denial",
    "denied",
];
const STATUSES: [&str; 5] = [
    "enacted",
    "agency-letter",
    "announced",
    "reported",
    "disputed",
];

/// A rule in small: days are days of January 2026.
#[derive(Debug, Clone)]
struct Small {
    id: usize,
    status: usize,
    outcome: usize,
    from: u8,
    until: Option<u8>,
    recorded: u8,
    replaces: Vec<usize>,
    when: Vec<[Option<u8>; 5]>,
}

fn small(id: usize) -> impl Strategy<Value = Small> {
    let line = proptest::array::uniform5(proptest::option::of(0u8..4));
    let line = line.prop_filter("a line asks something", |line| {
        line.iter().any(Option::is_some)
    });
    (
        0..STATUSES.len(),
        0..OUTCOMES.len(),
        1u8..28,
        proptest::option::of(1u8..4),
        1u8..29,
        proptest::collection::vec(0..id.max(1), 0..3),
        proptest::collection::vec(line, 1..3),
    )
        .prop_map(
            move |(status, outcome, from, length, recorded, replaces, when)| Small {
                id,
                status,
                outcome,
                from,
                until: length.map(|length| from + length),
                recorded,
                // Only earlier ones: no circles.
                replaces: replaces.into_iter().filter(|other| *other < id).collect(),
                when,
            },
        )
}

fn rules() -> impl Strategy<Value = Vec<Small>> {
    (0usize..7).prop_flat_map(|count| (0..count).map(small).collect::<Vec<_>>())
}

fn toml(rules: &[Small]) -> String {
    let mut text = "name = \"p\"\nversion = 1\npublished = \"2026-02-01\"\nnotice = \"n\"\nmode = \"counts\"\n\
                    [[model]]\nvendor = \"v\"\nfamily = \"f\"\nmodel = \"m\"\nsources = [{ title = \"t\", url = \"https://x\" }]\n"
        .to_owned();
    for rule in rules {
        let replaces: Vec<String> = rule
            .replaces
            .iter()
            .map(|id| format!("\"r{id}\""))
            .collect();
        let lines: Vec<String> = rule.when.iter().map(line).collect();
        let until = rule
            .until
            .map(|day| format!("effective-until = \"2026-01-{day:02}\"\n"));
        write!(
            text,
            "[[rule]]\nid = \"r{}\"\njurisdiction = \"US\"\nactivity = \"supply\"\nauthority = \"a\"\nstatus = \"{}\"\n\
             effective-from = \"2026-01-{:02}\"\n{}recorded-at = \"2026-01-{:02}\"\noutcome = \"{}\"\nreplaces = [{}]\n\
             explanation = \"e\"\nsources = [{{ title = \"t\", url = \"https://x\" }}]\nwhen = [{}]\n",
            rule.id,
            STATUSES[rule.status],
            rule.from,
            until.unwrap_or_default(),
            rule.recorded,
            OUTCOMES[rule.outcome],
            replaces.join(", "),
            lines.join(", ")
        )
        .unwrap();
    }
    text
}

fn line(line: &[Option<u8>; 5]) -> String {
    let [territory, headquarters, tpp, vendor, funding] = line;
    let place = |index: u8| PLACES[usize::from(index)];
    let parts = [
        territory.map(|t| format!("territory = [\"{}\"]", place(t))),
        headquarters.map(|h| format!("not-headquarters = [\"{}\"]", place(h))),
        tpp.map(|t| format!("tpp = {{ at-least = {t}.0 }}")),
        vendor.map(|v| format!("vendor = [\"v{v}\"]")),
        funding.map(|f| format!("public-funding = {}", f % 2 == 0)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{{ {} }}", parts.join(", "))
}

fn pack(rules: &[Small]) -> Pack {
    Pack::read(toml(rules).as_bytes()).unwrap()
}

fn day(day: u8) -> Day {
    Day::new(2026, 1, day).unwrap()
}

/// Each fact by a small number; `None` is unknown.
type Written = [Option<u8>; 5];

fn facts([territory, headquarters, tpp, vendor, funding]: Written) -> Facts {
    let code = |index: u8| PLACES[usize::from(index)].parse().unwrap();
    Facts {
        device: DeviceAttributes {
            tpp: tpp.map(f64::from),
            vendor: vendor.map(|v| format!("V{v}")),
            ..DeviceAttributes::default()
        },
        territory: territory.map(code),
        headquarters: headquarters
            .map(|h| TerritoryMask::from_codes(Territories::builtin(), &[code(h)]).unwrap()),
        public_funding: funding.map(|f| f % 2 == 0),
        shipped_from: None,
        licence: Licence::None,
    }
}

fn answers(packs: &[Pack], as_of: u8, known_on: u8, facts: &Facts) -> Vec<(Subject, Standing)> {
    let judge = Judge::new(packs, day(as_of), day(known_on)).unwrap();
    judge
        .decide(facts)
        .iter(&judge)
        .map(|(subject, standing)| (subject.clone(), standing))
        .collect()
}

#[test]
fn rules_that_replace_each_other_in_a_circle_are_refused() {
    let rule = |id, replaces: usize| Small {
        id,
        status: 0,
        outcome: 7,
        from: 1,
        until: None,
        recorded: 1,
        replaces: vec![replaces],
        when: vec![[Some(0), None, None, None, None]],
    };
    for circle in [vec![rule(0, 0)], vec![rule(0, 2), rule(1, 0), rule(2, 1)]] {
        let packs = [pack(&circle)];
        assert!(Judge::new(&packs, day(2), day(2)).is_err());
        assert!(
            lint(&packs[0], &[])
                .iter()
                .any(|problem| problem.key == "replaces")
        );
    }
    assert!(
        Judge::new(
            &[pack(&[rule(0, 9), rule(1, 0), rule(2, 1)])],
            day(2),
            day(2)
        )
        .is_ok()
    );
}

#[test]
fn a_rule_of_too_many_lines_is_refused_and_not_a_panic() {
    let rule = |lines| Small {
        id: 0,
        status: 0,
        outcome: 7,
        from: 1,
        until: None,
        recorded: 1,
        replaces: vec![],
        when: vec![[Some(0), None, None, None, None]; lines],
    };
    let (most, more) = (pack(&[rule(32)]), pack(&[rule(33)]));
    assert!(Judge::new(&[most], day(2), day(2)).is_ok());
    assert!(lint(&more, &[]).iter().any(|problem| problem.key == "when"));
    assert!(Judge::new(&[more], day(2), day(2)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rules_never_matters(
        rules in rules(), seed in any::<u64>(), as_of in 1u8..31, known_on in 1u8..31,
        written in proptest::array::uniform5(proptest::option::of(0u8..4)),
    ) {
        let mut shuffled = rules.clone();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, usize::try_from(seed >> at).unwrap_or(0) % (at + 1));
        }
        let facts = facts(written);
        let one = answers(&[pack(&rules)], as_of, known_on, &facts);
        prop_assert_eq!(&one, &answers(&[pack(&shuffled)], as_of, known_on, &facts));
        // Nor into which packs they are put.
        let (left, right) = rules.split_at(rules.len() / 2);
        prop_assert_eq!(&one, &answers(&[pack(right), pack(left)], as_of, known_on, &facts));
    }

    #[test]
    fn what_is_recorded_later_never_changes_what_was_known_earlier(
        rules in rules(), later in rules(), as_of in 1u8..31, known_on in 1u8..30,
        written in proptest::array::uniform5(proptest::option::of(0u8..4)),
    ) {
        let mut all = rules.clone();
        for mut rule in later {
            rule.id += rules.len();
            rule.recorded = known_on + 1;
            all.push(rule);
        }
        let facts = facts(written);
        prop_assert_eq!(
            answers(&[pack(&rules)], as_of, known_on, &facts),
            answers(&[pack(&all)], as_of, known_on, &facts)
        );
    }

    #[test]
    fn periods_hold_their_first_day_and_not_their_last(rule in small(0), as_of in 1u8..31) {
        let mut rule = rule;
        rule.recorded = 1;
        rule.when = vec![[Some(0), None, None, None, None]];
        let answered = answers(&[pack(&[rule.clone()])], as_of, 31, &facts([Some(0); 5]));
        let holds = rule.from <= as_of && rule.until.is_none_or(|until| as_of < until);
        prop_assert_eq!(!answered.is_empty(), holds);
    }

    /// The security property: what is decided is decided for every value of the unknown facts, and
    /// what is undecided says which values are possible.
    #[test]
    fn the_unknown_is_never_guessed(
        rules in rules(), as_of in 1u8..31,
        written in proptest::array::uniform5(proptest::option::of(0u8..4)),
        completion in proptest::array::uniform5(0u8..4),
    ) {
        let mut rules = rules;
        // All known, all in force, two layers: many that replace each other.
        for rule in &mut rules {
            (rule.recorded, rule.from, rule.until) = (1, 1, None);
            rule.status = if rule.status < 4 { 0 } else { 2 };
        }
        let packs = [pack(&rules)];
        let partial = answers(&packs, as_of, 31, &facts(written));
        let whole: Written = std::array::from_fn(|at| written[at].or(Some(completion[at])));
        let complete = answers(&packs, as_of, 31, &facts(whole));
        for (subject, standing) in &complete {
            prop_assert!(matches!(standing, Standing::Decided(_)), "{subject}: {standing}");
        }
        let of = |answers: &[(Subject, Standing)], subject: &Subject| {
            answers.iter().find(|(other, _)| other == subject).map(|(_, standing)| *standing)
        };
        let subjects = partial.iter().chain(&complete).map(|(subject, _)| subject);
        for subject in subjects {
            match (of(&partial, subject), of(&complete, subject)) {
                (Some(Standing::Undecided { possible, missing, .. }), Some(Standing::Decided(outcome))) => {
                    prop_assert!(possible.contains(outcome), "{subject}: {outcome} was not thought of");
                    prop_assert!(!missing.is_empty());
                }
                (Some(Standing::Undecided { perhaps_silent, .. }), None) => prop_assert!(perhaps_silent, "{subject}"),
                (before, after) => prop_assert_eq!(before, after, "{}", subject),
            }
        }
        if written.iter().all(Option::is_some) {
            prop_assert_eq!(partial, complete);
        }
    }

    #[test]
    fn a_rule_that_is_only_said_never_touches_what_is_enforceable(
        rules in rules(), as_of in 1u8..31,
        written in proptest::array::uniform5(proptest::option::of(0u8..4)),
    ) {
        let firm: Vec<Small> = rules.iter().filter(|rule| rule.status < 2).cloned().collect();
        let enforceable = |rules: &[Small]| -> Vec<(Subject, Standing)> {
            let all = answers(&[pack(rules)], as_of, 31, &facts(written));
            all.into_iter().filter(|(subject, _)| subject.layer.name() == "enforceable").collect()
        };
        prop_assert_eq!(enforceable(&rules), enforceable(&firm));
    }

    #[test]
    fn a_shadow_changes_nothing(
        rules in rules(), shadow in rules(), as_of in 1u8..31,
        written in proptest::array::uniform5(proptest::option::of(0u8..4)),
    ) {
        let shadow: Vec<Small> = shadow
            .into_iter()
            .map(|mut rule| {
                rule.id += 100;
                rule.replaces = rules.iter().map(|rule| rule.id).collect();
                rule
            })
            .collect();
        let shade = Pack::read(toml(&shadow).replace("\"counts\"", "\"shadow\"").as_bytes()).unwrap();
        let facts = facts(written);
        let mut both = answers(&[pack(&rules), shade], as_of, 31, &facts);
        both.retain(|(subject, _)| subject.layer.name() != "shadow");
        prop_assert_eq!(both, answers(&[pack(&rules)], as_of, 31, &facts));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Pack::read(&bytes);
    }
}
