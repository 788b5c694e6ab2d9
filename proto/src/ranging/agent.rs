//! The agent's side: answers pings at once, times the echoes, compares the anchor's account.

use super::datagram::{self, Datagram, Packet, RoundNonce};
use super::{ROUND_DEADLINE_MAX_NS, ROUND_NONCE_BYTES, ROUNDS, SESSION_MAX_MS, SessionFacts};
use crate::codec::{self, CodecError};
use crate::frame::MAX_TO_AGENT;
use crate::wire;

/// Why an agent does not sign an anchor's transcript.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    /// The bytes are not a transcript.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A field is not what this end of the connection saw.
    #[error("transcript field `{field}` is not what this session had")]
    Field {
        /// The field's name in the schema.
        field: &'static str,
    },
    /// A field of a round is not what this end saw.
    #[error("transcript field `rounds[{round}].{field}`: {problem}")]
    Round {
        /// Which round, from 0.
        round: usize,
        /// The field's name in the schema.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    Unseen,
    Answered {
        anchor_nonce: RoundNonce,
        at_ns: u64,
    },
    Echoed {
        anchor_nonce: RoundNonce,
        rtt_ns: u64,
    },
}

/// One session on the agent's side. It speaks only when spoken to: at most one pong for each of
/// the [`ROUNDS`] rounds, whatever arrives.
///
/// The caller's loop: stamp and hand in each datagram, send at once what comes back, until the
/// transcript is on the stream. Look at datagrams before the stream, or an echo that arrived with
/// the transcript is missed and its round has no agent's time. Then
/// [`compare`](Self::compare), [`account`](Self::account), sign, and
/// [`super::receipt::check_receipt`].
pub struct AgentSession {
    facts: SessionFacts,
    nonces: [RoundNonce; ROUNDS],
    rounds: [Round; ROUNDS],
    ignored: u32,
}

impl AgentSession {
    /// A session in which nothing has arrived. `nonces` must be unpredictable, or an anchor can
    /// echo early and make the agent's own times look short.
    pub fn new(facts: SessionFacts, nonces: [RoundNonce; ROUNDS]) -> Self {
        Self {
            facts,
            nonces,
            rounds: [Round::Unseen; ROUNDS],
            ignored: 0,
        }
    }

    /// Takes a datagram in; gives the pong to hand to the socket at once, if it was a round's
    /// first ping. `now_ns` must be read after the receive returned.
    pub fn handle_datagram(&mut self, now_ns: u64, bytes: &[u8]) -> Option<Packet> {
        match datagram::decode(bytes) {
            Ok(Datagram::Ping {
                round,
                anchor_nonce,
            }) if self.rounds[usize::from(round)] == Round::Unseen => {
                self.rounds[usize::from(round)] = Round::Answered {
                    anchor_nonce,
                    at_ns: now_ns,
                };
                return Some(datagram::encode(&Datagram::Pong {
                    round,
                    anchor_nonce,
                    agent_nonce: self.nonces[usize::from(round)],
                }));
            }
            Ok(Datagram::Echo { round, agent_nonce }) => {
                let index = usize::from(round);
                if let Round::Answered {
                    anchor_nonce,
                    at_ns,
                } = self.rounds[index]
                    && agent_nonce == self.nonces[index]
                    && let Some(elapsed) = now_ns.checked_sub(at_ns)
                {
                    self.rounds[index] = Round::Echoed {
                        anchor_nonce,
                        rtt_ns: elapsed.max(1),
                    };
                    return None;
                }
            }
            _ => {}
        }
        self.ignored = self.ignored.saturating_add(1);
        None
    }

    /// The agent's time of each round, ns; 0 where no echo came.
    pub fn agent_rtts(&self) -> [u64; ROUNDS] {
        self.rounds.map(|round| match round {
            Round::Echoed { rtt_ns, .. } => rtt_ns,
            Round::Unseen | Round::Answered { .. } => 0,
        })
    }

    /// The shortest of the agent's times, ns; `None` when no echo came.
    pub fn min_rtt_ns(&self) -> Option<u64> {
        self.agent_rtts().into_iter().filter(|ns| *ns != 0).min()
    }

    /// Datagrams that counted for nothing so far.
    pub fn ignored(&self) -> u32 {
        self.ignored
    }

    /// Compares an encoded [`wire::RangingTranscript`] with what this end saw.
    ///
    /// Not compared: the anchor's position version and wall clock, which this end cannot know
    /// (the collector judges both), and its times, beside which the agent signs its own.
    ///
    /// # Errors
    /// [`TranscriptError`] naming the first field that differs.
    pub fn compare(&self, transcript: &[u8]) -> Result<(), TranscriptError> {
        let transcript: wire::RangingTranscript = codec::decode(transcript, MAX_TO_AGENT)?;
        let facts = &self.facts;
        let expect = |field, same: bool| match same {
            true => Ok(()),
            false => Err(TranscriptError::Field { field }),
        };
        expect("exporter", transcript.exporter == facts.exporter)?;
        expect(
            "session_nonce",
            transcript.session_nonce == facts.session_nonce.as_bytes(),
        )?;
        expect("anchor_key", transcript.anchor_key == facts.anchor_key.0)?;
        expect(
            "directory_version",
            transcript.directory_version == facts.directory_version,
        )?;
        expect("agent_key", transcript.agent_key == facts.agent_key.0)?;
        expect(
            "transport",
            transcript.transport == i32::from(facts.transport),
        )?;
        let lasted_ms = transcript.end_ms.checked_sub(transcript.start_ms);
        expect("end_ms", lasted_ms.is_some_and(|ms| ms <= SESSION_MAX_MS))?;
        expect("rounds", transcript.rounds.len() == ROUNDS)?;
        for (round, theirs) in transcript.rounds.iter().enumerate() {
            self.compare_round(round, theirs)
                .map_err(|(field, problem)| TranscriptError::Round {
                    round,
                    field,
                    problem,
                })?;
        }
        Ok(())
    }

    fn compare_round(
        &self,
        round: usize,
        theirs: &wire::Round,
    ) -> Result<(), (&'static str, &'static str)> {
        if theirs.anchor_nonce.len() != ROUND_NONCE_BYTES {
            return Err(("anchor_nonce", "8 bytes are required"));
        }
        let lost = theirs.agent_nonce.is_empty();
        if lost != (theirs.rtt_ns == 0) {
            return Err(("rtt_ns", "a time without a pong, or a pong without a time"));
        }
        if theirs.rtt_ns > ROUND_DEADLINE_MAX_NS {
            return Err(("rtt_ns", "longer than any deadline"));
        }
        let seen = match self.rounds[round] {
            Round::Unseen if lost => return Ok(()),
            Round::Unseen => return Err(("agent_nonce", "this round was never answered")),
            Round::Echoed { .. } if lost => {
                return Err(("agent_nonce", "echoed, then called lost"));
            }
            Round::Answered { anchor_nonce, .. } | Round::Echoed { anchor_nonce, .. } => {
                anchor_nonce
            }
        };
        if theirs.anchor_nonce != seen {
            return Err(("anchor_nonce", "not the one that was pinged"));
        }
        if !lost && theirs.agent_nonce != self.nonces[round] {
            return Err(("agent_nonce", "not the one that was answered"));
        }
        Ok(())
    }

    /// The agent's account, to be signed in domain `agent-transcript`: the anchor's bytes, which
    /// must have passed [`compare`](Self::compare), beside this end's own times and the newest
    /// log head that a collector has shown it.
    pub fn account(
        &self,
        transcript: Vec<u8>,
        newest_head: Option<wire::LogHead>,
    ) -> wire::AgentTranscript {
        wire::AgentTranscript {
            transcript,
            agent_rtt_ns: self.agent_rtts().to_vec(),
            newest_head,
            proxied: false,
        }
    }
}
