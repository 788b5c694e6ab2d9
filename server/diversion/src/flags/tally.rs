//! Sessions in a row that say the same, and when they were enough.

use super::event::Sessions;
use super::need::Need;
use serde::{Deserialize, Serialize};

/// Sessions in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) count: u64,
    pub(super) first_ms: u64,
    pub(super) last_ms: u64,
}

impl Tally {
    pub(super) fn add(&mut self, sessions: Sessions) {
        if self.count == 0 {
            self.first_ms = sessions.from_ms;
            self.last_ms = sessions.until_ms;
        }
        self.count += u64::from(sessions.count);
        self.first_ms = self.first_ms.min(sessions.from_ms);
        self.last_ms = self.last_ms.max(sessions.until_ms);
    }

    /// When it was enough, if it is: `sessions` are the last that were added.
    pub(super) fn enough(&self, need: Need, sessions: Sessions) -> Option<u64> {
        let Need::Sessions { count, apart_ms } = need else {
            return None;
        };
        let missing_before =
            u64::from(count).saturating_sub(self.count - u64::from(sessions.count));
        if self.count < u64::from(count) || self.last_ms - self.first_ms < apart_ms {
            return None;
        }
        // The first of the evenly spaced sessions that is both the `count`-th and late enough.
        let steps = u64::from(sessions.count).saturating_sub(1);
        let length = sessions.until_ms.saturating_sub(sessions.from_ms);
        let wait = (self.first_ms + apart_ms).saturating_sub(sessions.from_ms);
        let by_time = scaled(wait, steps, length, u128::div_ceil);
        let step = missing_before.saturating_sub(1).max(by_time).min(steps);
        let at = scaled(step, length, steps, |a, b| a / b);
        Some(sessions.from_ms + at)
    }
}

/// `a` × `b` / `c`; 0 when `c` is 0.
fn scaled(a: u64, b: u64, c: u64, divide: fn(u128, u128) -> u128) -> u64 {
    match c {
        0 => 0,
        c => {
            let quotient = divide(u128::from(a) * u128::from(b), u128::from(c));
            u64::try_from(quotient).unwrap_or(u64::MAX)
        }
    }
}
