//! The map of a plan: well-formed, escaped, self-contained, the same each time.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::plan::Standing;
use domicile_geo::{Territories, TerritoryMask};
use domicile_map::{PlanMap, PlanMark, PlanMetro, Point};

fn map(hostile: &str) -> PlanMap {
    let territories = Territories::builtin();
    let mask = |codes: &[&str]| {
        let codes: Vec<_> = codes.iter().map(|code| code.parse().unwrap()).collect();
        TerritoryMask::from_codes(territories, &codes).unwrap()
    };
    let metro = |latitude, longitude, standing| PlanMetro {
        point: Point::new(latitude, longitude),
        standing,
        note: hostile.into(),
    };
    let mark = |latitude, longitude| PlanMark {
        point: Point::new(latitude, longitude),
        note: hostile.into(),
    };
    PlanMap {
        title: hostile.into(),
        subtitle: hostile.into(),
        permitted: mask(&["SG", "DE"]),
        denied: mask(&["CN"]),
        metros: vec![
            metro(1.3, 103.8, Standing::Confined),
            metro(50.1, 8.7, Standing::DeniedExcluded),
            metro(21.0, 105.8, Standing::WithinBudget),
            metro(-1.3, 36.8, Standing::NeedsAnchors),
            metro(22.3, 114.2, Standing::Inseparable),
        ],
        anchors: vec![mark(1.3, 103.8), mark(-90.0, 180.0)],
        next: vec![mark(-1.3, 36.8)],
    }
}

/// Elements closed in order, attributes quoted, no bare `&` or `<`; the elements' names.
fn well_formed(text: &str) -> Vec<String> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        entities(&rest[..start]);
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let outside: String = tag.split('"').step_by(2).collect();
        let attributes = outside.trim_end_matches('/').split(' ').skip(1);
        assert!(
            attributes
                .filter(|a| !a.is_empty())
                .all(|a| a.ends_with('=')),
            "{tag}"
        );
        tag.split('"').skip(1).step_by(2).for_each(entities);
        all.push(name.to_owned());
        if !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    entities(rest);
    assert!(open.is_empty(), "{open:?}");
    all
}

fn entities(text: &str) {
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(known.iter().any(|name| after.starts_with(name)), "&{after}");
    }
    assert!(!text.contains('<'));
}

#[test]
fn hostile_names_leave_the_picture_well_formed() {
    let territories = Territories::builtin();
    let plain = map("Harmless").svg(territories);
    let names = well_formed(&plain);
    assert_eq!(plain, map("Harmless").svg(territories));
    assert!(!plain.contains("<script") && plain.matches("http").count() == 1);
    assert!(plain.len() < 400_000, "{} bytes", plain.len());
    let hostile = "\"/><script>alert(1)</script><x y='&amp;\">]]>";
    assert_eq!(well_formed(&map(hostile).svg(territories)), names);
}

#[test]
fn every_standing_is_drawn_and_explained() {
    let svg = map("x").svg(Territories::builtin());
    for standing in [
        Standing::Confined,
        Standing::DeniedExcluded,
        Standing::WithinBudget,
        Standing::NeedsAnchors,
        Standing::Inseparable,
    ] {
        // In the legend, and on the map.
        let class = format!("class=\"metro {}\"", standing.label());
        assert_eq!(svg.matches(&class).count(), 2, "{class}");
    }
    // The anchor at the pole is off the map; the legend shows another one.
    assert_eq!(svg.matches("class=\"anchor\"").count(), 2);
    assert_eq!(svg.matches("class=\"next\"").count(), 2);
    assert!(svg.contains("denied territory") && svg.contains("permitted territory"));
}
