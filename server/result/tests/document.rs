//! `PROFILE.md` shows the tables that the code works with. `DOMICILE_REGENERATE=1` writes them there.
#![allow(clippy::unwrap_used)]

use domicile_result::profile;
use domicile_result::schema::{Claim, Kind};
use std::fmt::Write as _;

const BEGIN: &str = "<!-- tables: written by `DOMICILE_REGENERATE=1 cargo test -p domicile-result --test document` -->\n";
const END: &str = "<!-- end of tables -->\n";

fn tables() -> Vec<(&'static str, &'static [Claim])> {
    vec![
        ("The claims set", &profile::TOKEN),
        ("`ear_verifier_id`", &profile::VERIFIER_ID),
        ("Submodule `host`", &profile::HOST_APPRAISAL),
        ("`ear_trustworthiness_vector`", &profile::TRUST_VECTOR),
        ("`ear_attester_claims` of `host`", &profile::HOST_ATTESTER),
        ("`ear_verifier_claims` of `host`", &profile::HOST_VERIFIER),
        ("An item of `domicile_tiers`", &profile::TIER),
        ("`domicile_geographic_result`", &profile::GEOGRAPHIC),
        ("`domicile_times`: Unix milliseconds", &profile::TIMES),
        ("`domicile_path`", &profile::PATH),
        ("`domicile_inputs`", &profile::INPUTS),
        (
            "Submodules `gpu-N`, `switch-N`, `device-N`",
            &profile::DEVICE_APPRAISAL,
        ),
        (
            "`ear_attester_claims` of a device",
            &profile::DEVICE_ATTESTER,
        ),
        ("`domicile_device`", &profile::DEVICE),
        (
            "`ear_verifier_claims` of a device",
            &profile::DEVICE_VERIFIER,
        ),
        ("`domicile_checks`", &profile::CHECKS),
        ("Submodule `tpm`", &profile::TPM_APPRAISAL),
        ("`ear_attester_claims` of `tpm`", &profile::TPM_ATTESTER),
        ("`domicile_tpm_clock`", &profile::TPM_CLOCK),
        ("`ear_verifier_claims` of `tpm`", &profile::TPM_VERIFIER),
    ]
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Tier => "tier".into(),
        Kind::Trust => "int8".into(),
        Kind::Number => "uint".into(),
        Kind::Flag => "bool".into(),
        Kind::Text => "text".into(),
        Kind::Constant(text) => format!("text `{text}`"),
        Kind::Bytes(least, most) if least == most => format!("bytes {least}"),
        Kind::Bytes(least, most) => format!("bytes {least}-{most}"),
        Kind::List(item) => format!("list of {}", self::kind(item)),
        Kind::Map(_) | Kind::Submodules(_) => "map".into(),
    }
}

fn rendered() -> String {
    let mut text = String::new();
    for (title, table) in tables() {
        writeln!(text, "\n### {title}\n").unwrap();
        writeln!(text, "| label | name | type | | meaning | source |").unwrap();
        writeln!(text, "|---|---|---|---|---|---|").unwrap();
        for claim in table {
            let must = if claim.required { "" } else { "optional" };
            let (label, name, kind) = (claim.label, claim.name, kind(&claim.kind));
            let (meaning, source) = (claim.meaning, claim.source);
            writeln!(
                text,
                "| {label} | `{name}` | {kind} | {must} | {meaning} | {source} |"
            )
            .unwrap();
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_document_shows_the_tables() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/PROFILE.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{}{END}{after}", rendered());
    if std::env::var_os("DOMICILE_REGENERATE").is_some() {
        std::fs::write(path, expected).unwrap();
    } else {
        assert!(
            text == expected,
            "PROFILE.md is stale: run with DOMICILE_REGENERATE=1"
        );
    }
}

/// Every table stands in the document, once, and in the order of deterministic CBOR: unsigned labels
/// rising, then negative ones falling. Names are unique in JSON, labels in CBOR.
#[test]
fn tables_are_in_the_order_of_their_encoding() {
    let order = |label: i64| (label < 0, label.unsigned_abs());
    for (title, table) in tables() {
        for pair in table.windows(2) {
            assert!(
                order(pair[0].label) < order(pair[1].label),
                "{title}: {}",
                pair[1].name
            );
        }
        for claim in table {
            let same = table.iter().filter(|other| other.name == claim.name);
            assert_eq!(same.count(), 1, "{title}: {}", claim.name);
            assert!(
                claim.label >= 0 || claim.label < -65_536,
                "{}: not private",
                claim.name
            );
            let inner: &[Claim] = match claim.kind {
                Kind::Map(inner) => inner,
                Kind::List(Kind::Map(inner)) => inner,
                _ => continue,
            };
            let is_shown = tables()
                .iter()
                .any(|(_, known)| std::ptr::eq(*known, inner));
            assert!(
                is_shown,
                "{title}: the table of {} is not shown",
                claim.name
            );
        }
    }
}
