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
//! log-keys = "log-keys"                          # once its key was replaced: a copy of its page of that name
//! ```
//!
//! A new key of a log comes in by the statements on that page, which the old key signed; or, where the old
//! key is lost, by a directory that the vendor signed (`directory = "directory.bin"`, `trust = "trust.toml"`).

use domicile_certs::files::{self, FileError};
use domicile_certs::keys::{self, KeyFileError};
use domicile_certs::trust::Trust;
use domicile_ledger::witness::{Checkpoint, KeyError, KeyUse, VerifierKey};
use domicile_ledger::{Head, HeadError, LogKeys, MAX_STATEMENTS_PAGE};
use domicile_proto::directory::{self, Directory};
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
    /// Its verifier key, whose name is the origin.
    pub key: String,
    /// A copy of the log's page of statements about its keys.
    #[serde(default)]
    pub log_keys: Option<PathBuf>,
    /// A directory that names the key of this log: taken beside `key`.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// Who signs the directory.
    #[serde(default)]
    pub trust: Option<PathBuf>,
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
    /// The logs and their keys.
    pub logs: Vec<KnownLog>,
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
        let logs = logs(&config, folder).map_err(content)?;
        let key = keys::load(&config.key)?;
        let public = public(&config.name, &key).map_err(|error| content(error.to_string()))?;
        if let Some(log) = logs.iter().find(|log| log.has(&public.public)) {
            let problem = format!("log {} has the witness's own key", log.origin());
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

/// A log, and who may sign its checkpoints.
#[derive(Debug, Clone)]
pub struct KnownLog {
    /// The key of the configuration, and those that statements lead to.
    keys: LogKeys,
    /// Those that a directory names.
    named: Vec<VerifierKey>,
}

impl KnownLog {
    /// Name of the log.
    pub fn origin(&self) -> &str {
        self.keys.origin()
    }

    /// Its key, as configured.
    pub fn key(&self) -> &VerifierKey {
        self.keys.given()
    }

    fn has(&self, key: &[u8; 32]) -> bool {
        self.keys.span_of(key).is_some() || self.named.iter().any(|one| one.public == *key)
    }

    /// Reads a checkpoint that one of the keys signed which may sign one of its size.
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn open(&self, note: &[u8]) -> Result<Checkpoint, HeadError> {
        let mut opened = self.keys.open(note);
        for key in &self.named {
            opened = opened.or_else(|error| Checkpoint::open(note, key).map_err(|_| error));
        }
        opened
    }

    /// The key that signed a head.
    pub fn signer(&self, head: &Head) -> Option<&VerifierKey> {
        let by_name = || {
            let mut named = self.named.iter();
            named.find(|key| head.verify(&key.public).is_ok())
        };
        self.keys.signer(head).or_else(by_name)
    }
}

fn logs(config: &Config, folder: &Path) -> Result<Vec<KnownLog>, String> {
    if !(1..=100_000).contains(&config.connections) {
        return Err("`connections`: 1 to 100000 are allowed".into());
    }
    if config.log.is_empty() {
        return Err("no `[[log]]`: a witness without a log has nothing to do".into());
    }
    let mut logs: Vec<KnownLog> = Vec::new();
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
        if logs.iter().any(|other| other.origin() == key.name) {
            return Err(format!(
                "{}: listed twice; another key of a log comes in by `log-keys` or `directory`",
                key.name
            ));
        }
        let named = named(log, &key.name, folder)?;
        let mut keys = LogKeys::from(key);
        if let Some(page) = &log.log_keys {
            let bytes = files::read(&folder.join(page), MAX_STATEMENTS_PAGE);
            let bytes = bytes.map_err(|error| error.to_string())?;
            let learned = keys.learn(&bytes);
            learned.map_err(|error| format!("{}: {error}", page.display()))?;
        }
        logs.push(KnownLog { keys, named });
    }
    Ok(logs)
}

/// The keys that a directory gives to the log of this name.
fn named(log: &Log, origin: &str, folder: &Path) -> Result<Vec<VerifierKey>, String> {
    let (path, trust) = match (&log.directory, &log.trust) {
        (None, None) => return Ok(Vec::new()),
        (Some(path), Some(trust)) => (folder.join(path), folder.join(trust)),
        _ => return Err(format!("{origin}: `directory` and `trust` go together")),
    };
    let trust = Trust::load(&trust).map_err(|error| error.to_string())?;
    let bytes = files::read(&path, directory::MAX_BYTES).map_err(|error| error.to_string())?;
    let opened = Directory::open(&bytes, &trust.directory_key);
    let opened = opened.map_err(|error| format!("{}: {error}", path.display()))?;
    let collectors = opened.collectors.into_iter();
    let of_log = collectors.filter(|one| one.log_origin == origin);
    let keys = of_log.map(|one| VerifierKey {
        name: origin.to_owned(),
        usage: KeyUse::Log,
        public: one.log_key.0,
    });
    let keys: Vec<VerifierKey> = keys.collect();
    match keys.is_empty() {
        true => Err(format!("{}: names no log {origin}", path.display())),
        false => Ok(keys),
    }
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
