//! The measured window: which sessions were made in time, by the anchors' own clocks.

use super::report::{Report, SessionNonce};
use super::session::Session;
use domicile_proto::{MEASURED_WINDOW_MS, SUBMISSION_WINDOW_MS};
use std::collections::BTreeMap;

/// Milliseconds of Unix time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Start, Unix time in ms.
    pub from_ms: u64,
    /// End, Unix time in ms; not before the start.
    pub until_ms: u64,
}

impl Window {
    /// The window of `reach_ms` on both sides of a moment.
    fn around(at_ms: u64, reach_ms: u64) -> Self {
        Self {
            from_ms: at_ms.saturating_sub(reach_ms),
            until_ms: at_ms.saturating_add(reach_ms),
        }
    }

    fn holds(&self, session: &Session<'_>) -> bool {
        session.start_ms >= self.from_ms && session.end_ms <= self.until_ms
    }

    fn overlap(&self, other: &Self) -> Option<Self> {
        let from_ms = self.from_ms.max(other.from_ms);
        let until_ms = self.until_ms.min(other.until_ms);
        (from_ms <= until_ms).then_some(Self { from_ms, until_ms })
    }
}

/// Which sessions are in time; `None` when none can be.
///
/// Challenged: ten minutes on both sides of the nonce's issue (the nonce cannot be known before, so
/// the earlier half only allows for clocks). Anchor-fresh: ten minutes on both sides of the middle
/// vote's start, within the submission window before the receipt, so that a few clocks that lie move
/// nothing.
pub(super) fn measured(
    report: &Report,
    sessions: &[Session<'_>],
    received_ms: u64,
) -> Option<Window> {
    match &report.nonce {
        SessionNonce::Challenged(nonce) => {
            Some(Window::around(nonce.issued_ms(), MEASURED_WINDOW_MS))
        }
        SessionNonce::AnchorFresh(_) => {
            let middle = Window::around(middle_start(sessions)?, MEASURED_WINDOW_MS);
            middle.overlap(&submittable(received_ms))
        }
    }
}

/// The times at which a report received now may have been measured.
fn submittable(received_ms: u64) -> Window {
    Window {
        from_ms: received_ms.saturating_sub(SUBMISSION_WINDOW_MS),
        until_ms: received_ms.saturating_add(MEASURED_WINDOW_MS),
    }
}

/// The times at which the report's certificate may have been used: its nonce's window, or all times
/// that an anchor-fresh report may have.
pub(super) fn certificate(report: &Report, received_ms: u64) -> Window {
    match &report.nonce {
        SessionNonce::Challenged(nonce) => Window::around(nonce.issued_ms(), MEASURED_WINDOW_MS),
        SessionNonce::AnchorFresh(_) => submittable(received_ms),
    }
}

/// The lower middle of the votes' first starts.
fn middle_start(sessions: &[Session<'_>]) -> Option<u64> {
    let mut votes: BTreeMap<&str, u64> = BTreeMap::new();
    for session in sessions {
        let first = votes
            .entry(&session.anchor.trust_domain)
            .or_insert(session.start_ms);
        *first = session.start_ms.min(*first);
    }
    let mut starts: Vec<u64> = votes.into_values().collect();
    starts.sort_unstable();
    starts.get(starts.len().checked_sub(1)? / 2).copied()
}

impl Window {
    /// Whether a session lies in it.
    pub(super) fn admits(window: Option<&Self>, session: &Session<'_>) -> bool {
        window.is_some_and(|window| window.holds(session))
    }
}
