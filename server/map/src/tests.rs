//! Tests of the page as a whole.
#![allow(clippy::unwrap_used)]
use crate::{MapAnchor, MapCap, MapHost, MapPage, Point};
use domicile_geo::{Territories, TerritoryMask};

fn page() -> MapPage {
    let anchor = |name: &str, latitude, longitude, domain: &str| MapAnchor {
        name: name.into(),
        point: Point::new(latitude, longitude),
        trust_domain: domain.into(),
        lies: None,
    };
    let anchors = vec![
        anchor("sin-a", 1.30, 103.80, "a"),
        anchor("sin-b", 1.35, 103.85, "b"),
        anchor("hkg-a", 22.3, 114.2, "a"),
        anchor("syd-b", -33.9, 151.2, "b"),
        anchor("fra-c", 50.1, 8.7, "c"),
    ];
    let territories = Territories::builtin();
    let codes = ["SG", "MY", "ID"].map(|code| code.parse().unwrap());
    let host = |name: &str, caps: Vec<MapCap>| MapHost {
        name: name.into(),
        truth: Point::new(1.33, 103.75),
        truth_name: "Singapore".into(),
        declared: Point::new(1.29, 103.85),
        declared_name: "sin, SG".into(),
        permitted: TerritoryMask::from_codes(territories, &codes).unwrap(),
        verdict: "confined".into(),
        meaning: "It is <here> & nowhere else.".into(),
        caps,
    };
    let cap = |anchor, radius_m, deciding| MapCap {
        anchor,
        radius_m,
        deciding,
    };
    MapPage {
        title: "Where the hosts can be".into(),
        introduction: "A test.".into(),
        tier: "0.69c".into(),
        lying_votes: 1,
        anchors,
        hosts: vec![
            host(
                "near",
                vec![
                    cap(0, 80_000.0, true),
                    cap(1, 95_000.0, true),
                    cap(2, 4_000_000.0, false),
                    cap(3, 9_000_000.0, false),
                    cap(4, 15_000_000.0, false),
                ],
            ),
            host(
                "far",
                vec![cap(3, 7_000_000.0, false), cap(4, 16_000_000.0, true)],
            ),
        ],
    }
}

#[test]
fn a_page_is_deterministic_self_contained_and_escaped() {
    let territories = Territories::builtin();
    let html = page().html(territories);
    assert_eq!(html, page().html(territories));
    assert!(!html.contains("<script") && !html.contains("http"));
    assert!(html.contains("It is &lt;here&gt; &amp; nowhere else."));
    assert_eq!(html.matches("<section").count(), 2);
    assert_eq!(html.matches("<svg class=\"near\"").count(), 1);
    assert!(html.len() < 400_000, "{} bytes", html.len());
    if let Some(path) = std::env::var_os("DOMICILE_MAP_SAMPLE") {
        std::fs::write(path, &html).unwrap();
    }
}
