//! `log.toml`: which log, and what is asked of it.
//!
//! ```toml
//! key = "log.example.com/eu/2026+0f2d5a1c+AQ…"      # as `domicile-collector check` prints it
//! needed = 2                                        # of these witnesses must have signed
//! witness = ["witness.example.org/w1+5e1c…+BA…", "…"]
//! log-keys = "log-keys"                             # a copy of the log's page of that name, once its key was replaced
//! stale-after = "1h"                                # a checkpoint that they signed earlier is old
//! ```

use domicile_certs::files::{self, FileError};
use domicile_ledger::witness::{KeyError, KeyUse, Policy, PolicyError, VerifierKey};
use domicile_ledger::{LogKeys, MAX_STATEMENTS_PAGE};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAX_BYTES: usize = 64 * 1024;

/// A log, and what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Its keys; their name is its origin.
    pub keys: LogKeys,
    /// Who must have signed a checkpoint.
    pub policy: Policy,
    /// A checkpoint whose cosignatures are older than this is stale.
    pub stale_after: Duration,
}

/// `log.toml` was refused.
#[derive(Debug, thiserror::Error)]
pub enum LogFileError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It does not say what it must.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Content {
    key: String,
    #[serde(default)]
    needed: usize,
    #[serde(default)]
    witness: Vec<String>,
    log_keys: Option<PathBuf>,
    #[serde(default = "stale_after", with = "humantime_serde")]
    stale_after: Duration,
}

fn stale_after() -> Duration {
    Duration::from_secs(3600)
}

impl LogFile {
    /// Reads the file.
    ///
    /// # Errors
    /// [`LogFileError`].
    pub fn load(path: &Path) -> Result<Self, LogFileError> {
        let bytes = files::read(path, MAX_BYTES)?;
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |problem| LogFileError::Content { path, problem }
        };
        let (mut file, statements) = Self::parse(&bytes).map_err(refused(path))?;
        if let Some(name) = statements {
            let page = path.parent().unwrap_or(Path::new(".")).join(name);
            let bytes = files::read(&page, MAX_STATEMENTS_PAGE)?;
            let learned = file.keys.learn(&bytes);
            learned.map_err(|error| refused(&page)(error.to_string()))?;
        }
        Ok(file)
    }

    /// The file, and the page of statements that it names.
    fn parse(bytes: &[u8]) -> Result<(Self, Option<PathBuf>), String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
        let content: Content = toml::from_str(text).map_err(|error| error.to_string())?;
        let read = |text: &String| {
            let key: Result<VerifierKey, KeyError> = text.parse();
            key.map_err(|error| error.to_string())
        };
        let key = read(&content.key)?;
        if key.usage != KeyUse::Log {
            return Err(format!(
                "`key`: {} is a witness's key, not a log's",
                key.name
            ));
        }
        let witnesses = content
            .witness
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>()?;
        let policy = Policy::new(witnesses, content.needed)
            .map_err(|error: PolicyError| format!("`needed`: {error}"))?;
        let file = Self {
            keys: key.into(),
            policy,
            stale_after: content.stale_after,
        };
        Ok((file, content.log_keys))
    }
}
