//! The service: a session every interval, a sign of life between, until it is told to stop.

use crate::agent::{Agent, GOODBYE, is_full};
use crate::error::Error;
use crate::host::Host;
use crate::notify::Manager;
use crate::state::enrolment::EnrolmentError;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

/// The signals that stop the service.
pub struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Listens for them from now on. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// The system's.
    pub fn listen() -> Result<Self, Error> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(Error::System)?,
            interrupt: signal(SignalKind::interrupt()).map_err(Error::System)?,
        })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Runs until SIGTERM or SIGINT. A session that is cut off leaves nothing half-done.
///
/// # Errors
/// [`Error`] when the agent's state turns out not to be this machine's.
pub async fn run(mut agent: Agent, mut stop: Stop, manager: Manager) -> Result<(), Error> {
    manager.ready();
    tracing::info!(
        ranging = agent.config().ranging_interval.as_secs(),
        liveness = agent.config().liveness_interval.as_secs(),
        waiting = agent.waiting(),
        "started"
    );
    let result = tokio::select! {
        result = work(&mut agent) => result,
        () = stay_alive(&manager) => Ok(()),
        () = stop.told() => Ok(()),
    };
    manager.stopping();
    agent.network().finish(GOODBYE).await;
    tracing::info!("stopped");
    result
}

/// Tells the manager at its interval: a runtime that is stuck does not.
async fn stay_alive(manager: &Manager) {
    let Some(every) = manager.watchdog else {
        return std::future::pending().await;
    };
    loop {
        manager.alive();
        tokio::time::sleep(every).await;
    }
}

async fn work(agent: &mut Agent) -> Result<(), Error> {
    let mut failures = 0;
    let now = Instant::now();
    let interval = agent.config().ranging_interval;
    // Spread over a minute of an hour, so that a fleet that starts at once does not measure at
    // once.
    let mut range_at = now + interval.mul_f64(fraction(agent.host()) / 60.0);
    let mut greet_at = now + jitter(agent.config().liveness_interval, fraction(agent.host()));
    loop {
        if range_at <= greet_at {
            sleep_until(range_at).await;
            let wait = match agent.session().await {
                Ok(outcome) => {
                    failures = 0;
                    tracing::info!(
                        anchors = outcome.ranged,
                        drawn = outcome.drawn,
                        bytes = outcome.bytes,
                        index = outcome.receipt.index,
                        backlog = outcome.backlog,
                        "report acknowledged"
                    );
                    jitter(interval, fraction(agent.host()))
                }
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error @ Error::NotDelivered { .. }) => {
                    failures = 0;
                    tracing::warn!(%error, "session");
                    jitter(interval, fraction(agent.host()))
                }
                Err(error) => {
                    tracing::error!(%error, "session");
                    failures += 1;
                    match is_full(&error) {
                        true => jitter(interval, fraction(agent.host())),
                        false => backoff(interval, failures, fraction(agent.host())),
                    }
                }
            };
            range_at = Instant::now() + wait;
        } else {
            sleep_until(greet_at).await;
            match agent.sign_of_life().await {
                Ok(()) => tracing::debug!("sign of life confirmed"),
                Err(error) if is_fatal(&error) => return Err(error),
                Err(error) => tracing::warn!(%error, "sign of life"),
            }
            let interval = agent.config().liveness_interval;
            greet_at = Instant::now() + jitter(interval, fraction(agent.host()));
        }
    }
}

/// Nothing that waiting could mend.
fn is_fatal(error: &Error) -> bool {
    matches!(
        error,
        Error::Enrolment(EnrolmentError::NotEnrolled | EnrolmentError::Cloned)
    )
}

/// Uniform in [0, 1).
fn fraction(host: &Host) -> f64 {
    f64::from(u32::from_be_bytes(host.random_bytes())) / (f64::from(u32::MAX) + 1.0)
}

/// Within a tenth of `interval`, either side.
fn jitter(interval: Duration, fraction: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * fraction)
}

/// After the `failures`-th failure in a row: between half and the whole of a sixtieth of the
/// interval, doubled each time, up to the interval.
fn backoff(interval: Duration, failures: u32, fraction: f64) -> Duration {
    let doubled = (interval / 60).saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(interval).mul_f64(0.5 + 0.5 * fraction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn backoff_doubles_up_to_the_interval() {
        assert_eq!(backoff(HOUR, 1, 1.0), Duration::from_secs(60));
        assert_eq!(backoff(HOUR, 2, 1.0), Duration::from_secs(120));
        assert_eq!(backoff(HOUR, 7, 1.0), HOUR);
        assert_eq!(backoff(HOUR, u32::MAX, 0.0), HOUR / 2);
    }

    proptest! {
        #[test]
        fn waits_stay_in_bounds(seconds in 1..604_800u64, failures in 1..100u32, fraction in 0.0..1.0f64) {
            let interval = Duration::from_secs(seconds);
            prop_assert!(jitter(interval, fraction) >= interval.mul_f64(0.899));
            prop_assert!(jitter(interval, fraction) <= interval.mul_f64(1.101));
            prop_assert!(backoff(interval, failures, fraction) <= interval);
            prop_assert!(backoff(interval, failures, fraction) >= interval / 121);
        }

        #[test]
        fn fractions_are_below_one(_ in 0..10u8) {
            prop_assert!((0.0..1.0).contains(&fraction(&Host::real())));
        }
    }
}
