//! From packs and registry to the policy file that verdicts use.
#![allow(clippy::unwrap_used)]

use domicile_geo::{Territories, TerritoryMask};
use domicile_policy::build::build;
use domicile_policy::day::Day;
use domicile_policy::facts::{Attribute, Facts};
use domicile_policy::hosts;
use domicile_policy::judge::Judge;
use domicile_policy::licence::{Cover, cover, reach};
use domicile_policy::pack::example::WrittenFacts;
use domicile_policy::pack::{Pack, fill};
use domicile_policy::registry::{Registry, read_toml};
use domicile_policy::shipped;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn registry(models: &str, headquarters: &str, permitted: &str) -> Registry {
    let text = format!(
        "[[customer]]\nid = \"acme\"\nname = \"Acme\"\nheadquarters = \"{headquarters}\"\n\
         [[licence]]\nnumber = \"L-1\"\nauthority = \"BIS\"\nmodels = [{models}]\nquantity = 8\nconsignee = \"acme\"\n\
         end-user = \"acme\"\nend-user-headquarters = \"{headquarters}\"\npermitted = [{permitted}]\n\
         valid-from = \"2026-01-01\"\nvalid-until = \"2027-01-01\"\n"
    );
    read_toml("r", text.as_bytes()).unwrap()
}

fn codes(mask: &TerritoryMask) -> Vec<String> {
    mask.codes(Territories::builtin())
        .map(|code| code.to_string())
        .collect()
}

#[test]
fn denied_is_where_the_rules_ask_for_a_licence_that_does_not_reach() {
    let built = build(
        &shipped::packs(),
        &registry("\"H200\"", "SG", "\"SG\", \"MY\""),
        7,
        day("2026-01-20"),
        day("2026-01-20"),
    )
    .unwrap();
    assert_eq!(built.licences, 1);
    let file: toml::Table = built.toml.parse().unwrap();
    assert_eq!(file["version"].as_integer(), Some(7));
    let licence = &file["licence"][0];
    let list = |key: &str| -> Vec<&str> {
        licence[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| code.as_str().unwrap())
            .collect()
    };
    assert_eq!(list("permitted"), ["MY", "SG"]);
    let denied = list("denied");
    for code in ["CN", "HK", "MO", "RU", "IR", "KP", "AE", "SA", "VN"] {
        assert!(denied.contains(&code), "{code} in {denied:?}");
    }
    // Cyprus may or may not be in D:5; Germany needs none.
    for code in ["CY", "DE", "US", "SG", "MY"] {
        assert!(!denied.contains(&code), "{code} in {denied:?}");
    }
    assert!(built.toml.contains("us-advanced-computing 1, SHA-256 "));
}

#[test]
fn seats_in_d5_deny_everywhere_else_but_the_united_states() {
    let packs = shipped::packs();
    let registry = registry("\"H200\"", "CN", "\"MY\"");
    let judge = Judge::new(&packs, day("2026-01-20"), day("2026-01-20")).unwrap();
    let facts = registry.licence_facts(registry.licence("L-1").unwrap());
    let mut device = domicile_policy::facts::DeviceAttributes {
        model: Some("h200".into()),
        ..Default::default()
    };
    fill(&mut device, &packs);
    let reach = reach(&judge, &facts, &[device]);
    assert_eq!(codes(&reach.permitted), ["MY"]);
    let all = Territories::builtin().codes().len();
    assert_eq!(reach.denied.count() as usize, all - 2, "all but MY and US");
}

#[test]
fn an_unknown_model_denies_nothing() {
    let built = build(
        &shipped::packs(),
        &registry("\"Unheard-of\"", "SG", "\"SG\""),
        1,
        day("2026-01-20"),
        day("2026-01-20"),
    )
    .unwrap();
    let file: toml::Table = built.toml.parse().unwrap();
    assert!(
        file["licence"][0]["denied"].as_array().unwrap().is_empty(),
        "{}",
        built.toml
    );
    // Of two models, only what is denied to both.
    let built = build(
        &shipped::packs(),
        &registry("\"H200\", \"Unheard-of\"", "SG", "\"SG\""),
        1,
        day("2026-01-20"),
        day("2026-01-20"),
    )
    .unwrap();
    let file: toml::Table = built.toml.parse().unwrap();
    assert!(
        file["licence"][0]["denied"].as_array().unwrap().is_empty(),
        "{}",
        built.toml
    );
}

#[test]
fn what_is_said_against_a_licence_is_a_note_and_nothing_else() {
    let built = build(
        &shipped::packs(),
        &registry("\"H200\"", "CN", "\"CN\""),
        1,
        day("2026-01-20"),
        day("2026-01-20"),
    )
    .unwrap();
    let file: toml::Table = built.toml.parse().unwrap();
    assert_eq!(file["licence"][0]["permitted"][0].as_str(), Some("CN"));
    let notes = built.notes.join("\n");
    assert!(
        notes.contains("L-1: permitted CN but H200: CN import said: denied"),
        "{notes}"
    );
    assert!(
        notes.contains("CN use said: undecided: no rule or denied (not known: public-funding)"),
        "{notes}"
    );
}

#[test]
fn a_rule_that_denies_takes_a_territory_from_a_licence_and_says_so() {
    let text = "name = \"p\"\nversion = 1\npublished = \"2026-02-01\"\nnotice = \"n\"\nmode = \"counts\"\n[[rule]]\nid = \"r\"\njurisdiction = \"SG\"\n\
                activity = \"use\"\nauthority = \"a\"\nstatus = \"enacted\"\neffective-from = \"2026-01-01\"\nrecorded-at = \"2026-01-01\"\noutcome = \"denied\"\n\
                explanation = \"e\"\nsources = [{ title = \"t\", url = \"https://x\" }]\nwhen = [{ territory = [\"SG\"] }]\n";
    let mut packs = shipped::packs();
    packs.push(Pack::read(text.as_bytes()).unwrap());
    let on = |packs: &[Pack], permitted| {
        build(
            packs,
            &registry("\"H200\"", "SG", permitted),
            1,
            day("2026-01-20"),
            day("2026-01-20"),
        )
        .unwrap()
    };
    let built = on(&packs, "\"SG\", \"MY\"");
    let file: toml::Table = built.toml.parse().unwrap();
    assert_eq!(file["licence"][0]["permitted"].to_string(), "[\"MY\"]");
    assert!(
        built.notes[0].contains("permitted SG but H200: SG use enforceable: denied"),
        "{:?}",
        built.notes
    );
    let none = on(&packs, "\"SG\"");
    assert_eq!(none.licences, 0);
    assert!(none.notes[0].contains("left out"), "{:?}", none.notes);
    // In shadow it changes nothing.
    let last = packs.len() - 1;
    packs[last] = Pack::read(text.replace("counts", "shadow").as_bytes()).unwrap();
    assert!(on(&packs, "\"SG\"").notes.is_empty());
    // And a licence that has ended is left out.
    let late = build(
        &packs,
        &registry("\"H200\"", "SG", "\"SG\""),
        1,
        day("2027-01-01"),
        day("2027-01-01"),
    )
    .unwrap();
    assert_eq!((late.licences, late.notes.len()), (0, 1));
}

#[test]
fn a_licence_covers_by_each_of_its_terms() {
    let packs = shipped::packs();
    let registry = registry("\"H200\"", "SG", "\"SG\", \"MY\"");
    let licence = registry.licence_facts(registry.licence("L-1").unwrap());
    let on = |text: &str, facts: &WrittenFacts| {
        let judge = Judge::new(&packs, day(text), day(text)).unwrap();
        cover(&licence, &facts.facts(&packs).unwrap(), &judge)
    };
    let good = WrittenFacts {
        model: Some("h200".into()),
        territory: Some("MY".into()),
        headquarters: Some("SG".into()),
        ..WrittenFacts::default()
    };
    assert_eq!(on("2026-01-01", &good), Cover::Covers);
    let against = |cover: Cover| match cover {
        Cover::Not(set) => set.iter().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(against(on("2025-12-31", &good)), [Attribute::Licence]);
    assert_eq!(against(on("2027-01-01", &good)), [Attribute::Licence]);
    let other = WrittenFacts {
        model: Some("B200".into()),
        territory: Some("CN".into()),
        headquarters: Some("SG CN".into()),
        ..WrittenFacts::default()
    };
    assert_eq!(
        against(on("2026-06-01", &other)),
        [
            Attribute::Model,
            Attribute::Territory,
            Attribute::Headquarters
        ]
    );
    let unknown = WrittenFacts {
        territory: None,
        ..good
    };
    let Cover::Undecided(missing) = on("2026-06-01", &unknown) else {
        panic!()
    };
    assert_eq!(missing.to_string(), "territory");
}

#[test]
fn lists_of_hosts_are_read_and_compared() {
    let packs = shipped::packs();
    let list = "host,model,territory,headquarters,shipped-from,public-funding,tpp\na,H200,CN,CN,US,,\nb,H200,MY,MY,US,true,\nc,,SG,,,,1.5\n";
    let read: Vec<_> = hosts::read(list.as_bytes(), &packs)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        read.iter()
            .map(|host| host.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b", "c"]
    );
    assert_eq!(read[2].facts.device.tpp, Some(1.5));
    assert_eq!(
        read[2].facts,
        Facts {
            device: read[2].facts.device.clone(),
            territory: "SG".parse().ok(),
            ..Facts::default()
        }
    );
    let judge = |text: &str| Judge::new(&packs, day(text), day(text)).unwrap();
    let (before, after) = (judge("2026-01-14"), judge("2026-01-15"));
    let changed = hosts::difference(&before, &after, &read[0].facts);
    let shown: Vec<String> = changed
        .iter()
        .map(|one| {
            format!(
                "{} {:?} {:?}",
                one.subject,
                one.before.and_then(|s| s.decided()),
                one.after.and_then(|s| s.decided())
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "US supply enforceable Some(PresumptionOfDenial) Some(CaseByCase)",
            "US supply said Some(CaseByCase) None"
        ]
    );
    assert!(hosts::difference(&before, &after, &read[1].facts).is_empty());
    for (bad, says) in [
        ("model\nH200\n", "`host` is missing"),
        ("host,modell\na,H200\n", "unknown field"),
        (
            "host,territory\na,XX\n",
            "line 2: `territory`: \"XX\" is no territory",
        ),
        ("host,tpp\na,NaN\n", "line 2: `tpp`"),
        ("host,headquarters\na,SG XX\n", "line 2: `headquarters`"),
    ] {
        let error = match hosts::read(bad.as_bytes(), &packs) {
            Err(error) => error.to_string(),
            Ok(mut read) => read.next().unwrap().unwrap_err().to_string(),
        };
        assert!(error.contains(says), "{error}");
    }
}
