//! The table `[publish]`: where the log is served, and who witnesses it.
//!
//! ```toml
//! [publish]
//! listen = "0.0.0.0:8080"
//! needed = 2
//!
//! [[publish.witness]]
//! key = "witness.example.org/w1+5e1c…+BA…"
//! url = "http://192.0.2.7:8090"
//!
//! [publish.timestamp]
//! url = "http://tsa.example.net/tsr"
//! certificates = "tsa-roots.pem"
//! ```

use super::PublishError;
use domicile_http::client::Url;
use domicile_ledger::witness::{Policy, VerifierKey};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How the log is published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PublishSettings {
    /// Where everybody may fetch checkpoint and tiles (HTTP over TCP, no login); nowhere by default.
    pub listen: Option<SocketAddr>,
    /// Time between two rounds.
    #[serde(with = "humantime_serde")]
    pub every: Duration,
    /// A record that enough witnesses have not signed for is published without them after this.
    #[serde(with = "humantime_serde")]
    pub unwitnessed_after: Duration,
    /// How long one witness may take to answer.
    #[serde(with = "humantime_serde")]
    pub witness_timeout: Duration,
    /// How many of the witnesses must sign.
    pub needed: usize,
    /// Whom to ask.
    pub witness: Vec<WitnessSettings>,
    /// Connections to `listen` at a time.
    pub connections: usize,
    /// Who stamps checkpoints with the time; nobody by default.
    pub timestamp: Option<StampSettings>,
}

/// An authority of RFC 3161.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StampSettings {
    /// Where it answers: `http://HOST[:PORT]/PATH`.
    pub url: String,
    /// The roots of its certificates, PEM. A stamp that does not lead to one of them is not kept.
    pub certificates: PathBuf,
    /// Time between two stamps.
    #[serde(with = "humantime_serde", default = "stamp_every")]
    pub every: Duration,
    /// How long it may take to answer.
    #[serde(with = "humantime_serde", default = "stamp_timeout")]
    pub timeout: Duration,
}

fn stamp_every() -> Duration {
    Duration::from_secs(3600)
}

fn stamp_timeout() -> Duration {
    Duration::from_secs(10)
}

/// A witness.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WitnessSettings {
    /// Its verifier key, as `domicile-witness keygen` prints it.
    pub key: String,
    /// Where it is: `http://HOST[:PORT][/PREFIX]`.
    pub url: String,
}

impl Default for PublishSettings {
    fn default() -> Self {
        Self {
            listen: None,
            every: Duration::from_secs(1),
            unwitnessed_after: Duration::from_secs(45),
            witness_timeout: Duration::from_secs(5),
            needed: 0,
            witness: Vec::new(),
            connections: 256,
            timestamp: None,
        }
    }
}

impl PublishSettings {
    /// Checks what does not depend on anything else.
    pub(crate) fn check(&self) -> Result<(), String> {
        let second = Duration::from_secs(1);
        for (name, value, most) in [
            ("every", self.every, 60 * second),
            ("unwitnessed-after", self.unwitnessed_after, 3600 * second),
            ("witness-timeout", self.witness_timeout, 60 * second),
        ] {
            if !(second / 100..=most).contains(&value) {
                return Err(format!(
                    "`publish.{name}`: {value:?} where 10ms to {most:?} are allowed"
                ));
            }
        }
        if let Some(stamps) = &self.timestamp {
            let fits = second / 100..=31 * 24 * 3600 * second;
            if !fits.contains(&stamps.every) || !fits.contains(&stamps.timeout) {
                return Err(
                    "`publish.timestamp`: `every` and `timeout`: 10ms to 31d are allowed".into(),
                );
            }
            stamps
                .url
                .parse::<Url>()
                .map_err(|error| format!("`publish.timestamp.url`: {error}"))?;
        }
        if !(1..=100_000).contains(&self.connections) {
            return Err("`publish.connections`: 1 to 100000 are allowed".into());
        }
        self.witnesses()
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    /// The rule, and each witness's address in its order.
    pub(crate) fn witnesses(&self) -> Result<(Policy, Vec<Url>), PublishError> {
        let mut keys = Vec::new();
        let mut urls = Vec::new();
        for witness in &self.witness {
            keys.push(witness.key.parse::<VerifierKey>()?);
            urls.push(witness.url.parse::<Url>()?);
        }
        Ok((Policy::new(keys, self.needed)?, urls))
    }
}
