//! Chains as files: PEM, leaf first.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Largest PEM file read, bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Bytes are no PEM chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not certificates in PEM (at most {MAX_BYTES} bytes)")]
pub struct PemError;

/// The certificates in a PEM file, in its order.
///
/// # Errors
/// [`PemError`] when there is none, a block is damaged, or the file is too long.
pub fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    if pem.len() > MAX_BYTES {
        return Err(PemError);
    }
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(list) if !list.is_empty() => Ok(list.iter().map(|der| der.to_vec()).collect()),
        _ => Err(PemError),
    }
}
