//! An anchor that lies about time: the real anchor's library with a stopwatch that is not one.
//!
//! Its rounds take `factor` times what they took. What it says to its own clock check is true, as
//! a liar's would be: the check protects an honest anchor from its machine, not others from a liar.

use anyhow::Result;
use domicile_anchor::stopwatch::Clocks;
use domicile_anchor::{Anchor, Config, RawStopwatch, Stopwatch, serve};
use std::path::Path;
use std::sync::Arc;

/// A stopwatch that runs at a wrong rate.
#[derive(Debug, Clone, Copy)]
pub struct LyingStopwatch {
    true_start_ns: u64,
    factor: f64,
}

impl LyingStopwatch {
    /// Starts it now. Below 1 it shortens, above 1 it lengthens.
    pub fn new(factor: f64) -> Self {
        Self {
            true_start_ns: RawStopwatch.now_ns(),
            factor,
        }
    }
}

impl Stopwatch for LyingStopwatch {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )] // a liar's clock may be off by a few nanoseconds more
    fn now_ns(&self) -> u64 {
        let passed = RawStopwatch.now_ns().saturating_sub(self.true_start_ns);
        self.true_start_ns + (passed as f64 * self.factor) as u64
    }

    fn clocks(&self) -> Clocks {
        RawStopwatch.clocks()
    }
}

/// Serves as an anchor that lies, until `shutdown`; prints `ready ADDRESS` as the real one does.
///
/// # Errors
/// As the real anchor: a file or address that cannot be used.
pub async fn lying_anchor(
    config: &Path,
    factor: f64,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let config = Config::load(config)?;
    let ready = |anchor: &Anchor| {
        for address in anchor.addresses() {
            println!("ready {address}");
        }
    };
    serve(
        &config,
        Arc::new(LyingStopwatch::new(factor)),
        ready,
        shutdown,
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_stretches_what_passes() {
        let (short, long) = (LyingStopwatch::new(0.5), LyingStopwatch::new(2.0));
        let start = (RawStopwatch.now_ns(), short.now_ns(), long.now_ns());
        std::thread::sleep(std::time::Duration::from_millis(5));
        // Read the long one first and the short one last: each error is against the assertion.
        let end_long = long.now_ns() - start.2;
        let passed = RawStopwatch.now_ns() - start.0;
        let end_short = short.now_ns() - start.1;
        assert!(
            end_short < passed && end_long > passed,
            "{end_short} {passed} {end_long}"
        );
    }
}
