//! One revocation list: its form, its signature, what stands in it.

use crate::x509::{self, Fields, Serial};
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject as _;
use std::collections::HashSet;
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

/// One CA's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Its number, which rises with each issue.
    pub number: u64,
    /// Unix time, ms, by which the CA meant to issue the next one.
    pub next_update_ms: u64,
    revoked: HashSet<Serial>,
}

impl List {
    /// Checks a list, PEM or DER, against the CA that must have signed it.
    ///
    /// # Errors
    /// What is wrong: not a list, another issuer, a failing signature, or an extension that
    /// changes its meaning (a delta or a partial list).
    pub fn parse(bytes: &[u8], ca: &Fields) -> Result<Self, String> {
        let der = der(bytes)?;
        let list = parse(&der)?;
        if list.issuer().as_raw() != ca.subject {
            return Err("names another issuer than this CA".into());
        }
        let signed = list.tbs_cert_list.as_ref();
        x509::verify(&ca.key, signed, &list.signature_value.data)
            .ok_or("its signature does not verify under this CA's key")?;
        Self::read(&list)
    }

    /// Reads a list, PEM or DER, whoever signed it: to show it to people.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn read_unverified(bytes: &[u8]) -> Result<Self, String> {
        Self::read(&parse(&der(bytes)?)?)
    }

    fn read(list: &CertificateRevocationList<'_>) -> Result<Self, String> {
        if let Some(partial) = list.extensions().iter().find(|e| e.critical) {
            return Err(format!(
                "critical extension {}: a partial list",
                partial.oid
            ));
        }
        let number = list.crl_number().and_then(|number| number.try_into().ok());
        let revoked = list.iter_revoked_certificates().map(|entry| {
            if entry.extensions().iter().any(|e| e.critical) {
                return None;
            }
            Serial::from_der_integer(entry.raw_serial())
        });
        let next = list.next_update().map_or(0, |time| time.timestamp());
        Ok(Self {
            number: number.ok_or("no list number that can be compared")?,
            next_update_ms: u64::try_from(next).unwrap_or(0).saturating_mul(1000),
            revoked: revoked
                .collect::<Option<HashSet<_>>>()
                .ok_or("an entry that cannot be read")?,
        })
    }

    /// Whether a certificate stands in it.
    pub fn contains(&self, serial: &Serial) -> bool {
        self.revoked.contains(serial)
    }

    /// The certificates in it, in no order.
    pub fn serials(&self) -> impl Iterator<Item = &Serial> {
        self.revoked.iter()
    }

    /// How many certificates stand in it.
    pub fn len(&self) -> usize {
        self.revoked.len()
    }

    /// Whether no certificate stands in it.
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty()
    }
}

fn der(bytes: &[u8]) -> Result<CertificateRevocationListDer<'_>, String> {
    match bytes.first() {
        Some(0x30) => Ok(CertificateRevocationListDer::from(bytes)),
        _ => CertificateRevocationListDer::from_pem_slice(bytes)
            .map_err(|error| format!("neither DER nor PEM: {error}")),
    }
}

fn parse<'a>(
    der: &'a CertificateRevocationListDer<'_>,
) -> Result<CertificateRevocationList<'a>, String> {
    // webpki's reader refuses critical extensions that it does not know.
    webpki::BorrowedCertRevocationList::from_der(der).map_err(|error| error.to_string())?;
    match CertificateRevocationList::from_der(der) {
        Ok(([], list)) => Ok(list),
        Ok(_) => Err("bytes after its end".into()),
        Err(error) => Err(error.to_string()),
    }
}
