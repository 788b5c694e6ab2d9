//! Silence, declarations, devices, licences.

use super::*;
use VerdictValue::{Confined, Insufficient, PermittedExcluded};
use domicile_fleet::{Basis, DeviceName, Finding, Kind};

#[test]
fn silence_counts_from_the_last_sign_of_life_and_not_while_nobody_listened() {
    let mut world = World::new(1, 1);
    world.lives(1, Liveness::Late);
    let from = world.now_ms;
    assert_eq!(world.wait(5 * DAY), []);
    world.lives(1, Liveness::Silent);
    world.now_ms += 3 * DAY;
    let outage = Event::Outage {
        from_ms: from + 5 * DAY,
        until_ms: from + 8 * DAY,
        record: RecordId::Log(7),
    };
    let changes = world.then(outage);
    assert_eq!(
        raised(&changes),
        [(Code::CollectorOutage, Subject::Collector)]
    );
    assert_eq!(raised(&world.wait(2 * DAY - 1)), []);
    assert_eq!(raised(&world.wait(1)), [(Code::Silence, host(1))]);
    let changes = world.lives(1, Liveness::Reporting);
    assert_eq!(changes, [], "an hour of reports clears it");
    assert_eq!(world.wait(HOUR).len(), 1);
    assert!(!world.flags.is_open(Code::Silence, &host(1)));
}

#[test]
fn an_outage_that_is_known_late_takes_silence_back() {
    let mut world = World::new(1, 1);
    world.lives(1, Liveness::Silent);
    let from = world.now_ms;
    assert_eq!(raised(&world.wait(7 * DAY)).len(), 1);
    let changes = world.then(Event::Outage {
        from_ms: from + HOUR,
        until_ms: from + 6 * DAY,
        record: RecordId::Log(7),
    });
    assert_eq!(withdrawn(&changes), 1);
    assert_eq!(raised(&world.wait(7 * DAY)), [(Code::Silence, host(1))]);
}

#[test]
fn declared_absence_is_no_silence_but_has_an_end_whatever_it_is_called() {
    let mut world = World::new(1, 1);
    let mut found = Vec::new();
    for _ in 0..14 {
        world.lives(1, Liveness::Transit);
        found.extend(raised(&world.wait(5 * DAY)));
        world.lives(1, Liveness::Storage);
        found.extend(raised(&world.wait(5 * DAY)));
    }
    assert_eq!(found, [(Code::TransitTooLong, host(1))]);
    world.lives(1, Liveness::Storage);
    let found = raised(&world.wait(120 * DAY));
    assert_eq!(found, [(Code::AbsenceTooLong, host(1))]);
}

#[test]
fn never_confirmed_is_asked_about_however_the_host_comes_and_goes() {
    let mut world = World::new(1, 1).asking_for_a_place();
    let mut found = Vec::new();
    for _ in 0..20 {
        found.extend(raised(&world.hours(24, 1, Insufficient)));
        world.lives(1, Liveness::Silent);
        found.extend(raised(&world.wait(DAY)));
        world.lives(1, Liveness::Reporting);
    }
    assert_eq!(found, [(Code::Unconfirmed, host(1))]);
    assert_eq!(Code::Unconfirmed.entry().class, Class::Inquiry);
    let changes = world.hours(1, 1, Confined);
    assert!(
        matches!(&changes[..], [Change::Cleared { .. }]),
        "{changes:?}"
    );
    assert_eq!(raised(&world.hours(24 * 29, 1, Insufficient)), []);
    assert_eq!(raised(&world.hours(24, 1, Insufficient)).len(), 1);
}

#[test]
fn withdrawal_ends_what_is_waited_for_and_leaves_findings() {
    let mut world = World::new(1, 1);
    world.hours(10, 1, PermittedExcluded);
    world.lives(1, Liveness::Silent);
    assert_eq!(raised(&world.wait(8 * DAY)), [(Code::Silence, host(1))]);
    world.lives(1, Liveness::Withdrawn);
    assert_eq!(raised(&world.wait(500 * DAY)), []);
    let open: Vec<_> = world.flags.open().map(|(code, _)| code).collect();
    assert_eq!(open, [Code::OutsidePermitted]);
}

#[test]
fn a_move_within_a_site_or_declared_is_ordinary() {
    let finding = |from: u8, to: u8, basis| Finding {
        kind: Kind::Moved,
        basis,
        devices: vec![DeviceName::Pdi([1; 8])],
        alias: None,
        hosts: vec![key(from), key(to)],
        evidence: vec![],
        at_ms: 2 * DAY,
        licence: None,
    };
    let event = |finding| Event::Finding {
        finding,
        record: RecordId::Log(1),
    };
    let mut world = World::new(4, 1);
    assert_eq!(world.then(event(finding(1, 3, Basis::Signed))), []);
    world.lives(1, Liveness::Rma);
    assert_eq!(world.then(event(finding(1, 2, Basis::Signed))), []);
    world.lives(1, Liveness::Reporting);
    let changes = world.then(event(finding(1, 2, Basis::Claimed)));
    let [Change::Raised(flag)] = &changes[..] else {
        panic!("{changes:?}")
    };
    assert_eq!(flag.ground, Ground::Claim(AtMostMedium::Note));
    assert_eq!(flag.hosts, [key(1), key(2)]);
    assert_eq!(
        world.wait(32 * DAY).len(),
        1,
        "and it goes when it was quiet"
    );
}

#[test]
fn a_device_that_comes_back_was_not_gone() {
    let mut world = World::new(1, 1);
    let device = DeviceName::Pdi([1; 8]);
    let gone = Event::Finding {
        finding: Finding {
            kind: Kind::Gone,
            basis: Basis::Signed,
            devices: vec![device.clone()],
            alias: None,
            hosts: vec![key(1)],
            evidence: vec![],
            at_ms: DAY,
            licence: None,
        },
        record: RecordId::Log(1),
    };
    assert_eq!(world.then(gone.clone()), []);
    world.wait(10 * DAY);
    let subject = Subject::Device(device);
    world.then(Event::Settled {
        kind: Kind::Gone,
        subject: subject.clone(),
        at_ms: world.now_ms,
    });
    assert_eq!(world.wait(100 * DAY), []);
    let found = raised(&world.then(gone));
    assert_eq!(found, [(Code::DeviceGone, subject)]);
}

#[test]
fn licences_end_and_are_extended_and_name_models() {
    let mut world = World::new(2, 1);
    let until_ms = Some(world.now_ms + DAY);
    let ended = LicenceFacts {
        until_ms,
        ..licence()
    };
    world.then(Event::Licence(ended.clone()));
    world.hours(2, 1, Confined);
    let subject = Subject::Licence(LICENCE.into());
    let found = raised(&world.wait(15 * DAY));
    assert_eq!(
        found,
        [(Code::LicenceExpired, subject)],
        "one for all its hosts"
    );
    let extended = LicenceFacts {
        until_ms: until_ms.map(|until| until + 365 * DAY),
        ..licence()
    };
    assert_eq!(world.then(Event::Licence(extended)).len(), 1);
    assert_eq!(world.flags.open().count(), 0);

    let mut found = Vec::new();
    for hour in 0..48 {
        let at_ms = world.now_ms + hour * HOUR;
        for (host, model) in [(1, "h200"), (2, "B200")] {
            found.extend(raised(&world.then(Event::Model {
                host: key(host),
                model: model.into(),
                basis: Basis::Claimed,
                at_ms,
                record: RecordId::Log(at_ms),
            })));
        }
    }
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, Code::ModelNotCovered);
}

#[test]
fn nobody_is_asked_about_an_ended_licence_that_nobody_uses() {
    let mut world = World::new(1, 1);
    world.lives(1, Liveness::Storage);
    let until_ms = Some(world.now_ms + DAY);
    world.then(Event::Licence(LicenceFacts {
        until_ms,
        ..licence()
    }));
    assert_eq!(raised(&world.wait(30 * DAY)), []);
    world.lives(1, Liveness::Reporting);
    assert_eq!(raised(&world.wait(DAY)).len(), 1);
}
