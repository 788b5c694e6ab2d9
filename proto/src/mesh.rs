//! The anchors' mesh: an anchor visits another in the agent's part of a ranging session, and
//! reports the session that both signed.
//!
//! Each session holds two measurements of one path: the visited anchor's rounds, under its
//! receipt, and the visitor's own times of the echoes, under its account. Neither end can invent
//! or deny the other's.

use crate::codec::{self, CodecError};
use crate::frame::{MAX_TO_AGENT, MAX_TO_ANCHOR, MAX_TO_COLLECTOR};
use crate::ranging::receipt::{self, ReceiptError};
use crate::ranging::{ROUND_DEADLINE_MAX_NS, ROUNDS, SESSION_MAX_MS};
use crate::sign::{self, Domain, OpenError, SigningKey};
use crate::types::Key;
use crate::wire;

/// Sessions in one report, at most.
pub const MAX_SESSIONS: usize = 128;

/// Bytes of the session nonce that a visitor draws.
pub const NONCE_BYTES: usize = 32;

/// One session between two anchors, both signatures checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshSession {
    /// Who took the agent's part.
    pub visitor: Key,
    /// Who took the anchor's.
    pub visited: Key,
    /// The visitor's directory version.
    pub directory_version: u64,
    /// The version of its own position that the visited anchor stated.
    pub position_version: u32,
    /// The visited anchor's wall clock before the first round, Unix ms.
    pub start_ms: u64,
    /// The visited anchor's wall clock after the last round, Unix ms.
    pub end_ms: u64,
    /// Shortest round trip by the visited anchor's stopwatch, ns.
    pub visited_rtt_ns: u64,
    /// Shortest round trip by the visitor's stopwatch, ns; absent when no echo came.
    pub visitor_rtt_ns: Option<u64>,
}

/// A mesh report was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// The report or an account in it is not signed by the anchor, or not what it should be.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A part is not a message of this protocol.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A receipt is not for the account beside it.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// A field has a value that no session has.
    #[error("mesh session field `{field}`: {problem}")]
    Field {
        /// The field's name in the schema.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// An anchor's report of sessions, at most [`MAX_SESSIONS`].
pub fn report(anchor: &SigningKey, sessions: Vec<wire::Ranging>) -> wire::Signed {
    let report = wire::MeshReport {
        anchor_key: anchor.public().to_vec(),
        sessions,
    };
    anchor.sign(Domain::MeshReport, codec::encode(&report))
}

/// Whose report this says it is, before any signature is checked.
///
/// # Errors
/// [`CodecError`] when it is not a report, or has too many sessions.
pub fn reporter(signed: &wire::Signed) -> Result<Key, CodecError> {
    let report: wire::MeshReport = codec::decode(&signed.payload, MAX_TO_COLLECTOR)?;
    if report.sessions.len() > MAX_SESSIONS {
        return Err(CodecError::field("sessions", "more than 128"));
    }
    Key::read("anchor_key", &report.anchor_key)
}

/// Checks a report of `anchor` and every session in it.
///
/// # Errors
/// [`MeshError`] when any signature, hash or field is wrong: an anchor checks each session before
/// it reports it, so a false one is its own.
pub fn open(signed: &wire::Signed, anchor: &Key) -> Result<Vec<MeshSession>, MeshError> {
    let report: wire::MeshReport =
        sign::open(Domain::MeshReport, anchor, signed, MAX_TO_COLLECTOR)?;
    expect("anchor_key", report.anchor_key == anchor.0, "another's")?;
    expect(
        "sessions",
        report.sessions.len() <= MAX_SESSIONS,
        "more than 128",
    )?;
    let sessions = report.sessions.iter();
    let sessions: Vec<MeshSession> = sessions
        .map(|session| read(session, anchor))
        .collect::<Result<_, _>>()?;
    let mut visited: Vec<Key> = sessions.iter().map(|session| session.visited).collect();
    visited.sort_unstable();
    visited.dedup();
    let once = visited.len() == sessions.len();
    expect("sessions", once, "two of the same anchor")?;
    Ok(sessions)
}

/// Checks one session of `visitor`.
///
/// # Errors
/// [`MeshError`] when a signature, hash or field is wrong.
pub fn read(session: &wire::Ranging, visitor: &Key) -> Result<MeshSession, MeshError> {
    let account: wire::Signed = codec::decode(&session.transcript, MAX_TO_ANCHOR)?;
    sign::verify(Domain::AgentTranscript, visitor, &account)?;
    let read = read_checked(session, visitor)?;
    let receipt: wire::Signed = codec::decode(&session.receipt, MAX_TO_AGENT)?;
    receipt::check_receipt(&receipt, &read.visited, &account)?;
    Ok(read)
}

/// Reads a session that passed [`read`] before, as those in a log have: all of that but the
/// signatures and what the receipt covers.
///
/// # Errors
/// [`MeshError`] when a field is wrong.
pub fn read_checked(session: &wire::Ranging, visitor: &Key) -> Result<MeshSession, MeshError> {
    expect("coarse", !session.coarse, "the mesh needs round trips")?;
    let account: wire::Signed = codec::decode(&session.transcript, MAX_TO_ANCHOR)?;
    let account: wire::AgentTranscript = codec::decode(&account.payload, MAX_TO_ANCHOR)?;
    let receipt: wire::Signed = codec::decode(&session.receipt, MAX_TO_AGENT)?;
    let receipt: wire::RangingReceipt = codec::decode(&receipt.payload, MAX_TO_AGENT)?;
    let transcript: wire::RangingTranscript = codec::decode(&account.transcript, MAX_TO_AGENT)?;
    let visited = Key::read("anchor_key", &transcript.anchor_key)?;
    expect("agent_key", transcript.agent_key == visitor.0, "another's")?;
    expect("anchor_key", visited != *visitor, "the visitor's own")?;
    let nonce = transcript.session_nonce.len() == NONCE_BYTES;
    expect("session_nonce", nonce, "32 bytes are required")?;
    expect("min_rtt_ns", receipt.min_rtt_ns != 0, "all rounds lost")?;
    let rounds = transcript.rounds.len() == ROUNDS && account.agent_rtt_ns.len() == ROUNDS;
    expect("rounds", rounds, "16 are required")?;
    let longest = transcript.rounds.iter().map(|round| round.rtt_ns).max();
    let possible = longest.is_some_and(|rtt_ns| rtt_ns <= ROUND_DEADLINE_MAX_NS);
    expect("rtt_ns", possible, "longer than any deadline")?;
    let lasted_ms = transcript.end_ms.checked_sub(transcript.start_ms);
    let lasted = lasted_ms.is_some_and(|ms| ms <= SESSION_MAX_MS);
    expect("end_ms", lasted, "not the end of a session")?;
    let echoes = account.agent_rtt_ns.iter().zip(&transcript.rounds);
    // A round counts for the visitor when it counts for the visited.
    let echoes = echoes.filter(|(_, round)| round.rtt_ns != 0);
    Ok(MeshSession {
        visitor: *visitor,
        visited,
        directory_version: transcript.directory_version,
        position_version: transcript.position_version,
        start_ms: transcript.start_ms,
        end_ms: transcript.end_ms,
        visited_rtt_ns: receipt.min_rtt_ns,
        visitor_rtt_ns: echoes.map(|(ns, _)| *ns).filter(|ns| *ns != 0).min(),
    })
}

fn expect(field: &'static str, holds: bool, problem: &'static str) -> Result<(), MeshError> {
    if holds {
        Ok(())
    } else {
        Err(MeshError::Field { field, problem })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn transcript(visitor: &SigningKey, visited: &SigningKey) -> wire::RangingTranscript {
        let round = |n: u64| wire::Round {
            anchor_nonce: vec![1; 8],
            agent_nonce: if n == 3 { Vec::new() } else { vec![2; 8] },
            rtt_ns: if n == 3 { 0 } else { 9_000 + n },
        };
        wire::RangingTranscript {
            exporter: vec![7; 32],
            session_nonce: vec![4; NONCE_BYTES],
            anchor_key: visited.public().to_vec(),
            directory_version: 3,
            position_version: 2,
            agent_key: visitor.public().to_vec(),
            transport: wire::Transport::QuicDatagram.into(),
            start_ms: 1_000,
            end_ms: 1_200,
            rounds: (0..16).map(round).collect(),
        }
    }

    fn session(
        visitor: &SigningKey,
        visited: &SigningKey,
        change: impl FnOnce(&mut wire::RangingTranscript),
    ) -> wire::Ranging {
        let mut transcript = transcript(visitor, visited);
        change(&mut transcript);
        let account = wire::AgentTranscript {
            transcript: codec::encode(&transcript),
            // Round 3 was lost, so the time beside it counts for nothing.
            agent_rtt_ns: (0..16)
                .map(|n| if n == 3 { 1 } else { 9_500 - n })
                .collect(),
            newest_head: None,
            proxied: false,
        };
        let account = visitor.sign(Domain::AgentTranscript, codec::encode(&account));
        let receipt = receipt::sign_receipt(visited, &account, &transcript);
        wire::Ranging {
            coarse: false,
            transcript: codec::encode(&account),
            receipt: codec::encode(&receipt),
        }
    }

    #[test]
    fn a_report_says_what_both_ends_signed() {
        let (a, b) = (key(1), key(2));
        let signed = report(&a, vec![session(&a, &b, |_| ())]);
        assert_eq!(reporter(&signed), Ok(a.public()));
        let sessions = open(&signed, &a.public()).unwrap();
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].visited, b.public());
        assert_eq!(sessions[0].visited_rtt_ns, 9_000);
        assert_eq!(sessions[0].visitor_rtt_ns, Some(9_485));
        assert_eq!((sessions[0].start_ms, sessions[0].end_ms), (1_000, 1_200));
    }

    #[test]
    fn only_the_anchors_own_sessions_pass_each_partner_once() {
        let [a, b, c] = [1, 2, 3].map(key);
        let of = |sessions| open(&report(&a, sessions), &a.public());
        assert!(of(vec![session(&a, &b, |_| ()), session(&a, &c, |_| ())]).is_ok());
        assert!(
            of(vec![session(&b, &c, |_| ())]).is_err(),
            "another's session"
        );
        assert!(of(vec![session(&a, &b, |_| ()), session(&a, &b, |_| ())]).is_err());
        assert!(of(vec![session(&a, &a, |_| ())]).is_err(), "its own");
        let many = (2..=130).map(|n| session(&a, &key(n), |_| ())).collect();
        assert!(of(many).is_err());
        let signed = report(&a, vec![session(&a, &b, |_| ())]);
        assert!(open(&signed, &b.public()).is_err(), "another's report");
        let other = a.sign(Domain::Evidence, signed.payload.clone());
        assert!(open(&other, &a.public()).is_err(), "another domain");
    }

    #[test]
    fn a_receipt_for_something_else_and_values_that_no_session_has_are_refused() {
        let [a, b, c] = [1, 2, 3].map(key);
        let read = |session: &wire::Ranging| read(session, &a.public());
        let good = session(&a, &b, |_| ());
        assert!(read(&good).is_ok());
        let mut swapped = good.clone();
        swapped.receipt = session(&a, &c, |_| ()).receipt;
        assert!(read(&swapped).is_err());
        let coarse = wire::Ranging {
            coarse: true,
            ..good.clone()
        };
        assert!(read(&coarse).is_err());
        type Change = fn(&mut wire::RangingTranscript);
        let changes: [Change; 6] = [
            |t| t.rounds.truncate(15),
            |t| t.rounds.iter_mut().for_each(|round| round.rtt_ns = 0),
            |t| t.rounds[0].rtt_ns = ROUND_DEADLINE_MAX_NS + 1,
            |t| t.end_ms = 0,
            |t| t.session_nonce.push(0),
            |t| t.agent_key[0] ^= 1,
        ];
        for change in changes {
            assert!(read(&session(&a, &b, change)).is_err());
        }
        for at in 0..good.transcript.len() {
            let mut bad = good.clone();
            bad.transcript[at] ^= 1;
            assert!(read(&bad).is_err(), "byte {at}");
        }
    }
}
