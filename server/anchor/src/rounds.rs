//! The timed rounds: the sans-IO session over a connection's datagrams.

use crate::stopwatch::Stopwatch;
use domicile_proto::ranging::{AnchorSession, ROUND_DEADLINE_MAX_NS, ROUNDS, SPACING_MAX_NS};
use quinn::{Connection, ConnectionError, SendDatagramError};
use std::time::Duration;

/// Datagrams that count for nothing before a session is given up: a session's worth, many times.
const MAX_IGNORED: u32 = 256;

/// However the stopwatch runs, no session takes longer.
const LONGEST: Duration =
    Duration::from_nanos(ROUNDS as u64 * SPACING_MAX_NS + ROUND_DEADLINE_MAX_NS + 5_000_000_000);

/// Why the rounds ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoundsError {
    /// The agent went away.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// Its QUIC takes no datagrams of this size.
    #[error("cannot send: {0}")]
    Send(#[from] SendDatagramError),
    /// It sends what counts for nothing.
    #[error("{0} datagrams counted for nothing")]
    Flood(u32),
    /// They do not end.
    #[error("rounds did not end within {LONGEST:?}")]
    Endless,
}

/// Runs all rounds of `session`.
pub(crate) async fn run(
    connection: &Connection,
    session: &mut AnchorSession,
    stopwatch: &dyn Stopwatch,
) -> Result<(), RoundsError> {
    let rounds = exchange(connection, session, stopwatch);
    tokio::time::timeout(LONGEST, rounds)
        .await
        .unwrap_or(Err(RoundsError::Endless))
}

async fn exchange(
    connection: &Connection,
    session: &mut AnchorSession,
    stopwatch: &dyn Stopwatch,
) -> Result<(), RoundsError> {
    loop {
        session.handle_timeout(stopwatch.now_ns());
        // The stopwatch is read right before each datagram is made and handed over.
        while let Some(packet) = session.poll_transmit(stopwatch.now_ns()) {
            connection.send_datagram(packet.to_vec().into())?;
        }
        if session.is_finished() {
            return Ok(());
        }
        if session.ignored() > MAX_IGNORED {
            return Err(RoundsError::Flood(session.ignored()));
        }
        let due_ns = session.poll_timeout().unwrap_or(0);
        let wait = Duration::from_nanos(due_ns.saturating_sub(stopwatch.now_ns()));
        tokio::select! {
            biased;
            datagram = connection.read_datagram() => {
                // And read anew after the receive has returned.
                let now_ns = stopwatch.now_ns();
                session.handle_datagram(now_ns, &datagram?);
            }
            () = tokio::time::sleep(wait) => {}
        }
    }
}
