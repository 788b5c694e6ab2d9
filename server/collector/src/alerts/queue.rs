//! One target's loop: the next alert, until it is delivered, then the one after it.

use super::cursor::Cursor;
use super::{Alert, AlertError, Source, Target};
use crate::clock::Clock;
use crate::net;
use domicile_certs::random::{self, System};
use std::collections::BTreeMap;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often is looked and asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two looks at the log when there was nothing to tell.
    pub every: Duration,
    /// After the first failure; doubled with each one that follows.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

/// What a target waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// When the alert that it has not taken was logged, Unix ms; `None` when it has everything.
    pub oldest_ms: Option<u64>,
    /// How often it was told something.
    pub delivered: u64,
    /// How often it did not take something.
    pub failed: u64,
}

/// How the targets stand, for metrics.
#[derive(Debug, Default)]
pub struct Board(Mutex<BTreeMap<String, Waiting>>);

impl Board {
    /// Each target by name.
    pub fn read(&self) -> BTreeMap<String, Waiting> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn write(&self, name: &str, change: impl FnOnce(&mut Waiting)) {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(board.entry(name.to_owned()).or_default());
    }
}

/// A target and its place in the log.
pub struct Queue<S> {
    source: Arc<S>,
    target: Target,
    cursor: Cursor,
    pace: Pace,
    clock: Clock,
    board: Arc<Board>,
}

/// The log that a queue reads.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// Where cursors lie.
    pub folder: &'a Path,
    /// The log's name.
    pub origin: &'a str,
    /// Where it ends: where a new target begins.
    pub end: u64,
}

impl<S: Source> Queue<S> {
    /// A target's queue, from where it was left.
    ///
    /// # Errors
    /// [`AlertError`] when its cursor is damaged or of another log.
    pub fn open(
        source: Arc<S>,
        target: Target,
        place: &Place<'_>,
        pace: Pace,
        (clock, board): (Clock, Arc<Board>),
    ) -> Result<Self, AlertError> {
        let cursor = Cursor::open(place.folder, &target.name, place.origin, place.end);
        let cursor = cursor.map_err(|problem| AlertError {
            name: target.name.clone(),
            problem,
        })?;
        board.write(&target.name, |_| ());
        Ok(Self {
            source,
            target,
            cursor,
            pace,
            clock,
            board,
        })
    }

    /// Tells the target everything, in the log's order, until `stop` turns true.
    pub async fn run(mut self, stop: watch::Receiver<bool>) {
        let mut stopped = pin!(net::stopped(stop));
        let mut failures = 0;
        loop {
            let pause = tokio::select! {
                pause = self.step(&mut failures) => pause,
                () = &mut stopped => break,
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = &mut stopped => break,
            }
        }
        self.save();
    }

    /// Tells one alert, or finds none. How long to wait then.
    async fn step(&mut self, failures: &mut u32) -> Duration {
        let name = &self.target.name;
        let alert = match self.source.next(self.cursor.next()) {
            Ok(Some(alert)) => alert,
            Ok(None) => {
                self.board.write(name, |one| one.oldest_ms = None);
                self.save();
                return self.pace.every;
            }
            Err(problem) => {
                tracing::error!(target_name = name, problem, "alerts cannot be read");
                return self.pace.most;
            }
        };
        if !self.target.wants(&alert) {
            self.cursor.pass(alert.index + 1);
            return Duration::ZERO;
        }
        self.board
            .write(name, |one| one.oldest_ms = Some(alert.at_ms));
        let told = self.target.tell(&alert, self.clock.now_ms()).await;
        self.told(&alert, told, failures)
    }

    fn told(&mut self, alert: &Alert, told: Result<(), String>, failures: &mut u32) -> Duration {
        let name = &self.target.name;
        match told {
            Ok(()) => {
                if *failures > 0 {
                    tracing::info!(target_name = name, "the target takes alerts again");
                }
                *failures = 0;
                self.board.write(name, |one| one.delivered += 1);
                self.cursor.pass(alert.index + 1);
                self.save();
                Duration::ZERO
            }
            Err(problem) => {
                if *failures == 0 {
                    tracing::warn!(target_name = name, problem, "an alert is not taken");
                }
                self.board.write(name, |one| one.failed += 1);
                let pause = pause(self.pace, *failures);
                *failures = failures.saturating_add(1);
                pause
            }
        }
    }

    /// A place that cannot be saved is no reason to stop: what was told may be told again.
    fn save(&mut self) {
        if let Err(problem) = self.cursor.save() {
            let name = &self.target.name;
            tracing::warn!(target_name = name, problem, "an alert cursor is not saved");
        }
    }
}

/// The pause after so many failures: doubled each time, up to the most, of which a random half to the
/// whole, so that targets do not all come back at once.
fn pause(pace: Pace, failures: u32) -> Duration {
    let whole = pace.first.saturating_mul(1 << failures.min(20));
    let whole = whole.min(pace.most);
    let byte = random::bytes::<1>(&mut System::default()).map_or(255, |[byte]| byte);
    whole / 2 + (whole / 2) * u32::from(byte) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_most_and_vary() {
        let pace = Pace {
            every: Duration::ZERO,
            first: Duration::from_secs(5),
            most: Duration::from_secs(3600),
        };
        for (failures, whole) in [(0, 5), (1, 10), (5, 160), (10, 3600), (u32::MAX, 3600)] {
            let whole = Duration::from_secs(whole);
            for _ in 0..20 {
                let pause = pause(pace, failures);
                assert!(pause <= whole && pause >= whole / 2, "{pause:?}");
            }
        }
        let many: std::collections::BTreeSet<_> = (0..50).map(|_| pause(pace, 9)).collect();
        assert!(many.len() > 5);
    }
}
