//! One machine alone: which pongs count, and that the agent says little.

use super::datagram::{Datagram, encode};
use super::simulation::facts;
use super::*;

fn pong(round: u8, anchor_nonce: [u8; 8]) -> datagram::Packet {
    let agent_nonce = [9; 8];
    encode(&Datagram::Pong {
        round,
        anchor_nonce,
        agent_nonce,
    })
}

/// A session with the first ping out at 20 ms.
fn one_ping_out() -> (AnchorSession, SessionRandom) {
    let random = SessionRandom::from_bytes(&[0x5a; anchor::RANDOM_BYTES]);
    let opening = Opening {
        position_version: 1,
        start_ms: 0,
    };
    let mut session = AnchorSession::new(facts(), opening, random, Limits::default(), 0);
    assert!(
        session.poll_transmit(SPACING_MIN_NS - 1).is_none(),
        "spacing is kept"
    );
    assert!(session.poll_transmit(20_000_000).is_some());
    (session, random)
}

#[test]
fn a_pong_before_its_ping_counts_for_nothing_even_with_the_right_nonce() {
    let (mut session, random) = one_ping_out();
    session.handle_datagram(20_000_001, &pong(1, random.nonces[1]));
    assert_eq!(session.ignored(), 1);
    assert_eq!(session.finish(1).rounds[1].rtt_ns, 0);
}

#[test]
fn only_the_first_right_pong_counts() {
    let (mut session, random) = one_ping_out();
    session.handle_datagram(20_000_100, &pong(0, [0; 8]));
    session.handle_datagram(20_000_500, &pong(0, random.nonces[0]));
    session.handle_datagram(20_000_900, &pong(0, random.nonces[0]));
    assert_eq!(session.ignored(), 2);
    assert!(session.poll_transmit(20_000_900).is_some(), "one echo");
    assert!(session.poll_transmit(20_000_900).is_none(), "one echo");
    assert_eq!(session.finish(1).rounds[0].rtt_ns, 500);
}

#[test]
fn a_late_pong_is_lost_and_a_stopwatch_that_runs_back_measures_nothing() {
    let (mut session, random) = one_ping_out();
    session.handle_datagram(20_000_001 + ROUND_DEADLINE_NS, &pong(0, random.nonces[0]));
    assert_eq!(session.finish(1).rounds[0].rtt_ns, 0);
    let (mut session, random) = one_ping_out();
    session.handle_datagram(19_000_000, &pong(0, random.nonces[0]));
    session.handle_datagram(20_000_001, &pong(0, random.nonces[0]));
    assert!(
        session.poll_transmit(20_000_002).is_none(),
        "no echo for a lost round"
    );
    assert_eq!(session.finish(1).rounds[0].rtt_ns, 0);
}

#[test]
fn a_time_of_zero_is_written_as_one() {
    let (mut session, random) = one_ping_out();
    session.handle_datagram(20_000_000, &pong(0, random.nonces[0]));
    assert_eq!(session.finish(1).rounds[0].rtt_ns, 1);
}

#[test]
fn the_agent_answers_a_round_once() {
    let mut agent = AgentSession::new(facts(), [[9; 8]; ROUNDS]);
    let mut answers = 0;
    for nonce in 0..200u8 {
        for round in 0..16 {
            let ping = Datagram::Ping {
                round,
                anchor_nonce: [nonce; 8],
            };
            answers += usize::from(agent.handle_datagram(1, &encode(&ping)).is_some());
        }
    }
    assert_eq!(answers, ROUNDS);
    let echo = Datagram::Echo {
        round: 0,
        agent_nonce: [8; 8],
    };
    assert!(agent.handle_datagram(5, &encode(&echo)).is_none());
    assert_eq!(
        agent.agent_rtts()[0],
        0,
        "an echo of another nonce is no echo"
    );
}
