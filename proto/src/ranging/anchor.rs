//! The anchor's side: sends the pings, times the pongs, writes the transcript.

use super::datagram::{self, Datagram, Packet, RoundNonce};
use super::{
    PAIR_MAX_NS, PAIR_MIN_NS, ROUND_DEADLINE_NS, ROUNDS, SPACING_MAX_NS, SPACING_MIN_NS,
    SessionFacts,
};
use crate::wire;
use std::collections::VecDeque;

/// Random bytes that [`SessionRandom::from_bytes`] takes.
pub const RANDOM_BYTES: usize = ROUNDS * (8 + 4);

/// Everything random about a session, drawn by the caller.
#[derive(Clone, Copy)]
pub struct SessionRandom {
    /// The anchor's nonce of each round. Must be unpredictable: whoever guesses one can answer
    /// early.
    pub nonces: [RoundNonce; ROUNDS],
    /// Time before each ping, ns, counted from the start and then from the ping before.
    pub spacings_ns: [u64; ROUNDS],
}

impl SessionRandom {
    /// Cuts uniformly random bytes into nonces and spacings: pairs 2 to 20 ms apart, and 0.15 to
    /// 0.6 ms within one.
    pub fn from_bytes(bytes: &[u8; RANDOM_BYTES]) -> Self {
        let (nonces, spacings) = bytes.split_at(ROUNDS * 8);
        let mut random = Self {
            nonces: [[0; 8]; ROUNDS],
            spacings_ns: [0; ROUNDS],
        };
        for (to, from) in random.nonces.iter_mut().zip(nonces.chunks_exact(8)) {
            to.copy_from_slice(from);
        }
        let spacings = random.spacings_ns.iter_mut().zip(spacings.chunks_exact(4));
        for (round, (to, from)) in spacings.enumerate() {
            let fraction = from.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            let (min_ns, max_ns) = match round % 2 {
                0 => (SPACING_MIN_NS, SPACING_MAX_NS),
                _ => (PAIR_MIN_NS, PAIR_MAX_NS),
            };
            *to = min_ns + ((fraction * (max_ns - min_ns)) >> 32);
        }
        random
    }
}

/// What only the anchor knows before the first round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Version of the anchor's own surveyed position.
    pub position_version: u32,
    /// The anchor's wall clock before the first round, Unix ms.
    pub start_ms: u64,
}

/// What the anchor allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long after its ping a pong still counts, ns. At most
    /// [`super::ROUND_DEADLINE_MAX_NS`], or agents refuse the transcript.
    pub round_deadline_ns: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            round_deadline_ns: ROUND_DEADLINE_NS,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Waiting,
    Sent {
        at_ns: u64,
    },
    Answered {
        rtt_ns: u64,
        agent_nonce: RoundNonce,
    },
    Lost,
}

/// One session on the anchor's side.
///
/// The caller's loop: `handle_timeout` when [`poll_timeout`](Self::poll_timeout) is due, then
/// [`poll_transmit`](Self::poll_transmit) until it gives nothing;
/// [`handle_datagram`](Self::handle_datagram) for what arrives, then `poll_transmit` again; until
/// [`is_finished`](Self::is_finished).
pub struct AnchorSession {
    facts: SessionFacts,
    opening: Opening,
    random: SessionRandom,
    limits: Limits,
    rounds: [Round; ROUNDS],
    next: usize,
    next_due_ns: u64,
    echoes: VecDeque<Packet>,
    ignored: u32,
}

impl AnchorSession {
    /// A session whose first ping is due one spacing after `now_ns`.
    pub fn new(
        facts: SessionFacts,
        opening: Opening,
        random: SessionRandom,
        limits: Limits,
        now_ns: u64,
    ) -> Self {
        Self {
            facts,
            opening,
            random,
            limits,
            rounds: [Round::Waiting; ROUNDS],
            next: 0,
            next_due_ns: now_ns.saturating_add(random.spacings_ns[0]),
            echoes: VecDeque::with_capacity(ROUNDS),
            ignored: 0,
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) and
    /// [`poll_transmit`](Self::poll_transmit) again, ns; `None` once all rounds are over.
    pub fn poll_timeout(&self) -> Option<u64> {
        let ping = (self.next < ROUNDS).then_some(self.next_due_ns);
        let deadlines = self.rounds.iter().filter_map(|round| match round {
            Round::Sent { at_ns } => Some(self.last_instant(*at_ns).saturating_add(1)),
            _ => None,
        });
        deadlines.chain(ping).min()
    }

    /// Gives up the rounds whose deadline has passed at `now_ns`.
    pub fn handle_timeout(&mut self, now_ns: u64) {
        let deadline_ns = self.limits.round_deadline_ns;
        for round in &mut self.rounds {
            if matches!(round, Round::Sent { at_ns } if now_ns > at_ns.saturating_add(deadline_ns))
            {
                *round = Round::Lost;
            }
        }
    }

    /// The next datagram to hand to the socket, if one is due.
    ///
    /// `now_ns` becomes the round's start: read the stopwatch right before this call, and send
    /// the bytes right after it.
    pub fn poll_transmit(&mut self, now_ns: u64) -> Option<Packet> {
        if let Some(echo) = self.echoes.pop_front() {
            return Some(echo);
        }
        if self.next >= ROUNDS || now_ns < self.next_due_ns {
            return None;
        }
        let round = self.next;
        self.rounds[round] = Round::Sent { at_ns: now_ns };
        self.next += 1;
        // From this ping, not from when it was due: a late caller must not send a burst.
        let spacing = self.random.spacings_ns.get(self.next).copied().unwrap_or(0);
        self.next_due_ns = now_ns.saturating_add(spacing);
        Some(datagram::encode(&Datagram::Ping {
            round: u8::try_from(round).expect("rounds are fewer than 256"),
            anchor_nonce: self.random.nonces[round],
        }))
    }

    /// Takes a datagram in. `now_ns` must be read after the receive returned.
    ///
    /// Counts only the first pong that carries a sent round's nonce, within its deadline;
    /// everything else is ignored and counted.
    pub fn handle_datagram(&mut self, now_ns: u64, bytes: &[u8]) {
        if self.credit(now_ns, bytes).is_none() {
            self.ignored = self.ignored.saturating_add(1);
        }
    }

    fn credit(&mut self, now_ns: u64, bytes: &[u8]) -> Option<()> {
        let Ok(Datagram::Pong {
            round,
            anchor_nonce,
            agent_nonce,
        }) = datagram::decode(bytes)
        else {
            return None;
        };
        let index = usize::from(round);
        let Round::Sent { at_ns } = self.rounds[index] else {
            return None;
        };
        if anchor_nonce != self.random.nonces[index] || now_ns > self.last_instant(at_ns) {
            return None;
        }
        // A stopwatch that ran backwards has measured nothing.
        let Some(elapsed) = now_ns.checked_sub(at_ns) else {
            self.rounds[index] = Round::Lost;
            return None;
        };
        // Zero means "lost" in the transcript, so the shortest time is one nanosecond.
        self.rounds[index] = Round::Answered {
            rtt_ns: elapsed.max(1),
            agent_nonce,
        };
        self.echoes
            .push_back(datagram::encode(&Datagram::Echo { round, agent_nonce }));
        Some(())
    }

    /// True when every round is answered or lost and nothing is left to send.
    pub fn is_finished(&self) -> bool {
        self.echoes.is_empty()
            && self
                .rounds
                .iter()
                .all(|round| matches!(round, Round::Answered { .. } | Round::Lost))
    }

    /// Datagrams that counted for nothing so far.
    pub fn ignored(&self) -> u32 {
        self.ignored
    }

    /// The transcript. `end_ms` is the anchor's wall clock now, Unix ms. Rounds that are still
    /// open count as lost.
    pub fn finish(self, end_ms: u64) -> wire::RangingTranscript {
        let rounds = self
            .rounds
            .iter()
            .zip(&self.random.nonces)
            .map(|(round, nonce)| {
                let (agent_nonce, rtt_ns) = match round {
                    Round::Answered {
                        rtt_ns,
                        agent_nonce,
                    } => (agent_nonce.to_vec(), *rtt_ns),
                    _ => (Vec::new(), 0),
                };
                wire::Round {
                    anchor_nonce: nonce.to_vec(),
                    agent_nonce,
                    rtt_ns,
                }
            });
        wire::RangingTranscript {
            exporter: self.facts.exporter.to_vec(),
            session_nonce: self.facts.session_nonce.as_bytes().to_vec(),
            anchor_key: self.facts.anchor_key.to_vec(),
            directory_version: self.facts.directory_version,
            position_version: self.opening.position_version,
            agent_key: self.facts.agent_key.to_vec(),
            transport: self.facts.transport.into(),
            start_ms: self.opening.start_ms,
            end_ms,
            rounds: rounds.collect(),
        }
    }

    /// The last instant at which a pong of a round sent at `at_ns` counts.
    fn last_instant(&self, at_ns: u64) -> u64 {
        at_ns.saturating_add(self.limits.round_deadline_ns)
    }
}
