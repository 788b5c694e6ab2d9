//! Enrolment with a TPM: the collector checks the keys that are offered, sends the TPM a secret that
//! only the holder of both can open, and enrols when it comes back on the same connection.

use crate::service::{Answer, Service};
use domicile_appraise::enrolment::TpmKeys;
use domicile_certs::files;
use domicile_certs::tls::Peer;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, EkStanding, StatusCode};
use domicile_tpm::credential::{self, SECRET};
use domicile_tpm::endorsement::{self, MAX_CERTIFICATE, Makers, Standing};
use domicile_tpm::public::{AttestationKey, EndorsementKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Largest file of makers' certificates, bytes.
const MAX_FILE: usize = 1024 * 1024;

/// What one connection is in the middle of. It ends with the connection.
#[derive(Default)]
pub struct Session {
    activation: Mutex<Option<Pending>>,
}

/// An enrolment that waits for its TPM's answer.
pub(crate) struct Pending {
    key: Key,
    secret: [u8; SECRET],
    /// What was asked for.
    pub(crate) request: wire::EnrolRequest,
    /// What is recorded if the secret comes back.
    pub(crate) tpm: wire::TpmEnrolment,
}

/// Why the makers' certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MakersError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] files::FileError),
    /// A file holds something else.
    #[error("`tpm-roots`: {}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Reads makers' certificates: files in PEM form with any number of them, or in DER with one.
///
/// # Errors
/// [`MakersError`] naming the file.
pub(crate) fn makers(paths: &[PathBuf]) -> Result<Makers, MakersError> {
    let mut certificates = Vec::new();
    for path in paths {
        let bytes = files::read(path, MAX_FILE)?;
        let content = |problem: String| MakersError::Content {
            path: path.clone(),
            problem,
        };
        let read = endorsement::certificates(&bytes).map_err(|error| content(error.to_string()))?;
        // One file at a time, so that an error names it.
        Makers::new(read.clone()).map_err(|error| content(error.to_string()))?;
        certificates.extend(read);
    }
    Makers::new(certificates).map_err(|error| MakersError::Content {
        path: PathBuf::new(),
        problem: error.to_string(),
    })
}

impl Service {
    /// Checks the keys of a TPM and makes the secret that enrols it.
    pub(crate) fn challenge_tpm(
        &self,
        peer: &Peer,
        session: &Session,
        request: wire::EnrolRequest,
        identity: &wire::TpmIdentity,
    ) -> Answer<wire::Activation> {
        let refused = |problem: &dyn std::fmt::Display| {
            tracing::info!(host = %peer.key.short(), %problem, "a TPM is refused");
            StatusCode::Malformed
        };
        let ak = AttestationKey::read(&identity.ak_public)
            .map_err(|error| refused(&format_args!("attestation key: {error}")))?;
        let ek = EndorsementKey::read(&identity.ek_public)
            .map_err(|error| refused(&format_args!("endorsement key: {error}")))?;
        let standing = self
            .standing(peer, &identity.ek_certificate, &ek)
            .map_err(|problem| refused(&problem))?;
        let tpm = wire::TpmEnrolment {
            ak_public: identity.ak_public.clone(),
            ek_public: identity.ek_public.clone(),
            ek_certificate: identity.ek_certificate.clone(),
            ek: standing.into(),
        };
        TpmKeys::read(&tpm).map_err(|error| refused(&error))?;
        let random = SystemRandom::new();
        let mut secret = [0; SECRET];
        random.fill(&mut secret).map_err(|_| StatusCode::Internal)?;
        let made =
            credential::make(&ek, &ak.name, &secret, &random).map_err(|error| refused(&error))?;
        *session.lock() = Some(Pending {
            key: peer.key,
            secret,
            request,
            tpm,
        });
        Ok(wire::Activation {
            credential: made.credential,
            encrypted_secret: made.encrypted_secret,
        })
    }

    /// Who vouches for an endorsement key. A certificate of another key is refused.
    fn standing(
        &self,
        peer: &Peer,
        certificate: &[u8],
        ek: &EndorsementKey,
    ) -> Result<EkStanding, String> {
        if certificate.is_empty() {
            return Ok(EkStanding::NoCertificate);
        }
        if certificate.len() > MAX_CERTIFICATE {
            return Err(format!("a certificate of {} bytes", certificate.len()));
        }
        let now_ms = self.clock.now_ms();
        let standing = self
            .tpm_makers
            .standing(certificate, ek, now_ms)
            .map_err(|error| error.to_string())?;
        Ok(match standing {
            Standing::Certified => EkStanding::Certified,
            Standing::UnknownRoot => {
                tracing::info!(host = %peer.key.short(), "ek certificate: unknown root");
                EkStanding::UnknownRoot
            }
            Standing::NotValid(problem) => {
                tracing::info!(host = %peer.key.short(), problem, "ek certificate: not valid");
                EkStanding::NotValid
            }
        })
    }
}

impl Session {
    /// Takes the enrolment that waits, if this is its secret. There is one attempt: a wrong secret
    /// ends it.
    pub(crate) fn activated(&self, peer: &Peer, secret: &[u8]) -> Answer<Pending> {
        let pending = self.lock().take().ok_or(StatusCode::Malformed)?;
        match pending.key == peer.key && pending.secret == secret {
            true => Ok(pending),
            false => {
                tracing::info!(host = %peer.key.short(), "a TPM's secret is wrong");
                Err(StatusCode::KeyMismatch)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Pending>> {
        self.activation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
