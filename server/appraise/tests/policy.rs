//! The policy file: defaults, overrides, and each refusal with its place and key.
#![allow(clippy::unwrap_used)]

use domicile_appraise::policy::{Policy, PolicyError};
use domicile_geo::{Territories, TerritoryMask};
use domicile_proto::sign::sha256;
use domicile_proto::wire::Tier;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(text.as_bytes(), Territories::builtin())
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn mask(codes: &[&str]) -> TerritoryMask {
    let territories = Territories::builtin();
    let codes: Vec<_> = codes.iter().map(|code| code.parse().unwrap()).collect();
    TerritoryMask::from_codes(territories, &codes).unwrap()
}

#[test]
fn the_smallest_file_has_every_default() {
    let policy = parse("version = 3").unwrap();
    assert_eq!(policy.version, 3);
    assert_eq!(policy.default_tier, Tier::Fibre);
    assert_eq!(policy.lying_votes, 1);
    assert_eq!(policy.appraisal_lifetime_ms, 26 * 3_600_000);
    assert_eq!(policy.late_after_ms, 15 * 60_000);
    assert_eq!(policy.silent_after_ms, 2 * 3_600_000);
    assert_eq!(policy.hash, sha256(b"version = 3"));
    assert_eq!(policy.licences().count(), 0);
    assert_eq!(policy.licence("any"), None);
}

#[test]
fn licences_and_overrides() {
    let policy = parse(
        r#"
version = 1
[defaults]
tier = "2/3c"
lying-votes = 2
appraisal-lifetime = "3h"
late-after = "1m"
silent-after = "1h 30m"
[[licence]]
name = "L-2026-001"
permitted = ["SG", "MY"]
denied = ["CN", "RU"]
[[licence]]
name = "L-2026-002"
permitted = ["DE"]
tier = "c"
"#,
    )
    .unwrap();
    assert_eq!(
        (policy.lying_votes, policy.appraisal_lifetime_ms),
        (2, 3 * 3_600_000)
    );
    assert_eq!(
        (policy.late_after_ms, policy.silent_after_ms),
        (60_000, 90 * 60_000)
    );
    let first = policy.licence("L-2026-001").unwrap();
    assert_eq!(
        (first.tier, first.permitted, first.denied),
        (Tier::TwoThirds, mask(&["SG", "MY"]), mask(&["CN", "RU"]))
    );
    let second = policy.licence("L-2026-002").unwrap();
    assert_eq!(
        (second.tier, second.denied),
        (Tier::C, TerritoryMask::EMPTY)
    );
}

#[test]
fn unknown_keys_are_named_with_their_line() {
    let text = refusal("version = 1\n[defaults]\ntiers = \"c\"\n");
    assert!(text.contains("line 3") && text.contains("tiers"), "{text}");
    let text = refusal("version = 1\n[[licence]]\nname = \"x\"\npermitted = [\"SG\"]\nfrom = 1\n");
    assert!(text.contains("line 5") && text.contains("from"), "{text}");
    assert!(refusal("").contains("version"));
    assert!(refusal("version = 1\nextra = 2").contains("extra"));
}

#[test]
fn values_out_of_range_are_named_with_place_and_key() {
    let licence = |body: &str| refusal(&format!("version = 1\n[[licence]]\nname = \"L\"\n{body}"));
    let defaults = |body: &str| refusal(&format!("version = 1\n[defaults]\n{body}"));
    for (text, words) in [
        (licence("permitted = []"), ["licence \"L\"", "permitted"]),
        (licence("permitted = [\"XX\"]"), ["\"XX\"", "permitted"]),
        (licence("permitted = [\"sg\"]"), ["\"sg\"", "permitted"]),
        (
            licence("permitted = [\"SG\", \"SG\"]"),
            ["SG stands twice", "permitted"],
        ),
        (
            licence("permitted = [\"SG\"]\ndenied = [\"CN\", \"SG\"]"),
            ["SG", "denied"],
        ),
        (
            licence("permitted = [\"SG\"]\ntier = \"0.7c\""),
            ["licence \"L\"", "0.7c"],
        ),
        (defaults("tier = \"fast\""), ["defaults", "fast"]),
        (defaults("lying-votes = 9"), ["lying-votes", "at most 8"]),
        (defaults("lying-votes = -1"), ["line 3", "lying-votes"]),
        (defaults("late-after = \"3h\""), ["silent-after", "longer"]),
        (
            defaults("late-after = \"0s\""),
            ["late-after", "one second"],
        ),
        (
            defaults("appraisal-lifetime = \"100y\""),
            ["appraisal-lifetime", "ten years"],
        ),
        (
            defaults("appraisal-lifetime = 5"),
            ["line 3", "appraisal-lifetime"],
        ),
    ] {
        assert!(
            words.iter().all(|word| text.contains(word)),
            "{words:?} in {text}"
        );
    }
    let twice =
        "version = 1\n".to_owned() + &"[[licence]]\nname = \"L\"\npermitted = [\"SG\"]\n".repeat(2);
    assert!(refusal(&twice).contains("stands twice"));
    let unnamed = "version = 1\n[[licence]]\nname = \" \"\npermitted = [\"SG\"]\n";
    assert!(refusal(unnamed).contains("name"));
    assert_eq!(
        Policy::parse(&[0xff], Territories::builtin()),
        Err(PolicyError::NotText)
    );
    let long = vec![b'#'; 4 * 1024 * 1024 + 1];
    assert!(matches!(
        Policy::parse(&long, Territories::builtin()),
        Err(PolicyError::TooLong(_))
    ));
}

proptest! {
    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        let _ = parse(&text);
        let _ = parse(&format!("version = 1\n[[licence]]\nname = {text:?}\npermitted = [\"SG\"]\n"));
    }

    #[test]
    fn what_is_read_never_permits_what_it_denies(
        permitted in prop::collection::vec("[A-Z]{2}", 0..6),
        denied in prop::collection::vec("[A-Z]{2}", 0..6),
    ) {
        let text = format!(
            "version = 1\n[[licence]]\nname = \"L\"\npermitted = {permitted:?}\ndenied = {denied:?}\n"
        );
        if let Ok(policy) = parse(&text) {
            let rule = policy.licence("L").unwrap();
            prop_assert!(rule.permitted.is_disjoint(&rule.denied) && !rule.permitted.is_empty());
            prop_assert_eq!(rule.permitted, mask(&permitted.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }
}
