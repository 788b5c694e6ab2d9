//! The anchor's stopwatch, and the check of it against the machine's other clocks.
//!
//! A distance bound is only as good as this clock: one that runs slow, or stands still while the
//! machine is paused, makes a host look nearer than it is. `CLOCK_MONOTONIC_RAW` is not slewed by
//! time synchronisation. Over each session it is compared with `CLOCK_MONOTONIC`,
//! `CLOCK_BOOTTIME` and `CLOCK_REALTIME`; a session in which they disagree by more than the
//! directory's stated rate error and a small allowance is void.

use rustix::time::{ClockId, clock_gettime};

/// One reading of all clocks, as nearly at one instant as could be had. Nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clocks {
    /// `CLOCK_MONOTONIC_RAW`: the stopwatch.
    pub raw_ns: u64,
    /// `CLOCK_MONOTONIC`.
    pub monotonic_ns: u64,
    /// `CLOCK_BOOTTIME`: goes on while the machine is suspended.
    pub boottime_ns: u64,
    /// `CLOCK_REALTIME`: Unix time.
    pub realtime_ns: u64,
}

impl Clocks {
    /// Unix time, ms.
    pub fn unix_ms(&self) -> u64 {
        self.realtime_ns / 1_000_000
    }
}

/// The clock that bounds distances.
pub trait Stopwatch: Send + Sync + 'static {
    /// Nanoseconds since some fixed instant. Read anew at each call.
    fn now_ns(&self) -> u64;

    /// A reading of all clocks, for the check and for the transcript's wall times.
    fn clocks(&self) -> Clocks;
}

/// The machine's own clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RawStopwatch;

/// Readings this close together, ns, need no second try.
const CLOSE_NS: u64 = 2_000;
const TRIES: usize = 8;

fn read(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}

impl Stopwatch for RawStopwatch {
    fn now_ns(&self) -> u64 {
        read(ClockId::MonotonicRaw)
    }

    /// The tightest of a few tries: a thread that loses its core between two readings sees
    /// clocks apart that are not.
    fn clocks(&self) -> Clocks {
        let mut best = (u64::MAX, Clocks::default());
        for _ in 0..TRIES {
            let before_ns = self.now_ns();
            let monotonic_ns = read(ClockId::Monotonic);
            let boottime_ns = read(ClockId::Boottime);
            let realtime_ns = read(ClockId::Realtime);
            let width_ns = self.now_ns().saturating_sub(before_ns);
            if width_ns < best.0 {
                let clocks = Clocks {
                    raw_ns: before_ns.saturating_add(width_ns / 2),
                    monotonic_ns,
                    boottime_ns,
                    realtime_ns,
                };
                best = (width_ns, clocks);
            }
            if width_ns <= CLOSE_NS {
                break;
            }
        }
        best.1
    }
}

/// How far the clocks may disagree over a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Stated rate error of the stopwatch, parts per million of the time that passed.
    pub ppm: u32,
    /// Beside it, ns: for the slewing of the other clocks and for reading them one by one.
    pub allowance_ns: u64,
}

/// Two clocks disagree about how long a session took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "CLOCK_MONOTONIC_RAW says {raw_ns} ns passed and {clock} says {other_ns} ns: \
     more than {allowed_ns} ns apart"
)]
pub struct ClockFault {
    /// The other clock's name.
    pub clock: &'static str,
    /// Time passed by the stopwatch, ns.
    pub raw_ns: i128,
    /// Time passed by the other clock, ns.
    pub other_ns: i128,
    /// Difference allowed, ns.
    pub allowed_ns: i128,
}

/// Compares what the clocks say passed between two readings.
///
/// # Errors
/// [`ClockFault`] naming the first clock that is too far from the stopwatch.
pub fn check(before: &Clocks, after: &Clocks, tolerance: Tolerance) -> Result<(), ClockFault> {
    let passed = |clock: fn(&Clocks) -> u64| i128::from(clock(after)) - i128::from(clock(before));
    let raw_ns = passed(|clocks| clocks.raw_ns);
    let others = [
        ("CLOCK_MONOTONIC", passed(|clocks| clocks.monotonic_ns)),
        ("CLOCK_BOOTTIME", passed(|clocks| clocks.boottime_ns)),
        ("CLOCK_REALTIME", passed(|clocks| clocks.realtime_ns)),
    ];
    // Of the shorter of the two times, so that neither clock's error widens what it is allowed.
    for (clock, other_ns) in others {
        let rate_ns = raw_ns.abs().min(other_ns.abs()) * i128::from(tolerance.ppm) / 1_000_000;
        let allowed_ns = i128::from(tolerance.allowance_ns) + rate_ns;
        if raw_ns < 0 || (raw_ns - other_ns).abs() > allowed_ns {
            return Err(ClockFault {
                clock,
                raw_ns,
                other_ns,
                allowed_ns,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const TOLERANCE: Tolerance = Tolerance {
        ppm: 100,
        allowance_ns: 200_000,
    };

    fn after(raw: u64, monotonic: u64, boottime: u64, realtime: u64) -> Result<(), ClockFault> {
        let start = Clocks {
            raw_ns: 5,
            monotonic_ns: 1_000_000,
            boottime_ns: 2_000_000,
            realtime_ns: 1_700_000_000_000_000_000,
        };
        let end = Clocks {
            raw_ns: start.raw_ns + raw,
            monotonic_ns: start.monotonic_ns + monotonic,
            boottime_ns: start.boottime_ns + boottime,
            realtime_ns: start.realtime_ns + realtime,
        };
        check(&start, &end, TOLERANCE)
    }

    #[test]
    fn clocks_that_agree_pass() {
        let s = 1_000_000_000;
        assert_eq!(after(s, s, s, s), Ok(()));
        assert_eq!(after(s, s + 299_000, s - 299_000, s), Ok(()));
    }

    #[test]
    fn each_clock_can_void_a_session() {
        let s = 1_000_000_000;
        assert_eq!(
            after(s, s + 301_000, s, s).unwrap_err().clock,
            "CLOCK_MONOTONIC"
        );
        assert_eq!(
            after(s, s, s + 301_000, s).unwrap_err().clock,
            "CLOCK_BOOTTIME"
        );
        assert_eq!(
            after(s, s, s, s + 301_000).unwrap_err().clock,
            "CLOCK_REALTIME"
        );
        assert!(after(s, s, s, s - 301_000).is_err());
    }

    #[test]
    fn a_stopwatch_that_stood_still_or_ran_back_is_a_fault() {
        let s = 1_000_000_000;
        assert!(after(0, s, s, s).is_err());
        assert!(after(s / 2, s, s, s).is_err());
        let clocks = |raw_ns| Clocks {
            raw_ns,
            ..Clocks::default()
        };
        assert!(check(&clocks(2), &clocks(1), TOLERANCE).is_err());
    }

    #[test]
    fn the_machines_clocks_move_forward_together() {
        let before = RawStopwatch.clocks();
        let first = RawStopwatch.now_ns();
        let second = RawStopwatch.now_ns();
        assert!(second >= first && first >= before.raw_ns);
        assert!(before.unix_ms() > 1_600_000_000_000);
        let generous = Tolerance {
            ppm: 1_000,
            allowance_ns: 50_000_000,
        };
        assert_eq!(check(&before, &RawStopwatch.clocks(), generous), Ok(()));
    }

    proptest! {
        #[test]
        fn a_shortened_stopwatch_is_caught_beyond_the_tolerance(
            true_ns in 1_000_000u64..10_000_000_000, cut in 0u64..10_000_000_000,
        ) {
            let raw = true_ns.saturating_sub(cut);
            let allowed = TOLERANCE.allowance_ns + true_ns * u64::from(TOLERANCE.ppm) / 1_000_000;
            if true_ns - raw > allowed {
                prop_assert!(after(raw, true_ns, true_ns, true_ns).is_err());
            }
        }

        #[test]
        fn any_readings_are_answered(values: [u64; 8], ppm: u32, allowance_ns: u64) {
            let clocks = |at: usize| Clocks {
                raw_ns: values[at],
                monotonic_ns: values[at + 1],
                boottime_ns: values[at + 2],
                realtime_ns: values[at + 3],
            };
            let _ = check(&clocks(0), &clocks(4), Tolerance { ppm, allowance_ns });
        }
    }
}
