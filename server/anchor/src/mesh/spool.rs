//! Sessions that wait for a collector: for each partner the best one, for a bounded time, in
//! memory. No clock of its own.

use domicile_proto::mesh::MeshSession;
use domicile_proto::types::Key;
use domicile_proto::wire;
use std::collections::BTreeMap;

/// A session as it goes into a report.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    pub(super) ranging: wire::Ranging,
    /// Sum of both ends' shortest times, ns: the smaller, the better.
    both_ns: u64,
    at_ms: u64,
}

/// At most one session for each partner, so never more than the directory has anchors.
#[derive(Debug)]
pub(super) struct Spool {
    keep_ms: u64,
    waiting: BTreeMap<Key, Waiting>,
}

impl Spool {
    pub(super) fn new(keep_ms: u64) -> Self {
        Self {
            keep_ms,
            waiting: BTreeMap::new(),
        }
    }

    /// Takes a session in, unless a better one with the same partner waits already.
    pub(super) fn offer(&mut self, session: &MeshSession, ranging: wire::Ranging, now_ms: u64) {
        let own_ns = session.visitor_rtt_ns.unwrap_or(session.visited_rtt_ns);
        self.put(
            session.visited,
            Waiting {
                ranging,
                both_ns: own_ns.saturating_add(session.visited_rtt_ns),
                at_ms: now_ms,
            },
        );
    }

    fn put(&mut self, partner: Key, session: Waiting) {
        let held = self.waiting.get(&partner);
        if held.is_none_or(|held| session.both_ns < held.both_ns) {
            self.waiting.insert(partner, session);
        }
    }

    /// Takes up to `most` sessions out, and forgets those that waited too long.
    pub(super) fn take(&mut self, most: usize, now_ms: u64) -> Vec<(Key, Waiting)> {
        let keep_ms = self.keep_ms;
        self.waiting
            .retain(|_, session| now_ms.saturating_sub(session.at_ms) <= keep_ms);
        let mut taken = Vec::new();
        while taken.len() < most {
            let Some(first) = self.waiting.pop_first() else {
                break;
            };
            taken.push(first);
        }
        taken
    }

    /// Puts back what no collector took.
    pub(super) fn put_back(&mut self, sessions: Vec<(Key, Waiting)>) {
        for (partner, session) in sessions {
            self.put(partner, session);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(spool: &mut Spool, partner: u8, rtt_ns: u64, now_ms: u64) {
        let session = MeshSession {
            visitor: Key([0; 32]),
            visited: Key([partner; 32]),
            directory_version: 1,
            position_version: 1,
            start_ms: 0,
            end_ms: 0,
            visited_rtt_ns: rtt_ns,
            visitor_rtt_ns: None,
        };
        let ranging = wire::Ranging {
            coarse: false,
            transcript: rtt_ns.to_be_bytes().to_vec(),
            receipt: Vec::new(),
        };
        spool.offer(&session, ranging, now_ms);
    }

    fn times(sessions: &[(Key, Waiting)]) -> Vec<u64> {
        let times = sessions.iter().map(|(_, session)| session.both_ns / 2);
        times.collect()
    }

    #[test]
    fn the_best_session_with_each_partner_waits_and_not_for_ever() {
        let mut spool = Spool::new(1_000);
        for (partner, rtt_ns, now_ms) in [(1, 9, 0), (1, 7, 10), (1, 8, 20), (2, 5, 500)] {
            offer(&mut spool, partner, rtt_ns, now_ms);
        }
        let taken = spool.take(8, 900);
        assert_eq!(times(&taken), [7, 5]);
        assert!(spool.take(8, 900).is_empty());
        // No collector: a better one may have come meanwhile.
        offer(&mut spool, 2, 4, 950);
        spool.put_back(taken);
        assert_eq!(times(&spool.take(1, 1_010)), [7]);
        assert_eq!(times(&spool.take(9, 1_950)), [4]);
        offer(&mut spool, 3, 4, 950);
        assert!(spool.take(9, 1_951).is_empty(), "too old");
    }
}
