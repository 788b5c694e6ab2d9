//! One anchor's session: authentic or not, and whose fault it is when it is not.
//!
//! The order of the checks is that of `PROTOCOL.md` section 5. Two of its steps need a word:
//!
//! - *Malformed* before authenticity means bytes that do not decode. Whether the rounds are as an
//!   anchor makes them is asked after both signatures held: until then nobody knows who wrote them.
//! - `invalid` is said only of what the host alone can have put together: an authentic receipt
//!   beside another transcript than it covers, a transcript that its key did not sign, or a signed
//!   account with another number of times than rounds. Its agent makes each of these bytes itself,
//!   and checks the anchor's before it uses them. An anchor that signs nonsense loses its vote.

use super::report::Report;
use super::{agent_agrees, coarse};
use domicile_proto::codec::{self, CodecError};
use domicile_proto::directory::{Anchor, Directory};
use domicile_proto::frame::{MAX_TO_AGENT, MAX_TO_ANCHOR};
use domicile_proto::ranging::receipt::min_rtt_ns;
use domicile_proto::ranging::{ROUND_DEADLINE_MAX_NS, ROUND_NONCE_BYTES, ROUNDS, SESSION_MAX_MS};
use domicile_proto::sign::{self, Domain, sha256};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{self, AnchorOutcome, InvalidReason, Transport};

/// What the sessions of one report are held against.
pub(super) struct Scope<'a> {
    pub(super) report: &'a Report,
    pub(super) directory: &'a Directory,
    /// Indices into the directory's anchors.
    pub(super) drawn: &'a [usize],
}

impl<'a> Scope<'a> {
    /// The anchor of a key, and its place in the directory.
    pub(super) fn anchor(&self, key: &Key) -> Option<(usize, &'a Anchor)> {
        let anchors = self.directory.anchors.iter().enumerate();
        anchors.into_iter().find(|(_, anchor)| anchor.key == *key)
    }
}

/// A session that anchor and host have both signed, made for this report.
#[derive(Debug, Clone)]
pub(super) struct Session<'a> {
    pub(super) anchor: &'a Anchor,
    /// SHA-256 of the signed account.
    pub(super) hash: Digest,
    pub(super) position_version: u32,
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) measured: Measured,
    /// Inside TLS over TCP.
    pub(super) tunnelled: bool,
    /// Through a proxy of the host's configuration.
    pub(super) proxied: bool,
}

/// What a session says about the round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measured {
    /// The shortest by each end's stopwatch, ns; `None` when every round was lost, or no echo came.
    Exact {
        anchor_min_ns: Option<u64>,
        agent_min_ns: Option<u64>,
    },
    /// Coarse: it is at most this, ns; `None` when the limit was not met. The agent says whether its
    /// own time supports it.
    Limit {
        limit_ns: Option<u64>,
        agent_agrees: bool,
    },
}

impl Measured {
    /// What the round trip is at most, ns; `None` when nothing is known.
    pub(super) fn bound_ns(self) -> Option<u64> {
        match self {
            Self::Exact { anchor_min_ns, .. } => anchor_min_ns,
            Self::Limit { limit_ns, .. } => limit_ns,
        }
    }

    /// Whether the agent's own time supports it.
    pub(super) fn agent_agrees(self) -> bool {
        match self {
            Self::Exact {
                anchor_min_ns,
                agent_min_ns,
            } => agent_agrees(anchor_min_ns.unwrap_or(0), agent_min_ns),
            Self::Limit { agent_agrees, .. } => agent_agrees,
        }
    }
}

/// What became of one ranging.
#[derive(Debug, Clone)]
pub(super) enum Examined<'a> {
    /// Goes on to the checks of window, position and duplicates.
    Authentic(Session<'a>),
    /// No vote. The key is missing when not even that could be read.
    Rejected(Option<Key>, AnchorOutcome),
    /// No vote, and the host made what fails.
    Invalid(Key, InvalidReason),
}

/// The messages inside a ranging, as far as they decode.
struct Parts {
    receipt: Result<wire::RangingReceipt, CodecError>,
    receipt_signed: Result<wire::Signed, CodecError>,
    account: Result<(wire::Signed, wire::AgentTranscript), CodecError>,
    transcript: Result<wire::RangingTranscript, CodecError>,
}

impl Parts {
    fn read(ranging: &wire::Ranging) -> Self {
        let receipt_signed: Result<wire::Signed, _> = codec::decode(&ranging.receipt, MAX_TO_AGENT);
        let receipt = receipt_signed
            .clone()
            .and_then(|signed| codec::decode(&signed.payload, MAX_TO_AGENT));
        let account = codec::decode::<wire::Signed>(&ranging.transcript, MAX_TO_ANCHOR)
            .and_then(|signed| Ok((codec::decode(&signed.payload, MAX_TO_ANCHOR)?, signed)))
            .map(|(account, signed)| (signed, account));
        let transcript = account
            .clone()
            .and_then(|(_, account): (_, wire::AgentTranscript)| {
                codec::decode(&account.transcript, MAX_TO_AGENT)
            });
        Self {
            receipt,
            receipt_signed,
            account,
            transcript,
        }
    }

    /// The anchor that the receipt names, else the one that the transcript names.
    fn anchor_key(&self) -> Option<Key> {
        let key = |bytes: &[u8]| Key::read("anchor_key", bytes).ok();
        let receipt = self
            .receipt
            .as_ref()
            .ok()
            .and_then(|receipt| key(&receipt.anchor_key));
        receipt.or_else(|| key(&self.transcript.as_ref().ok()?.anchor_key))
    }
}

/// Takes one ranging as far as its own bytes carry.
pub(super) fn examine<'a>(ranging: &wire::Ranging, scope: &Scope<'a>) -> Examined<'a> {
    match ranging.coarse {
        true => coarse::examine(ranging, scope),
        false => examine_exact(ranging, scope),
    }
}

fn examine_exact<'a>(ranging: &wire::Ranging, scope: &Scope<'a>) -> Examined<'a> {
    let parts = Parts::read(ranging);
    let Some(key) = parts.anchor_key() else {
        return Examined::Rejected(None, AnchorOutcome::ReceiptInvalid);
    };
    let rejected = |outcome| Examined::Rejected(Some(key), outcome);
    let invalid = |reason| Examined::Invalid(key, reason);

    let Some((index, anchor)) = scope.anchor(&key) else {
        return rejected(AnchorOutcome::Unknown);
    };
    if let Ok(transcript) = &parts.transcript
        && transcript.anchor_key == key.0
        && is_retired(anchor, transcript.start_ms, transcript.end_ms)
    {
        return rejected(AnchorOutcome::Retired);
    }
    if !scope.drawn.contains(&index) {
        return rejected(AnchorOutcome::NotDrawn);
    }
    let Parts {
        receipt: Ok(receipt),
        receipt_signed: Ok(receipt_signed),
        account: Ok((signed, account)),
        transcript: Ok(transcript),
    } = parts
    else {
        return rejected(AnchorOutcome::ReceiptInvalid);
    };
    if receipt.transcript_hash.len() != 32
        || sign::verify(Domain::RangingReceipt, &key, &receipt_signed).is_err()
    {
        return rejected(AnchorOutcome::ReceiptInvalid);
    }
    let hash = sha256(&ranging.transcript);
    if receipt.transcript_hash != hash.0 {
        return invalid(InvalidReason::FalseTranscript);
    }
    if sign::verify(Domain::AgentTranscript, &scope.report.agent_key, &signed).is_err() {
        return invalid(InvalidReason::TranscriptSignature);
    }
    if !is_well_made(&transcript) || receipt.min_rtt_ns != min_rtt_ns(&transcript).unwrap_or(0) {
        return rejected(AnchorOutcome::ReceiptInvalid);
    }
    if account.agent_rtt_ns.len() != ROUNDS {
        return invalid(InvalidReason::RoundTimes);
    }
    if !is_of_this_session(&transcript, &key, scope.report) {
        return rejected(AnchorOutcome::OtherSession);
    }
    Examined::Authentic(Session {
        anchor,
        hash,
        position_version: transcript.position_version,
        start_ms: transcript.start_ms,
        end_ms: transcript.end_ms,
        measured: Measured::Exact {
            anchor_min_ns: min_rtt_ns(&transcript),
            agent_min_ns: account
                .agent_rtt_ns
                .iter()
                .copied()
                .filter(|rtt| *rtt != 0)
                .min(),
        },
        tunnelled: transcript.transport() == Transport::TlsTcp,
        proxied: account.proxied,
    })
}

/// Measured, by the anchor's clock, when the directory did not count it.
pub(super) fn is_retired(anchor: &Anchor, start_ms: u64, end_ms: u64) -> bool {
    start_ms < anchor.valid_from_ms || end_ms > anchor.valid_until_ms
}

/// The rules that every anchor keeps and every agent compares before it signs.
fn is_well_made(transcript: &wire::RangingTranscript) -> bool {
    let lasted_ms = transcript.end_ms.checked_sub(transcript.start_ms);
    let transport = Transport::try_from(transcript.transport);
    transcript.rounds.len() == ROUNDS
        && transcript.rounds.iter().all(round_is_well_made)
        && transcript.exporter.len() == 32
        && transport.is_ok_and(|transport| transport != Transport::Unspecified)
        && lasted_ms.is_some_and(|ms| ms <= SESSION_MAX_MS)
}

fn round_is_well_made(round: &wire::Round) -> bool {
    let answer = match round.agent_nonce.len() {
        0 => round.rtt_ns == 0,
        ROUND_NONCE_BYTES => (1..=ROUND_DEADLINE_MAX_NS).contains(&round.rtt_ns),
        _ => false,
    };
    answer && round.anchor_nonce.len() == ROUND_NONCE_BYTES
}

fn is_of_this_session(transcript: &wire::RangingTranscript, anchor: &Key, report: &Report) -> bool {
    transcript.session_nonce == report.nonce.as_bytes()
        && transcript.agent_key == report.agent_key.0
        && transcript.anchor_key == anchor.0
        && transcript.directory_version == report.directory_version
}
