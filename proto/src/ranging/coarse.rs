//! The slow phase of a coarse session: no round trip is signed, only that the shortest is within a
//! limit that the agent named in its hello.
//!
//! Rounding a round trip up is sound: a longer one bounds less. So a limit that was met is a cap
//! like any other, and one that was not met says nothing at all.
//!
//! The rounds and the transcript are those of every session; the agent compares the transcript as
//! always. Both ends then make the same [`wire::CoarseAccount`] out of it, the agent signs that
//! instead of the transcript, and the anchor signs that it is so. Only the anchor's stopwatch
//! decides whether the limit is met.
//!
//! Times are whole minutes, and how long a session took is not told: over many sessions its mean
//! would be the round trip.
//!
//! Start reading at [`account`].

use super::receipt::{AccountError, ReceiptError, account_hash, agent_agrees, min_rtt_ns};
use super::{ROUND_DEADLINE_MAX_NS, SESSION_MAX_MS};
use crate::codec::{self, CodecError};
use crate::frame::{MAX_TO_AGENT, MAX_TO_ANCHOR};
use crate::sign::{self, Domain, SigningKey};
use crate::types::Key;
use crate::wire;

/// Milliseconds in the unit of [`wire::CoarseAccount`]'s time.
pub const MINUTE_MS: u64 = 60_000;

/// From the start of the minute in which a session began until it is over at the latest, ms.
pub const SPAN_MS: u64 = 2 * MINUTE_MS;

const _: () = assert!(MINUTE_MS + SESSION_MAX_MS <= SPAN_MS);

/// Reads `limit_ns` of a hello: `None` asks for an exact session.
///
/// # Errors
/// [`CodecError::Field`] when it is longer than any round may take.
pub fn limit(limit_ns: u64) -> Result<Option<u64>, CodecError> {
    match limit_ns {
        0 => Ok(None),
        1..=ROUND_DEADLINE_MAX_NS => Ok(Some(limit_ns)),
        _ => Err(CodecError::field(
            "limit_ns",
            format!("{limit_ns} where at most {ROUND_DEADLINE_MAX_NS} is allowed"),
        )),
    }
}

/// What the agent says of the session beside what the transcript holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AgentSide {
    /// The agent's own shortest time, ns; `None` when no echo came.
    pub min_rtt_ns: Option<u64>,
    /// The newest log head that a collector has shown it.
    pub newest_head: Option<wire::LogHead>,
    /// The rounds went through a proxy of the host's configuration.
    pub proxied: bool,
}

/// The account of a session with `limit_ns`, out of the anchor's encoded transcript. The agent must
/// have compared the transcript before it signs this, in domain `coarse-account`.
///
/// # Errors
/// [`CodecError`] when the bytes are no transcript.
pub fn account(
    transcript: &[u8],
    limit_ns: u64,
    agent: AgentSide,
) -> Result<wire::CoarseAccount, CodecError> {
    let decoded: wire::RangingTranscript = codec::decode(transcript, MAX_TO_AGENT)?;
    let met = min_rtt_ns(&decoded).is_some_and(|rtt_ns| rtt_ns <= limit_ns);
    Ok(wire::CoarseAccount {
        transcript_hash: sign::sha256(transcript).to_vec(),
        session_nonce: decoded.session_nonce,
        anchor_key: decoded.anchor_key,
        directory_version: decoded.directory_version,
        position_version: decoded.position_version,
        agent_key: decoded.agent_key,
        transport: decoded.transport,
        start_minute: decoded.start_ms / MINUTE_MS,
        limit_ns: if met { limit_ns } else { 0 },
        agent_agrees: met && agent_agrees(limit_ns, agent.min_rtt_ns),
        newest_head: agent.newest_head,
        proxied: agent.proxied,
    })
}

/// The anchor's check of an account: signed by `agent`, and what this end makes of the `transcript`
/// that it sent and the `limit_ns` that it was told before the rounds.
///
/// # Errors
/// [`AccountError`] naming what is wrong.
pub fn check_account(
    signed: &wire::Signed,
    agent: &Key,
    transcript: &[u8],
    limit_ns: u64,
) -> Result<wire::CoarseAccount, AccountError> {
    let inside: wire::CoarseAccount =
        sign::open(Domain::CoarseAccount, agent, signed, MAX_TO_ANCHOR)?;
    let theirs = AgentSide {
        min_rtt_ns: None,
        newest_head: inside.newest_head.clone(),
        proxied: inside.proxied,
    };
    let mut expected =
        account(transcript, limit_ns, theirs).map_err(|_| AccountError::Transcript)?;
    // The agent's own time is the agent's own word, where there is a limit to agree with.
    expected.agent_agrees = inside.agent_agrees && expected.limit_ns != 0;
    match inside == expected {
        true => Ok(inside),
        false => Err(AccountError::Transcript),
    }
}

/// The anchor's receipt for an account that passed [`check_account`].
pub fn sign_receipt(
    anchor: &SigningKey,
    signed: &wire::Signed,
    account: &wire::CoarseAccount,
) -> wire::Signed {
    let receipt = wire::CoarseReceipt {
        account_hash: account_hash(signed).to_vec(),
        anchor_key: anchor.public().to_vec(),
        limit_ns: account.limit_ns,
    };
    anchor.sign(Domain::CoarseReceipt, codec::encode(&receipt))
}

/// The agent's check of a receipt: signed by `anchor`, for exactly this signed account and its
/// limit.
///
/// # Errors
/// [`ReceiptError`] naming what is wrong.
pub fn check_receipt(
    receipt: &wire::Signed,
    anchor: &Key,
    signed: &wire::Signed,
) -> Result<wire::CoarseReceipt, ReceiptError> {
    let inside: wire::CoarseReceipt =
        sign::open(Domain::CoarseReceipt, anchor, receipt, MAX_TO_AGENT)?;
    let account: wire::CoarseAccount = codec::decode(&signed.payload, MAX_TO_ANCHOR)?;
    let expect = |field, same: bool| match same {
        true => Ok(()),
        false => Err(ReceiptError::Field { field }),
    };
    expect(
        "account_hash",
        inside.account_hash == account_hash(signed).0,
    )?;
    expect("anchor_key", inside.anchor_key == anchor.0)?;
    expect("limit_ns", inside.limit_ns == account.limit_ns)?;
    Ok(inside)
}
