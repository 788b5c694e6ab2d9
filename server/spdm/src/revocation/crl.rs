//! One certificate revocation list.

use super::{RevocationError, Statement};
use crate::chain::Link;
use crate::der::SignedDer;
use ring::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject as _;
use std::collections::BTreeSet;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

/// A list; its signature is checked when it is asked.
#[derive(Debug, Clone)]
pub(super) struct List {
    issuer: Vec<u8>,
    signed: Vec<u8>,
    signature: Vec<u8>,
    this_update: i64,
    next_update: Option<i64>,
    revoked: BTreeSet<Vec<u8>>,
}

impl List {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, RevocationError> {
        match CertificateRevocationListDer::from_pem_slice(bytes) {
            Ok(der) => Self::read_der(&der),
            Err(_) => Self::read_der(bytes),
        }
    }

    fn read_der(der: &[u8]) -> Result<Self, RevocationError> {
        let (behind, list) =
            CertificateRevocationList::from_der(der).map_err(|_| RevocationError::Malformed)?;
        let frame = SignedDer::read(der).ok_or(RevocationError::Malformed)?;
        let frame = frame.ok_or(RevocationError::Algorithm)?;
        if !behind.is_empty() || !frame.behind.is_empty() {
            return Err(RevocationError::Malformed);
        }
        let entries = || list.iter_revoked_certificates();
        let of_entries = entries().flat_map(|entry| entry.extensions());
        if list
            .extensions()
            .iter()
            .chain(of_entries)
            .any(|extension| extension.critical)
        {
            return Err(RevocationError::Partial);
        }
        Ok(Self {
            issuer: list.issuer().as_raw().to_vec(),
            signed: frame.signed.whole.to_vec(),
            signature: frame.signature.to_vec(),
            this_update: list.last_update().timestamp(),
            next_update: list.next_update().map(|next| next.timestamp()),
            revoked: entries().map(|entry| entry.raw_serial().to_vec()).collect(),
        })
    }

    /// What it says of a certificate; `None` when it is not of that certificate's issuer.
    pub(super) fn says(&self, link: &Link) -> Option<Statement> {
        if self.issuer != link.issuer {
            return None;
        }
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, link.issuer_key)
            .verify(&self.signed, &self.signature)
            .ok()?;
        Some(Statement {
            revoked: self.revoked.contains(&link.serial),
            this_update: self.this_update,
            next_update: self.next_update,
        })
    }
}
