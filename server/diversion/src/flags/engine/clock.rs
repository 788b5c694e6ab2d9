//! A stopwatch that can be held: how long something has lasted, not counting what is excused.

use serde::{Deserialize, Serialize};

/// Why a stopwatch does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Hold {
    /// The host's state: declared absent, or reporting.
    State = 1,
    /// An anchor of its metro is not in order.
    Anomaly = 2,
    /// Many hosts changed together.
    Common = 4,
    /// It is silent together with many.
    Silenced = 8,
}

/// A stopwatch. All times are Unix ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Clock {
    spent_ms: u64,
    /// When it last began to run; it counts from there while it runs.
    since_ms: u64,
    /// When it was set to zero.
    began_ms: u64,
    holds: u8,
}

impl Clock {
    /// At zero, and held by the host's state.
    pub(super) fn held() -> Self {
        Self {
            spent_ms: 0,
            since_ms: 0,
            began_ms: 0,
            holds: Hold::State as u8,
        }
    }

    fn runs(&self) -> bool {
        self.holds == 0
    }

    /// Sets it to zero; whoever holds it goes on holding it. What arrives late does not set it back.
    pub(super) fn reset(&mut self, at_ms: u64) {
        let at_ms = at_ms.max(self.since_ms);
        self.spent_ms = 0;
        self.since_ms = at_ms;
        self.began_ms = at_ms;
    }

    pub(super) fn hold(&mut self, hold: Hold, at_ms: u64) {
        if self.runs() {
            self.spent_ms += at_ms.saturating_sub(self.since_ms);
            self.since_ms = self.since_ms.max(at_ms);
        }
        self.holds |= hold as u8;
    }

    pub(super) fn release(&mut self, hold: Hold, at_ms: u64) {
        let held = !self.runs();
        self.holds &= !(hold as u8);
        if held && self.runs() {
            if self.spent_ms == 0 {
                self.began_ms = self.began_ms.max(at_ms);
            }
            self.since_ms = self.since_ms.max(at_ms);
        }
    }

    /// Takes a time out that turned out not to count.
    pub(super) fn excuse(&mut self, from_ms: u64, until_ms: u64) {
        if self.runs() {
            self.since_ms += until_ms.saturating_sub(from_ms.max(self.since_ms));
        } else {
            let excused = until_ms.saturating_sub(from_ms.max(self.began_ms));
            self.spent_ms = self.spent_ms.saturating_sub(excused);
        }
    }

    /// When it will show `limit_ms` if it goes on running; `None` while it is held.
    pub(super) fn shows(&self, limit_ms: u64) -> Option<u64> {
        let left = limit_ms.saturating_sub(self.spent_ms);
        self.runs().then(|| self.since_ms.saturating_add(left))
    }

    /// When it was set to zero, or began to run from there.
    pub(super) fn began_ms(&self) -> u64 {
        self.began_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn running(at_ms: u64) -> Clock {
        let mut clock = Clock::held();
        clock.release(Hold::State, at_ms);
        clock
    }

    #[test]
    fn what_is_held_or_excused_does_not_count() {
        let mut clock = running(100);
        assert_eq!(clock.shows(50), Some(150));
        clock.hold(Hold::Anomaly, 120);
        clock.hold(Hold::State, 130);
        assert_eq!(clock.shows(50), None);
        clock.release(Hold::Anomaly, 200);
        assert_eq!(clock.shows(50), None, "one hold is left");
        clock.release(Hold::State, 300);
        assert_eq!(clock.shows(50), Some(330));
        clock.excuse(310, 320);
        assert_eq!(clock.shows(50), Some(340));
        clock.excuse(0, 10);
        assert_eq!(clock.shows(50), Some(340), "it did not run then");
        clock.reset(335);
        assert_eq!(clock.shows(50), Some(385));
        clock.reset(10);
        assert_eq!(
            clock.shows(50),
            Some(385),
            "what arrives late sets nothing back"
        );
    }

    proptest! {
        #[test]
        fn an_excuse_never_makes_it_earlier(from in 0..1_000u64, length in 0..1_000u64, limit in 0..2_000u64) {
            let mut clock = running(500);
            let before = clock.shows(limit);
            clock.excuse(from, from + length);
            prop_assert!(clock.shows(limit) >= before);
            prop_assert!(clock.shows(limit) <= before.map(|at| at + length));
        }
    }
}
