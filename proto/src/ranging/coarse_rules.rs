//! What a coarse account can tell and what neither end can be made to sign.
#![allow(clippy::unwrap_used)]

use super::coarse::{self, AgentSide, MINUTE_MS};
use super::receipt::{AccountError, ReceiptError};
use super::*;
use crate::codec;
use crate::sign::{Domain, OpenError, SigningKey, sha256};
use proptest::prelude::*;

const LIMIT: u64 = 8_000_000;

fn transcript(agent: &SigningKey, start_ms: u64, times: &[u64]) -> wire::RangingTranscript {
    wire::RangingTranscript {
        exporter: vec![1; 32],
        session_nonce: vec![2; 60],
        anchor_key: anchor().public().to_vec(),
        directory_version: 4,
        position_version: 6,
        agent_key: agent.public().to_vec(),
        transport: wire::Transport::QuicDatagram.into(),
        start_ms,
        end_ms: start_ms + 250,
        rounds: (1u8..)
            .zip(times)
            .map(|(round, &rtt_ns)| wire::Round {
                anchor_nonce: vec![round; 8],
                agent_nonce: vec![0x40 + round; if rtt_ns == 0 { 0 } else { 8 }],
                rtt_ns,
            })
            .collect(),
    }
}

fn agent() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn anchor() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn side(min_rtt_ns: Option<u64>) -> AgentSide {
    AgentSide {
        min_rtt_ns,
        ..AgentSide::default()
    }
}

fn account_of(
    transcript: &wire::RangingTranscript,
    min_rtt_ns: Option<u64>,
) -> wire::CoarseAccount {
    coarse::account(&codec::encode(transcript), LIMIT, side(min_rtt_ns)).unwrap()
}

fn sign(account: &wire::CoarseAccount) -> wire::Signed {
    agent().sign(Domain::CoarseAccount, codec::encode(account))
}

/// Sixteen times, each lost or up to three limits long.
fn times() -> impl Strategy<Value = Vec<u64>> {
    let one = prop_oneof![1 => Just(0), 4 => 1..=3 * LIMIT];
    proptest::collection::vec(one, ROUNDS)
}

fn met(times: &[u64]) -> bool {
    times.iter().any(|ns| (1..=LIMIT).contains(ns))
}

proptest! {
    #[test]
    fn two_sessions_of_one_minute_differ_in_nothing_but_whether_the_limit_was_met(
        (a, b) in (times(), times()), minute in 0..40_000_000u64,
        (early, late) in (0..MINUTE_MS, 0..MINUTE_MS),
    ) {
        let a_transcript = transcript(&agent(), minute * MINUTE_MS + early, &a);
        let mut b_transcript = transcript(&agent(), minute * MINUTE_MS + late, &b);
        b_transcript.end_ms += 300;
        b_transcript.exporter = vec![9; 32];
        let (account_a, mut account_b) =
            (account_of(&a_transcript, Some(1)), account_of(&b_transcript, Some(2)));
        prop_assert_eq!(account_a.limit_ns, if met(&a) { LIMIT } else { 0 });
        prop_assert_eq!(&account_b.transcript_hash, &sha256(&codec::encode(&b_transcript)).0);
        account_b.transcript_hash.clone_from(&account_a.transcript_hash);
        prop_assert_eq!(met(&a) == met(&b), account_a == account_b);
    }

    #[test]
    fn the_anchor_signs_what_its_own_stopwatch_says_and_nothing_else(
        times in times(), claimed in prop_oneof![Just(0), Just(LIMIT), 1..=3 * LIMIT],
        agrees: bool, start_ms in 0..1u64 << 50,
    ) {
        let transcript = transcript(&agent(), start_ms, &times);
        let bytes = codec::encode(&transcript);
        let truth = account_of(&transcript, None);
        let mut said = truth.clone();
        said.limit_ns = claimed;
        said.agent_agrees = agrees;
        let checked = coarse::check_account(&sign(&said), &agent().public(), &bytes, LIMIT);
        let right = claimed == truth.limit_ns && (claimed != 0 || !agrees);
        prop_assert_eq!(checked.is_ok(), right, "{:?} {}", times, claimed);
        if let Ok(inside) = checked {
            let (anchor, signed) = (anchor(), sign(&said));
            let receipt = coarse::sign_receipt(&anchor, &signed, &inside);
            let inside = coarse::check_receipt(&receipt, &anchor.public(), &signed).unwrap();
            let shortest = times.iter().copied().filter(|ns| *ns != 0).min();
            prop_assert!(inside.limit_ns == 0 || shortest.unwrap() <= inside.limit_ns);
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = coarse::account(&bytes, LIMIT, AgentSide::default());
        let signed = agent().sign(Domain::CoarseAccount, bytes.clone());
        prop_assert!(coarse::check_account(&signed, &agent().public(), &bytes, LIMIT).is_err());
    }
}

#[test]
fn every_other_field_is_the_transcripts() {
    let transcript = transcript(&agent(), 1_800_000_012_345, &[5; ROUNDS]);
    let bytes = codec::encode(&transcript);
    let good = account_of(&transcript, Some(7));
    assert!(coarse::check_account(&sign(&good), &agent().public(), &bytes, LIMIT).is_ok());
    let changes: [fn(&mut wire::CoarseAccount); 8] = [
        |a| a.transcript_hash[0] ^= 1,
        |a| a.session_nonce[0] ^= 1,
        |a| a.anchor_key[0] ^= 1,
        |a| a.directory_version += 1,
        |a| a.position_version += 1,
        |a| a.agent_key[0] ^= 1,
        |a| a.transport = wire::Transport::TlsTcp.into(),
        |a| a.start_minute -= 1,
    ];
    for change in changes {
        let mut bad = good.clone();
        change(&mut bad);
        let checked = coarse::check_account(&sign(&bad), &agent().public(), &bytes, LIMIT);
        assert_eq!(checked, Err(AccountError::Transcript));
    }
    let checked = coarse::check_account(&sign(&good), &anchor().public(), &bytes, LIMIT);
    assert!(matches!(
        checked,
        Err(AccountError::Open(OpenError::Signature { .. }))
    ));
    let other_limit = coarse::check_account(&sign(&good), &agent().public(), &bytes, LIMIT + 1);
    assert_eq!(other_limit, Err(AccountError::Transcript));
}

#[test]
fn a_changed_receipt_or_one_of_another_kind_is_refused() {
    let account = account_of(&transcript(&agent(), 0, &[5; ROUNDS]), Some(7));
    let (anchor, signed) = (anchor(), sign(&account));
    let receipt = coarse::sign_receipt(&anchor, &signed, &account);
    let inside = coarse::check_receipt(&receipt, &anchor.public(), &signed).unwrap();
    assert_eq!(inside.limit_ns, LIMIT);
    type Change = fn(&mut wire::CoarseReceipt);
    let changes: [(Change, &str); 3] = [
        (|r| r.account_hash[0] ^= 1, "account_hash"),
        (|r| r.anchor_key[0] ^= 1, "anchor_key"),
        (|r| r.limit_ns -= 1, "limit_ns"),
    ];
    for (change, field) in changes {
        let mut bad = inside.clone();
        change(&mut bad);
        let bytes = codec::encode(&bad);
        let resigned = anchor.sign(Domain::CoarseReceipt, bytes.clone());
        let refused = coarse::check_receipt(&resigned, &anchor.public(), &signed);
        assert_eq!(refused, Err(ReceiptError::Field { field }));
        let altered = wire::Signed {
            payload: bytes,
            ..receipt.clone()
        };
        assert!(coarse::check_receipt(&altered, &anchor.public(), &signed).is_err());
    }
    let exact = anchor.sign(Domain::RangingReceipt, receipt.payload.clone());
    assert!(coarse::check_receipt(&exact, &anchor.public(), &signed).is_err());
    assert!(receipt::check_receipt(&receipt, &anchor.public(), &signed).is_err());
}

#[test]
fn the_agents_own_time_supports_a_limit_within_a_tenth_and_a_millisecond() {
    let transcript = transcript(&agent(), 0, &[5; ROUNDS]);
    let agrees = |ns| account_of(&transcript, ns).agent_agrees;
    assert!(agrees(Some(1)) && agrees(Some(LIMIT / 10 * 11 + 1_000_000)));
    assert!(!agrees(Some(LIMIT / 10 * 11 + 1_000_001)) && !agrees(None));
}

#[test]
fn a_limit_is_at_most_the_longest_round() {
    assert_eq!(coarse::limit(0), Ok(None));
    assert_eq!(coarse::limit(1), Ok(Some(1)));
    assert_eq!(
        coarse::limit(ROUND_DEADLINE_MAX_NS),
        Ok(Some(ROUND_DEADLINE_MAX_NS))
    );
    assert!(coarse::limit(ROUND_DEADLINE_MAX_NS + 1).is_err());
    assert!(coarse::limit(u64::MAX).is_err());
}
