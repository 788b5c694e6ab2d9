//! What one session costs beside the network: the state machines, the comparison, the signatures.
#![allow(missing_docs, clippy::unwrap_used)]

use divan::{Bencher, black_box};
use domicile_proto::codec;
use domicile_proto::ranging::{
    AgentSession, AnchorSession, Limits, Opening, ROUNDS, SessionFacts, SessionNonce,
    SessionRandom, anchor, receipt,
};
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire;

fn main() {
    divan::main();
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn facts() -> SessionFacts {
    SessionFacts {
        exporter: [1; 32],
        session_nonce: SessionNonce::read(&[2; 60]).unwrap(),
        anchor_key: key(1).public(),
        directory_version: 4,
        agent_key: key(2).public(),
        transport: wire::Transport::QuicDatagram,
    }
}

/// All rounds at 1 ms each, in a clock that is a number.
fn session(facts: &SessionFacts) -> (wire::RangingTranscript, AgentSession) {
    let random = SessionRandom::from_bytes(&[0x5a; anchor::RANDOM_BYTES]);
    let opening = Opening {
        position_version: 1,
        start_ms: 1,
    };
    let mut anchor = AnchorSession::new(facts.clone(), opening, random, Limits::default(), 0);
    let mut agent = AgentSession::new(facts.clone(), [[9; 8]; ROUNDS]);
    let mut now = 0;
    while let Some(due) = anchor.poll_timeout() {
        now = due.max(now);
        anchor.handle_timeout(now);
        let ping = anchor.poll_transmit(now).unwrap();
        let pong = agent.handle_datagram(now + 500_000, &ping).unwrap();
        now += 1_000_000;
        anchor.handle_datagram(now, &pong);
        let echo = anchor.poll_transmit(now).unwrap();
        agent.handle_datagram(now + 500_000, &echo);
    }
    (anchor.finish(400), agent)
}

#[divan::bench]
fn sixteen_rounds_both_sides(bencher: Bencher<'_, '_>) {
    let facts = facts();
    bencher.bench(|| session(black_box(&facts)).0);
}

#[divan::bench]
fn agent_compares_transcript(bencher: Bencher<'_, '_>) {
    let (transcript, agent) = session(&facts());
    let bytes = codec::encode(&transcript);
    bencher.bench(|| agent.compare(black_box(&bytes)).unwrap());
}

#[divan::bench]
fn anchor_checks_account_and_signs_receipt(bencher: Bencher<'_, '_>) {
    let (transcript, agent) = session(&facts());
    let bytes = codec::encode(&transcript);
    let account = agent.account(bytes.clone(), None);
    let account = key(2).sign(Domain::AgentTranscript, codec::encode(&account));
    let (anchor, agent_key) = (key(1), key(2).public());
    bencher.bench(|| {
        receipt::check_account(black_box(&account), &agent_key, &bytes).unwrap();
        receipt::sign_receipt(&anchor, &account, &transcript)
    });
}

#[divan::bench]
fn agent_signs_account_and_checks_receipt(bencher: Bencher<'_, '_>) {
    let (transcript, agent) = session(&facts());
    let bytes = codec::encode(&transcript);
    let (anchor, agent_key) = (key(1), key(2));
    let account = codec::encode(&agent.account(bytes, None));
    let signed = agent_key.sign(Domain::AgentTranscript, account.clone());
    let receipt = receipt::sign_receipt(&anchor, &signed, &transcript);
    bencher.bench(|| {
        let signed = agent_key.sign(Domain::AgentTranscript, account.clone());
        receipt::check_receipt(&receipt, &anchor.public(), &signed).unwrap()
    });
}
