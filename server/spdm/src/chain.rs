//! A device's certificate chain: leaf first, every signature up to a pinned root.
//!
//! Vendors' chains have five certificates: the firmware's key (leaf), the device's boot ROM, two
//! authorities of the vendor, the root. The boot ROM's serial number names the device. Only one
//! certificate may do so, the second: a boot ROM may sign its firmware, but nobody's boot ROM.
//!
//! Verification takes no time: the period in which all certificates are valid is a result, and
//! whoever judges compares it ([`Chain::is_valid_at`]). So a chain is verified once and kept.

use crate::certificate::{Certificate, CertificateError};
use crate::dice::Dice;
use crate::pdi::Device;
use crate::roots::{KEY_BYTES, Roots};
use ring::digest::{Context, SHA256, digest};

/// Fewest and most certificates of a chain.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 3..=6;

/// Why a chain was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Too short or too long.
    #[error("{0} certificates, where {min} to {max} are allowed", min = LENGTHS.start(), max = LENGTHS.end())]
    Length(usize),
    /// One certificate is wrong.
    #[error("certificate {number}: {error}")]
    Certificate {
        /// Counted from 1, leaf first.
        number: usize,
        /// What is wrong with it.
        error: CertificateError,
    },
}

/// A chain whose every signature holds, up to a pinned root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its name, see [`chain_hash`].
    pub hash: [u8; 32],
    /// The key that signs reports: an uncompressed point on P-384.
    pub leaf_key: [u8; KEY_BYTES],
    /// SHA-256 of that point.
    pub leaf_key_hash: [u8; 32],
    /// Which device it is; `None` when the boot ROM's serial number has another form.
    pub device: Option<Device>,
    /// What the leaf says of the firmware; `None` without a DICE extension.
    pub dice: Option<Dice>,
    /// First second at which every certificate is valid, Unix time.
    pub not_before: i64,
    /// Last such second.
    pub not_after: i64,
    /// Each certificate under its issuer, leaf first, without the root.
    pub(crate) links: Vec<Link>,
}

/// What is needed to look one certificate up in a revocation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) issuer_key: [u8; KEY_BYTES],
    pub(crate) publishes: bool,
}

impl Chain {
    /// Checks a chain of DER certificates, leaf first, with or without the root at its end.
    ///
    /// # Errors
    /// [`ChainError`] with the first certificate that is wrong.
    pub fn verify<C: AsRef<[u8]>>(certificates: &[C], roots: &Roots) -> Result<Self, ChainError> {
        if !LENGTHS.contains(&certificates.len()) {
            return Err(ChainError::Length(certificates.len()));
        }
        let mut chain = Vec::with_capacity(certificates.len());
        for (place, der) in certificates.iter().enumerate() {
            let read = Certificate::read(der.as_ref()).and_then(|certificate| {
                check_role(place, &certificate)?;
                Ok(certificate)
            });
            chain.push(read.map_err(at(place))?);
        }
        let links = link(&chain, roots)?;
        let (leaf, rom) = (&chain[0], &chain[1]);
        let leaf_key_hash = digest(&SHA256, &leaf.key).as_ref().try_into();
        Ok(Self {
            hash: chain_hash(certificates),
            leaf_key: leaf.key,
            leaf_key_hash: leaf_key_hash.expect("SHA-256 has 32 bytes"),
            device: Device::of_serial(rom.serial),
            dice: leaf.dice.clone(),
            not_before: chain.iter().map(|one| one.not_before).max().unwrap_or(0),
            not_after: chain.iter().map(|one| one.not_after).min().unwrap_or(0),
            links,
        })
    }

    /// Whether every certificate is valid at this time, Unix ms.
    pub fn is_valid_at(&self, at_ms: u64) -> bool {
        i64::try_from(at_ms / 1000).is_ok_and(|at| (self.not_before..=self.not_after).contains(&at))
    }
}

/// What a certificate at this place must be and may not be.
fn check_role(place: usize, certificate: &Certificate<'_>) -> Result<(), CertificateError> {
    match place {
        0 => certificate.check_signer(),
        place => {
            certificate.check_authority(place - 1)?;
            if place > 1 && Device::of_serial(certificate.serial).is_some() {
                return Err(CertificateError::SignedByDevice);
            }
            Ok(())
        }
    }
}

/// Each signature under the next certificate's key, the last under a pinned root's.
fn link(chain: &[Certificate<'_>], roots: &Roots) -> Result<Vec<Link>, ChainError> {
    let mut links = Vec::with_capacity(chain.len());
    let mut push = |certificate: &Certificate<'_>, issuer_key: [u8; KEY_BYTES]| {
        links.push(Link {
            serial: certificate.serial.to_vec(),
            issuer: certificate.issuer.to_vec(),
            issuer_key,
            publishes: certificate.publishes,
        });
    };
    for (place, pair) in chain.windows(2).enumerate() {
        let (certificate, issuer) = (&pair[0], &pair[1]);
        if certificate.issuer != issuer.subject {
            return Err(at(place)(CertificateError::IssuerName));
        }
        certificate
            .check_signature(&issuer.key)
            .map_err(at(place))?;
        push(certificate, issuer.key);
    }
    let (place, last) = (chain.len() - 1, &chain[chain.len() - 1]);
    let is_root = |key: &[u8; KEY_BYTES]| last.subject == last.issuer && last.key == *key;
    let mut candidates = roots.named(last.issuer).peekable();
    if candidates.peek().is_none() {
        return Err(at(place)(CertificateError::NoRoot));
    }
    let root = candidates
        .find(|root| last.check_signature(&root.key).is_ok())
        .ok_or(at(place)(CertificateError::Signature))?;
    if !is_root(&root.key) {
        push(last, root.key);
    }
    Ok(links)
}

fn at(place: usize) -> impl Fn(CertificateError) -> ChainError {
    move |error| ChainError::Certificate {
        number: place + 1,
        error,
    }
}

/// A chain's name: SHA-256 over its certificates, each as its length (4 bytes, big-endian) ‖ DER.
pub fn chain_hash<C: AsRef<[u8]>>(certificates: &[C]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for certificate in certificates {
        let der = certificate.as_ref();
        let length = u32::try_from(der.len()).unwrap_or(u32::MAX);
        context.update(&length.to_be_bytes());
        context.update(der);
    }
    let hash = context.finish().as_ref().try_into();
    hash.expect("SHA-256 has 32 bytes")
}
