//! Each kind of finding, and that nothing is found in honest fleets.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_fleet::{
    Alias, Basis, Board, Counted, Counting, DeviceName, Finding, Kind, MapMemory, Quantity, Seen,
    Sighting, observe,
};
use domicile_proto::types::{Digest, Key};
use proptest::prelude::*;
use std::collections::BTreeMap;

const HOUR: u64 = 3_600_000;
const MINUTE: u64 = 60_000;

fn gpu(number: u8) -> Seen {
    Seen {
        pdi: Some([number; 8]),
        uuid: Some(format!("GPU-{number}")),
        serial: Some((0x10de, format!("165{number}"))),
        ids: None,
        leaf_key: Some(Digest([number; 32])),
        basis: Basis::Signed,
    }
}

fn claimed(number: u8) -> Seen {
    Seen {
        leaf_key: None,
        basis: Basis::Claimed,
        ..gpu(number)
    }
}

fn sighting(host: u8, at_ms: u64, devices: Vec<Seen>) -> Sighting {
    let mut evidence = [host; 32];
    evidence[..8].copy_from_slice(&at_ms.to_be_bytes());
    Sighting {
        evidence: Digest(evidence),
        host: Key([host; 32]),
        customer: "acme".into(),
        licence: "L1".into(),
        from_ms: at_ms,
        until_ms: at_ms + MINUTE,
        devices,
        unnamed: 0,
        board: None,
    }
}

fn run(memory: &mut MapMemory, sightings: &[Sighting]) -> Vec<Finding> {
    let found = |one| observe(memory, one).unwrap();
    sightings.iter().flat_map(found).collect()
}

fn only(findings: &[Finding]) -> &Finding {
    assert_eq!(findings.len(), 1, "{findings:?}");
    &findings[0]
}

#[test]
fn a_moved_board_is_one_finding_with_both_hosts_and_evidences() {
    let mut memory = MapMemory::default();
    let before = sighting(1, 0, vec![gpu(1), gpu(2), gpu(3)]);
    let other = sighting(2, 0, vec![gpu(9)]);
    let after = sighting(2, 5 * HOUR, vec![gpu(2), gpu(3), gpu(9)]);
    assert!(run(&mut memory, &[before.clone(), other]).is_empty());
    let found = run(&mut memory, std::slice::from_ref(&after));
    let found = only(&found);
    assert_eq!((found.kind, found.basis), (Kind::Moved, Basis::Signed));
    assert_eq!(
        found.devices,
        [DeviceName::Pdi([2; 8]), DeviceName::Pdi([3; 8])]
    );
    assert_eq!(found.hosts, [before.host, after.host]);
    assert_eq!(found.evidence, [before.evidence, after.evidence]);
    // Told once.
    let later = sighting(2, 6 * HOUR, vec![gpu(2), gpu(3), gpu(9)]);
    assert!(run(&mut memory, &[later]).is_empty());
    // What is gone from the first host is known to be elsewhere.
    assert!(run(&mut memory, &[sighting(1, 7 * HOUR, vec![gpu(1)])]).is_empty());
}

#[test]
fn closer_together_than_a_board_is_carried_or_in_turns_is_on_two_hosts() {
    for (times, expected) in [
        // Within minutes, in either order of arrival.
        (
            vec![(1, 10 * HOUR), (2, 10 * HOUR + 5 * MINUTE)],
            Kind::OnTwoHosts,
        ),
        (
            vec![(1, 10 * HOUR), (2, 10 * HOUR - 5 * MINUTE)],
            Kind::OnTwoHosts,
        ),
        // Between two sessions of the other.
        (
            vec![(1, 10 * HOUR), (1, 11 * HOUR), (2, 10 * HOUR + 30 * MINUTE)],
            Kind::OnTwoHosts,
        ),
        // Long after.
        (vec![(1, 10 * HOUR), (2, 12 * HOUR)], Kind::Moved),
    ] {
        let mut memory = MapMemory::default();
        // Both hosts are known with a device of their own.
        run(
            &mut memory,
            &[sighting(1, 0, vec![gpu(11)]), sighting(2, 0, vec![gpu(12)])],
        );
        let sightings: Vec<_> = times
            .into_iter()
            .map(|(host, at)| sighting(host, at, vec![gpu(10 + host), gpu(1)]))
            .collect();
        let found = run(&mut memory, &sightings);
        assert_eq!(only(&found).kind, expected, "{sightings:?}");
    }
    // There, back and there again within a day.
    let mut memory = MapMemory::default();
    run(
        &mut memory,
        &[sighting(1, 0, vec![gpu(11)]), sighting(2, 0, vec![gpu(12)])],
    );
    let turns = [(1, 1), (2, 2), (1, 3), (2, 4)];
    let turns = turns.map(|(host, hour)| sighting(host, hour * HOUR, vec![gpu(10 + host), gpu(1)]));
    let kinds: Vec<_> = run(&mut memory, &turns)
        .iter()
        .map(|found| found.kind)
        .collect();
    assert_eq!(kinds, [Kind::Moved, Kind::OnTwoHosts, Kind::OnTwoHosts]);
}

/// A device that signs once a day and is claimed in between, as in confidential-computing mode.
#[test]
fn a_finding_is_as_strong_as_the_sessions_it_needs() {
    let both_known = || {
        let mut memory = MapMemory::default();
        let own = [sighting(1, 0, vec![gpu(11)]), sighting(2, 0, vec![gpu(12)])];
        run(&mut memory, &own);
        memory
    };
    let at = |host: u8, hour: u64, device: Seen| {
        sighting(host, hour * HOUR, vec![gpu(10 + host), device])
    };
    // Hosts 1 and 2, and the sessions of the device with them: whether the last shows a finding, and on which basis.
    for (sightings, expected) in [
        // Signed there, claimed since, signed here.
        (
            vec![at(1, 1, gpu(1)), at(1, 5, claimed(1)), at(2, 9, gpu(1))],
            (Kind::Moved, Basis::Signed),
        ),
        (
            vec![at(1, 1, gpu(1)), at(2, 9, claimed(1))],
            (Kind::Moved, Basis::Claimed),
        ),
        (
            vec![at(1, 1, claimed(1)), at(2, 9, gpu(1))],
            (Kind::Moved, Basis::Claimed),
        ),
        // Signed with both hosts, and between two signed sessions of the first.
        (
            vec![at(1, 1, gpu(1)), at(1, 9, gpu(1)), at(2, 5, gpu(1))],
            (Kind::OnTwoHosts, Basis::Signed),
        ),
        // Signed with both hosts, and only the claim of the first reaches so far.
        (
            vec![at(1, 1, gpu(1)), at(1, 9, claimed(1)), at(2, 5, gpu(1))],
            (Kind::OnTwoHosts, Basis::Claimed),
        ),
    ] {
        let found = run(&mut both_known(), &sightings);
        let found = only(&found);
        assert_eq!((found.kind, found.basis), expected, "{sightings:?}");
    }
    // There and back: all three stays are signed, or it is a claim.
    for (back, expected) in [(gpu(1), Basis::Signed), (claimed(1), Basis::Claimed)] {
        let mut memory = both_known();
        run(&mut memory, &[at(1, 1, gpu(1)), at(2, 3, gpu(1))]);
        let found = run(&mut memory, &[at(1, 5, back)]);
        assert_eq!(
            (only(&found).kind, only(&found).basis),
            (Kind::OnTwoHosts, expected)
        );
    }
    // A host's new key: the devices signed under both, or it is a claim.
    for (before, expected) in [(gpu(1), Basis::Signed), (claimed(1), Basis::Claimed)] {
        let mut memory = MapMemory::default();
        run(&mut memory, &[sighting(1, 0, vec![before])]);
        let found = run(&mut memory, &[sighting(2, HOUR, vec![gpu(1)])]);
        assert_eq!(
            (only(&found).kind, only(&found).basis),
            (Kind::KeyChanged, expected)
        );
    }
}

#[test]
fn one_attestation_key_with_two_devices_accuses_the_key() {
    let mut memory = MapMemory::default();
    let first = sighting(1, 0, vec![gpu(1)]);
    let mut copy = gpu(2);
    copy.leaf_key = gpu(1).leaf_key;
    let second = sighting(2, HOUR, vec![copy]);
    let found = run(&mut memory, &[first.clone(), second.clone()]);
    let found = only(&found);
    assert_eq!(
        (found.kind, found.basis),
        (Kind::KeyOnTwoDevices, Basis::Signed)
    );
    assert_eq!(found.alias, Some(Alias::LeafKey(Digest([1; 32]))));
    assert_eq!(found.hosts, [first.host, second.host]);
    assert_eq!(found.devices.len(), 2);
}

#[test]
fn another_device_under_the_same_serial_is_swapped() {
    let mut memory = MapMemory::default();
    let mut other = gpu(2);
    other.serial = gpu(1).serial;
    other.uuid = None;
    let found = run(
        &mut memory,
        &[
            sighting(1, 0, vec![gpu(1)]),
            sighting(1, HOUR, vec![other.clone()]),
        ],
    );
    assert_eq!(only(&found).kind, Kind::Swapped);
    assert_eq!(
        only(&found).devices,
        [DeviceName::Pdi([2; 8]), DeviceName::Pdi([1; 8])]
    );
    // Told once; and what shares a board's serial is no swap.
    assert!(run(&mut memory, &[sighting(1, 2 * HOUR, vec![other])]).is_empty());
    let mut twin = gpu(4);
    twin.serial = gpu(3).serial;
    let board = [
        sighting(3, 0, vec![gpu(3), twin.clone()]),
        sighting(3, HOUR, vec![gpu(3), twin]),
    ];
    assert!(run(&mut memory, &board).is_empty());
}

#[test]
fn a_host_that_comes_back_under_a_new_key_is_one_finding_and_after_withdrawal_none() {
    for withdrawn in [false, true] {
        let mut memory = MapMemory::default();
        run(&mut memory, &[sighting(1, 0, vec![gpu(1), gpu(2)])]);
        if withdrawn {
            memory.withdrawn.push(Key([1; 32]));
        }
        let found = run(&mut memory, &[sighting(2, HOUR, vec![gpu(1), gpu(2)])]);
        match withdrawn {
            true => assert!(found.is_empty(), "{found:?}"),
            false => {
                assert_eq!(only(&found).kind, Kind::KeyChanged);
                assert_eq!(only(&found).hosts, [Key([1; 32]), Key([2; 32])]);
                assert_eq!(only(&found).devices.len(), 2);
            }
        }
    }
    // A part of the devices is a move.
    let mut memory = MapMemory::default();
    run(&mut memory, &[sighting(1, 0, vec![gpu(1), gpu(2)])]);
    let found = run(&mut memory, &[sighting(2, HOUR, vec![gpu(1)])]);
    assert_eq!(only(&found).kind, Kind::Moved);
}

#[test]
fn a_device_that_is_gone_is_named_and_one_without_a_name_may_be_it() {
    let mut memory = MapMemory::default();
    run(&mut memory, &[sighting(1, 0, vec![gpu(1), gpu(2)])]);
    let mut unnamed = sighting(1, HOUR, vec![gpu(1)]);
    unnamed.unnamed = 1;
    let mut branch = memory.clone();
    assert!(run(&mut branch, &[unnamed]).is_empty());
    let found = run(&mut memory, &[sighting(1, HOUR, vec![gpu(1)])]);
    assert_eq!(
        (only(&found).kind, only(&found).basis),
        (Kind::Gone, Basis::Signed)
    );
    assert_eq!(only(&found).devices, [DeviceName::Pdi([2; 8])]);
    // Not again, and not from a report that was measured before.
    let late = [
        sighting(1, 2 * HOUR, vec![gpu(1)]),
        sighting(1, HOUR / 2, vec![gpu(1)]),
    ];
    assert!(run(&mut memory, &late).is_empty());
}

#[test]
fn members_of_a_board_are_missing_once() {
    let mut memory = MapMemory::default();
    let whole = sighting(1, 0, vec![gpu(1)]);
    let mut part = sighting(1, HOUR, vec![gpu(1)]);
    part.board = Some(Board {
        missing: vec![[7; 8]],
    });
    let mut again = part.clone();
    again.until_ms += HOUR;
    let found = run(&mut memory, &[whole, part, again]);
    assert_eq!(only(&found).kind, Kind::BoardIncomplete);
    assert_eq!(only(&found).devices, [DeviceName::Pdi([7; 8])]);
}

#[test]
fn a_session_in_which_no_device_signed_says_nothing_of_the_board() {
    let mut memory = MapMemory::default();
    let missing = |hour: u64, missing: &[u8]| {
        let mut one = sighting(1, hour * HOUR, vec![gpu(1)]);
        one.board = Some(Board {
            missing: missing.iter().map(|number| [*number; 8]).collect(),
        });
        one
    };
    let silent = |hour: u64| sighting(1, hour * HOUR, vec![claimed(1)]);
    let told = run(
        &mut memory,
        &[missing(0, &[7]), silent(1), missing(2, &[7])],
    );
    let told = only(&told);
    assert_eq!(
        (told.kind, told.basis),
        (Kind::BoardIncomplete, Basis::Signed)
    );
    // It came back, and went again.
    let again = run(&mut memory, &[missing(3, &[]), silent(4), missing(5, &[7])]);
    assert_eq!(only(&again).kind, Kind::BoardIncomplete);
}

#[test]
fn a_driver_that_tells_more_or_less_than_before_renames_nothing() {
    let mut memory = MapMemory::default();
    let bare = Seen {
        pdi: None,
        leaf_key: None,
        basis: Basis::Claimed,
        ..gpu(1)
    };
    let sightings = [
        sighting(1, 0, vec![bare.clone()]),
        sighting(1, HOUR, vec![gpu(1)]),
        sighting(1, 2 * HOUR, vec![bare.clone()]),
    ];
    let found = run(&mut memory, &sightings);
    assert!(found.is_empty(), "{found:?}");
    // A claim by name alone is still the device.
    let found = run(&mut memory, &[sighting(2, 9 * HOUR, vec![bare, gpu(5)])]);
    assert_eq!(
        (only(&found).kind, only(&found).basis),
        (Kind::Moved, Basis::Claimed)
    );
    assert_eq!(only(&found).devices, [DeviceName::Pdi([1; 8])]);
}

fn count(
    memory: &MapMemory,
    quantities: &[Quantity],
    period: (u64, u64),
) -> (BTreeMap<String, Counted>, Vec<Finding>) {
    let mut counting = Counting::default();
    for track in memory.tracks.values() {
        counting.add(track, period);
    }
    counting.compare(quantities, period.1)
}

#[test]
fn licences_are_counted_by_device_not_by_report() {
    let mut memory = MapMemory::default();
    let sightings = (0..5).map(|hour| sighting(1, hour * HOUR, vec![gpu(1), claimed(2)]));
    run(&mut memory, &sightings.collect::<Vec<_>>());
    for (licensed, expected) in [
        (1, Some(Kind::MoreThanLicensed)),
        (2, None),
        (3, Some(Kind::FewerThanLicensed)),
    ] {
        let quantity = Quantity {
            licence: "L1".into(),
            licensed,
        };
        let (counted, found) = count(&memory, &[quantity], (0, 9 * HOUR));
        assert_eq!((counted["L1"].signed, counted["L1"].claimed), (1, 1));
        assert_eq!(found.first().map(|found| found.kind), expected);
        assert!(found.iter().all(|found| found.basis == Basis::Claimed));
    }
    let (counted, _) = count(&memory, &[], (20 * HOUR, 30 * HOUR));
    assert!(counted.is_empty());
}

#[test]
fn a_device_counts_as_signed_where_it_signed_in_the_period() {
    let mut memory = MapMemory::default();
    let sessions = [
        sighting(1, 0, vec![claimed(1)]),
        sighting(1, 10 * HOUR, vec![gpu(1)]),
        sighting(1, 20 * HOUR, vec![claimed(1)]),
    ];
    run(&mut memory, &sessions);
    for (period, expected) in [
        ((0, 5 * HOUR), (0, 1)),
        ((9 * HOUR, 12 * HOUR), (1, 0)),
        ((0, 30 * HOUR), (1, 0)),
        ((15 * HOUR, 30 * HOUR), (0, 1)),
    ] {
        let (counted, _) = count(&memory, &[], period);
        let found = (counted["L1"].signed, counted["L1"].claimed);
        assert_eq!(found, expected, "{period:?}");
    }
    // Every device counted signed: so does the finding say.
    let quantity = Quantity {
        licence: "L1".into(),
        licensed: 2,
    };
    let (_, found) = count(&memory, &[quantity], (0, 30 * HOUR));
    assert_eq!(
        (only(&found).kind, only(&found).basis),
        (Kind::FewerThanLicensed, Basis::Signed)
    );
}

#[test]
fn every_kind_has_a_name_of_its_own_and_says_what_it_proves() {
    for kind in Kind::ALL {
        assert_eq!(Kind::of_name(kind.name()), Some(*kind));
        assert_ne!(kind.proves(Basis::Signed), kind.proves(Basis::Claimed));
        assert!(!kind.does_not_prove().is_empty() && !kind.innocent().is_empty());
    }
}

/// Hosts with devices of their own, each reporting every hour with some hours missed, in any
/// order of arrival.
fn honest_fleet() -> impl Strategy<Value = Vec<Sighting>> {
    let hosts = proptest::collection::vec((1usize..5, any::<u32>()), 1..5);
    let sightings = hosts.prop_map(|hosts| {
        let mut all = Vec::new();
        let mut first = 0u8;
        for (host, (devices, missed)) in hosts.into_iter().enumerate() {
            let own: Vec<u8> = (0..devices)
                .map(|n| first + u8::try_from(n).unwrap())
                .collect();
            first += u8::try_from(devices).unwrap();
            for hour in (0..24u64).filter(|hour| missed & (1 << hour) == 0) {
                let devices = own
                    .iter()
                    .map(|n| if *n % 2 == 0 { gpu(*n) } else { claimed(*n) });
                let host = u8::try_from(host).unwrap();
                all.push(sighting(host, hour * HOUR, devices.collect()));
            }
        }
        all
    });
    sightings.prop_shuffle()
}

proptest! {
    #[test]
    fn nothing_is_found_in_an_honest_fleet_in_any_order(sightings in honest_fleet()) {
        let mut memory = MapMemory::default();
        prop_assert_eq!(run(&mut memory, &sightings), vec![]);
        // One stay of every device, over all its sessions.
        for (name, track) in &memory.tracks {
            prop_assert_eq!(track.stays.len(), 1, "{}", name);
            let of = |s: &&Sighting| s.devices.iter().any(|d| d.name().as_ref() == Some(name));
            let first = sightings.iter().filter(of).map(|s| s.from_ms).min();
            prop_assert_eq!(Some(track.stays[0].first_ms), first);
        }
    }

    /// Anything at all: nothing panics, tracks stay bounded and sorted, and the same sighting
    /// twice changes nothing.
    #[test]
    fn any_sightings_leave_bounded_tracks(
        sightings in proptest::collection::vec((0u8..4, 0u64..40, proptest::collection::vec((0u8..5, 0u8..5, any::<bool>()), 0..4)), 0..60),
    ) {
        let mut memory = MapMemory::default();
        for (host, at, devices) in sightings {
            let devices = devices.into_iter().map(|(number, serial, signed)| Seen {
                serial: gpu(serial).serial,
                ..if signed { gpu(number) } else { claimed(number) }
            });
            let one = sighting(host, at * 20 * MINUTE, devices.collect());
            observe(&mut memory, &one).unwrap();
            let settled = memory.tracks.clone();
            prop_assert_eq!(observe(&mut memory, &one).unwrap(), vec![]);
            prop_assert_eq!(&memory.tracks, &settled);
            for track in memory.tracks.values() {
                prop_assert!(track.stays.len() <= domicile_fleet::MAX_STAYS);
                prop_assert!(track.stays.is_sorted_by_key(|stay| stay.first_ms));
                prop_assert!(track.stays.iter().all(|stay| stay.first_ms <= stay.last_ms));
            }
        }
    }
}
