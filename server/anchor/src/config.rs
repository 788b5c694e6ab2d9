//! `anchor.toml`: parsed strictly, every value checked, paths relative to the file's folder.
//!
//! ```toml
//! listen = ["0.0.0.0:7400", "[::]:7400"]  # UDP; port 0 lets the system choose
//! tunnel-listen = []                      # TCP, for agents whose networks block UDP: ["0.0.0.0:443"]
//! key = "anchor.key"                      # private key, mode 0600
//! certificate = "anchor.crt"              # chain of it, PEM
//! trust = "trust.toml"                    # from the vendor, out of band
//! directory = "directory.bin"             # reread when it changes
//! crl-dir = "crl"                         # agent-ca.crl, auditor-ca.crl; reread when they change
//! state-dir = "state"                     # newest log heads; made if missing
//!
//! [limits]                                # all optional; these are the defaults
//! round-deadline = "2s"                   # a later pong is lost; at most 10s
//! clock-allowance = "200us"               # clocks may differ by this and the directory's ppm
//! reload-interval = "5s"
//! drain-deadline = "15s"                  # for open sessions after SIGTERM
//! handshake-deadline = "5s"
//! message-deadline = "5s"                 # for each message of an agent
//! connections = 2048                      # at a time, all agents
//! tunnels = 512                           # of these, at a time over TCP on each address
//! sessions-per-key = 4                    # at a time, one agent
//! sessions-per-key-per-minute = 30
//! keys = 16384                            # agents remembered for these limits
//!
//! [mesh]                                  # ranging with the directory's other anchors; all optional
//! enabled = true
//! period = "10m"                          # each other anchor is visited once in this time
//! at-a-time = 2                           # visits
//! report = true                           # to the first of the directory's collectors that answers
//! report-every = "1h"                     # the best session with each since the last report
//! keep = "1d"                             # in memory, while no collector answers
//! ```

mod settings;

pub use crate::mesh::settings::MeshSettings;
pub use settings::Settings;

use serde::Deserialize;
use settings::Limits;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Largest configuration file, bytes.
const MAX_BYTES: usize = 64 * 1024;

/// A configuration file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] domicile_certs::files::FileError),
    /// It is not TOML, a key is unknown or missing, or a value has the wrong type.
    #[error("{}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what, as the parser says it.
        problem: String,
    },
    /// A value is out of range.
    #[error("{}: `{key}` {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What is allowed.
        problem: String,
    },
}

/// A checked configuration. Paths are complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// Where to listen for tunnels (TLS over TCP); none by default.
    pub tunnel_listen: Vec<SocketAddr>,
    /// The anchor's private key.
    pub key: PathBuf,
    /// Its certificate chain.
    pub certificate: PathBuf,
    /// `trust.toml`.
    pub trust: PathBuf,
    /// The signed directory.
    pub directory: PathBuf,
    /// Folder of revocation lists.
    pub crl_dir: PathBuf,
    /// Folder of log heads.
    pub state_dir: PathBuf,
    /// Everything without a path.
    pub settings: Settings,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    listen: Vec<SocketAddr>,
    #[serde(default)]
    tunnel_listen: Vec<SocketAddr>,
    key: PathBuf,
    certificate: PathBuf,
    trust: PathBuf,
    directory: PathBuf,
    crl_dir: PathBuf,
    state_dir: PathBuf,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    mesh: MeshSettings,
}

impl Config {
    /// Reads and checks a file. Opens none of the files that it names.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key and what is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = domicile_certs::files::read(path, MAX_BYTES)?;
        Self::parse(&bytes, path)
    }

    /// Checks the bytes of a file that stands at `path`.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key and what is wrong.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, ConfigError> {
        let syntax = |problem: String| ConfigError::Syntax {
            path: path.to_owned(),
            problem,
        };
        let text = std::str::from_utf8(bytes).map_err(|error| syntax(error.to_string()))?;
        let file: File = toml::from_str(text).map_err(|error| syntax(error.to_string()))?;
        let fault = match (file.listen.len(), file.tunnel_listen.len()) {
            (1..=8, 0..=8) => file.limits.fault().or_else(|| file.mesh.fault()),
            (1..=8, other) => Some((
                "tunnel-listen",
                format!("has {other} addresses; at most 8 are allowed"),
            )),
            (other, _) => Some((
                "listen",
                format!("has {other} addresses; 1 to 8 are allowed"),
            )),
        };
        if let Some((key, problem)) = fault {
            return Err(ConfigError::Value {
                path: path.to_owned(),
                key,
                problem,
            });
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        Ok(Self {
            listen: file.listen,
            tunnel_listen: file.tunnel_listen,
            key: folder.join(file.key),
            certificate: folder.join(file.certificate),
            trust: folder.join(file.trust),
            directory: folder.join(file.directory),
            crl_dir: folder.join(file.crl_dir),
            state_dir: folder.join(file.state_dir),
            settings: Settings::new(file.limits, file.mesh),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    const LEAST: &str = r#"
        listen = ["127.0.0.1:0", "[::1]:4433"]
        key = "a.key"
        certificate = "a.crt"
        trust = "/etc/domicile/trust.toml"
        directory = "directory.bin"
        crl-dir = "crl"
        state-dir = "state"
    "#;

    fn parse(more: &str) -> Result<Config, ConfigError> {
        let text = format!("{LEAST}\n{more}");
        Config::parse(text.as_bytes(), Path::new("/etc/anchor/anchor.toml"))
    }

    #[test]
    fn defaults_and_relative_paths() {
        let config = parse("").unwrap();
        assert_eq!(config.key, Path::new("/etc/anchor/a.key"));
        assert_eq!(config.trust, Path::new("/etc/domicile/trust.toml"));
        assert_eq!(config.settings, Settings::default());
        assert_eq!(config.settings.round_deadline, Duration::from_secs(2));
    }

    #[test]
    fn the_sample_above_is_the_defaults() {
        let sample: String = include_str!("config.rs")
            .lines()
            .skip_while(|line| *line != "//! ```toml")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
            .collect();
        let config = Config::parse(sample.as_bytes(), Path::new("/a/anchor.toml")).unwrap();
        assert_eq!(config.settings, Settings::default());
        assert_eq!(config.listen.len(), 2);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = parse("colour = 3").unwrap_err().to_string();
        assert!(
            error.contains("colour") && error.contains("anchor.toml"),
            "{error}"
        );
        let error = parse("[limits]\nconections = 3").unwrap_err().to_string();
        assert!(error.contains("conections"), "{error}");
    }

    #[test]
    fn values_out_of_range_are_named() {
        for (more, key) in [
            (
                "[limits]\nround-deadline = \"11s\"",
                "limits.round-deadline",
            ),
            (
                "[limits]\nclock-allowance = \"1s\"",
                "limits.clock-allowance",
            ),
            ("[limits]\nconnections = 0", "limits.connections"),
            ("[limits]\nsessions-per-key-per-minute = 0", "per-minute"),
            ("[mesh]\nperiod = \"10ms\"", "mesh.period"),
            ("[mesh]\nkeep = \"7d\"", "mesh.keep"),
            ("[mesh]\nat-a-time = 17", "mesh.at-a-time"),
        ] {
            let error = parse(more).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
        let none = LEAST.replace(r#""127.0.0.1:0", "[::1]:4433""#, "");
        let error = Config::parse(none.as_bytes(), Path::new("x")).unwrap_err();
        assert!(error.to_string().contains("`listen`"), "{error}");
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = Config::parse(b"listen = []", Path::new("x")).unwrap_err();
        assert!(error.to_string().contains("`key`"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            prop_assert!(Config::parse(&bytes, Path::new("x")).is_err());
        }
    }
}
