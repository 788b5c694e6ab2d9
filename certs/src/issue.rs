//! Certificates and revocation lists for bare public keys.
//!
//! Serial numbers, times and keys are arguments; the same arguments give the same bytes.

use crate::keys::{self, KeyFileError};
use crate::x509::{self, Fields, Serial, X509Error};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyUsagePurpose, PKCS_ED25519,
    PublicKeyData, RevokedCertParams, SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use rcgen::RevocationReason;

/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * 3600 * 1000;

/// How long before its issue a certificate is valid, ms: servers' clocks may differ by that.
pub const BACKDATED_MS: u64 = 3600 * 1000;

/// The last second that X.509 can write, ms: the end of the year 9999.
const LAST_MS: u64 = 253_402_300_799_000;

/// A certificate or list could not be issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The issuer's private key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The issuer's certificate cannot be read.
    #[error("the CA's certificate: {0}")]
    Certificate(#[from] X509Error),
    /// The issuer's certificate may not sign others, or is another key's.
    #[error("the CA's certificate {0}")]
    NotThisCa(&'static str),
    /// A time that X.509 cannot write, or an end that is not after the beginning.
    #[error(
        "valid from {from_ms} until {until_ms} (Unix ms) is not a period before the year 10000"
    )]
    Period {
        /// Unix time, ms.
        from_ms: u64,
        /// Unix time, ms.
        until_ms: u64,
    },
    /// A name that is empty, too long or holds other characters than names may.
    #[error("the holder's name: {0}")]
    Name(#[from] domicile_proto::codec::CodecError),
    /// Serial number zero.
    #[error("a serial number must be positive")]
    Serial,
    /// The encoder refused.
    #[error("the certificate cannot be encoded: {0}")]
    Encode(#[from] rcgen::Error),
}

/// A period of validity, Unix ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub from_ms: u64,
    /// The last moment.
    pub until_ms: u64,
}

impl Period {
    /// From a little before `now_ms` ([`BACKDATED_MS`]) for `lifetime_ms` after it.
    pub fn starting(now_ms: u64, lifetime_ms: u64) -> Self {
        Self {
            from_ms: now_ms.saturating_sub(BACKDATED_MS),
            until_ms: now_ms.saturating_add(lifetime_ms),
        }
    }

    fn checked(self) -> Result<Self, IssueError> {
        let Self { from_ms, until_ms } = self;
        if from_ms < until_ms && until_ms <= LAST_MS {
            Ok(self)
        } else {
            Err(IssueError::Period { from_ms, until_ms })
        }
    }
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile<'a> {
    /// An intermediate that issues for TLS servers (anchors, collectors).
    ServerCa(&'a str),
    /// An intermediate that issues for TLS clients (agents, auditors).
    ClientCa(&'a str),
    /// An anchor or collector, by name.
    Server(&'a str),
    /// An agent: no name at all.
    Agent,
    /// An auditor, by name.
    Auditor(&'a str),
}

impl Profile<'_> {
    fn params(self, serial: [u8; 16], period: Period) -> Result<CertificateParams, IssueError> {
        if serial == [0; 16] {
            return Err(IssueError::Serial);
        }
        let Period { from_ms, until_ms } = period.checked()?;
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_millis(from_ms);
        params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_millis(until_ms);
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.distinguished_name = DistinguishedName::new();
        params.use_authority_key_identifier_extension = true;
        let (client, server) = (
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        );
        let (name, purpose, ca) = match self {
            Self::ServerCa(name) => (Some(name), server, true),
            Self::ClientCa(name) => (Some(name), client, true),
            Self::Server(name) => (Some(name), server, false),
            Self::Agent => (None, client, false),
            Self::Auditor(name) => (Some(name), client, false),
        };
        if let Some(name) = name {
            let name = domicile_proto::codec::name("name", name)?;
            params.distinguished_name.push(DnType::CommonName, name);
        }
        params.extended_key_usages = vec![purpose];
        params.key_usages = if ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]
        } else {
            vec![KeyUsagePurpose::DigitalSignature]
        };
        Ok(params)
    }
}

/// A revoked certificate, as it stands in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Which one.
    pub serial: Serial,
    /// When it was revoked, Unix ms.
    pub revoked_ms: u64,
    /// Why.
    pub reason: RevocationReason,
}

/// A CA: its private key and its certificate.
#[derive(Debug, Clone)]
pub struct Issuer {
    key: Arc<SigningKey>,
    certificate: CertificateDer<'static>,
}

impl Issuer {
    /// A CA whose key and certificate were read already.
    ///
    /// # Errors
    /// [`IssueError`] when the certificate is not this key's or may not sign.
    pub fn new(
        key: impl Into<Arc<SigningKey>>,
        certificate: CertificateDer<'static>,
    ) -> Result<Self, IssueError> {
        let key = key.into();
        let fields = Fields::read(&certificate)?;
        if fields.key != key.public() {
            return Err(IssueError::NotThisCa("is for another private key"));
        }
        if !fields.is_ca {
            return Err(IssueError::NotThisCa("is not one of a CA"));
        }
        Ok(Self { key, certificate })
    }

    /// A root: its certificate is signed by its own key and allows one level of intermediates.
    ///
    /// # Errors
    /// [`IssueError`] when serial or period are out of range.
    pub fn root(
        key: impl Into<Arc<SigningKey>>,
        name: &str,
        serial: [u8; 16],
        period: Period,
    ) -> Result<Self, IssueError> {
        let key = key.into();
        let mut params = Profile::ClientCa(name).params(serial, period)?;
        params.extended_key_usages.clear();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
        let certificate = params.self_signed(&Signer(&key))?.into();
        Ok(Self { key, certificate })
    }

    /// The CA's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The CA's private key.
    pub fn key(&self) -> &Arc<SigningKey> {
        &self.key
    }

    /// Issues a certificate for a public key.
    ///
    /// # Errors
    /// [`IssueError`] when serial or period are out of range.
    pub fn issue(
        &self,
        profile: Profile<'_>,
        key: &Key,
        serial: [u8; 16],
        period: Period,
    ) -> Result<CertificateDer<'static>, IssueError> {
        let params = profile.params(serial, period)?;
        let issuer = rcgen::Issuer::from_ca_cert_der(&self.certificate, Signer(&self.key))?;
        Ok(params.signed_by(&Subject(key), &issuer)?.into())
    }

    /// Issues this CA's revocation list. `number` must rise with each list.
    ///
    /// # Errors
    /// [`IssueError`] when a time is out of range.
    pub fn revocation_list(
        &self,
        number: u64,
        period: Period,
        revoked: &[Revoked],
    ) -> Result<CertificateRevocationListDer<'static>, IssueError> {
        let Period { from_ms, until_ms } = period.checked()?;
        let epoch = date_time_ymd(1970, 1, 1);
        let entries = revoked.iter().map(|entry| RevokedCertParams {
            serial_number: SerialNumber::from_slice(entry.serial.digits()),
            revocation_time: epoch + Duration::from_millis(entry.revoked_ms.min(LAST_MS)),
            reason_code: Some(entry.reason),
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: epoch + Duration::from_millis(from_ms),
            next_update: epoch + Duration::from_millis(until_ms),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: entries.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let issuer = rcgen::Issuer::from_ca_cert_der(&self.certificate, Signer(&self.key))?;
        Ok(params.signed_by(&issuer)?.into())
    }
}

/// The agent CA, as a collector holds it.
#[derive(Debug, Clone)]
pub struct AgentIssuer(Issuer);

impl AgentIssuer {
    /// Reads the agent CA's private key; its certificate is that of `trust.toml`.
    ///
    /// # Errors
    /// [`IssueError`] when the key is refused or is not the certificate's.
    pub fn load(
        ca_key_path: &Path,
        ca_certificate: &CertificateDer<'static>,
    ) -> Result<Self, IssueError> {
        Self::new(keys::load(ca_key_path)?, ca_certificate.clone())
    }

    /// The agent CA, with its key in memory.
    ///
    /// # Errors
    /// [`IssueError`] when the certificate is not this key's CA.
    pub fn new(
        key: impl Into<Arc<SigningKey>>,
        certificate: CertificateDer<'static>,
    ) -> Result<Self, IssueError> {
        Issuer::new(key, certificate).map(Self)
    }

    /// Issues an agent's certificate: its key and the serial, nothing else. Valid from a little
    /// before `now_ms` for `lifetime_ms`.
    ///
    /// # Errors
    /// [`IssueError`] when serial or period are out of range.
    pub fn issue(
        &self,
        agent: &Key,
        serial: [u8; 16],
        now_ms: u64,
        lifetime_ms: u64,
    ) -> Result<CertificateDer<'static>, IssueError> {
        let period = Period::starting(now_ms, lifetime_ms);
        self.0.issue(Profile::Agent, agent, serial, period)
    }

    /// The agent CA's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        self.0.certificate()
    }
}

/// A certificate that a key signs for itself. It says nothing but the key.
///
/// # Errors
/// [`IssueError::Encode`] when the encoder refuses.
pub fn self_signed(key: &SigningKey) -> Result<CertificateDer<'static>, IssueError> {
    let always = Period {
        from_ms: 0,
        until_ms: LAST_MS,
    };
    let mut serial = [0; 16];
    serial[15] = 1;
    let mut params = Profile::Agent.params(serial, always)?;
    params.use_authority_key_identifier_extension = false;
    Ok(params.self_signed(&Signer(key))?.into())
}

/// Lets rcgen sign with a key of ours.
struct Signer<'a>(&'a SigningKey);

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        use ring::signature::KeyPair as _;
        self.0.ring().public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

impl rcgen::SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.0.ring().sign(message).as_ref().to_vec())
    }
}

/// Lets rcgen write a bare public key.
struct Subject<'a>(&'a Key);

impl PublicKeyData for Subject<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.0.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

/// Checks that `certificate` is a CA of ours and that `issuer` signed it: signature, name and
/// purpose. Dates are not looked at, since an agent's clock may be wrong.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_intermediate(
    certificate: &CertificateDer<'_>,
    root: &CertificateDer<'_>,
) -> Result<Fields, String> {
    let root = Fields::read(root).map_err(|error| error.to_string())?;
    let fields = Fields::read(certificate).map_err(|error| error.to_string())?;
    x509::verify_signed_by(certificate, &root.key).map_err(|error| error.to_string())?;
    match () {
        () if fields.issuer != root.subject => Err("names another issuer than the root".into()),
        () if !fields.is_ca => Err("is not the certificate of a CA".into()),
        () if !fields.client_auth => Err("may not issue for TLS clients".into()),
        () => Ok(fields),
    }
}

#[cfg(test)]
mod tests;
