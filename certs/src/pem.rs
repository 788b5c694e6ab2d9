//! PEM in and out.

use crate::files::{self, FileError};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::path::{Path, PathBuf};

/// Largest PEM file read, bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Most certificates in one chain.
pub const MAX_CHAIN: usize = 4;

/// A file holds no certificates that can be used.
#[derive(Debug, thiserror::Error)]
pub enum PemError {
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file holds something else.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// The PEM text of one section.
pub fn encode(label: &str, der: &[u8]) -> String {
    let base64 = data_encoding::BASE64.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// The PEM text of certificates, in their order.
pub fn encode_chain(chain: &[CertificateDer<'_>]) -> String {
    chain
        .iter()
        .map(|certificate| encode("CERTIFICATE", certificate))
        .collect()
}

/// The certificates in PEM text, in their order; other sections are passed over.
///
/// # Errors
/// What is wrong: broken PEM, none at all, or more than [`MAX_CHAIN`].
pub fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain = CertificateDer::pem_slice_iter(text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("broken PEM: {error}"))?;
    match chain.len() {
        0 => Err("no certificate in PEM form in it".into()),
        1..=MAX_CHAIN => Ok(chain),
        n => Err(format!("{n} certificates where at most {MAX_CHAIN} belong")),
    }
}

/// Reads the certificates of a PEM file.
///
/// # Errors
/// [`PemError`] when it cannot be read or holds none.
pub fn load(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    certificates(&files::read(path, MAX_BYTES)?).map_err(|problem| PemError::Content {
        path: path.to_owned(),
        problem,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_read(der in proptest::collection::vec(any::<u8>(), 1..300)) {
            let text = encode_chain(&[CertificateDer::from(der.clone()), CertificateDer::from(der.clone())]);
            let back = certificates(text.as_bytes()).unwrap();
            prop_assert_eq!(back, vec![CertificateDer::from(der.clone()), CertificateDer::from(der)]);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = certificates(&bytes);
            let mut begun = b"-----BEGIN CERTIFICATE-----\n".to_vec();
            begun.extend(bytes);
            let _ = certificates(&begun);
        }
    }

    #[test]
    fn none_and_too_many_are_refused() {
        assert!(certificates(b"").is_err());
        let five = vec![CertificateDer::from(vec![1]); 5];
        assert!(certificates(encode_chain(&five).as_bytes()).is_err());
    }
}
