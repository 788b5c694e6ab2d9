//! The slow phase: the agent's signed account and the anchor's receipt for it.

use super::ROUNDS;
use crate::codec::{self, CodecError};
use crate::frame::{MAX_TO_AGENT, MAX_TO_ANCHOR};
use crate::sign::{self, Domain, OpenError, SigningKey};
use crate::types::{Digest, Key};
use crate::wire;

/// Why an anchor gives no receipt for an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// Not signed by the connection's key, or not an account.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The bytes inside are not those that the anchor sent.
    #[error("the signed transcript is not the one that was sent")]
    Transcript,
    /// Not one time for each round.
    #[error("{actual} agent times where {ROUNDS} are required")]
    Times {
        /// Times given.
        actual: usize,
    },
}

/// Why an agent drops an anchor's receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not signed by the anchor, or not a receipt.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The account does not hold a transcript.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A field is not that of the account that the receipt should be for.
    #[error("receipt field `{field}` is not that of the transcript")]
    Field {
        /// The field's name in the schema.
        field: &'static str,
    },
}

/// The anchor's check of an account: signed by `agent`, about exactly the `transcript` sent.
///
/// # Errors
/// [`AccountError`] naming what is wrong.
pub fn check_account(
    account: &wire::Signed,
    agent: &Key,
    transcript: &[u8],
) -> Result<wire::AgentTranscript, AccountError> {
    let inside: wire::AgentTranscript =
        sign::open(Domain::AgentTranscript, agent, account, MAX_TO_ANCHOR)?;
    if inside.transcript != transcript {
        return Err(AccountError::Transcript);
    }
    if inside.agent_rtt_ns.len() != ROUNDS {
        return Err(AccountError::Times {
            actual: inside.agent_rtt_ns.len(),
        });
    }
    Ok(inside)
}

/// The hash by which a receipt names an account: SHA-256 over the encoded [`wire::Signed`].
pub fn account_hash(account: &wire::Signed) -> Digest {
    sign::sha256(&codec::encode(account))
}

/// The shortest time of the rounds that were not lost, ns.
pub fn min_rtt_ns(transcript: &wire::RangingTranscript) -> Option<u64> {
    let times = transcript.rounds.iter().map(|round| round.rtt_ns);
    times.filter(|rtt_ns| *rtt_ns != 0).min()
}

/// Whether the agent's own shortest time, ns, supports what the anchor says: it is at most 1 ms +
/// 10 % above it.
///
/// An anchor that shortens is disagreed with, so that it cannot accuse. A host that states longer
/// times only takes from what can be said about it.
pub fn agent_agrees(anchor_ns: u64, agent_ns: Option<u64>) -> bool {
    agent_ns.is_some_and(|agent| u128::from(agent) * 10 <= u128::from(anchor_ns) * 11 + 10_000_000)
}

/// The anchor's receipt for an account that passed [`check_account`]. Its `min_rtt_ns` is 0 when
/// every round was lost.
pub fn sign_receipt(
    anchor: &SigningKey,
    account: &wire::Signed,
    transcript: &wire::RangingTranscript,
) -> wire::Signed {
    let receipt = wire::RangingReceipt {
        transcript_hash: account_hash(account).to_vec(),
        anchor_key: anchor.public().to_vec(),
        min_rtt_ns: min_rtt_ns(transcript).unwrap_or(0),
    };
    anchor.sign(Domain::RangingReceipt, codec::encode(&receipt))
}

/// The agent's check of a receipt: signed by `anchor`, for exactly this `account`, with the
/// shortest time of the transcript in it.
///
/// # Errors
/// [`ReceiptError`] naming what is wrong.
pub fn check_receipt(
    receipt: &wire::Signed,
    anchor: &Key,
    account: &wire::Signed,
) -> Result<wire::RangingReceipt, ReceiptError> {
    let inside: wire::RangingReceipt =
        sign::open(Domain::RangingReceipt, anchor, receipt, MAX_TO_AGENT)?;
    let account_inside: wire::AgentTranscript = codec::decode(&account.payload, MAX_TO_ANCHOR)?;
    let transcript: wire::RangingTranscript =
        codec::decode(&account_inside.transcript, MAX_TO_AGENT)?;
    let expect = |field, same: bool| match same {
        true => Ok(()),
        false => Err(ReceiptError::Field { field }),
    };
    expect(
        "transcript_hash",
        inside.transcript_hash == account_hash(account).0,
    )?;
    expect("anchor_key", inside.anchor_key == anchor.0)?;
    expect(
        "min_rtt_ns",
        inside.min_rtt_ns == min_rtt_ns(&transcript).unwrap_or(0),
    )?;
    Ok(inside)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn transcript(times: &[u64]) -> wire::RangingTranscript {
        wire::RangingTranscript {
            rounds: times
                .iter()
                .map(|&rtt_ns| wire::Round {
                    rtt_ns,
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        }
    }

    fn account(
        agent: &SigningKey,
        transcript: &wire::RangingTranscript,
        times: usize,
    ) -> wire::Signed {
        let account = wire::AgentTranscript {
            transcript: codec::encode(transcript),
            agent_rtt_ns: vec![5; times],
            newest_head: None,
            proxied: false,
        };
        agent.sign(Domain::AgentTranscript, codec::encode(&account))
    }

    #[test]
    fn only_the_agents_own_account_of_the_bytes_sent_passes() {
        let (agent, other) = (
            SigningKey::from_seed(&[1; 32]),
            SigningKey::from_seed(&[2; 32]),
        );
        let sent = transcript(&[9; ROUNDS]);
        let bytes = codec::encode(&sent);
        let good = account(&agent, &sent, ROUNDS);
        assert!(check_account(&good, &agent.public(), &bytes).is_ok());
        assert!(matches!(
            check_account(&good, &other.public(), &bytes),
            Err(AccountError::Open(OpenError::Signature { .. }))
        ));
        let shortened = account(&agent, &transcript(&[8; ROUNDS]), ROUNDS);
        assert_eq!(
            check_account(&shortened, &agent.public(), &bytes),
            Err(AccountError::Transcript)
        );
        assert_eq!(
            check_account(&account(&agent, &sent, 15), &agent.public(), &bytes),
            Err(AccountError::Times { actual: 15 })
        );
    }

    #[test]
    fn a_receipt_is_for_one_account_of_one_anchor() {
        let [agent, anchor, other] = [1, 2, 3].map(|seed| SigningKey::from_seed(&[seed; 32]));
        let sent = transcript(&[0, 7, 5, 0, 9]);
        let account_a = account(&agent, &sent, ROUNDS);
        let account_b = account(&other, &sent, ROUNDS);
        let receipt = sign_receipt(&anchor, &account_a, &sent);
        let inside = check_receipt(&receipt, &anchor.public(), &account_a).unwrap();
        assert_eq!(inside.min_rtt_ns, 5);
        assert!(matches!(
            check_receipt(&receipt, &anchor.public(), &account_b),
            Err(ReceiptError::Field {
                field: "transcript_hash"
            })
        ));
        assert!(check_receipt(&receipt, &other.public(), &account_a).is_err());
        for change in 0..3 {
            let mut bad = inside.clone();
            match change {
                0 => bad.transcript_hash[0] ^= 1,
                1 => bad.anchor_key = other.public().to_vec(),
                _ => bad.min_rtt_ns -= 1,
            }
            let bad = anchor.sign(Domain::RangingReceipt, codec::encode(&bad));
            assert!(check_receipt(&bad, &anchor.public(), &account_a).is_err());
        }
    }

    #[test]
    fn all_rounds_lost_is_a_receipt_of_zero() {
        let [agent, anchor] = [1, 2].map(|seed| SigningKey::from_seed(&[seed; 32]));
        let sent = transcript(&[0; ROUNDS]);
        let account = account(&agent, &sent, ROUNDS);
        let receipt = sign_receipt(&anchor, &account, &sent);
        let inside = check_receipt(&receipt, &anchor.public(), &account).unwrap();
        assert_eq!(inside.min_rtt_ns, 0);
    }
}
