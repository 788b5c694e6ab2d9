//! When a session was measured, by the anchors' signed times, whatever *f* votes say.

use crate::verify::{Appraised, Observed, SessionNonce, Window};
use domicile_proto::MEASURED_WINDOW_MS;
use std::collections::BTreeMap;

/// The session's time: from the (*f*+1)-th smallest start to the (*f*+1)-th largest end of the votes.
///
/// A vote starts with the first of its anchors and ends with the last. Of any *f* + 1 votes one is
/// honest, so the earlier of the two times is not after the last honest end and the later is not
/// before the first honest start; they are put in that order. `None` with fewer than *f* + 1 votes.
pub(super) fn session_time<'a>(
    observed: impl Iterator<Item = &'a Observed>,
    lying_votes: u8,
) -> Option<Window> {
    let mut votes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for one in observed {
        let vote = votes
            .entry(&one.trust_domain)
            .or_insert((one.start_ms, one.end_ms));
        *vote = (vote.0.min(one.start_ms), vote.1.max(one.end_ms));
    }
    let (mut starts, mut ends): (Vec<u64>, Vec<u64>) = votes.into_values().unzip();
    starts.sort_unstable();
    ends.sort_unstable_by(|a, b| b.cmp(a));
    let nth = usize::from(lying_votes);
    let (start, end) = (*starts.get(nth)?, *ends.get(nth)?);
    Some(Window {
        from_ms: start.min(end),
        until_ms: start.max(end),
    })
}

/// The measured time in the verdict. Without enough votes: what the nonce alone shows when
/// challenged (from its issue, for ten minutes or until receipt), else the time of receipt.
pub(super) fn measured(appraised: &Appraised, lying_votes: u8) -> Window {
    let received_ms = appraised.received_ms;
    session_time(appraised.observations.iter(), lying_votes).unwrap_or_else(|| {
        match &appraised.report.nonce {
            SessionNonce::Challenged(nonce) => {
                let from_ms = nonce.issued_ms();
                let latest = from_ms.saturating_add(MEASURED_WINDOW_MS);
                Window {
                    from_ms,
                    until_ms: latest.min(received_ms).max(from_ms),
                }
            }
            SessionNonce::AnchorFresh(_) => Window {
                from_ms: received_ms,
                until_ms: received_ms,
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domicile_proto::directory::Position;
    use domicile_proto::types::Key;

    fn observed(vote: &str, start_ms: u64, end_ms: u64) -> Observed {
        Observed {
            limit_only: false,
            anchor: Key([0; 32]),
            trust_domain: vote.into(),
            position: Position {
                version: 1,
                unit: [0.0, 0.0, 1.0],
                latitude_e7: 0,
                longitude_e7: 0,
                survey_error_m: 0,
                clock_error_ppm: 0,
            },
            own_operator: false,
            agent_agrees: true,
            rtt_ns: 1,
            start_ms,
            end_ms,
        }
    }

    fn time(observed: &[Observed], lying_votes: u8) -> Option<(u64, u64)> {
        session_time(observed.iter(), lying_votes).map(|time| (time.from_ms, time.until_ms))
    }

    #[test]
    fn f_votes_move_neither_end_past_the_honest_ones() {
        let honest = [
            observed("a", 100, 200),
            observed("b", 110, 220),
            observed("c", 120, 210),
        ];
        assert_eq!(time(&honest, 0), Some((100, 220)));
        assert_eq!(time(&honest, 1), Some((110, 210)));
        // Two anchors of one lying vote are one vote.
        for (start, end) in [(0, 1), (900, 999), (0, 999)] {
            let liars = [observed("z", start, end), observed("z", start, end)];
            let (from, until) = time(&[&honest[..], &liars].concat(), 1).unwrap_or_default();
            assert!((100..=120).contains(&from) && (200..=220).contains(&until));
        }
    }

    #[test]
    fn sessions_one_after_the_other_leave_an_interval_between_them() {
        let two = [observed("a", 100, 200), observed("b", 500, 600)];
        assert_eq!(time(&two, 1), Some((200, 500)));
    }

    #[test]
    fn too_few_votes_tell_no_time() {
        let one_vote = [observed("a", 100, 200), observed("a", 100, 200)];
        assert_eq!(time(&one_vote, 1), None);
        assert_eq!(time(&[], 0), None);
    }
}
