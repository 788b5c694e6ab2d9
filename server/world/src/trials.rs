//! Many independent trials on all cores, the same for any number of threads: each trial has its
//! number, and its randomness comes from that and a seed.

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many trials a thread takes at a time.
const BLOCK: u64 = 512;

/// SplitMix64 (Steele, Lea and Flood 2014): not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers of one trial.
    pub fn of_trial(seed: u64, number: u64) -> Self {
        let mut random = Self(seed);
        let start = random.next() ^ number.wrapping_mul(0xd134_2543_de82_ef95);
        Self(start)
    }

    /// Any number.
    #[allow(clippy::should_implement_trait)] // it never ends
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `bound` − 1; 0 when the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next()) * bound as u128;
        usize::try_from(product >> 64).expect("it is below a usize")
    }

    /// 0 (inclusive) to 1 (exclusive).
    pub fn unit(&mut self) -> f64 {
        let high = u32::try_from(self.next() >> 32).expect("32 bits are left");
        f64::from(high) / 4_294_967_296.0
    }

    /// Evenly between two numbers.
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The threads that this machine runs at once.
pub fn all_cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A bar on standard error; invisible when that is no terminal.
pub fn bar(trials: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(trials).with_message(what);
    let style = ProgressStyle::with_template(
        "{spinner} [{elapsed_precise}] {bar:30} {human_pos}/{human_len} {msg} {eta}",
    );
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Runs trials 0 to `trials` − 1 in blocks on `threads` threads; what the blocks gave, in order.
///
/// # Errors
/// The error of a block; of several that of the first. The others are not begun.
pub fn in_blocks<T: Send>(
    trials: u64,
    threads: NonZeroUsize,
    bar: &ProgressBar,
    block: impl Fn(Range<u64>) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    in_blocks_of(BLOCK, trials, threads, bar, block)
}

/// The same in blocks of `size`, for trials that are long.
///
/// # Errors
/// As [`in_blocks`].
pub fn in_blocks_of<T: Send>(
    size: u64,
    trials: u64,
    threads: NonZeroUsize,
    bar: &ProgressBar,
    block: impl Fn(Range<u64>) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let next = AtomicU64::new(0);
    let done = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let from = number.saturating_mul(size);
            if from >= trials {
                return;
            }
            let until = trials.min(from + size);
            let result = block(from..until);
            if result.is_err() {
                next.store(u64::MAX / BLOCK / 2, Ordering::Relaxed);
            }
            bar.inc(until - from);
            if let Ok(mut done) = done.lock() {
                done.push((number, result));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.get() {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().ok().context("a trial ended its thread")?;
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn threads(count: usize) -> NonZeroUsize {
        NonZeroUsize::new(count).unwrap()
    }

    #[test]
    fn every_trial_runs_once_and_any_number_of_threads_gives_the_same() {
        let run = |count| {
            let sums = in_blocks(10_001, threads(count), &ProgressBar::hidden(), |range| {
                Ok(range
                    .map(|k| Random::of_trial(7, k).next())
                    .fold(0u64, u64::wrapping_add))
            });
            sums.unwrap()
        };
        assert_eq!(run(1).len(), 20);
        assert_eq!(run(1), run(3));
        let numbers = in_blocks(1_500, threads(2), &ProgressBar::hidden(), |range| {
            Ok(range.collect::<Vec<_>>())
        });
        assert!(numbers.unwrap().into_iter().flatten().eq(0..1_500));
        assert!(
            in_blocks(0, threads(2), &ProgressBar::hidden(), |_| Ok(()))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn the_first_error_is_the_answer() {
        let failed = in_blocks(100_000, threads(2), &ProgressBar::hidden(), |range| {
            anyhow::ensure!(range.start < 5_000, "block at {}", range.start);
            Ok(())
        });
        assert!(failed.unwrap_err().to_string().starts_with("block at 5120"));
    }

    #[test]
    fn numbers_are_spread() {
        let mut random = Random::of_trial(1, 2);
        let mut seen = [0; 10];
        for _ in 0..10_000 {
            seen[random.below(10)] += 1;
            assert!((0.0..1.0).contains(&random.unit()));
        }
        assert!(
            seen.iter().all(|count| (850..1150).contains(count)),
            "{seen:?}"
        );
        assert_eq!(random.below(0), 0);
    }
}
