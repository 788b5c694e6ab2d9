//! Private keys on disk, and the identity that a program shows in TLS.

use crate::files::{self, FileError};
use crate::pem::{self, PemError};
use crate::x509::{self, X509Error};
use crate::{issue, issue::IssueError};
use domicile_proto::sign::SigningKey;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// DER in front of a seed: an Ed25519 private key in PKCS#8 version 1 (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

const MAX_BYTES: usize = 4096;

/// A private key file was refused.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Others than its owner may read it.
    #[error(
        "{} may be read by group or others (mode {mode:04o}): run `chmod 600 {}`, and replace the key if that was not meant",
        path.display(), path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is something else.
    #[error("{} is not an Ed25519 private key (PEM, PKCS#8)", .0.display())]
    NotAKey(PathBuf),
}

/// Reads a private key: PEM, PKCS#8, Ed25519, readable by its owner alone.
///
/// # Errors
/// [`KeyFileError`] when it cannot be read, is exposed, or is something else.
pub fn load(path: &Path) -> Result<SigningKey, KeyFileError> {
    let io = |source| FileError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(KeyFileError::NotAKey(path.to_owned()));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = files::read_open(file, path, MAX_BYTES)?;
    let key = parse(&text);
    wipe(&mut text);
    key.ok_or_else(|| KeyFileError::NotAKey(path.to_owned()))
}

fn parse(text: &[u8]) -> Option<SigningKey> {
    let (kind, mut der) = <(SectionKind, Vec<u8>)>::from_pem_slice(text).ok()?;
    let key = (kind == SectionKind::PrivateKey).then(|| SigningKey::from_pkcs8(&der));
    wipe(&mut der);
    key?.ok()
}

/// Makes the key of a 32-byte random seed and writes it: mode 0600, never over another file.
///
/// # Errors
/// [`KeyFileError::File`] when something stands there or the system refuses.
pub fn create(path: &Path, seed: &[u8; 32]) -> Result<SigningKey, KeyFileError> {
    let mut text = to_pem(seed);
    let written = files::create_new(path, &text, files::SECRET);
    wipe(&mut text);
    written?;
    Ok(SigningKey::from_seed(seed))
}

/// The PEM text of a seed's private key.
fn to_pem(seed: &[u8; 32]) -> Vec<u8> {
    let mut der = [PKCS8_PREFIX.as_slice(), seed].concat();
    let text = pem::encode("PRIVATE KEY", &der).into_bytes();
    wipe(&mut der);
    text
}

/// Overwrites bytes that held a secret, as far as safe code can.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    std::hint::black_box(bytes);
}

/// A key and the certificate chain that speaks for it, leaf first.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The private key.
    pub key: Arc<SigningKey>,
    /// The chain, leaf first, without the root.
    pub chain: Vec<CertificateDer<'static>>,
}

/// An identity could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The private key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The chain's file.
    #[error(transparent)]
    Chain(#[from] PemError),
    /// The leaf certificate.
    #[error(transparent)]
    Certificate(#[from] X509Error),
    /// The leaf speaks for another key.
    #[error(
        "the certificate is for key {certificate}, the private key's public half is {key}: give the pair that was issued together"
    )]
    Mismatch {
        /// The key in the certificate.
        certificate: domicile_proto::types::Key,
        /// The public half of the private key.
        key: domicile_proto::types::Key,
    },
    /// The self-signed certificate.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl Identity {
    /// A key with a chain that was read already.
    ///
    /// # Errors
    /// [`IdentityError`] when the first certificate is not this key's.
    pub fn new(
        key: impl Into<Arc<SigningKey>>,
        chain: Vec<CertificateDer<'static>>,
    ) -> Result<Self, IdentityError> {
        let key = key.into();
        let leaf = chain.first().ok_or(X509Error::Empty)?;
        let certificate = x509::key(leaf)?;
        if certificate != key.public() {
            return Err(IdentityError::Mismatch {
                certificate,
                key: key.public(),
            });
        }
        Ok(Self { key, chain })
    }

    /// Reads a private key and its chain from their files.
    ///
    /// # Errors
    /// [`IdentityError`] when either is refused or they do not belong together.
    pub fn load(key_path: &Path, chain_path: &Path) -> Result<Self, IdentityError> {
        Self::new(load(key_path)?, pem::load(chain_path)?)
    }

    /// A key that no CA has certified yet: what an agent enrols with. The certificate says
    /// nothing but the key, carries fixed dates and is the same each time.
    ///
    /// # Errors
    /// [`IdentityError::Issue`] when the certificate cannot be encoded.
    pub fn self_signed(key: impl Into<Arc<SigningKey>>) -> Result<Self, IdentityError> {
        let key = key.into();
        let chain = vec![issue::self_signed(&key)?];
        Ok(Self { key, chain })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::pem;
    use proptest::prelude::*;
    use std::fs::{Permissions, set_permissions};

    #[test]
    fn a_created_key_loads_again_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let key = create(&path, &[7; 32]).unwrap();
        assert_eq!(key.public(), SigningKey::from_seed(&[7; 32]).public());
        assert_eq!(load(&path).unwrap().public(), key.public());
        let again = create(&path, &[8; 32]);
        assert!(matches!(
            again,
            Err(KeyFileError::File(FileError::Exists(_)))
        ));
        assert_eq!(load(&path).unwrap().public(), key.public());
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        create(&path, &[7; 32]).unwrap();
        for bad in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777] {
            set_permissions(&path, Permissions::from_mode(bad)).unwrap();
            let error = load(&path).unwrap_err();
            assert!(matches!(error, KeyFileError::Exposed { mode, .. } if mode == bad));
            assert!(error.to_string().contains("chmod 600"));
        }
        for good in [0o600, 0o400] {
            set_permissions(&path, Permissions::from_mode(good)).unwrap();
            load(&path).unwrap();
        }
        assert!(matches!(load(folder.path()), Err(KeyFileError::NotAKey(_))));
    }

    #[test]
    fn an_identity_needs_its_own_certificate() {
        let own = Identity::self_signed(SigningKey::from_seed(&[7; 32])).unwrap();
        let other = SigningKey::from_seed(&[8; 32]);
        assert!(Identity::new(own.key.clone(), own.chain.clone()).is_ok());
        let mixed = Identity::new(other, own.chain);
        assert!(matches!(mixed, Err(IdentityError::Mismatch { .. })));
        assert!(Identity::new(own.key, vec![]).is_err());
    }

    #[test]
    fn other_kinds_of_keys_are_refused() {
        // The first bytes of a P-256 key in PKCS#8.
        let p256 = [0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a];
        assert!(parse(pem::encode("PRIVATE KEY", &p256).as_bytes()).is_none());
        let seed = to_pem(&[7; 32]);
        let text = String::from_utf8(seed).unwrap();
        assert!(parse(text.as_bytes()).is_some());
        assert!(parse(text.replace("PRIVATE", "PUBLIC").as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(parse(&bytes).is_none());
            let _ = parse(pem::encode("PRIVATE KEY", &bytes).as_bytes());
        }
    }
}
