//! Both machines against each other in a simulated clock over a network that loses, delays,
//! reorders, repeats and corrupts.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use super::datagram::{Datagram, decode};
use super::*;
use crate::codec;
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub(super) fn facts() -> SessionFacts {
    SessionFacts {
        exporter: [1; 32],
        session_nonce: SessionNonce::read(&[2; 60]).unwrap(),
        anchor_key: Key([3; 32]),
        directory_version: 4,
        agent_key: Key([5; 32]),
        transport: wire::Transport::QuicDatagram,
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, n: u64) -> bool {
        n != 0 && self.below(n) == 0
    }
}

#[derive(Clone, Copy, Default)]
struct Network {
    one_way_ns: u64,
    jitter_ns: u64,
    /// One in this many; 0 for never.
    lose: u64,
    repeat: u64,
    corrupt: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Anchor,
    Agent,
}

/// Arrival time, a number that keeps equal times in order, the receiver, the bytes.
type Arrival = (u64, u64, End, Vec<u8>);

struct World {
    random: Random,
    network: Network,
    in_flight: BinaryHeap<Reverse<Arrival>>,
    sent: u64,
    pongs: usize,
}

impl World {
    fn send(&mut self, now: u64, to: End, bytes: &[u8]) {
        let copies = 1 + u64::from(self.random.one_in(self.network.repeat));
        for _ in 0..copies {
            if self.random.one_in(self.network.lose) {
                continue;
            }
            let mut bytes = bytes.to_vec();
            if self.random.one_in(self.network.corrupt) {
                let bit = self.random.below(8 * bytes.len() as u64) as usize;
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            let jitter = self.random.below(self.network.jitter_ns + 1);
            let at = now + self.network.one_way_ns + jitter;
            self.sent += 1;
            self.in_flight.push(Reverse((at, self.sent, to, bytes)));
        }
    }
}

/// What came of a run: both ends, and for each round the true time from the ping's leaving to
/// the first right pong's arrival.
struct Outcome {
    transcript: wire::RangingTranscript,
    agent: AgentSession,
    true_ns: [Option<u64>; ROUNDS],
    pongs: usize,
    ended_ns: u64,
}

fn run(seed: u64, network: Network) -> Outcome {
    let mut world = World {
        random: Random(seed),
        network,
        in_flight: BinaryHeap::new(),
        sent: 0,
        pongs: 0,
    };
    let mut bytes = [0; anchor::RANDOM_BYTES];
    bytes.fill_with(|| world.random.next() as u8);
    let random = SessionRandom::from_bytes(&bytes);
    let agent_nonces = [(); ROUNDS].map(|()| world.random.next().to_be_bytes());
    let opening = Opening {
        position_version: 6,
        start_ms: 1_000,
    };
    let mut now = 1_000_000;
    let mut anchor = AnchorSession::new(facts(), opening, random, Limits::default(), now);
    let mut agent = AgentSession::new(facts(), agent_nonces);
    let mut left = [0; ROUNDS];
    let mut true_ns = [None; ROUNDS];
    while !anchor.is_finished() {
        anchor.handle_timeout(now);
        // The stamp is up to 50 us older than the moment at which the bytes leave.
        let lag = world.random.below(50_000);
        while let Some(packet) = anchor.poll_transmit(now) {
            if let Ok(Datagram::Ping { round, .. }) = decode(&packet) {
                left[usize::from(round)] = now + lag;
            }
            world.send(now + lag, End::Agent, &packet);
        }
        let arrival = world.in_flight.peek().map(|Reverse(next)| next.0);
        let Some(next) = arrival.into_iter().chain(anchor.poll_timeout()).min() else {
            break;
        };
        now = now.max(next);
        if arrival != Some(next) {
            continue;
        }
        let Reverse((at, _, to, bytes)) = world.in_flight.pop().unwrap();
        // And up to 50 us younger than the arrival.
        let stamp = at + world.random.below(50_000);
        now = now.max(stamp);
        match to {
            End::Agent => {
                if let Some(pong) = agent.handle_datagram(now, &bytes) {
                    world.pongs += 1;
                    world.send(now, End::Anchor, &pong);
                }
            }
            End::Anchor => {
                if let Ok(Datagram::Pong {
                    round,
                    anchor_nonce,
                    ..
                }) = decode(&bytes)
                    && anchor_nonce == random.nonces[usize::from(round)]
                {
                    let slot = &mut true_ns[usize::from(round)];
                    *slot = slot.or(Some(at - left[usize::from(round)]));
                }
                anchor.handle_datagram(now, &bytes);
            }
        }
    }
    while let Some(Reverse((at, _, to, bytes))) = world.in_flight.pop() {
        if to == End::Agent {
            agent.handle_datagram(at, &bytes);
        }
    }
    Outcome {
        transcript: anchor.finish(2_000),
        agent,
        true_ns,
        pongs: world.pongs,
        ended_ns: now,
    }
}

proptest! {
    #[test]
    fn no_round_is_ever_measured_short(
        seed: u64,
        one_way_ns in 0u64..200_000_000,
        jitter_ns in 0u64..100_000_000,
        lose in 0u64..5,
        repeat in 0u64..4,
        corrupt in 0u64..4,
    ) {
        let outcome = run(seed, Network { one_way_ns, jitter_ns, lose, repeat, corrupt });
        prop_assert_eq!(outcome.transcript.rounds.len(), ROUNDS);
        for (round, truth) in outcome.transcript.rounds.iter().zip(outcome.true_ns) {
            if round.rtt_ns != 0 {
                prop_assert!(round.rtt_ns >= 2 * one_way_ns);
                prop_assert!(truth.is_some_and(|truth| round.rtt_ns >= truth));
            }
        }
        prop_assert!(outcome.pongs <= ROUNDS);
        for rtt_ns in outcome.agent.agent_rtts() {
            prop_assert!(rtt_ns == 0 || rtt_ns >= 2 * one_way_ns);
        }
        let longest = ROUNDS as u64 * (SPACING_MAX_NS + 100_000) + ROUND_DEADLINE_NS;
        prop_assert!(outcome.ended_ns < longest + 400_000_000);
    }

    #[test]
    fn whatever_the_network_loses_the_transcript_agrees(
        seed: u64,
        jitter_ns in 0u64..100_000_000,
        lose in 0u64..5,
        repeat in 0u64..4,
    ) {
        let network = Network { one_way_ns: 5_000_000, jitter_ns, lose, repeat, corrupt: 0 };
        let outcome = run(seed, network);
        let bytes = codec::encode(&outcome.transcript);
        prop_assert_eq!(outcome.agent.compare(&bytes), Ok(()));
        let account = outcome.agent.account(bytes.clone(), None);
        prop_assert_eq!(account.transcript, bytes);
        prop_assert_eq!(account.agent_rtt_ns.len(), ROUNDS);
    }

    #[test]
    fn any_bytes_leave_both_machines_standing(
        inputs in proptest::collection::vec(
            (any::<u32>(), proptest::collection::vec(any::<u8>(), 0..24)), 0..64),
        transcript in proptest::collection::vec(any::<u8>(), 0..256),
    ) {
        let random = SessionRandom::from_bytes(&[7; anchor::RANDOM_BYTES]);
        let opening = Opening { position_version: 1, start_ms: 0 };
        let mut anchor = AnchorSession::new(facts(), opening, random, Limits::default(), 0);
        let mut agent = AgentSession::new(facts(), [[9; 8]; ROUNDS]);
        let mut pongs = 0;
        for (now, bytes) in &inputs {
            let now = u64::from(*now);
            anchor.handle_timeout(now);
            let _ = anchor.poll_transmit(now);
            anchor.handle_datagram(now, bytes);
            pongs += usize::from(agent.handle_datagram(now, bytes).is_some());
        }
        prop_assert!(pongs <= ROUNDS);
        prop_assert!(agent.compare(&transcript).is_err());
        prop_assert_eq!(anchor.ignored() as usize, inputs.len());
        prop_assert!(anchor.finish(1).rounds.iter().all(|round| round.rtt_ns == 0));
    }

    #[test]
    fn spacings_stay_in_their_range(bytes: [[u8; 12]; ROUNDS]) {
        let random = SessionRandom::from_bytes(bytes.as_flattened().try_into().unwrap());
        for pair in random.spacings_ns.chunks_exact(2) {
            prop_assert!((SPACING_MIN_NS..SPACING_MAX_NS).contains(&pair[0]));
            prop_assert!((PAIR_MIN_NS..PAIR_MAX_NS).contains(&pair[1]));
        }
    }
}

#[test]
fn exact_without_lag_and_short_at_300_ms() {
    let network = Network {
        one_way_ns: 150_000_000,
        ..Network::default()
    };
    let outcome = run(1, network);
    assert!(outcome.true_ns.iter().all(Option::is_some));
    assert!(outcome.ended_ns < 700_000_000, "rounds overlap");
}

#[test]
fn every_changed_field_is_refused() {
    type Change = (&'static str, fn(&mut wire::RangingTranscript));
    let changes: [Change; 17] = [
        ("exporter", |t| t.exporter[0] ^= 1),
        ("session_nonce", |t| t.session_nonce[0] ^= 1),
        ("session_nonce", |t| t.session_nonce.truncate(32)),
        ("anchor_key", |t| t.anchor_key[31] ^= 1),
        ("directory_version", |t| t.directory_version += 1),
        ("agent_key", |t| t.agent_key[0] ^= 1),
        ("transport", |t| {
            t.transport = wire::Transport::TlsTcp.into();
        }),
        ("transport", |t| t.transport = 77),
        ("end_ms", |t| t.end_ms = t.start_ms - 1),
        ("end_ms", |t| t.end_ms += 60_000),
        ("rounds", |t| t.rounds.truncate(15)),
        ("rounds", |t| t.rounds.push(t.rounds[0].clone())),
        ("rounds[7].anchor_nonce", |t| {
            t.rounds[7].anchor_nonce[0] ^= 1;
        }),
        ("rounds[7].anchor_nonce", |t| {
            t.rounds[7].anchor_nonce.push(0);
        }),
        ("rounds[7].agent_nonce", |t| t.rounds[7].agent_nonce[0] ^= 1),
        ("rounds[7].rtt_ns", |t| t.rounds[7].rtt_ns = 0),
        ("rounds[7].rtt_ns", |t| {
            t.rounds[7].rtt_ns = ROUND_DEADLINE_MAX_NS + 1;
        }),
    ];
    let outcome = run(
        3,
        Network {
            one_way_ns: 1_000_000,
            ..Network::default()
        },
    );
    assert_eq!(
        outcome.agent.compare(&codec::encode(&outcome.transcript)),
        Ok(())
    );
    for (field, change) in changes {
        let mut changed = outcome.transcript.clone();
        change(&mut changed);
        let error = outcome.agent.compare(&codec::encode(&changed)).unwrap_err();
        assert!(
            error.to_string().contains(&format!("`{field}`")),
            "{field}: {error}"
        );
    }
}

#[test]
fn a_round_that_was_echoed_cannot_be_called_lost_nor_one_unanswered_be_credited() {
    let outcome = run(
        3,
        Network {
            one_way_ns: 1_000_000,
            ..Network::default()
        },
    );
    let mut lost = outcome.transcript.clone();
    lost.rounds[2].agent_nonce.clear();
    lost.rounds[2].rtt_ns = 0;
    let error = outcome.agent.compare(&codec::encode(&lost)).unwrap_err();
    assert!(error.to_string().contains("called lost"), "{error}");
    let silent = AgentSession::new(facts(), [[9; 8]; ROUNDS]);
    let error = silent
        .compare(&codec::encode(&outcome.transcript))
        .unwrap_err();
    assert!(error.to_string().contains("never answered"), "{error}");
}
