//! The committed file, and files that are not such a file.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::build::{self, Cover};
use domicile_geo::{CellId, LEAF_LEVEL, Territories, TerritoryCode, TerritoryMask};
use proptest::prelude::*;

const FILE: &[u8] = include_bytes!("../data/territories.bin");

fn code(text: &str) -> TerritoryCode {
    text.parse().unwrap()
}

#[test]
fn the_committed_file_is_whole_and_small() {
    let territories = Territories::from_bytes(FILE).unwrap();
    assert_eq!(territories.codes().len(), 250);
    assert_eq!(territories.codes(), Territories::builtin().codes());
    assert_eq!(territories.hash(), Territories::builtin().hash());
    assert!(territories.version().starts_with("natural-earth"));
    assert!(FILE.len() <= 1_500_000, "{} bytes", FILE.len());
    let mut with_land = TerritoryMask::EMPTY;
    for (_, set) in territories.cells(6) {
        with_land = with_land.union(&set);
    }
    assert_eq!(with_land, territories.all());
    for (index, code) in (0u8..).zip(territories.codes()) {
        assert_eq!(territories.index_of(*code), Some(index));
        assert!(!territories.name(index).unwrap().is_empty());
    }
    assert_eq!(
        territories.name(territories.index_of(code("RE")).unwrap()),
        Some("Réunion")
    );
    assert_eq!(territories.index_of(code("ZZ")), None);
}

#[test]
fn opening_takes_milliseconds() {
    let start = std::time::Instant::now();
    let opened = Territories::open_builtin_again();
    let took = start.elapsed();
    assert_eq!(opened.codes().len(), 250);
    // Under 1 ms in a release build; the limit is generous for a busy machine.
    assert!(took.as_millis() < 100, "{took:?}");
}

/// A random cover, at most `depth` levels deep.
fn cover(depth: u32) -> impl Strategy<Value = Cover> {
    let set = |indices: Vec<u8>| {
        let mut set = TerritoryMask::EMPTY;
        indices.into_iter().for_each(|index| set.insert(index));
        set
    };
    let leaf = prop_oneof![
        2 => Just(Cover::Whole(TerritoryMask::EMPTY)),
        3 => prop::collection::vec(0u8..6, 1..3).prop_map(move |i| Cover::Whole(set(i))),
    ];
    leaf.prop_recursive(depth, 400, 4, |inner| {
        prop::array::uniform4(inner).prop_map(Cover::of_parts)
    })
}

/// What the cover says of a leaf.
fn look(faces: &[Cover; 6], leaf: CellId) -> &TerritoryMask {
    let point = leaf.center();
    let mut cover = &faces[usize::from(leaf.face())];
    let mut cell = CellId::roots().nth(usize::from(leaf.face())).unwrap();
    loop {
        match cover {
            Cover::Whole(set) => return set,
            Cover::Divided(parts) => {
                let next = CellId::of_point(&point, cell.level() + 1);
                let place = cell
                    .children()
                    .unwrap()
                    .iter()
                    .position(|c| *c == next)
                    .unwrap();
                (cell, cover) = (next, &parts[place]);
            }
        }
    }
}

fn six_names() -> Vec<(TerritoryCode, String)> {
    ["AA", "BB", "CC", "DD", "EE", "FF"]
        .map(|text| (code(text), text.to_lowercase()))
        .into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_built_is_read_back(faces in prop::array::uniform6(cover(13)),
        points in prop::collection::vec((-1.0f64..1.0, -1.0f64..1.0, -1.0f64..1.0), 50)) {
        let bytes = build::file("test", &six_names(), &faces).unwrap();
        let territories = Territories::from_bytes(&bytes).unwrap();
        for (x, y, z) in points {
            let norm = (x * x + y * y + z * z).sqrt();
            prop_assume!(norm > 0.01);
            let point = domicile_geo::UnitVec::new(x / norm, y / norm, z / norm).unwrap();
            let leaf = CellId::of_point(&point, LEAF_LEVEL);
            prop_assert_eq!(territories.contains(&leaf.center()), *look(&faces, leaf));
        }
        let all = faces.iter().fold(TerritoryMask::EMPTY, |all, face| all.union(&face.below()));
        let walked = territories.undivided_cells().fold(TerritoryMask::EMPTY, |all, c| all.union(&c.1));
        prop_assert_eq!(walked, all);
    }

    #[test]
    fn a_changed_or_cut_file_is_refused_or_read_but_never_panics(faces in prop::array::uniform6(cover(10)),
        change in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let bytes = build::file("test", &six_names(), &faces).unwrap();
        prop_assert!(Territories::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        let mut longer = bytes.clone();
        longer.push(0);
        prop_assert!(Territories::from_bytes(&longer).is_err());
        let mut changed = bytes.clone();
        changed[change.index(bytes.len())] = value;
        if let Ok(territories) = Territories::from_bytes(&changed) {
            prop_assert_eq!(territories.cells(3).count() <= 6 * 64, true);
        }
    }

    #[test]
    fn noise_is_refused(noise in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Territories::from_bytes(&noise).is_err());
        let mut after_magic = b"DOMTERR1".to_vec();
        after_magic.extend(&noise);
        let _ = Territories::from_bytes(&after_magic);
    }
}

#[test]
fn covers_too_deep_and_names_out_of_order_are_refused() {
    let mut deep = Cover::Whole(TerritoryMask::EMPTY);
    let mut land = TerritoryMask::EMPTY;
    land.insert(0);
    for _ in 0..=LEAF_LEVEL {
        deep = Cover::of_parts([
            deep,
            Cover::Whole(land),
            Cover::Whole(land),
            Cover::Whole(land),
        ]);
    }
    let sea = || Cover::Whole(TerritoryMask::EMPTY);
    let faces = [deep, sea(), sea(), sea(), sea(), sea()];
    assert!(build::file("test", &six_names(), &faces).is_err());
    let mut names = six_names();
    names.swap(0, 1);
    assert!(build::file("test", &names, &[(); 6].map(|()| sea())).is_err());
}

#[test]
fn the_data_page_names_the_committed_file() {
    let hex: String = Territories::builtin()
        .hash()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert!(
        include_str!("../data/README.md").contains(&hex),
        "data/README.md lacks {hex}"
    );
}
