//! The registry: what is written reads back, what does not hold together is refused and named.
#![allow(clippy::unwrap_used)]

use domicile_policy::registry::{
    Change, ChangeSet, CsvFiles, Registry, Table, What, changes, read_csv, read_toml, write_csv,
    write_toml,
};
use proptest::prelude::*;

const SMALL: &str = r#"
[[customer]]
id = "acme"
name = "Acme Holding"
headquarters = "CN"

[[customer]]
id = "acme-sg"
name = "Acme Cloud Pte"
aliases = ["Acme Singapore", "ACS"]
parent = "acme"
headquarters = "SG"

[[site]]
id = "sin-1"
customer = "acme-sg"
territory = "SG"
public-funding = false
on-site-anchor = true

[[licence]]
number = "D1234567"
authority = "Bureau of Industry and Security"
models = ["H200"]
quantity = 64
consignee = "acme-sg"
end-user = "acme-sg"
end-user-headquarters = "SG"
sites = ["sin-1"]
permitted = ["SG", "MY"]
conditions = ["no reexport"]
valid-from = "2026-01-20"
valid-until = "2028-01-20"

[[device]]
id = "GPU-1"
model = "H200"
licence = "D1234567"
site = "sin-1"
"#;

fn small() -> Registry {
    read_toml("registry.toml", SMALL.as_bytes()).unwrap()
}

/// The error of the small registry with one text replaced.
fn error(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "{from}");
    let text = SMALL.replacen(from, to, 1);
    read_toml("registry.toml", text.as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn the_example_reads() {
    let example = include_str!("../../../deploy/example/registry.toml");
    let registry = read_toml("example", example.as_bytes()).unwrap();
    assert_eq!(
        (registry.customers().count(), registry.devices().count()),
        (2, 1)
    );
}

#[test]
fn parents_count_as_seats() {
    let registry = small();
    let facts = registry.licence_facts(registry.licence("D1234567").unwrap());
    let territories = domicile_geo::Territories::builtin();
    let seats: Vec<String> = facts
        .headquarters
        .codes(territories)
        .map(|code| code.to_string())
        .collect();
    assert_eq!(seats, ["CN", "SG"]);
    let permitted: Vec<String> = facts
        .permitted
        .codes(territories)
        .map(|code| code.to_string())
        .collect();
    assert_eq!(permitted, ["MY", "SG"]);
}

#[test]
fn what_does_not_hold_together_is_named_by_file_line_and_key() {
    for (from, to, expected) in [
        (
            "parent = \"acme\"",
            "parent = \"acne\"",
            "registry.toml, line 7, `parent`: \"acne\" is in no row",
        ),
        (
            "headquarters = \"CN\"",
            "headquarters = \"CN\"\nparent = \"acme-sg\"",
            "registry.toml, line 2, `parent`: \"acme\" is, over 2 steps, its own parent",
        ),
        (
            "customer = \"acme-sg\"",
            "customer = \"x\"",
            "line 14, `customer`: \"x\" is in no row",
        ),
        (
            "territory = \"SG\"",
            "territory = \"UK\"",
            "line 14, `territory`: \"UK\" is no territory",
        ),
        (
            "quantity = 64",
            "quantity = 0",
            "line 21, `quantity`: at least one",
        ),
        (
            "permitted = [\"SG\", \"MY\"]",
            "permitted = []",
            "line 21, `permitted`: at least one",
        ),
        (
            "permitted = [\"SG\", \"MY\"]",
            "permitted = [\"MY\"]",
            "line 21, `sites`: \"sin-1\" is in SG, which the licence does not permit",
        ),
        (
            "permitted = [\"SG\", \"MY\"]",
            "permitted = [\"SG\", \"SG\"]",
            "`permitted`: \"SG\" stands twice",
        ),
        (
            "valid-until = \"2028-01-20\"",
            "valid-until = \"2026-01-20\"",
            "line 21, `valid-until`: must lie after",
        ),
        (
            "conditions = [\"no reexport\"]",
            "conditions = [\"a; b\"]",
            "`conditions`: a member must not hold `;`",
        ),
        (
            "licence = \"D1234567\"",
            "licence = \"D7\"",
            "line 35, `licence`: \"D7\" is in no row",
        ),
        (
            "id = \"acme-sg\"",
            "id = \"acme\"",
            "line 7, `id`: \"acme\" stands twice",
        ),
        ("id = \"GPU-1\"", "id = \"GPU 1\\u0007\"", "line 35, `id`"),
    ] {
        let error = error(from, to);
        assert!(
            error.contains(expected),
            "{error}\nwhere {expected} was expected"
        );
    }
    // What is no TOML of these keys, is named by the reader.
    for (from, to) in [
        ("quantity = 64", "quantity = \"many\""),
        ("on-site-anchor = true", "anchor = true"),
        ("2026-01-20", "2026-02-30"),
    ] {
        let error = error(from, to);
        assert!(
            error.starts_with("registry.toml: TOML parse error at line"),
            "{error}"
        );
    }
}

#[test]
fn csv_is_read_with_the_same_checks() {
    let files = write_csv(&small());
    assert_eq!(read_csv(&files).unwrap(), small());
    let bent = |files: &CsvFiles| read_csv(files).unwrap_err().to_string();
    let licences = String::from_utf8(files.licences.clone()).unwrap();
    let mut wrong = files.clone();
    wrong.licences = licences.replace("SG;MY", "SG;XX").into_bytes();
    assert_eq!(
        bent(&wrong),
        "licences.csv, line 2, `permitted`: \"XX\" is no territory of the data (ISO 3166 alpha-2, like \"SG\")"
    );
    wrong.licences = licences.replace(",64,", ",many,").into_bytes();
    let error = bent(&wrong);
    assert_eq!(
        error,
        "licences.csv, line 2, `quantity`: invalid digit found in string"
    );
    wrong.licences = licences.replace("quantity", "amount").into_bytes();
    assert!(bent(&wrong).starts_with(
        "licences.csv: line 1: the column \"amount\" is not one of number, authority"
    ));
    wrong.licences = [files.licences.as_slice(), b"short,row\n"].concat();
    let error = bent(&wrong);
    assert!(
        error.starts_with("licences.csv: ") && error.contains("line: 3"),
        "{error}"
    );
    assert_eq!(read_csv(&CsvFiles::default()).unwrap(), Registry::default());
}

#[test]
fn every_change_is_listed_with_who_and_why() {
    let before = small();
    let text = SMALL
        .replace("quantity = 64", "quantity = 32")
        .replace("[[device]]\nid = \"GPU-1\"", "[[device]]\nid = \"GPU-2\"");
    let after = read_toml("registry.toml", text.as_bytes()).unwrap();
    let log = ChangeSet::between(
        &before,
        &after,
        "j.doe",
        "board replaced",
        1_768_000_000_000,
    )
    .unwrap()
    .unwrap();
    let change = |table, key: &str, what| Change {
        table,
        key: key.into(),
        what,
    };
    assert_eq!(
        log.changes,
        [
            change(
                Table::Licence,
                "D1234567",
                What::Changed {
                    field: "quantity".into(),
                    before: "64".into(),
                    after: "32".into()
                }
            ),
            change(Table::Device, "GPU-1", What::Removed),
            change(Table::Device, "GPU-2", What::Added),
        ]
    );
    assert!(
        ChangeSet::between(&before, &before, "j.doe", "nothing", 0)
            .unwrap()
            .is_none()
    );
    assert!(ChangeSet::between(&before, &after, "j.doe", " ", 0).is_err());
    assert!(ChangeSet::between(&before, &after, "", "why", 0).is_err());
}

/// Rows in small: numbers become ids, texts are free.
fn registries() -> impl Strategy<Value = Registry> {
    let text = "[A-Za-z0-9äß,\"'#= ]{0,8}[x7]";
    let customers = proptest::collection::vec(
        (
            text,
            proptest::collection::btree_set(text, 0..3),
            any::<u8>(),
        ),
        1..5,
    );
    let sites = proptest::collection::vec(
        (
            any::<u8>(),
            proptest::option::of(any::<bool>()),
            any::<bool>(),
        ),
        0..4,
    );
    let licences = proptest::collection::vec(
        (
            text,
            1u32..9,
            any::<u8>(),
            proptest::collection::btree_set(text, 0..3),
        ),
        0..3,
    );
    let devices = proptest::collection::vec(
        (
            text,
            proptest::option::of(any::<u8>()),
            proptest::option::of(any::<u8>()),
        ),
        0..4,
    );
    (customers, sites, licences, devices).prop_map(|(customers, sites, licences, devices)| {
        let quoted = |text: &str| format!("{text:?}");
        let all = |texts: &std::collections::BTreeSet<String>| texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", ");
        let mut file = String::new();
        for (at, (name, aliases, parent)) in customers.iter().enumerate() {
            let parent = if at == 0 { String::new() } else { format!("parent = \"c{}\"\n", usize::from(*parent) % at) };
            file += &format!("[[customer]]\nid = \"c{at}\"\nname = {}\naliases = [{}]\n{parent}headquarters = \"SG\"\n", quoted(name.trim()), all(&aliases.iter().map(|a| a.trim().to_owned()).collect()));
        }
        for (at, (customer, funding, anchor)) in sites.iter().enumerate() {
            let funding = funding.map_or(String::new(), |funding| format!("public-funding = {funding}\n"));
            file += &format!("[[site]]\nid = \"s{at}\"\ncustomer = \"c{}\"\nterritory = \"MY\"\n{funding}on-site-anchor = {anchor}\n", usize::from(*customer) % customers.len());
        }
        for (at, (authority, quantity, customer, conditions)) in licences.iter().enumerate() {
            let customer = usize::from(*customer) % customers.len();
            file += &format!("[[licence]]\nnumber = \"L{at}\"\nauthority = {}\nmodels = [\"H200\", \"H20\"]\nquantity = {quantity}\nconsignee = \"c{customer}\"\nend-user = \"c0\"\nend-user-headquarters = \"SG\"\npermitted = [\"MY\"]\nconditions = [{}]\nvalid-from = \"2026-01-01\"\nvalid-until = \"2027-01-01\"\n", quoted(authority.trim()), all(&conditions.iter().map(|a| a.trim().to_owned()).collect()));
        }
        for (at, (model, licence, site)) in devices.iter().enumerate() {
            let link = |key: &str, prefix: &str, to: Option<u8>, count: usize| {
                to.filter(|_| count > 0).map_or(String::new(), |to| format!("{key} = \"{prefix}{}\"\n", usize::from(to) % count))
            };
            file += &format!("[[device]]\nid = \"d{at}\"\nmodel = {}\n{}{}", quoted(model.trim()), link("licence", "L", *licence, licences.len()), link("site", "s", *site, sites.len()));
        }
        read_toml("made", file.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{file}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(registry in registries()) {
        prop_assert_eq!(&read_toml("again", write_toml(&registry).as_bytes()).unwrap(), &registry);
        prop_assert_eq!(&read_csv(&write_csv(&registry)).unwrap(), &registry);
    }

    #[test]
    fn there_is_no_change_only_between_equals(a in registries(), b in registries()) {
        prop_assert!(changes(&a, &a).is_empty());
        prop_assert_eq!(changes(&a, &b).is_empty(), a == b);
        prop_assert_eq!(changes(&a, &b).len(), changes(&b, &a).len());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_toml("any", &bytes);
        let _ = read_csv(&CsvFiles { devices: bytes, ..CsvFiles::default() });
    }
}
