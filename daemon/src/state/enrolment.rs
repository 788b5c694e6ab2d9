//! Under what this agent was enrolled, and on which machine.

use super::{StateDir, StateError, load, save};
use crate::disk::{self, Disk};
use domicile_certs::keys::{self, IdentityError, KeyFileError};
use domicile_certs::x509::{self, X509Error};
use domicile_certs::{Identity, files, pem};
use domicile_proto::sign::{self, SigningKey};
use domicile_proto::types::{Digest, Key};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Tag before the machine id in its hash.
const MACHINE_TAG: &[u8] = b"domicile machine-id v1";
const MAX_MACHINE_ID: usize = 1024;

/// What is remembered from the enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The metro that the token declares: decides which anchors are drawn.
    pub metro: String,
    /// The machine it was made on.
    #[serde(with = "super::text")]
    pub machine_id_hash: Digest,
    /// The collector it was made at.
    #[serde(with = "super::text")]
    pub collector: Key,
    /// Whether its TPM was enrolled too: only then are quotes sent.
    #[serde(default)]
    pub tpm: bool,
}

/// Why an identity could not be used.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// There is none.
    #[error("this host is not enrolled: domiciled enrol --token-file FILE")]
    NotEnrolled,
    /// The state was made on another machine.
    #[error(
        "this state was enrolled on another machine (the machine id differs): \
         if the disk was copied, remove the copy's state and enrol it with a token of its own; \
         if this machine got a new id, `domiciled withdraw` and enrol again"
    )]
    Cloned,
    /// The machine id is missing.
    #[error(
        "no machine id in `{}`: set `machine-id-file` in the configuration to a file that is this machine's alone",
        .0.display()
    )]
    NoMachineId(PathBuf),
    /// The state folder failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// Key or certificate failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The private key failed.
    #[error(transparent)]
    Key(#[from] KeyFileError),
}

/// SHA-256 of a domain tag and this machine's id, without surrounding white space.
///
/// # Errors
/// [`EnrolmentError::NoMachineId`] when the file is missing, empty or systemd's `uninitialized`.
pub fn machine_id_hash(file: &Path) -> Result<Digest, EnrolmentError> {
    let missing = || EnrolmentError::NoMachineId(file.to_owned());
    let bytes = files::read(file, MAX_MACHINE_ID).map_err(|_| missing())?;
    let id = bytes.trim_ascii();
    if id.is_empty() || id == b"uninitialized" {
        return Err(missing());
    }
    Ok(sign::sha256(&[MACHINE_TAG, id].concat()))
}

/// The enrolment and identity of an enrolled agent on the machine it was enrolled on.
///
/// # Errors
/// [`EnrolmentError::NotEnrolled`], or `Cloned` on another machine, or what could not be read.
pub fn enrolled(
    state: &StateDir,
    machine_id_file: &Path,
) -> Result<(Enrolment, Identity), EnrolmentError> {
    let enrolment = recorded(state)?.ok_or(EnrolmentError::NotEnrolled)?;
    if machine_id_hash(machine_id_file)? != enrolment.machine_id_hash {
        return Err(EnrolmentError::Cloned);
    }
    let identity = Identity::load(&state.key(), &state.certificate())?;
    Ok((enrolment, identity))
}

/// The enrolment, if it was completed: its certificate came.
///
/// # Errors
/// [`StateError`] when it cannot be read.
pub fn recorded(state: &StateDir) -> Result<Option<Enrolment>, StateError> {
    if !state.certificate().exists() {
        return Ok(None);
    }
    let enrolment = load::<Enrolment>(&state.enrolment())?;
    let missing = || StateError::Damaged {
        path: state.enrolment(),
        problem: "it is missing beside a certificate".into(),
    };
    enrolment.map(Some).ok_or_else(missing)
}

/// The agent's private key; made from `seed` the first time, never again.
///
/// # Errors
/// [`KeyFileError`] when it cannot be made or read, or others can read it.
pub fn key(state: &StateDir, seed: &[u8; 32]) -> Result<SigningKey, KeyFileError> {
    match state.key().exists() {
        true => keys::load(&state.key()),
        false => keys::create(&state.key(), seed),
    }
}

/// Hash by which reports name the certificate they were made under.
pub fn certificate_hash(identity: &Identity) -> Digest {
    sign::sha256(identity.chain.first().map_or(&[], |leaf| leaf.as_ref()))
}

/// When the certificate came, by the host's own clock, and for how long it is good. Only the
/// time between two readings of that clock counts, so it may be wrong by years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// The host's clock when it came, Unix time, ms.
    pub received_ms: u64,
    /// From its first to its last day, ms.
    pub lifetime_ms: u64,
}

impl Renewal {
    /// True from two thirds of the lifetime on, and when the clock went backwards.
    pub fn is_due(&self, now_ms: u64) -> bool {
        now_ms
            .checked_sub(self.received_ms)
            .is_none_or(|age_ms| age_ms >= self.lifetime_ms / 3 * 2)
    }
}

/// Puts a checked certificate in place; with the first one the agent is enrolled.
///
/// # Errors
/// [`EnrolmentError`] when it cannot be read or written.
pub fn store_certificate(
    disk: &dyn Disk,
    state: &StateDir,
    chain: &[CertificateDer<'static>],
    now_ms: u64,
) -> Result<(), EnrolmentError> {
    let fields = x509::Fields::read(chain.first().ok_or(X509Error::Empty).map_err(certificate)?)
        .map_err(certificate)?;
    let renewal = Renewal {
        received_ms: now_ms,
        lifetime_ms: fields.not_after_ms.saturating_sub(fields.not_before_ms),
    };
    save(disk, &state.renewal(), &renewal)?;
    let text = pem::encode_chain(chain);
    disk::replace(disk, &state.certificate(), text.as_bytes()).map_err(StateError::from)?;
    Ok(())
}

/// True when the certificate should be renewed now.
pub fn renewal_is_due(state: &StateDir, now_ms: u64) -> bool {
    match load::<Renewal>(&state.renewal()) {
        Ok(Some(renewal)) => renewal.is_due(now_ms),
        Ok(None) | Err(_) => true,
    }
}

fn certificate(error: X509Error) -> EnrolmentError {
    EnrolmentError::Identity(error.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn the_machine_id_is_hashed_without_white_space_and_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("machine-id");
        assert!(machine_id_hash(&file).is_err());
        for bad in ["", "\n", "uninitialized\n"] {
            fs::write(&file, bad).unwrap();
            let error = machine_id_hash(&file).unwrap_err().to_string();
            assert!(error.contains("machine-id-file"), "{error}");
        }
        fs::write(&file, "abc\n").unwrap();
        let hash = machine_id_hash(&file).unwrap();
        assert_eq!(hash, sign::sha256(b"domicile machine-id v1abc"));
        fs::write(&file, "abd\n").unwrap();
        assert_ne!(machine_id_hash(&file).unwrap(), hash);
    }

    #[test]
    fn the_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path());
        let first = key(&state, &[1; 32]).unwrap().public();
        assert_eq!(key(&state, &[2; 32]).unwrap().public(), first);
    }

    #[test]
    fn renewal_counts_elapsed_time_only() {
        let renewal = Renewal {
            received_ms: 1_000_000,
            lifetime_ms: 300,
        };
        assert!(!renewal.is_due(1_000_000));
        assert!(!renewal.is_due(1_000_199));
        assert!(renewal.is_due(1_000_200));
        assert!(renewal.is_due(999_999), "the clock went back");
        let folder = tempfile::tempdir().unwrap();
        assert!(renewal_is_due(&StateDir::new(folder.path()), 0));
    }

    #[test]
    fn without_a_certificate_nothing_is_enrolled() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::new(folder.path());
        assert!(matches!(
            enrolled(&state, Path::new("/etc/machine-id")),
            Err(EnrolmentError::NotEnrolled)
        ));
    }
}
