//! The timed rounds: the sans-IO session over a connection's datagrams.

use crate::stopwatch::Stopwatch;
use domicile_proto::ranging::{AnchorSession, ROUND_DEADLINE_MAX_NS, ROUNDS, SPACING_MAX_NS};
use quinn::{Connection, ConnectionError, SendDatagramError};
use std::time::Duration;

/// Datagrams that count for nothing before a session is given up: a session's worth, many times.
const MAX_IGNORED: u32 = 256;

/// What the runtime's timers count in, ns.
const TICK_NS: u64 = 1_000_000;

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
        tokio::select! {
            biased;
            datagram = connection.read_datagram() => {
                // And read anew after the receive has returned.
                let now_ns = stopwatch.now_ns();
                session.handle_datagram(now_ns, &datagram?);
            }
            () = until(due_ns, stopwatch) => {}
        }
    }
}

/// Waits until `due_ns` by the stopwatch. The runtime's timers are whole milliseconds: for less
/// than one it is asked over and over, others having their turn between.
async fn until(due_ns: u64, stopwatch: &dyn Stopwatch) {
    loop {
        let now_ns = stopwatch.now_ns();
        let left_ns = due_ns.saturating_sub(now_ns);
        if left_ns == 0 {
            return;
        }
        if left_ns < TICK_NS {
            tokio::task::yield_now().await;
        }
        // A virtual stopwatch stands still until the runtime has nothing left to do.
        if left_ns >= TICK_NS || stopwatch.now_ns() == now_ns {
            return tokio::time::sleep(Duration::from_nanos(left_ns)).await;
        }
    }
}
