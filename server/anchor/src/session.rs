//! One connection, one session: hello, rounds, transcript, account, receipt.

use crate::limits::Busy;
use crate::rounds::{self, RoundsError};
use crate::shared::{Counters, Shared, Ticket};
use crate::stopwatch::{self, ClockFault};
use crate::stream::{self, ReadError};
use domicile_certs::revocation::ClientCa;
use domicile_certs::tls::{self, Peer, PeerError, Standing};
use domicile_proto::codec;
use domicile_proto::frame::{self, MAX_TO_ANCHOR};
use domicile_proto::ranging::receipt::{self, AccountError};
use domicile_proto::ranging::{
    AnchorSession, Limits, Opening, SessionFacts, SessionNonce, SessionRandom, anchor, coarse,
};
use domicile_proto::sign::OpenError;
use domicile_proto::wire::{self, StatusCode, Transport, anchor_reply::Reply};
use domicile_proto::{EXPORTER_LABEL, codec::CodecError};
use quinn::{Connection, ConnectionError, Incoming, RecvStream, SendStream, VarInt};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

/// How long a connection over a limit may take to hear so.
const REFUSED_PATIENCE: Duration = Duration::from_secs(1);

/// Why a session ended without a receipt.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error("no handshake in time")]
    HandshakeTimeout,
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("the certificate does not admit to ranging: {0:?}")]
    Standing(Standing),
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error("another anchor, while many are here or agents need the places")]
    Crowded,
    #[error("no message in time")]
    MessageTimeout,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(transparent)]
    Rounds(#[from] RoundsError),
    #[error(transparent)]
    Clock(#[from] ClockFault),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("the stream was closed while writing: {0}")]
    Write(#[from] quinn::WriteError),
    #[error("{0}")]
    Internal(&'static str),
}

impl SessionError {
    /// What the agent is told: a code, or nothing where nobody listens.
    fn status(&self) -> Option<StatusCode> {
        Some(match self {
            Self::HandshakeTimeout
            | Self::Connection(_)
            | Self::Peer(_)
            | Self::Write(_)
            | Self::Read(ReadError::Ended(quinn::ReadExactError::ReadError(_)))
            | Self::Rounds(RoundsError::Connection(_)) => return None,
            Self::Standing(Standing::Expired { .. }) => StatusCode::CertificateExpired,
            Self::Standing(Standing::Revoked { .. }) => StatusCode::CertificateRevoked,
            Self::Standing(_) => StatusCode::NotEnrolled,
            Self::Busy(_) | Self::Crowded => StatusCode::Busy,
            Self::MessageTimeout
            | Self::Read(_)
            | Self::Codec(_)
            | Self::Rounds(RoundsError::Flood(_) | RoundsError::Send(_))
            | Self::Account(AccountError::Times { .. } | AccountError::Open(OpenError::Codec(_))) => {
                StatusCode::Malformed
            }
            Self::Account(AccountError::Open(OpenError::Signature { .. })) => {
                StatusCode::SignatureInvalid
            }
            Self::Account(AccountError::Transcript) => StatusCode::TranscriptMismatch,
            Self::Clock(_) => StatusCode::ClockFault,
            Self::Rounds(RoundsError::Endless) | Self::Internal(_) => StatusCode::Internal,
        })
    }
}

/// Serves a connection, which came over `transport`, to its end.
pub(crate) async fn serve(shared: Arc<Shared>, incoming: Incoming, transport: Transport) {
    let counters = &shared.counters;
    match connection(&shared, incoming, transport).await {
        Ok(()) => Counters::count(&counters.receipts),
        Err(error) => {
            let counter = match error.status() {
                Some(_) => &counters.refused,
                None => &counters.broken,
            };
            Counters::count(counter);
            match error {
                SessionError::Clock(fault) => {
                    tracing::warn!(%fault, "session void: the clocks disagree");
                }
                SessionError::Internal(problem) => tracing::warn!(problem, "session failed"),
                error => tracing::debug!(%error, "session ended without a receipt"),
            }
        }
    }
}

async fn connection(
    shared: &Arc<Shared>,
    incoming: Incoming,
    transport: Transport,
) -> Result<(), SessionError> {
    let settings = &shared.settings;
    let handshake = async { incoming.accept()?.await };
    let connection = timeout(settings.handshake_deadline, handshake)
        .await
        .map_err(|_| SessionError::HandshakeTimeout)??;
    let agent = peer(shared, &connection)?;
    let admitted = admit(shared, &agent);
    // Who is over a limit hears so if it asks soon, and holds its place no longer than that.
    let patience = match admitted {
        Ok(_) => settings.message_deadline,
        Err(_) => settings.message_deadline.min(REFUSED_PATIENCE),
    };
    let (mut send, mut receive) = timeout(patience, connection.accept_bi())
        .await
        .map_err(|_| SessionError::MessageTimeout)??;
    let outcome = match admitted {
        Ok(_ticket) => {
            let streams = (&mut send, &mut receive);
            session(shared, &connection, transport, &agent, streams).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &outcome {
        let Some(code) = error.status() else {
            return outcome;
        };
        let status = wire::Status { code: code.into() };
        reply(&mut send, Reply::Status(status)).await?;
    }
    // Closed once the agent has the last reply, or after its time for a message is over.
    let _ = send.finish();
    let _ = timeout(patience, send.stopped()).await;
    let code = outcome.as_ref().err().and_then(SessionError::status);
    let code = u32::try_from(i32::from(code.unwrap_or(StatusCode::Ok))).unwrap_or(0);
    connection.close(VarInt::from_u32(code), b"");
    outcome
}

/// A place for the session, until it is dropped.
struct Place {
    _of_key: Ticket,
    _of_anchors: Option<OwnedSemaphorePermit>,
}

fn admit(shared: &Arc<Shared>, peer: &Peer) -> Result<Place, SessionError> {
    let of_key = shared.admit(peer.key)?;
    let of_anchors = match peer.standing {
        Standing::Unenrolled => Some(shared.admit_anchor().ok_or(SessionError::Crowded)?),
        _ => None,
    };
    Ok(Place {
        _of_key: of_key,
        _of_anchors: of_anchors,
    })
}

/// The agent, or other anchor, behind the connection.
fn peer(shared: &Shared, connection: &Connection) -> Result<Peer, SessionError> {
    let chain = connection
        .peer_identity()
        .and_then(|identity| identity.downcast::<Vec<CertificateDer<'static>>>().ok())
        .ok_or(SessionError::Internal("a connection without a certificate"))?;
    let now_ms = shared.stopwatch.clocks().unix_ms();
    let peer = tls::peer(&chain, &shared.trust, &shared.revocations, now_ms)?;
    tracing::debug!(agent = %peer.key, "connected");
    Ok(peer)
}

/// Whether the agent's certificate, or the directory's word for an anchor, still holds. TLS has asked that already, but the connection
/// may have waited while it expired or a revocation list was reloaded.
fn still_stands(shared: &Shared, agent: &Peer) -> Result<(), SessionError> {
    let standing = match agent.standing {
        Standing::Enrolled { serial, .. }
            if shared.revocations.is_revoked(ClientCa::Agent, &serial) =>
        {
            Standing::Revoked { serial }
        }
        Standing::Enrolled {
            serial,
            not_after_ms,
        } if shared.stopwatch.clocks().unix_ms() > not_after_ms => Standing::Expired { serial },
        Standing::Enrolled { .. } => return Ok(()),
        Standing::Unenrolled if shared.is_anchor(&agent.key) => return Ok(()),
        other => other,
    };
    Err(SessionError::Standing(standing))
}

async fn session(
    shared: &Shared,
    connection: &Connection,
    transport: Transport,
    agent: &Peer,
    (send, receive): (&mut SendStream, &mut RecvStream),
) -> Result<(), SessionError> {
    let hello: wire::RangingHello = message(shared, receive).await?;
    let limit_ns = coarse::limit(hello.limit_ns)?;
    still_stands(shared, agent)?;
    let mut exporter = [0; 32];
    let anchor_key = shared.key.public();
    connection
        .export_keying_material(&mut exporter, EXPORTER_LABEL, &anchor_key.0)
        .map_err(|_| SessionError::Internal("TLS gave no exporter"))?;
    let facts = SessionFacts {
        exporter,
        session_nonce: SessionNonce::read(&hello.session_nonce)?,
        anchor_key,
        directory_version: hello.directory_version,
        agent_key: agent.key,
        transport,
    };
    let transcript = measure(shared, connection, facts).await?;
    let bytes = codec::encode(&transcript);
    reply(send, Reply::Transcript(bytes.clone())).await?;
    let account: wire::Signed = message(shared, receive).await?;
    let (newest_head, receipt) = match limit_ns {
        None => {
            let inside = receipt::check_account(&account, &agent.key, &bytes)?;
            let signed = receipt::sign_receipt(&shared.key, &account, &transcript);
            (inside.newest_head, Reply::Receipt(signed))
        }
        Some(limit_ns) => {
            let inside = coarse::check_account(&account, &agent.key, &bytes, limit_ns)?;
            let signed = coarse::sign_receipt(&shared.key, &account, &inside);
            (inside.newest_head, Reply::CoarseReceipt(signed))
        }
    };
    if let Some(head) = newest_head.filter(|head| head.size > 0) {
        shared.offer_head(head);
    }
    reply(send, receipt).await
}

/// Runs the rounds between two readings of all clocks.
async fn measure(
    shared: &Shared,
    connection: &Connection,
    facts: SessionFacts,
) -> Result<wire::RangingTranscript, SessionError> {
    let position = shared.position().ok_or(SessionError::Internal(
        "this anchor is not in its directory",
    ))?;
    let mut random = [0; anchor::RANDOM_BYTES];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| SessionError::Internal("the system gave no randomness"))?;
    let deadline = shared.settings.round_deadline.as_nanos();
    let limits = Limits {
        round_deadline_ns: u64::try_from(deadline).unwrap_or(u64::MAX),
    };
    let stopwatch = &*shared.stopwatch;
    let before = stopwatch.clocks();
    let opening = Opening {
        position_version: position.version,
        start_ms: before.unix_ms(),
    };
    let random = SessionRandom::from_bytes(&random);
    let mut session = AnchorSession::new(facts, opening, random, limits, stopwatch.now_ns());
    rounds::run(connection, &mut session, stopwatch).await?;
    let after = stopwatch.clocks();
    stopwatch::check(&before, &after, position.tolerance)?;
    Ok(session.finish(after.unix_ms()))
}

/// Reads the agent's next message, within its deadline.
async fn message<M: prost::Message + Default>(
    shared: &Shared,
    receive: &mut RecvStream,
) -> Result<M, SessionError> {
    let read = stream::read(receive, MAX_TO_ANCHOR);
    let read = timeout(shared.settings.message_deadline, read).await;
    Ok(read.map_err(|_| SessionError::MessageTimeout)??)
}

async fn reply(send: &mut SendStream, reply: Reply) -> Result<(), SessionError> {
    let message = wire::AnchorReply { reply: Some(reply) };
    Ok(send.write_all(&frame::frame(&message)).await?)
}
