//! `collector.toml`: kebab-case, unknown keys refused, paths relative to the file's folder.

use crate::alerts::AlertSettings;
use crate::desk::FlagSettings;
use crate::publish::PublishSettings;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAX_BYTES: usize = 256 * 1024;

/// How a collector is run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Where agents connect (QUIC over UDP).
    pub listen: SocketAddr,
    /// Where agents connect whose networks block UDP (QUIC inside TLS over TCP); none by default.
    #[serde(default)]
    pub tunnel_listen: Vec<SocketAddr>,
    /// Where auditors connect (HTTPS over TCP).
    pub api_listen: SocketAddr,
    /// The collector's private key: TLS, receipts, verdicts. PEM, mode 0600.
    pub key: PathBuf,
    /// Its certificate chain, PEM.
    pub certificate: PathBuf,
    /// The log's private key. PEM, mode 0600.
    pub log_key: PathBuf,
    /// The log's C2SP origin; by default what the directory says of this collector.
    #[serde(default)]
    pub log_origin: Option<String>,
    /// `trust.toml`.
    pub trust: PathBuf,
    /// A signed directory, or a folder of them (`*.bin`): every version is kept.
    pub directory: PathBuf,
    /// The policy file.
    pub policy: PathBuf,
    /// Signed packs of export rules, each to be logged.
    #[serde(default)]
    pub policy_packs: Vec<PathBuf>,
    /// A policy file that is judged by in shadow: counted, and in no verdict.
    #[serde(default)]
    pub shadow_policy: Option<PathBuf>,
    /// The agent CA's private key. PEM, mode 0600.
    pub agent_ca_key: PathBuf,
    /// Roots of devices' certificate chains, PEM; by default the vendor's own, which is built in.
    #[serde(default)]
    pub device_roots: Option<PathBuf>,
    /// Who may use the API, and for what; by default every auditor's certificate may read everything.
    #[serde(default)]
    pub access: Option<PathBuf>,
    /// The folder of revocation lists.
    pub crl_dir: PathBuf,
    /// Certificates of the TPM makers that are believed: files in PEM or DER form, their roots and
    /// what stands between a root and a TPM. Without a maker's root, its TPMs are of an unknown root.
    #[serde(default)]
    pub tpm_roots: Vec<PathBuf>,
    /// Log, index and nonce keys.
    pub data_dir: PathBuf,
    /// How long an agent's certificate lives.
    #[serde(with = "humantime_serde", default = "certificate_lifetime")]
    pub certificate_lifetime: Duration,
    /// A host's liveness report is logged when its state changes and otherwise this often.
    #[serde(with = "humantime_serde", default = "liveness_log_interval")]
    pub liveness_log_interval: Duration,
    /// How often directory, policy, access file and revocation lists are looked at for changes.
    #[serde(with = "humantime_serde", default = "reload_interval")]
    pub reload_interval: Duration,
    /// How often the anchors' mesh is examined for anchors that are not what the directory says.
    #[serde(with = "humantime_serde", default = "mesh_examine_every")]
    pub mesh_examine_every: Duration,
    /// The period of a roster: who was enrolled, and what of each host is in the log.
    #[serde(with = "humantime_serde", default = "roster_period")]
    pub roster_period: Duration,
    /// Below this much free space in `data-dir`, bytes, everything is refused with `STORE_FULL`.
    #[serde(default = "min_free_bytes")]
    pub min_free_bytes: u64,
    /// Limits against floods.
    #[serde(default)]
    pub limits: Limits,
    /// Where the log is public, and who witnesses it.
    #[serde(default)]
    pub publish: PublishSettings,
    /// How long raw records are kept.
    #[serde(default)]
    pub retention: Retention,
    /// Whether flags are made from the log; without this table none are.
    #[serde(default)]
    pub flags: Option<FlagSettings>,
    /// Who is told of flags and cases.
    #[serde(default)]
    pub alerts: AlertSettings,
}

/// How long raw records are kept; see the module `retention`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Retention {
    /// After the last event of the host, or the anchor, that they are about. `domicile-collector
    /// retain` drops what is older.
    #[serde(with = "humantime_serde")]
    pub keep: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            // Five years of 365.25 days, as `5y` is read.
            keep: Duration::from_secs(5 * 31_557_600),
        }
    }
}

/// Limits against floods.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// Agents' connections at a time, in all.
    pub connections: usize,
    /// Agents' connections at a time for each key.
    pub connections_per_key: usize,
    /// Tunnels at a time, on each address.
    pub tunnels: usize,
    /// Requests in a burst for each key.
    pub request_burst: u32,
    /// Requests each second for each key, over time.
    pub requests_per_second: u32,
    /// From a stream's first byte to the end of the request.
    #[serde(with = "humantime_serde")]
    pub request_timeout: Duration,
    /// An agent's connection without any request is closed after this.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// Auditors' connections at a time.
    pub api_connections: usize,
    /// From an auditor's connection to the end of its request's header, and for each answer.
    #[serde(with = "humantime_serde")]
    pub api_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_key: 8,
            tunnels: 2_000,
            request_burst: 200,
            requests_per_second: 5,
            request_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            api_connections: 64,
            api_timeout: Duration::from_secs(30),
        }
    }
}

fn certificate_lifetime() -> Duration {
    Duration::from_secs(7 * 24 * 3600)
}

fn liveness_log_interval() -> Duration {
    Duration::from_secs(24 * 3600)
}

fn reload_interval() -> Duration {
    Duration::from_secs(3)
}

fn mesh_examine_every() -> Duration {
    Duration::from_secs(600)
}

fn roster_period() -> Duration {
    Duration::from_secs(24 * 3600)
}

fn min_free_bytes() -> u64 {
    256 * 1024 * 1024
}

/// `collector.toml` was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] domicile_certs::files::FileError),
    /// It does not say what it must.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and key where they are known.
        problem: String,
    },
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read, has an unknown key, or a value is out of range.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = domicile_certs::files::read(path, MAX_BYTES)?;
        let content = |problem: String| ConfigError::Content {
            path: path.to_owned(),
            problem,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| content("not UTF-8 text".into()))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        Self::parse(text, folder).map_err(content)
    }

    /// Checks a configuration's text; relative paths are taken from `folder`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let mut config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for path in [
            &mut config.key,
            &mut config.certificate,
            &mut config.log_key,
            &mut config.trust,
            &mut config.directory,
            &mut config.policy,
            &mut config.agent_ca_key,
            &mut config.crl_dir,
            &mut config.data_dir,
        ]
        .into_iter()
        .chain(&mut config.tpm_roots)
        .chain(config.device_roots.as_mut())
        .chain(config.access.as_mut())
        .chain(&mut config.policy_packs)
        .chain(config.shadow_policy.as_mut())
        .chain(
            config
                .publish
                .timestamp
                .iter_mut()
                .map(|one| &mut one.certificates),
        )
        .chain(config.alerts.paths())
        {
            *path = folder.join(&*path);
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let hour = Duration::from_secs(3600);
        between(
            "certificate-lifetime",
            self.certificate_lifetime,
            hour,
            90 * 24 * hour,
        )?;
        between(
            "liveness-log-interval",
            self.liveness_log_interval,
            hour / 60,
            7 * 24 * hour,
        )?;
        between(
            "reload-interval",
            self.reload_interval,
            Duration::from_millis(50),
            hour,
        )?;
        between(
            "mesh-examine-every",
            self.mesh_examine_every,
            hour / 3600,
            24 * hour,
        )?;
        between(
            "roster-period",
            self.roster_period,
            hour / 3600,
            31 * 24 * hour,
        )?;
        if self.tpm_roots.len() > 256 {
            return Err(format!(
                "`tpm-roots`: {} files where at most 256 are allowed",
                self.tpm_roots.len()
            ));
        }
        if self.tunnel_listen.len() > 8 {
            return Err(format!(
                "`tunnel-listen`: {} addresses where at most 8 are allowed",
                self.tunnel_listen.len()
            ));
        }
        let limits = &self.limits;
        let second = Duration::from_secs(1);
        between(
            "limits.request-timeout",
            limits.request_timeout,
            second / 10,
            60 * second,
        )?;
        between(
            "limits.idle-timeout",
            limits.idle_timeout,
            second / 10,
            600 * second,
        )?;
        between(
            "limits.api-timeout",
            limits.api_timeout,
            second / 10,
            600 * second,
        )?;
        for (name, value) in [
            ("connections", limits.connections),
            ("connections-per-key", limits.connections_per_key),
            ("tunnels", limits.tunnels),
            ("api-connections", limits.api_connections),
        ] {
            if !(1..=1_000_000).contains(&value) {
                return Err(format!(
                    "`limits.{name}`: {value} where 1 to 1000000 are allowed"
                ));
            }
        }
        if limits.request_burst == 0 || limits.requests_per_second == 0 {
            return Err(
                "`limits.request-burst` and `limits.requests-per-second` must not be 0".into(),
            );
        }
        between(
            "retention.keep",
            self.retention.keep,
            60 * 24 * hour,
            36_500 * 24 * hour,
        )?;
        if let Some(flags) = &self.flags {
            between("flags.save-every", flags.save_every, second, 24 * hour)?;
        }
        self.publish.check()?;
        self.alerts.check()
    }
}

fn between(name: &str, value: Duration, least: Duration, most: Duration) -> Result<(), String> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(format!(
        "`{name}`: {value:?} where {least:?} to {most:?} are allowed"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = r#"
listen = "127.0.0.1:0"
api-listen = "127.0.0.1:0"
key = "c.key"
certificate = "c.crt"
log-key = "/keys/log.key"
trust = "trust.toml"
directory = "directory.bin"
policy = "policy.toml"
agent-ca-key = "agent-ca.key"
crl-dir = "crl"
data-dir = "data"
"#;

    #[test]
    fn paths_are_relative_to_the_file() {
        let config = Config::parse(TEXT, Path::new("/etc/domicile")).unwrap();
        assert_eq!(config.key, Path::new("/etc/domicile/c.key"));
        assert_eq!(config.log_key, Path::new("/keys/log.key"));
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn unknown_keys_and_values_out_of_range_are_named() {
        let parse = |more: &str| Config::parse(&format!("{TEXT}{more}"), Path::new("/"));
        assert!(parse("").is_ok());
        assert!(parse("lsten = 1").unwrap_err().contains("lsten"));
        assert!(
            parse("[limits]\nconections = 1")
                .unwrap_err()
                .contains("conections")
        );
        assert!(
            parse("[limits]\nconnections = 0")
                .unwrap_err()
                .contains("limits.connections")
        );
        assert!(
            parse("[publish]\nneeded = 1")
                .unwrap_err()
                .contains("publish.needed")
        );
        assert!(
            parse("[[publish.witness]]\nkey = \"x\"\nurl = \"http://a\"")
                .unwrap_err()
                .contains("publish.witness")
        );
        let keep = |text: &str| parse(&format!("[retention]\nkeep = \"{text}\""));
        assert_eq!(keep("5y").unwrap().retention, Retention::default());
        assert!(keep("30d").unwrap_err().contains("retention.keep"));
        let error = parse("certificate-lifetime = \"1s\"").unwrap_err();
        assert!(error.contains("certificate-lifetime"), "{error}");
    }
}
