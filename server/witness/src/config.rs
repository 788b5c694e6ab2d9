//! `witness.toml`: kebab-case, unknown keys refused, paths relative to the file's folder.
//!
//! ```toml
//! listen = "0.0.0.0:8090"
//! name = "witness.example.org/w1"
//! key = "witness.key"
//! data-dir = "/var/lib/domicile-witness"
//!
//! [[log]]
//! key = "log.example.com/eu/2026+0f2d5a1c+AQ…"   # as `domicile-collector check` prints it
//! ```

use domicile_certs::files::{self, FileError};
use domicile_certs::keys::{self, KeyFileError};
use domicile_ledger::witness::{KeyError, KeyUse, VerifierKey};
use domicile_proto::sign::SigningKey;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const MAX_BYTES: usize = 1024 * 1024;

/// How a witness is run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// Where logs and monitors connect (HTTP over TCP).
    pub listen: SocketAddr,
    /// The witness's name, in its key and its cosignatures.
    pub name: String,
    /// Its private key. PEM, mode 0600.
    pub key: PathBuf,
    /// Where it remembers. Belongs to this witness and this key alone.
    pub data_dir: PathBuf,
    /// The logs it cosigns.
    #[serde(default)]
    pub log: Vec<Log>,
    /// Connections at a time.
    #[serde(default = "connections")]
    pub connections: usize,
}

/// A log that is cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Log {
    /// Its verifier key, whose name is the origin. Two entries of one origin are two keys of it: the
    /// old one stays listed while the witness remembers a checkpoint under it.
    pub key: String,
}

fn connections() -> usize {
    256
}

/// The configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The private key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// It does not say what it must.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// A configuration, and what it names.
#[derive(Debug)]
pub struct Checked {
    /// As read, with whole paths.
    pub config: Config,
    /// The private key.
    pub key: SigningKey,
    /// Its public half, as logs and auditors take it.
    pub public: VerifierKey,
    /// The keys of the logs.
    pub logs: Vec<VerifierKey>,
}

impl Checked {
    /// Reads a configuration and what it names.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let bytes = files::read(path, MAX_BYTES)?;
        let content = |problem: String| ConfigError::Content {
            path: path.to_owned(),
            problem,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| content("not UTF-8 text".into()))?;
        let mut config: Config =
            toml::from_str(text).map_err(|error| content(error.to_string()))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        config.key = folder.join(&config.key);
        config.data_dir = folder.join(&config.data_dir);
        let logs = logs(&config).map_err(content)?;
        let key = keys::load(&config.key)?;
        let public = public(&config.name, &key).map_err(|error| content(error.to_string()))?;
        if let Some(log) = logs.iter().find(|log| log.public == public.public) {
            let problem = format!("log {} has the witness's own key", log.name);
            return Err(content(problem));
        }
        Ok(Self {
            config,
            key,
            public,
            logs,
        })
    }
}

fn logs(config: &Config) -> Result<Vec<VerifierKey>, String> {
    if !(1..=100_000).contains(&config.connections) {
        return Err("`connections`: 1 to 100000 are allowed".into());
    }
    if config.log.is_empty() {
        return Err("no `[[log]]`: a witness without a log has nothing to do".into());
    }
    let mut keys = Vec::new();
    for log in &config.log {
        let key: VerifierKey = log
            .key
            .parse()
            .map_err(|error: KeyError| error.to_string())?;
        if key.usage != KeyUse::Log {
            return Err(format!(
                "{}: a witness's key where a log's is expected",
                key.name
            ));
        }
        if keys.contains(&key) {
            return Err(format!("{}: listed twice with one key", key.name));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// The public half of a witness's key under its name.
///
/// # Errors
/// [`KeyError`] when the name cannot name a key.
pub fn public(name: &str, key: &SigningKey) -> Result<VerifierKey, KeyError> {
    let key = VerifierKey {
        name: name.to_owned(),
        usage: KeyUse::Cosignature,
        public: key.public().0,
    };
    // A name that does not read back would make lines that nobody can read.
    key.to_string().parse()
}
