//! Whether a host reports, from when it was last heard. Says nothing about where it is.

use crate::policy::Policy;

/// A host's state, as lists show it. Silence is no evidence of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostState {
    /// Enrolled and not heard since, not yet for long.
    Enrolled,
    /// Heard within `late-after`.
    Reporting,
    /// Not heard for `late-after`.
    Late,
    /// Not heard for `silent-after`, or never since an enrolment that long ago.
    Silent,
    /// Withdrawn by its operator: legitimate and final.
    Withdrawn,
}

/// The state of a host at `now_ms`.
///
/// All times are Unix milliseconds of the collector's clock. `last_seen_ms` is the newest accepted
/// report or sign of life; `withdrawn_ms` is when its operator withdrew it. A clock that steps back
/// makes nobody late.
pub fn state(
    enrolled_ms: u64,
    last_seen_ms: Option<u64>,
    withdrawn_ms: Option<u64>,
    policy: &Policy,
    now_ms: u64,
) -> HostState {
    if withdrawn_ms.is_some() {
        return HostState::Withdrawn;
    }
    let quiet_ms = now_ms.saturating_sub(last_seen_ms.unwrap_or(enrolled_ms));
    if quiet_ms >= policy.silent_after_ms {
        HostState::Silent
    } else if last_seen_ms.is_none() {
        HostState::Enrolled
    } else if quiet_ms >= policy.late_after_ms {
        HostState::Late
    } else {
        HostState::Reporting
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_geo::Territories;

    const MINUTE: u64 = 60_000;

    fn policy() -> Policy {
        let text = "version = 1\n[defaults]\nlate-after = \"15m\"\nsilent-after = \"2h\"\n";
        Policy::parse(text.as_bytes(), Territories::builtin()).unwrap()
    }

    #[test]
    fn each_state_begins_at_its_limit() {
        let policy = policy();
        let at = |last_seen: Option<u64>, now: u64| {
            state(1_000 * MINUTE, last_seen, None, &policy, now * MINUTE)
        };
        let heard = Some(1_500 * MINUTE);
        for (last_seen, now, expected) in [
            (None, 1_000, HostState::Enrolled),
            (None, 1_119, HostState::Enrolled),
            (None, 1_120, HostState::Silent),
            (heard, 1_500, HostState::Reporting),
            (heard, 1_514, HostState::Reporting),
            (heard, 1_515, HostState::Late),
            (heard, 1_619, HostState::Late),
            (heard, 1_620, HostState::Silent),
            (heard, 3, HostState::Reporting),
        ] {
            assert_eq!(at(last_seen, now), expected, "{last_seen:?} at {now}");
        }
    }

    #[test]
    fn withdrawn_stays_withdrawn() {
        let policy = policy();
        for now in [0, 5, u64::MAX] {
            assert_eq!(
                state(1, Some(2), Some(3), &policy, now),
                HostState::Withdrawn
            );
        }
    }
}
