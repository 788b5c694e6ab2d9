//! How to reach a collector: flags, or a profile file, or both.
//!
//! ```toml
//! server = "collector.example:8443"   # the HTTPS side
//! collector = "collector-1"           # its name in the directory, where that has several
//! identity-key = "auditor.key"
//! identity-cert = "auditor.crt"
//! directory = "directory.bin"
//! trust = "trust.toml"
//! timeout = "30s"                     # for each question
//! ```
//! Paths in a profile are relative to its folder. A flag stands above the profile.

use clap::Args;
use domicile_certs::files;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAX_PROFILE: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(3600);

/// Where the collector is, who asks, and what tells its key.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Server access")]
pub struct ServerArgs {
    /// TOML file with the options below (kebab-case)
    #[arg(long, value_name = "FILE", global = true)]
    pub profile: Option<PathBuf>,
    /// HTTPS address of the collector, host:port
    #[arg(long, value_name = "ADDR", global = true)]
    pub server: Option<String>,
    /// Name of the collector in the directory; needed when it lists several
    #[arg(long, value_name = "NAME", global = true)]
    pub collector: Option<String>,
    /// The auditor's private key
    #[arg(long, value_name = "FILE", global = true)]
    pub identity_key: Option<PathBuf>,
    /// The auditor's certificate
    #[arg(long, value_name = "FILE", global = true)]
    pub identity_cert: Option<PathBuf>,
    /// The vendor's signed directory: it pins the collector's key
    #[arg(long, value_name = "FILE", global = true)]
    pub directory: Option<PathBuf>,
    /// The vendor's trust.toml
    #[arg(long, value_name = "FILE", global = true)]
    pub trust: Option<PathBuf>,
    /// How long one question may take, such as 30s
    #[arg(long, value_name = "TIME", global = true, value_parser = duration)]
    pub timeout: Option<Duration>,
}

/// A whole way to a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// host:port.
    pub server: String,
    /// Its name in the directory.
    pub collector: Option<String>,
    /// The auditor's private key file.
    pub identity_key: PathBuf,
    /// The auditor's certificate file.
    pub identity_cert: PathBuf,
    /// The signed directory file.
    pub directory: PathBuf,
    /// The trust file.
    pub trust: PathBuf,
    /// For each question.
    pub timeout: Duration,
}

/// The options do not say enough, or the profile was refused.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The profile could not be read.
    #[error(transparent)]
    File(#[from] files::FileError),
    /// The profile is not TOML with these keys.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong; names line and key.
        problem: String,
    },
    /// An option that is in neither place.
    #[error("`{0}` is missing: give --{0}, or set it in the file of --profile")]
    Missing(&'static str),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    server: Option<String>,
    collector: Option<String>,
    identity_key: Option<PathBuf>,
    identity_cert: Option<PathBuf>,
    directory: Option<PathBuf>,
    trust: Option<PathBuf>,
    #[serde(default, with = "humantime_serde")]
    timeout: Option<Duration>,
}

impl ServerArgs {
    /// Flags over profile over defaults.
    ///
    /// # Errors
    /// [`ProfileError`] when the profile is refused or an option is missing.
    pub fn access(&self) -> Result<Access, ProfileError> {
        let file = self.read()?;
        Ok(Access {
            server: pick(&self.server, file.server, "server")?,
            collector: self.collector.clone().or(file.collector),
            identity_key: pick(&self.identity_key, file.identity_key, "identity-key")?,
            identity_cert: pick(&self.identity_cert, file.identity_cert, "identity-cert")?,
            directory: pick(&self.directory, file.directory, "directory")?,
            trust: pick(&self.trust, file.trust, "trust")?,
            timeout: self.timeout.or(file.timeout).unwrap_or(TIMEOUT),
        })
    }

    /// The trust file alone: all that offline work needs.
    ///
    /// # Errors
    /// [`ProfileError`] when neither flag nor profile names it.
    pub fn trust_file(&self) -> Result<PathBuf, ProfileError> {
        pick(&self.trust, self.read()?.trust, "trust")
    }

    /// The directory file: all that a saved listing needs besides.
    ///
    /// # Errors
    /// As [`ServerArgs::access`].
    pub fn directory_file(&self) -> Result<PathBuf, ProfileError> {
        pick(&self.directory, self.read()?.directory, "directory")
    }

    /// How long one question may take.
    ///
    /// # Errors
    /// [`ProfileError`] when the profile is refused.
    pub fn wait(&self) -> Result<Duration, ProfileError> {
        Ok(self.timeout.or(self.read()?.timeout).unwrap_or(TIMEOUT))
    }

    fn read(&self) -> Result<File, ProfileError> {
        match &self.profile {
            None => Ok(File::default()),
            Some(path) => {
                let bytes = files::read(path, MAX_PROFILE)?;
                let problem = |problem: String| ProfileError::Content {
                    path: path.clone(),
                    problem,
                };
                let mut file = parse(&bytes).map_err(problem)?;
                file.relative_to(path.parent().unwrap_or(Path::new("")));
                Ok(file)
            }
        }
    }
}

/// The flag, else the profile's value, else what is missing.
fn pick<T: Clone>(
    flag: &Option<T>,
    file: Option<T>,
    name: &'static str,
) -> Result<T, ProfileError> {
    flag.clone().or(file).ok_or(ProfileError::Missing(name))
}

impl File {
    fn relative_to(&mut self, folder: &Path) {
        let paths = [
            &mut self.identity_key,
            &mut self.identity_cert,
            &mut self.directory,
            &mut self.trust,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&*path);
        }
    }
}

fn parse(bytes: &[u8]) -> Result<File, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    match file.timeout {
        Some(timeout) => check(timeout).map(|_| file),
        None => Ok(file),
    }
}

fn check(timeout: Duration) -> Result<Duration, String> {
    if (Duration::from_millis(100)..=LONGEST).contains(&timeout) {
        return Ok(timeout);
    }
    Err("`timeout`: between 100ms and 1h is expected".into())
}

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    #[derive(Deserialize)]
    struct One {
        #[serde(with = "humantime_serde")]
        value: Duration,
    }
    // One reader for both places: the flag is read as the profile's value would be.
    let value = toml::Value::String(text.to_owned());
    let one: One = toml::Table::from_iter([("value".to_owned(), value)])
        .try_into()
        .map_err(|_| "a time like 30s or 2m is expected".to_owned())?;
    check(one.value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn flags_stand_above_the_profile_and_paths_are_relative_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.toml");
        let text = "server = \"a:1\"\nidentity-key = \"k\"\nidentity-cert = \"/c\"\n\
                    directory = \"d\"\ntrust = \"t\"\ntimeout = \"5s\"\n";
        std::fs::write(&path, text).unwrap();
        let args = ServerArgs {
            profile: Some(path),
            server: Some("b:2".into()),
            ..ServerArgs::default()
        };
        let access = args.access().unwrap();
        assert_eq!(access.server, "b:2");
        assert_eq!(access.identity_key, folder.path().join("k"));
        assert_eq!(access.identity_cert, Path::new("/c"));
        assert_eq!(access.timeout, Duration::from_secs(5));
        assert_eq!(args.trust_file().unwrap(), folder.path().join("t"));
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let error = ServerArgs::default().access().unwrap_err().to_string();
        assert!(error.contains("--server"), "{error}");
        let error = ServerArgs::default().trust_file().unwrap_err().to_string();
        assert!(error.contains("--trust"), "{error}");
        let error = parse(b"servers = \"a\"").unwrap_err();
        assert!(
            error.contains("servers") && error.contains("line 1"),
            "{error}"
        );
        assert!(parse(b"timeout = \"3\"").is_err() && parse(b"timeout = \"9h\"").is_err());
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert!(duration("soon").is_err() && duration("1ms").is_err());
    }
}
