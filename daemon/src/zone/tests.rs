#![allow(clippy::unwrap_used)]
use super::*;
use crate::disk::RealDisk;
use crate::net::way::Way;
use domicile_certs::zone::Limit;
use domicile_proto::directory::{Metro, Position};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire;
use proptest::prelude::*;

/// Metros `m0` to `m3`, each a quarter of the way around; anchors as (metro, vote).
fn directory(anchors: &[(usize, u8)]) -> Directory {
    let position = |metro: usize| {
        let (x, y) = [(1.0, 0.0), (0.8, 0.6), (0.0, 1.0), (-1.0, 0.0)][metro];
        Position {
            version: 1,
            unit: [x, y, 0.0],
            latitude_e7: 0,
            longitude_e7: 0,
            survey_error_m: 1,
            clock_error_ppm: 1,
        }
    };
    Directory {
        hash: Digest([0; 32]),
        version: 1,
        issued_ms: 0,
        expires_ms: 1,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 8,
        metros: (0..4)
            .map(|metro| Metro {
                id: format!("m{metro}"),
                territory: *b"DE",
                position: position(metro),
            })
            .collect(),
        anchors: (1..)
            .zip(anchors)
            .map(|(number, &(metro, vote))| Anchor {
                key: Key([number; 32]),
                name: format!("a{number}"),
                metro,
                trust_domain: format!("v{vote}"),
                operator: "o".into(),
                addresses: vec![],
                tunnel_addresses: vec![],
                position: position(metro),
                valid_from_ms: 0,
                valid_until_ms: 1,
            })
            .collect(),
        collectors: vec![],
    }
}

fn zone(votes: u8) -> Zone {
    let mut zone = Zone::new("eu", "0.69c", vec!["RU".into()], votes).unwrap();
    for number in 1..=8 {
        let limit = Limit {
            position_version: 1,
            limit_ns: 9_000_000 - u64::from(number),
        };
        zone.insert(Key([number; 32]), limit).unwrap();
    }
    zone
}

fn met() -> Result<Ranged, RangeError> {
    Ok(Ranged {
        ranging: wire::Ranging::default(),
        limit_ns: Some(1),
        anchor_min_rtt_ns: 1,
        agent_min_rtt_ns: None,
        way: Way::Quic,
    })
}

/// Which of the anchors are shown when those of `met_by` met their limits.
fn shown(votes: u8, anchors: &[(usize, u8)], met_by: &[bool]) -> Vec<usize> {
    let directory = directory(anchors);
    let mut results: Vec<_> = met_by
        .iter()
        .map(|was_met| match was_met {
            true => met(),
            false => Err(RangeError::BeyondLimit { limit_ns: 1 }),
        })
        .collect();
    let drawn = directory.anchors.clone();
    withhold(&zone(votes), &directory, "m0", &drawn, &mut results);
    let shown = results.iter().enumerate();
    shown
        .filter_map(|(index, result)| result.is_ok().then_some(index))
        .collect()
}

#[test]
fn the_nearest_votes_are_shown_and_no_more() {
    let anchors = [(3, 1), (0, 2), (1, 3), (0, 4), (2, 5), (0, 2)];
    assert_eq!(shown(2, &anchors, &[true; 6]), [1, 3]);
    assert_eq!(shown(3, &anchors, &[true; 6]), [1, 2, 3]);
    // One of a vote: the second anchor of vote 2 says nothing more.
    assert_eq!(shown(9, &anchors, &[true; 6]), [0, 1, 2, 3, 4]);
    // Where the nearest were not met, farther ones stand in.
    let met = [true, false, true, false, true, false];
    assert_eq!(shown(2, &anchors, &met), [2, 4]);
}

proptest! {
    /// While the anchors near the declared metro are met, nothing of the others is told.
    #[test]
    fn what_is_shown_does_not_depend_on_the_anchors_that_are_farther(
        far in proptest::collection::vec((1..4usize, 4..9u8, any::<bool>()), 0..5),
    ) {
        let mut anchors = vec![(0, 1), (0, 2), (0, 3)];
        let mut met_by = vec![true; 3];
        for (metro, vote, was_met) in far {
            anchors.push((metro, vote));
            met_by.push(was_met);
        }
        prop_assert_eq!(shown(3, &anchors, &met_by), [0, 1, 2]);
    }
}

#[test]
fn all_that_is_not_shown_has_one_reason() {
    for error in [
        RangeError::BeyondLimit { limit_ns: 1 },
        RangeError::NoLimit,
        RangeError::NotNeeded,
    ] {
        assert_eq!(error.reason(), wire::DropReason::Withheld);
    }
}

#[test]
fn a_zone_is_checked_installed_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::new(folder.path());
    assert!(matches!(installed(&state), Err(ZoneError::NotInstalled)));
    let file = folder.path().join("vendor.toml");
    assert!(matches!(
        install(&RealDisk, &state, &file),
        Err(ZoneError::Missing(_))
    ));
    std::fs::write(&file, "version = 1").unwrap();
    let refused = install(&RealDisk, &state, &file).unwrap_err().to_string();
    assert!(refused.contains("vendor.toml"), "{refused}");
    assert!(!state.zone().exists(), "nothing half-done");
    std::fs::write(&file, zone(3).to_toml()).unwrap();
    assert_eq!(install(&RealDisk, &state, &file).unwrap(), zone(3));
    assert_eq!(installed(&state).unwrap(), zone(3));
}

#[test]
fn an_anchor_that_was_surveyed_again_has_no_limit() {
    let directory = directory(&[(0, 1)]);
    let mut anchor = directory.anchors[0].clone();
    assert_eq!(zone(3).limit_ns(&anchor), Some(8_999_999));
    anchor.position.version = 2;
    assert_eq!(zone(3).limit_ns(&anchor), None);
    anchor.key = Key([99; 32]);
    assert_eq!(zone(3).limit_ns(&anchor), None);
}

#[test]
fn the_operator_reads_what_each_limit_reveals() {
    let text = text(&zone(3), Some(&directory(&[(0, 1)])));
    assert!(
        text.contains("a1                          8.999 ms, within 1349 km\n"),
        "{text}"
    );
    assert!(text.contains("not in: RU\n") && text.contains("not in the installed directory"));
}
