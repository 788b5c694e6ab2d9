//! The rotating keys under the nonces, in a file of their own: a new one each day, kept as long as
//! evidence under its nonces is accepted.

use data_encoding::HEXLOWER_PERMISSIVE;
use domicile_certs::files::{self, FileError};
use domicile_certs::random::{self, Random, Unavailable};
use domicile_proto::challenge::{MacKey, Nonce};
use domicile_proto::types::Key;
use domicile_proto::{MEASURED_WINDOW_MS, SUBMISSION_WINDOW_MS};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const NAME: &str = "nonce-keys.json";
const MAX_BYTES: usize = 64 * 1024;
const ROTATE_MS: u64 = 24 * 3600 * 1000;
/// After the key that came next: until then it may have issued nonces.
const KEEP_MS: u64 = SUBMISSION_WINDOW_MS + MEASURED_WINDOW_MS;

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    id: u32,
    created_ms: u64,
    secret: String,
}

/// The keys, newest last.
pub struct MacKeys {
    path: PathBuf,
    stored: Vec<Stored>,
    keys: Vec<MacKey>,
}

/// The nonce keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MacKeyError {
    /// The file.
    #[error("nonce keys: {0}")]
    File(#[from] FileError),
    /// Its content.
    #[error("{} does not hold nonce keys: {problem}; restore it, or remove it and lose outstanding challenges", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// No randomness.
    #[error(transparent)]
    Random(#[from] Unavailable),
}

/// Why a nonce is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceProblem {
    /// Not made here for this agent and directory version.
    Foreign,
    /// Older than the submission window.
    Stale,
}

impl MacKeys {
    /// Loads the keys in `data_dir`, making the first one if there is none.
    ///
    /// # Errors
    /// [`MacKeyError`].
    pub fn open(
        data_dir: &Path,
        now_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Self, MacKeyError> {
        let path = data_dir.join(NAME);
        let stored: Vec<Stored> = if path.exists() {
            let bytes = files::read(&path, MAX_BYTES)?;
            serde_json::from_slice(&bytes).map_err(|error| MacKeyError::Content {
                path: path.clone(),
                problem: error.to_string(),
            })?
        } else {
            Vec::new()
        };
        let keys = stored
            .iter()
            .map(|key| read(key, &path))
            .collect::<Result<_, _>>()?;
        let mut keys = Self { path, stored, keys };
        keys.rotate(now_ms, random)?;
        Ok(keys)
    }

    /// Adds a new key when the newest is a day old, and forgets those past their time.
    ///
    /// # Errors
    /// [`MacKeyError`] when the file cannot be written; the keys are as before.
    pub fn rotate(&mut self, now_ms: u64, random: &mut dyn Random) -> Result<(), MacKeyError> {
        let newest = self.stored.last();
        // A clock that steps back makes no new keys.
        if newest.is_some_and(|key| now_ms < key.created_ms.saturating_add(ROTATE_MS)) {
            return Ok(());
        }
        let id = newest.map_or(1, |key| key.id.wrapping_add(1));
        let secret = data_encoding::HEXLOWER.encode(&random::bytes::<32>(random)?);
        // A collector that was suspended for months has issued under its newest key until now.
        let next = self.stored.iter().skip(1).map(|key| key.created_ms);
        let until = next
            .chain([now_ms])
            .map(|used| used.saturating_add(KEEP_MS));
        let kept = self.stored.iter().zip(until);
        let mut stored: Vec<Stored> = kept
            .filter(|(_, until)| now_ms <= *until)
            .map(|(key, _)| key.clone())
            .collect();
        stored.push(Stored {
            id,
            created_ms: now_ms,
            secret,
        });
        let bytes = serde_json::to_vec(&stored).map_err(|error| MacKeyError::Content {
            path: self.path.clone(),
            problem: error.to_string(),
        })?;
        files::replace(&self.path, &bytes, files::SECRET)?;
        self.keys = stored
            .iter()
            .map(|key| read(key, &self.path))
            .collect::<Result<_, _>>()?;
        self.stored = stored;
        Ok(())
    }

    /// Issues a nonce with the newest key.
    ///
    /// # Errors
    /// [`Unavailable`] when there is no randomness.
    pub fn issue(
        &self,
        agent: &Key,
        directory_version: u64,
        now_ms: u64,
        random: &mut dyn Random,
    ) -> Result<Nonce, Unavailable> {
        let newest = self.keys.last().ok_or(Unavailable)?;
        let random = random::bytes::<16>(random)?;
        Ok(Nonce::issue(
            newest,
            now_ms,
            random,
            agent,
            directory_version,
        ))
    }

    /// Checks that a nonce was issued here for this agent and directory version, and is not too old.
    ///
    /// # Errors
    /// [`NonceProblem`].
    pub fn check(
        &self,
        nonce: &Nonce,
        agent: &Key,
        directory_version: u64,
        now_ms: u64,
    ) -> Result<(), NonceProblem> {
        let issued = nonce.issued_ms();
        let ours = self
            .keys
            .iter()
            .any(|key| nonce.is_from(key, agent, directory_version));
        // Past its window the key may be gone, and the MAC with it: say that it is old.
        if issued.saturating_add(SUBMISSION_WINDOW_MS) < now_ms {
            return Err(NonceProblem::Stale);
        }
        if !ours || issued > now_ms.saturating_add(MEASURED_WINDOW_MS) {
            return Err(NonceProblem::Foreign);
        }
        Ok(())
    }
}

fn read(stored: &Stored, path: &Path) -> Result<MacKey, MacKeyError> {
    let secret: Option<[u8; 32]> = HEXLOWER_PERMISSIVE
        .decode(stored.secret.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let secret = secret.ok_or_else(|| MacKeyError::Content {
        path: path.to_owned(),
        problem: format!("key {} is not 64 hexadecimal digits", stored.id),
    })?;
    Ok(MacKey::new(stored.id, &secret))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_certs::random::Seeded;
    use std::os::unix::fs::PermissionsExt as _;

    const DAY: u64 = 24 * 3600 * 1000;

    #[test]
    fn a_collector_that_was_suspended_for_months_takes_what_it_challenged_last() {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Seeded::new(2);
        let (agent, start) = (Key([3; 32]), 1_700_000_000_000);
        let mut keys = MacKeys::open(dir.path(), start, &mut random).unwrap();
        // It wakes up, challenges under its old key, and changes keys a moment later.
        let woken = start + 90 * DAY;
        let nonce = keys.issue(&agent, 7, woken, &mut random).unwrap();
        keys.rotate(woken + 1_000, &mut random).unwrap();
        assert_eq!(keys.check(&nonce, &agent, 7, woken + 2_000), Ok(()));
        for day in 1..=29 {
            let now = woken + day * DAY + 1_000;
            keys.rotate(now, &mut random).unwrap();
            assert_eq!(keys.check(&nonce, &agent, 7, now), Ok(()), "day {day}");
        }
        keys.rotate(woken + 32 * DAY, &mut random).unwrap();
        assert!(
            keys.stored.iter().all(|key| key.created_ms > start),
            "forgotten"
        );
    }

    #[test]
    fn nonces_survive_restart_and_rotation_until_their_window_ends() {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Seeded::new(1);
        let (agent, start) = (Key([3; 32]), 1_700_000_000_000);
        let keys = MacKeys::open(dir.path(), start, &mut random).unwrap();
        let nonce = keys.issue(&agent, 7, start, &mut random).unwrap();
        let mut keys = MacKeys::open(dir.path(), start + 5, &mut random).unwrap();
        for day in 0..30 {
            let now = start + day * DAY;
            keys.rotate(now, &mut random).unwrap();
            assert_eq!(keys.check(&nonce, &agent, 7, now), Ok(()), "day {day}");
        }
        let late = start + 30 * DAY + 1;
        assert_eq!(
            keys.check(&nonce, &agent, 7, late),
            Err(NonceProblem::Stale)
        );
        keys.rotate(start + 40 * DAY, &mut random).unwrap();
        assert!(keys.keys.len() < 31, "old keys are forgotten");
        let mode = std::fs::metadata(dir.path().join(NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn foreign_nonces_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Seeded::new(2);
        let (agent, now) = (Key([3; 32]), 1_700_000_000_000);
        let keys = MacKeys::open(dir.path(), now, &mut random).unwrap();
        let nonce = keys.issue(&agent, 7, now, &mut random).unwrap();
        let foreign = Err(NonceProblem::Foreign);
        assert_eq!(keys.check(&nonce, &Key([4; 32]), 7, now), foreign);
        assert_eq!(keys.check(&nonce, &agent, 8, now), foreign);
        let other = Nonce::issue(&MacKey::new(1, &[0; 32]), now, [0; 16], &agent, 7);
        assert_eq!(keys.check(&other, &agent, 7, now), foreign);
        let future = keys.issue(&agent, 7, now + DAY, &mut random).unwrap();
        assert_eq!(keys.check(&future, &agent, 7, now), foreign);
    }
}
