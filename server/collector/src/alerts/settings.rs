//! The table `[alerts]`: who is told of flags and cases. Nobody by default.
//!
//! ```toml
//! [alerts]
//! metrics-listen = "127.0.0.1:9464"
//!
//! [[alerts.webhook]]
//! name = "pager"
//! url = "https://hooks.example.net/domicile"
//! secret = "pager.secret"        # a file with whsec_…, mode 0600
//! ca = "hooks-ca.pem"
//! severity = "medium"            # flags of at least this; cases always
//!
//! [[alerts.syslog]]
//! name = "local"
//! to = "unix:/dev/log"           # or udp:ADDRESS:PORT, tcp:ADDRESS:PORT
//! ```

use super::AlertError;
use super::post::{Endpoint, Url};
use super::queue::Pace;
use super::syslog::{Syslog, Where};
use super::target::{Target, Way};
use super::webhook::{Secret, Webhook};
use domicile_certs::files;
use domicile_diversion::flags::Severity;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAX_SECRET: usize = 1024;
const MAX_CA: usize = 1024 * 1024;

/// Targets at most.
const MAX_TARGETS: usize = 32;

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AlertSettings {
    /// Where Prometheus reads counts (HTTP over TCP, no login); nowhere by default.
    pub metrics_listen: Option<SocketAddr>,
    /// Between two looks at the log.
    #[serde(with = "humantime_serde")]
    pub every: Duration,
    /// After a first failure; doubled with each one that follows.
    #[serde(with = "humantime_serde")]
    pub retry_first: Duration,
    /// The longest pause between two attempts. There is no last attempt.
    #[serde(with = "humantime_serde")]
    pub retry_most: Duration,
    /// Webhooks.
    pub webhook: Vec<WebhookSettings>,
    /// Syslog.
    pub syslog: Vec<SyslogSettings>,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            metrics_listen: None,
            every: Duration::from_secs(1),
            retry_first: Duration::from_secs(5),
            retry_most: Duration::from_secs(1800),
            webhook: Vec::new(),
            syslog: Vec::new(),
        }
    }
}

/// How severe a flag must be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Least {
    /// Everything.
    Note,
    /// [`Severity::Low`].
    #[default]
    Low,
    /// [`Severity::Medium`].
    Medium,
    /// [`Severity::High`].
    High,
}

impl Least {
    fn severity(self) -> Severity {
        match self {
            Self::Note => Severity::Note,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
        }
    }
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WebhookSettings {
    /// Its name: what its cursor and its metrics are called. It keeps its place while it keeps that.
    pub name: String,
    /// Where it is: `https://HOST[:PORT][/PATH]`.
    pub url: String,
    /// A file with the secret, `whsec_…`.
    pub secret: PathBuf,
    /// The authorities of its certificate, PEM.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Lets `http://` go to other machines than this one.
    #[serde(default)]
    pub allow_plain: bool,
    /// Flags of at least this severity; cases always.
    #[serde(default)]
    pub severity: Least,
    /// How long it may take to answer.
    #[serde(with = "humantime_serde", default = "webhook_timeout")]
    pub timeout: Duration,
}

fn webhook_timeout() -> Duration {
    Duration::from_secs(15)
}

/// A syslog server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SyslogSettings {
    /// Its name, as for a webhook.
    pub name: String,
    /// `unix:/PATH`, `udp:ADDRESS:PORT`, `tcp:ADDRESS:PORT`.
    pub to: String,
    /// Facility, 0 to 23; 16 is `local0`.
    #[serde(default = "facility")]
    pub facility: u8,
    /// Flags of at least this severity; cases always.
    #[serde(default)]
    pub severity: Least,
}

fn facility() -> u8 {
    16
}

impl AlertSettings {
    /// Files it names, to be taken from the configuration's folder.
    pub(crate) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.webhook
            .iter_mut()
            .flat_map(|one| std::iter::once(&mut one.secret).chain(one.ca.as_mut()))
    }

    /// Checks what does not depend on files.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (least, day) = (Duration::from_millis(10), Duration::from_secs(24 * 3600));
        let times = [
            ("every", self.every),
            ("retry-first", self.retry_first),
            ("retry-most", self.retry_most),
        ];
        let timeouts = self
            .webhook
            .iter()
            .map(|one| ("webhook.timeout", one.timeout));
        for (name, value) in times.into_iter().chain(timeouts) {
            if !(least..=day).contains(&value) {
                return Err(format!(
                    "`alerts.{name}`: {value:?} where {least:?} to {day:?} are allowed"
                ));
            }
        }
        let names = self.webhook.iter().map(|one| &one.name);
        let names = names.chain(self.syslog.iter().map(|one| &one.name));
        let mut seen = BTreeSet::new();
        for name in names {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
                return Err(format!(
                    "`alerts`: name {name:?}: 1 to 64 of a-z, 0-9, `-` are expected"
                ));
            }
            if !seen.insert(name) {
                return Err(format!("`alerts`: two targets are named {name:?}"));
            }
        }
        if seen.len() > MAX_TARGETS {
            return Err(format!("`alerts`: at most {MAX_TARGETS} targets"));
        }
        for one in &self.webhook {
            let url = one.url.parse::<Url>();
            url.map_err(|error| format!("`alerts.webhook.url`: {error}"))?;
        }
        for one in &self.syslog {
            let to = one.to.parse::<Where>();
            to.map_err(|error| format!("`alerts.syslog.to`: {error}"))?;
            if one.facility > 23 {
                return Err("`alerts.syslog.facility`: 0 to 23 are allowed".into());
            }
        }
        Ok(())
    }

    /// How often is looked and asked.
    pub fn pace(&self) -> Pace {
        Pace {
            every: self.every,
            first: self.retry_first,
            most: self.retry_most,
        }
    }

    /// The targets, their files read. `origin` is the log's name.
    ///
    /// # Errors
    /// [`AlertError`] naming target and problem.
    pub fn targets(&self, origin: &str) -> Result<Vec<Target>, AlertError> {
        let mut targets = Vec::new();
        for one in &self.webhook {
            let way = one.webhook(origin).map_err(|problem| AlertError {
                name: one.name.clone(),
                problem,
            })?;
            targets.push(Target {
                name: one.name.clone(),
                least: one.severity.severity(),
                way: Way::Webhook(way),
            });
        }
        for one in &self.syslog {
            let to: Where = one.to.parse().map_err(|problem| AlertError {
                name: one.name.clone(),
                problem,
            })?;
            targets.push(Target {
                name: one.name.clone(),
                least: one.severity.severity(),
                way: Way::Syslog(Syslog::new(to, one.facility, origin)),
            });
        }
        Ok(targets)
    }
}

impl WebhookSettings {
    fn webhook(&self, origin: &str) -> Result<Webhook, String> {
        let read = |path: &Path, limit| files::read(path, limit).map_err(|e| e.to_string());
        let secret = read(&self.secret, MAX_SECRET)?;
        let secret = std::str::from_utf8(&secret).map_err(|_| "the secret is no text")?;
        let secret: Secret = secret
            .parse()
            .map_err(|problem| format!("{}: {problem}", self.secret.display()))?;
        let roots = self
            .ca
            .as_deref()
            .map(|path| read(path, MAX_CA))
            .transpose()?;
        let url: Url = self.url.parse()?;
        let endpoint = Endpoint::new(url, roots.as_deref(), self.allow_plain, self.timeout)?;
        Ok(Webhook {
            endpoint,
            secret,
            origin: origin.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn wrong_settings_are_named() {
        let check = |text: &str| -> Result<(), String> {
            let settings: AlertSettings = toml::from_str(text).map_err(|e| e.to_string())?;
            settings.check()
        };
        check("").unwrap();
        let hook = "[[webhook]]\nname = \"a\"\nsecret = \"s\"\nurl = ";
        check(&format!("{hook}\"https://a\"")).unwrap();
        assert!(
            check(&format!("{hook}\"a\""))
                .unwrap_err()
                .contains("webhook.url")
        );
        let twice = format!("{hook}\"https://a\"\n{hook}\"https://b\"");
        assert!(check(&twice).unwrap_err().contains("two targets"));
        let syslog = "[[syslog]]\nname = \"a/b\"\nto = \"unix:/dev/log\"";
        assert!(check(syslog).unwrap_err().contains("a/b"));
        assert!(
            check("every = \"1ms\"")
                .unwrap_err()
                .contains("alerts.every")
        );
        assert!(check("evry = \"1s\"").unwrap_err().contains("evry"));
    }
}
