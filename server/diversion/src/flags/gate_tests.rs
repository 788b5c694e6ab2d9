//! What raises and clears one flag of one subject.

use super::super::need::{DAY, HOUR};
use super::*;
use proptest::prelude::*;

fn sign(sessions: Sessions, vote: &str) -> Sign {
    Sign {
        sessions,
        votes: vec![vote.into()],
        record: Some(RecordId::Log(sessions.from_ms)),
        basis: Basis::Signed,
        host: None,
    }
}

fn one(hours: u64) -> Sign {
    sign(Sessions::one(hours * HOUR), "a")
}

#[test]
fn it_takes_as_many_as_far_apart_and_nothing_contrary_between() {
    let mut gate = Gate::new(Code::OutsidePermitted);
    assert_eq!(gate.bad(one(1)), None);
    assert_eq!(gate.bad(one(2)), None);
    assert_eq!(gate.bad(one(3)), None, "three, but within two hours");
    assert_eq!(gate.bad(one(7)), Some(Step::Raise { at_ms: 7 * HOUR }));

    let mut gate = Gate::new(Code::OutsidePermitted);
    gate.bad(one(1));
    gate.bad(one(9));
    assert_eq!(gate.good(Sessions::one(10 * HOUR)), None);
    assert!(gate.is_idle());
    assert_eq!(gate.bad(one(9)), None, "late, and from before the contrary");
    assert!(gate.is_idle());
    assert_eq!(gate.bad(one(11)), None);
    assert_eq!(gate.bad(one(16)), None);
    assert_eq!(gate.bad(one(17)), Some(Step::Raise { at_ms: 17 * HOUR }));
}

#[test]
fn clearing_takes_more_than_one_and_starts_anew_after_another_bad_one() {
    let mut gate = Gate::new(Code::OutsidePermitted);
    gate.set_open(true);
    for hour in 1..24 {
        assert_eq!(gate.good(Sessions::one(hour * HOUR)), None);
    }
    assert_eq!(gate.bad(one(24)), None, "it is open");
    for hour in 25..49 {
        assert_eq!(gate.good(Sessions::one(hour * HOUR)), None, "{hour}");
    }
    let step = gate.good(Sessions::one(49 * HOUR));
    assert_eq!(step, Some(Step::ClearContrary { at_ms: 49 * HOUR }));
}

#[test]
fn what_lasts_is_due_when_it_has_lasted_and_its_end_too() {
    let mut gate = Gate::new(Code::LicenceExpired);
    gate.expect(DAY, None);
    assert_eq!(gate.tick(15 * DAY - 1), None);
    assert_eq!(gate.deadline(), Some(15 * DAY));
    assert_eq!(gate.tick(16 * DAY), Some(Step::Raise { at_ms: 16 * DAY }));
    gate.set_open(true);
    assert_eq!(gate.deadline(), None);
    gate.over(20 * DAY);
    assert_eq!(
        gate.tick(21 * DAY),
        Some(Step::ClearContrary { at_ms: 21 * DAY })
    );
    let mut gate = Gate::new(Code::LicenceExpired);
    gate.expect(DAY, None);
    gate.over(2 * DAY);
    assert!(gate.is_idle() && gate.deadline().is_none());
}

#[test]
fn what_an_anomaly_touched_is_left_out_and_the_rest_must_be_enough() {
    let mut gate = Gate::new(Code::OutsidePermitted);
    for hour in [1, 5, 9] {
        gate.bad(sign(
            Sessions::one(hour * HOUR),
            if hour == 5 { "b" } else { "a" },
        ));
    }
    gate.set_open(true);
    assert!(!gate.forget(&"c".into(), 0, u64::MAX));
    assert!(
        !gate.forget(&"b".into(), 6 * HOUR, u64::MAX),
        "it was before"
    );
    assert!(
        gate.forget(&"b".into(), 0, u64::MAX),
        "two are left of three"
    );
    assert_eq!(gate.signs(), 2);
}

/// One by one, or as one run: the same moment.
fn moment(count: u32, from_ms: u64, step_ms: u64, at_once: bool, code: Code) -> Option<Step> {
    let mut gate = Gate::new(code);
    gate.bad(sign(Sessions::one(from_ms), "a"));
    let start = from_ms + step_ms;
    if at_once {
        return gate.bad(sign(
            Sessions {
                count,
                from_ms: start,
                until_ms: start + u64::from(count - 1) * step_ms,
            },
            "a",
        ));
    }
    (0..count).find_map(|n| {
        let at = start + u64::from(n) * step_ms;
        gate.bad(sign(Sessions::one(at), "a"))
    })
}

proptest! {
    #[test]
    fn a_run_raises_when_its_single_sessions_would(
        count in 1u32..400,
        from_ms in 0..1_000_000_000u64,
        step_ms in 1..10_000_000u64,
        which in 0usize..4,
    ) {
        let code = [
            Code::OutsidePermitted,
            Code::ImplausibleLocation,
            Code::Inconsistent,
            Code::IdentityConflict,
        ][which];
        prop_assert_eq!(
            moment(count, from_ms, step_ms, true, code),
            moment(count, from_ms, step_ms, false, code)
        );
    }

    #[test]
    fn fewer_or_nearer_never_raise(count in 1u32..400, step_ms in 1..10_000_000u64) {
        let length = u64::from(count) * step_ms;
        if moment(count, 5, step_ms, true, Code::OutsidePermitted).is_some() {
            prop_assert!(count + 1 >= 3 && length >= 6 * HOUR);
        } else {
            prop_assert!(count + 1 < 3 || length < 6 * HOUR);
        }
    }
}
