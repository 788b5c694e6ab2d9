//! The roots that a device's chain may end in. A program's default is the vendor's own, pinned here
//! by name and key; tests and tools give others.

use ring::digest::{Context, SHA256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

/// Bytes of an uncompressed P-384 point.
pub const KEY_BYTES: usize = 97;

/// A root's name and key. Its certificate may stand at a chain's end or be left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// DER of its subject.
    pub subject: Vec<u8>,
    /// Uncompressed point on P-384.
    pub key: [u8; KEY_BYTES],
}

/// The pinned roots, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    roots: Vec<Root>,
    hash: [u8; 32],
}

/// A root certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootError {
    /// Not PEM with at least one certificate.
    #[error("no certificate in PEM is in it")]
    NoCertificate,
    /// Not X.509.
    #[error("not an X.509 certificate")]
    NotX509,
    /// Another kind of key.
    #[error("its key is not on P-384")]
    Key,
}

/// NVIDIA's "NVIDIA Device Identity CA" (SHA-256 of its certificate:
/// `102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48`), as published in
/// `https://github.com/NVIDIA/nvtrust`.
const NVIDIA_SUBJECT: &str = "\
    30353122302006035504030c194e564944494120446576696365204964656e74697479204341310f300d0603\
    55040a0c064e5649444941";
const NVIDIA_KEY: &str = "\
    040e4c14a33bf8a5626658db4129607e4cbf4519c4412716f4d0d917c4978005bdeabeaefd57bc66082d718a\
    4f8b6052e1516ee8a7c422b84de857071bb58fd395bea0cfa1c63ee7c80d6bd63901d91cbbd187d3857dc16b\
    5cceaf238ff8c27dbd";

impl Roots {
    /// The vendor's root: what programs use unless told otherwise.
    pub fn vendor() -> Self {
        let hex = |text: &str| {
            data_encoding::HEXLOWER
                .decode(text.as_bytes())
                .expect("a constant in hexadecimal")
        };
        let key = hex(NVIDIA_KEY);
        Self::new(vec![Root {
            subject: hex(NVIDIA_SUBJECT),
            key: key.try_into().expect("a constant of 97 bytes"),
        }])
    }

    /// These roots.
    pub fn new(mut roots: Vec<Root>) -> Self {
        roots.sort_unstable();
        roots.dedup();
        let mut context = Context::new(&SHA256);
        context.update(b"domicile device-roots v1");
        for root in &roots {
            context.update(&(root.subject.len() as u64).to_be_bytes());
            context.update(&root.subject);
            context.update(&root.key);
        }
        let hash = context.finish().as_ref().try_into();
        Self {
            roots,
            hash: hash.expect("SHA-256 has 32 bytes"),
        }
    }

    /// The roots whose certificates these are, in PEM.
    ///
    /// # Errors
    /// [`RootError`] when there is none, or one has no key on P-384.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootError> {
        let certificates = crate::pem::certificates(pem).map_err(|_| RootError::NoCertificate)?;
        let roots: Result<Vec<Root>, RootError> = certificates
            .iter()
            .map(|der| Root::of_certificate(der))
            .collect();
        Ok(Self::new(roots?))
    }

    /// SHA-256 over a tag, then each root's name (behind its length in 8 bytes) and key, sorted.
    /// Verdicts name the roots by it.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The roots with this subject.
    pub(crate) fn named<'a>(&'a self, subject: &'a [u8]) -> impl Iterator<Item = &'a Root> {
        self.roots
            .iter()
            .filter(move |root| root.subject == subject)
    }
}

impl Root {
    /// Name and key of a root's certificate. Its own signature says nothing and is not checked here.
    ///
    /// # Errors
    /// [`RootError`] when it is none, or has no key on P-384.
    pub fn of_certificate(der: &[u8]) -> Result<Self, RootError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| RootError::NotX509)?;
        Ok(Self {
            subject: certificate.subject().as_raw().to_vec(),
            key: crate::certificate::p384_key(&certificate).ok_or(RootError::Key)?,
        })
    }
}
