//! The `[mesh]` section of `anchor.toml`.

use serde::Deserialize;
use std::time::Duration;

/// How an anchor ranges with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct MeshSettings {
    /// Whether it visits others. It answers them in any case.
    pub enabled: bool,
    /// Each other anchor is visited once in this time, at a random moment.
    #[serde(with = "humantime_serde")]
    pub period: Duration,
    /// Visits at a time.
    pub at_a_time: usize,
    /// Whether sessions are reported to a collector; else they are forgotten.
    pub report: bool,
    /// How often.
    #[serde(with = "humantime_serde")]
    pub report_every: Duration,
    /// How long a session waits for a collector.
    #[serde(with = "humantime_serde")]
    pub keep: Duration,
}

impl Default for MeshSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            period: Duration::from_secs(600),
            at_a_time: 2,
            report: true,
            report_every: Duration::from_secs(3600),
            keep: Duration::from_secs(24 * 3600),
        }
    }
}

impl MeshSettings {
    /// The first value that is out of range, and what is allowed.
    pub(crate) fn fault(&self) -> Option<(&'static str, String)> {
        let day = Duration::from_secs(24 * 3600);
        let second = Duration::from_secs(1);
        let times = [
            ("mesh.period", self.period, second, day),
            ("mesh.report-every", self.report_every, second, day),
            ("mesh.keep", self.keep, second, 6 * day),
        ];
        let time = times
            .into_iter()
            .find(|(_, value, least, most)| value < least || value > most)
            .map(|(key, value, least, most)| {
                (
                    key,
                    format!("is {value:?}; {least:?} to {most:?} is allowed"),
                )
            });
        let places = (!(1..=16).contains(&self.at_a_time)).then(|| {
            (
                "mesh.at-a-time",
                format!("is {}; 1 to 16 is allowed", self.at_a_time),
            )
        });
        time.or(places)
    }
}
