//! One visit: the agent's part of a ranging session with another anchor.

use super::{Mesh, name, random_bytes};
use crate::endpoint::{self, EndpointError};
use crate::stopwatch::{self, ClockFault, Stopwatch};
use crate::stream::{self, ReadError};
use domicile_certs::tls::SERVER_NAME;
use domicile_proto::codec::{self, CodecError};
use domicile_proto::directory::Anchor;
use domicile_proto::frame::{self, MAX_TO_AGENT};
use domicile_proto::mesh::{self, MeshError, MeshSession};
use domicile_proto::ranging::{AgentSession, ROUNDS, SessionFacts, SessionNonce, TranscriptError};
use domicile_proto::sign::Domain;
use domicile_proto::wire::{self, StatusCode, anchor_reply::Reply};
use domicile_proto::{ALPN_RANGE, EXPORTER_LABEL, MEASURED_WINDOW_MS};
use quinn::{Connection, RecvStream, VarInt};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Time for a visit, from the first packet to the receipt.
const PATIENCE: Duration = Duration::from_secs(15);

/// Datagrams taken from the other anchor; a right session has 32.
const MAX_DATAGRAMS: usize = 8 * ROUNDS;

/// Why a visit gave nothing.
#[derive(Debug, thiserror::Error)]
enum VisitError {
    #[error("no socket of the address's family")]
    Family,
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("cannot connect: {0}")]
    Connect(#[from] quinn::ConnectError),
    #[error(transparent)]
    Connection(#[from] quinn::ConnectionError),
    #[error("the stream was closed while writing: {0}")]
    Write(#[from] quinn::WriteError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    #[error(transparent)]
    Mesh(#[from] MeshError),
    #[error(transparent)]
    Clock(#[from] ClockFault),
    #[error("it refused: {0:?}")]
    Refused(StatusCode),
    #[error("another message than is due")]
    Message,
    #[error("more than {MAX_DATAGRAMS} datagrams")]
    Flood,
    #[error("its clock is {0} ms from ours")]
    WallClock(u64),
    #[error("not finished within {PATIENCE:?}")]
    Timeout,
    #[error("{0}")]
    Internal(&'static str),
}

/// Visits `partner` and puts the session into the spool.
pub(super) async fn visit(mesh: Arc<Mesh>, partner: Anchor) {
    let outcome = timeout(PATIENCE, session(&mesh, &partner)).await;
    let outcome = outcome.unwrap_or(Err(VisitError::Timeout));
    let partner = name(&mesh.shared, &partner.key);
    match outcome {
        Ok((session, ranging)) => {
            tracing::debug!(partner, rtt_ns = session.visited_rtt_ns, "visited");
            let now_ms = mesh.now_ms();
            mesh.spool().offer(&session, ranging, now_ms);
        }
        Err(VisitError::Clock(fault)) => {
            tracing::warn!(%fault, "a visit is void: the clocks disagree");
        }
        // What travels in a goodbye is not written above debug level.
        Err(error) => tracing::debug!(partner, %error, "a visit gave nothing"),
    }
}

async fn session(
    mesh: &Mesh,
    partner: &Anchor,
) -> Result<(MeshSession, wire::Ranging), VisitError> {
    let connection = connect(mesh, partner).await?;
    let outcome = range(mesh, partner, &connection).await;
    connection.close(VarInt::from_u32(0), b"");
    outcome
}

/// Tries the partner's addresses in order.
async fn connect(mesh: &Mesh, partner: &Anchor) -> Result<Connection, VisitError> {
    let share = PATIENCE / u32::try_from(partner.addresses.len().max(1)).unwrap_or(1) / 2;
    let mut last = VisitError::Family;
    for &address in &partner.addresses {
        let Some(endpoint) = mesh.endpoint(address) else {
            continue;
        };
        let config = endpoint::client_config(&mesh.identity, partner.key, ALPN_RANGE)?;
        let connecting = endpoint.connect_with(config, address, SERVER_NAME)?;
        match timeout(share, connecting).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) => last = error.into(),
            Err(_) => last = VisitError::Timeout,
        }
    }
    Err(last)
}

async fn range(
    mesh: &Mesh,
    partner: &Anchor,
    connection: &Connection,
) -> Result<(MeshSession, wire::Ranging), VisitError> {
    let random = VisitError::Internal("the system gave no randomness");
    let nonces: [u8; 8 * ROUNDS] = random_bytes().ok_or(random)?;
    let facts = facts(mesh, partner, connection)?;
    let hello = wire::RangingHello {
        limit_ns: 0,
        session_nonce: facts.session_nonce.as_bytes().to_vec(),
        directory_version: facts.directory_version,
    };
    let mut session = AgentSession::new(
        facts,
        std::array::from_fn(|round| std::array::from_fn(|at| nonces[8 * round + at])),
    );
    let stopwatch = &*mesh.shared.stopwatch;
    let before = stopwatch.clocks();
    let (mut send, mut receive) = connection.open_bi().await?;
    send.write_all(&frame::frame(&hello)).await?;
    let transcript = rounds(connection, &mut receive, &mut session, stopwatch).await?;
    let after = stopwatch.clocks();
    let own = mesh.shared.position();
    let own = own.ok_or(VisitError::Internal("this anchor is not in its directory"))?;
    stopwatch::check(&before, &after, own.tolerance)?;
    session.compare(&transcript)?;
    let account = codec::encode(&session.account(transcript, None));
    let account = mesh.shared.key.sign(Domain::AgentTranscript, account);
    send.write_all(&frame::frame(&account)).await?;
    // What counts is the answer.
    let _ = send.finish();
    let Reply::Receipt(receipt) = reply(&mut receive).await? else {
        return Err(VisitError::Message);
    };
    let ranging = wire::Ranging {
        coarse: false,
        transcript: codec::encode(&account),
        receipt: codec::encode(&receipt),
    };
    let session = mesh::read(&ranging, &mesh.shared.key.public())?;
    let apart_ms = session.end_ms.abs_diff(after.unix_ms());
    if apart_ms > MEASURED_WINDOW_MS {
        return Err(VisitError::WallClock(apart_ms));
    }
    Ok((session, ranging))
}

fn facts(
    mesh: &Mesh,
    partner: &Anchor,
    connection: &Connection,
) -> Result<SessionFacts, VisitError> {
    let nonce: [u8; mesh::NONCE_BYTES] =
        random_bytes().ok_or(VisitError::Internal("the system gave no randomness"))?;
    let mut exporter = [0; 32];
    connection
        .export_keying_material(&mut exporter, EXPORTER_LABEL, &partner.key.0)
        .map_err(|_| VisitError::Internal("TLS gave no exporter"))?;
    Ok(SessionFacts {
        exporter,
        session_nonce: SessionNonce::read(&nonce)?,
        anchor_key: partner.key,
        directory_version: mesh.shared.directory().version,
        agent_key: mesh.shared.key.public(),
        transport: wire::Transport::QuicDatagram,
    })
}

/// Answers pings until the transcript comes, and gives its bytes unread.
async fn rounds(
    connection: &Connection,
    receive: &mut RecvStream,
    session: &mut AgentSession,
    stopwatch: &dyn Stopwatch,
) -> Result<Vec<u8>, VisitError> {
    let first = reply(receive);
    tokio::pin!(first);
    let mut datagrams = 0;
    loop {
        tokio::select! {
            biased;
            datagram = connection.read_datagram() => {
                let now_ns = stopwatch.now_ns();
                if let Some(pong) = session.handle_datagram(now_ns, &datagram?) {
                    // Refused only on a connection that is ending, which the next turn sees.
                    let _ = connection.send_datagram(pong.to_vec().into());
                }
                datagrams += 1;
                if datagrams > MAX_DATAGRAMS {
                    return Err(VisitError::Flood);
                }
            }
            first = &mut first => match first? {
                Reply::Transcript(bytes) => return Ok(bytes),
                _ => return Err(VisitError::Message),
            },
        }
    }
}

/// The partner's next message; a status is an error.
async fn reply(receive: &mut RecvStream) -> Result<Reply, VisitError> {
    let message: wire::AnchorReply = stream::read(receive, MAX_TO_AGENT).await?;
    match message.reply {
        Some(Reply::Status(status)) => Err(VisitError::Refused(status.code())),
        Some(reply) => Ok(reply),
        None => Err(VisitError::Message),
    }
}
