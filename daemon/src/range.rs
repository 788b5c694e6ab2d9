//! Ranging with one anchor: hello, sixteen timed rounds, transcript, signature, receipt.
//!
//! The state machine is [`domicile_proto::ranging::AgentSession`]; this module moves its bytes
//! and reads the stopwatch. A pong leaves before anything else is done.
//!
//! In a coarse session (a [`Visit`] with a limit) the agent signs no times, and drops an anchor whose
//! limit was not met; an anchor that does not know such sessions is dropped, never measured exactly.
//!
//! [`range_one`] is what the agent does. Its three steps, [`Opened::open`], [`Opened::rounds`]
//! and [`Opened::conclude`], are public for programs that do it otherwise.

use crate::host::{Host, Stopwatch};
use crate::net::reach::Server;
use crate::net::stream::{self, StreamError};
use crate::net::way::Way;
use crate::net::{ConnectError, Link, Network, describe};
use domicile_certs::Identity;
use domicile_proto::codec;
use domicile_proto::directory::Anchor;
use domicile_proto::frame::MAX_TO_AGENT;
use domicile_proto::ranging::coarse::{self, AgentSide};
use domicile_proto::ranging::receipt::{self, ReceiptError};
use domicile_proto::ranging::{
    AgentSession, ROUND_NONCE_BYTES, ROUNDS, SessionFacts, SessionNonce, TranscriptError,
};
use domicile_proto::sign::Domain;
use domicile_proto::wire::{self, DropReason, StatusCode, anchor_reply::Reply};
use domicile_proto::{ALPN_RANGE, EXPORTER_LABEL};
use quinn::{RecvStream, SendStream};
use std::time::Duration;
use tokio::time::timeout;

/// Datagrams taken from one anchor in a session; a right session has 32.
pub const MAX_DATAGRAMS: usize = 8 * ROUNDS;

/// What every anchor of a session is told.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The collector's challenge, or the hash of the previous evidence.
    pub session_nonce: SessionNonce,
    /// The agent's directory version.
    pub directory_version: u64,
    /// The newest log head that a collector has shown this agent.
    pub newest_head: Option<wire::LogHead>,
    /// Coarse: only whether the shortest round trip is at most this is signed, ns; above 0.
    pub limit_ns: Option<u64>,
}

/// One anchor's session, signed by both ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranged {
    /// As it goes into the evidence.
    pub ranging: wire::Ranging,
    /// Coarse: the limit that was met, ns. The times below are then for this host's eyes alone.
    pub limit_ns: Option<u64>,
    /// Shortest round trip by the anchor's stopwatch, ns.
    pub anchor_min_rtt_ns: u64,
    /// Shortest round trip by the agent's, ns; absent when no echo came.
    pub agent_min_rtt_ns: Option<u64>,
    /// The way to the anchor.
    pub way: Way,
}

/// Why an anchor's session gave nothing that goes into the evidence.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    /// No connection.
    #[error("connecting: {0}")]
    Connect(#[from] ConnectError),
    /// The anchor ended the connection.
    #[error("the anchor ended the connection: {0}")]
    Ended(String),
    /// The anchor said no.
    #[error("the anchor refused: {}", crate::refusal::sentence(*.0))]
    Refused(StatusCode),
    /// Too slow as a whole.
    #[error("not finished within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// More datagrams than a session has.
    #[error("more than {MAX_DATAGRAMS} datagrams")]
    Flood,
    /// Something else than a transcript where one is due.
    #[error("no transcript: {0}")]
    NoTranscript(String),
    /// A transcript of another session than this end saw.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// No round came through.
    #[error("all rounds were lost")]
    AllLost,
    /// Something else than a receipt where one is due.
    #[error("no receipt: {0}")]
    NoReceipt(String),
    /// A receipt that is not for this account.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// Coarse: the anchor took the greeting for no message.
    #[error(
        "the anchor knows no coarse sessions: its operator must update it; no exact one was made instead"
    )]
    NoCoarse,
    /// Coarse: no round was as short as the limit.
    #[error("the shortest round trip is above this zone's limit of {limit_ns} ns; not told")]
    BeyondLimit {
        /// The limit, ns.
        limit_ns: u64,
    },
    /// Coarse: the zone has no limit for this anchor; it was not visited.
    #[error("the zone has no limit for this anchor: not visited, not told")]
    NoLimit,
    /// Coarse: enough others say it.
    #[error("within the limit; enough other anchors show the zone, so not told")]
    NotNeeded,
}

impl RangeError {
    /// How the report names it.
    pub fn reason(&self) -> DropReason {
        match self {
            Self::Connect(error) if error.is_interception() => DropReason::Intercepted,
            Self::Connect(error) if error.is_refusal() => DropReason::Refused,
            Self::Connect(_) => DropReason::Unreachable,
            Self::Ended(_) | Self::Refused(_) => DropReason::Refused,
            Self::Timeout(_) => DropReason::Timeout,
            Self::Flood | Self::NoTranscript(_) | Self::Transcript(_) => {
                DropReason::TranscriptMismatch
            }
            Self::AllLost => DropReason::AllRoundsLost,
            Self::NoReceipt(_) | Self::Receipt(_) => DropReason::ReceiptInvalid,
            Self::NoCoarse => DropReason::NoCoarse,
            // One reason for all: which of them it was would tell something of the round trip.
            Self::BeyondLimit { .. } | Self::NoLimit | Self::NotNeeded => DropReason::Withheld,
        }
    }
}

/// Ranges with `anchor` within `patience`.
///
/// # Errors
/// [`RangeError`]; its [`RangeError::reason`] goes into the report.
pub async fn range_one(
    network: &Network,
    host: &Host,
    identity: &Identity,
    anchor: &Anchor,
    visit: &Visit,
    patience: Duration,
) -> Result<Ranged, RangeError> {
    let whole = async {
        let mut opened = Opened::open(network, identity, anchor, visit, patience).await?;
        let mut session = AgentSession::new(opened.facts().clone(), nonces(host));
        let transcript = opened.rounds(&*host.stopwatch, &mut session).await?;
        session.compare(&transcript)?;
        let way = opened.link.way();
        let newest_head = visit.newest_head.clone();
        let Some(limit_ns) = visit.limit_ns else {
            let mut account = session.account(transcript, newest_head);
            account.proxied = opened.link.proxied;
            let (ranging, anchor_min_rtt_ns) = opened.conclude(identity, &account).await?;
            return Ok(Ranged {
                ranging,
                limit_ns: None,
                anchor_min_rtt_ns,
                agent_min_rtt_ns: session.min_rtt_ns(),
                way,
            });
        };
        let side = AgentSide {
            min_rtt_ns: session.min_rtt_ns(),
            newest_head,
            proxied: opened.link.proxied,
        };
        let anchor_min_rtt_ns = shortest(&transcript).unwrap_or(0);
        let account =
            coarse::account(&transcript, limit_ns, side).map_err(TranscriptError::from)?;
        // Also where the limit was not met: the anchor is to see the newest log head.
        let ranging = opened.conclude_coarse(identity, &account).await?;
        match (anchor_min_rtt_ns, account.limit_ns) {
            (0, _) => Err(RangeError::AllLost),
            (_, 0) => Err(RangeError::BeyondLimit { limit_ns }),
            _ => Ok(Ranged {
                ranging,
                limit_ns: Some(limit_ns),
                anchor_min_rtt_ns,
                agent_min_rtt_ns: session.min_rtt_ns(),
                way,
            }),
        }
    };
    timeout(patience, whole)
        .await
        .unwrap_or(Err(RangeError::Timeout(patience)))
}

/// The anchor's shortest time in an encoded transcript, ns.
fn shortest(transcript: &[u8]) -> Option<u64> {
    let transcript: wire::RangingTranscript = codec::decode(transcript, MAX_TO_AGENT).ok()?;
    receipt::min_rtt_ns(&transcript)
}

/// Unpredictable nonces for the rounds of a session.
pub fn nonces(host: &Host) -> [[u8; ROUND_NONCE_BYTES]; ROUNDS] {
    std::array::from_fn(|_| host.random_bytes())
}

/// A session whose hello has been sent.
pub struct Opened {
    link: Link,
    send: SendStream,
    receive: RecvStream,
    facts: SessionFacts,
    coarse: bool,
}

impl Opened {
    /// Connects to the anchor, over UDP or through a tunnel, and sends the hello.
    ///
    /// # Errors
    /// [`RangeError::Connect`] when no way leads to it, [`RangeError::Ended`] when the anchor
    /// ends the connection at once.
    pub async fn open(
        network: &Network,
        identity: &Identity,
        anchor: &Anchor,
        visit: &Visit,
        patience: Duration,
    ) -> Result<Self, RangeError> {
        let share = patience / u32::try_from(anchor.addresses.len()).unwrap_or(1).max(1);
        let server = Server {
            key: anchor.key,
            addresses: &anchor.addresses,
            tunnels: &anchor.tunnel_addresses,
        };
        let link = network.reach(identity, server, ALPN_RANGE, share).await?;
        Self::hello(link, identity, anchor, visit).await
    }

    async fn hello(
        link: Link,
        identity: &Identity,
        anchor: &Anchor,
        visit: &Visit,
    ) -> Result<Self, RangeError> {
        let ended = |error: String| RangeError::Ended(error);
        let mut exporter = [0; 32];
        link.connection
            .export_keying_material(&mut exporter, EXPORTER_LABEL, &anchor.key.0)
            .map_err(|_| ended("no keying material".into()))?;
        let opening = link.connection.open_bi().await;
        let (mut send, receive) = opening.map_err(|error| ended(describe(&error)))?;
        let hello = wire::RangingHello {
            session_nonce: visit.session_nonce.as_bytes().to_vec(),
            directory_version: visit.directory_version,
            limit_ns: visit.limit_ns.unwrap_or(0),
        };
        stream::send(&mut send, &hello)
            .await
            .map_err(|error| ended(error.to_string()))?;
        let facts = SessionFacts {
            exporter,
            session_nonce: visit.session_nonce.clone(),
            anchor_key: anchor.key,
            directory_version: visit.directory_version,
            agent_key: identity.key.public(),
            transport: link.transport,
        };
        Ok(Self {
            link,
            send,
            receive,
            facts,
            coarse: visit.limit_ns.is_some(),
        })
    }

    /// What this end knows of the session.
    pub fn facts(&self) -> &SessionFacts {
        &self.facts
    }

    /// Answers pings until the transcript comes, and returns its bytes unread.
    ///
    /// # Errors
    /// [`RangeError`] when something else comes.
    pub async fn rounds(
        &mut self,
        stopwatch: &dyn Stopwatch,
        session: &mut AgentSession,
    ) -> Result<Vec<u8>, RangeError> {
        let connection = &self.link.connection;
        let reply = stream::receive::<wire::AnchorReply>(&mut self.receive);
        tokio::pin!(reply);
        let mut datagrams = 0;
        let reply = loop {
            tokio::select! {
                biased;
                datagram = connection.read_datagram() => {
                    let now_ns = stopwatch.now_ns();
                    let datagram = datagram.map_err(|error| RangeError::Ended(describe(&error)))?;
                    if let Some(pong) = session.handle_datagram(now_ns, &datagram) {
                        // Refused only on a connection that is ending, which the next turn sees.
                        let _ = connection.send_datagram(pong.to_vec().into());
                    }
                    datagrams += 1;
                    if datagrams > MAX_DATAGRAMS {
                        return Err(RangeError::Flood);
                    }
                }
                reply = &mut reply => break reply,
            }
        };
        match reply {
            Ok(wire::AnchorReply {
                reply: Some(Reply::Transcript(bytes)),
            }) => Ok(bytes),
            Ok(wire::AnchorReply {
                reply: Some(Reply::Status(status)),
            }) if self.coarse && status.code() == StatusCode::Malformed => {
                Err(RangeError::NoCoarse)
            }
            Ok(wire::AnchorReply {
                reply: Some(Reply::Status(status)),
            }) => Err(RangeError::Refused(status.code())),
            Ok(_) => Err(RangeError::NoTranscript("another message".into())),
            Err(StreamError::Broken(error)) => Err(RangeError::Ended(error)),
            Err(error) => Err(RangeError::NoTranscript(error.to_string())),
        }
    }

    /// Signs the account, sends it, takes the receipt and checks it. Gives the ranging and the
    /// anchor's shortest round trip, ns.
    ///
    /// # Errors
    /// [`RangeError`] when there is no receipt, or not one for this account.
    pub async fn conclude(
        mut self,
        identity: &Identity,
        account: &wire::AgentTranscript,
    ) -> Result<(wire::Ranging, u64), RangeError> {
        let signed = identity
            .key
            .sign(Domain::AgentTranscript, codec::encode(account));
        let Reply::Receipt(receipt) = self.answer(&signed).await? else {
            return Err(RangeError::NoReceipt("another message".into()));
        };
        let inside = receipt::check_receipt(&receipt, &self.facts.anchor_key, &signed)?;
        if inside.min_rtt_ns == 0 {
            return Err(RangeError::AllLost);
        }
        let ranging = wire::Ranging {
            transcript: codec::encode(&signed),
            receipt: codec::encode(&receipt),
            coarse: false,
        };
        Ok((ranging, inside.min_rtt_ns))
    }

    /// As [`Self::conclude`], for a coarse account.
    ///
    /// # Errors
    /// [`RangeError`] when there is no receipt, or not one for this account.
    pub async fn conclude_coarse(
        mut self,
        identity: &Identity,
        account: &wire::CoarseAccount,
    ) -> Result<wire::Ranging, RangeError> {
        let signed = identity
            .key
            .sign(Domain::CoarseAccount, codec::encode(account));
        let Reply::CoarseReceipt(receipt) = self.answer(&signed).await? else {
            return Err(RangeError::NoReceipt("another message".into()));
        };
        coarse::check_receipt(&receipt, &self.facts.anchor_key, &signed)?;
        Ok(wire::Ranging {
            transcript: codec::encode(&signed),
            receipt: codec::encode(&receipt),
            coarse: true,
        })
    }

    /// Sends a signed account and takes the anchor's answer; a status is an error.
    async fn answer(&mut self, signed: &wire::Signed) -> Result<Reply, RangeError> {
        stream::send(&mut self.send, signed)
            .await
            .map_err(|error| RangeError::Ended(error.to_string()))?;
        // The anchor may have stopped reading; what counts is its answer.
        let _ = self.send.finish();
        match stream::receive::<wire::AnchorReply>(&mut self.receive).await {
            Ok(wire::AnchorReply {
                reply: Some(Reply::Status(status)),
            }) => Err(RangeError::Refused(status.code())),
            Ok(wire::AnchorReply { reply: Some(reply) }) => Ok(reply),
            Ok(_) => Err(RangeError::NoReceipt("another message".into())),
            Err(StreamError::Broken(error)) => Err(RangeError::Ended(error)),
            Err(error) => Err(RangeError::NoReceipt(error.to_string())),
        }
    }
}
