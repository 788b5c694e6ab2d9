//! A TPM that is only a program, for tests: it signs whatever statement it is given, so that each
//! check can be seen to refuse. It writes the structures by itself; nothing of the readers is used.
//! Beside it a maker, who certifies endorsement keys.

use crate::quote::Clock;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    SubjectPublicKeyInfo,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use rustls_pki_types::CertificateDer;

/// `objectAttributes` of a good attestation key.
pub const ATTESTATION: u32 = 0x0005_0472;
/// `objectAttributes` of a good endorsement key.
pub const ENDORSEMENT: u32 = 0x0003_00b2;

/// Its keys.
pub struct SoftTpm {
    ak: EcdsaKeyPair,
    ek: EcdsaKeyPair,
}

/// What it is made to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `TPM_GENERATED_VALUE` in an honest one.
    pub magic: u32,
    /// `TPM_ST_ATTEST_QUOTE` in a quote.
    pub kind: u16,
    /// Qualifying data.
    pub nonce: Vec<u8>,
    /// Its account of itself.
    pub clock: Clock,
    /// Selections of PCRs.
    pub pcr_selections: u32,
}

impl Statement {
    /// An honest quote over `nonce`.
    pub fn over(nonce: &[u8]) -> Self {
        Self {
            magic: 0xff54_4347,
            kind: 0x8018,
            nonce: nonce.to_vec(),
            clock: Clock {
                clock_ms: 0x0102_0304_0506_0708,
                reset_count: 0x1112_1314,
                restart_count: 0x2122_2324,
                safe: true,
                firmware_version: 0x3132_3334_3536_3738,
            },
            pcr_selections: 0,
        }
    }

    /// As `TPMS_ATTEST`.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.magic.to_be_bytes().to_vec();
        bytes.extend(self.kind.to_be_bytes());
        sized(&mut bytes, &[&[0, 0x0b][..], &[5; 32]].concat());
        sized(&mut bytes, &self.nonce);
        bytes.extend(self.clock.clock_ms.to_be_bytes());
        bytes.extend(self.clock.reset_count.to_be_bytes());
        bytes.extend(self.clock.restart_count.to_be_bytes());
        bytes.push(u8::from(self.clock.safe));
        bytes.extend(self.clock.firmware_version.to_be_bytes());
        bytes.extend(self.pcr_selections.to_be_bytes());
        for _ in 0..self.pcr_selections {
            bytes.extend([0, 0x0b, 3, 1, 0, 0]); // SHA-256, PCR 0
        }
        sized(&mut bytes, &[6; 32]);
        bytes
    }
}

impl SoftTpm {
    /// One with new keys.
    ///
    /// # Panics
    /// Without randomness.
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        let key = || {
            let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("randomness");
            EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key just made")
        };
        Self {
            ak: key(),
            ek: key(),
        }
    }

    /// `TPMT_PUBLIC` of the attestation key.
    pub fn ak_public(&self) -> Vec<u8> {
        self.ak_public_with(ATTESTATION)
    }

    /// The same with other `objectAttributes`.
    pub fn ak_public_with(&self, attributes: u32) -> Vec<u8> {
        // No symmetric algorithm, ECDSA with SHA-256, P-256, no key derivation.
        public(
            attributes,
            &[],
            &[0x10, 0x18, 0x0b, 0x03, 0x10],
            &point(&self.ak),
        )
    }

    /// `TPMT_PUBLIC` of the endorsement key.
    pub fn ek_public(&self) -> Vec<u8> {
        self.ek_public_with(ENDORSEMENT)
    }

    /// The same with other `objectAttributes`.
    pub fn ek_public_with(&self, attributes: u32) -> Vec<u8> {
        // AES, 128 bits, CFB, no scheme, P-256, no key derivation.
        let words = [0x06, 128, 0x43, 0x10, 0x03, 0x10];
        public(attributes, &[7; 32], &words, &point(&self.ek))
    }

    /// Signs a statement. Gives `TPMS_ATTEST` and `TPMT_SIGNATURE`.
    pub fn sign(&self, statement: &Statement) -> (Vec<u8>, Vec<u8>) {
        let attest = statement.encode();
        let signature = self.sign_bytes(&attest);
        (attest, signature)
    }

    /// Signs any bytes, as no restricted key does. Gives `TPMT_SIGNATURE`.
    ///
    /// # Panics
    /// Without randomness.
    pub fn sign_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let both = self.ak.sign(&random, bytes).expect("randomness");
        let (r, s) = both.as_ref().split_at(32);
        let mut signature = vec![0, 0x18, 0, 0x0b];
        sized(&mut signature, r);
        sized(&mut signature, s);
        signature
    }
}

fn public(attributes: u32, policy: &[u8], words: &[u16], point: &[u8; 65]) -> Vec<u8> {
    let mut bytes = vec![0, 0x23, 0, 0x0b];
    bytes.extend(attributes.to_be_bytes());
    sized(&mut bytes, policy);
    for word in words {
        bytes.extend(word.to_be_bytes());
    }
    sized(&mut bytes, &point[1..33]);
    sized(&mut bytes, &point[33..]);
    bytes
}

fn point(key: &EcdsaKeyPair) -> [u8; 65] {
    let point = key.public_key().as_ref();
    point.try_into().expect("an uncompressed point on P-256")
}

fn sized(into: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).expect("a TPM's structures are short");
    into.extend(length.to_be_bytes());
    into.extend(bytes);
}

/// A maker of TPMs: a root that certifies endorsement keys.
pub struct Maker {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
    pem: String,
}

impl Maker {
    /// A maker with a new key.
    ///
    /// # Panics
    /// Without randomness.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("randomness");
        let root = params.self_signed(&key).expect("a root's parameters");
        Self {
            root: root.der().clone(),
            pem: root.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Its root's certificate.
    pub fn root(&self) -> CertificateDer<'static> {
        self.root.clone()
    }

    /// The same in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its certificate, in DER, for the P-256 endorsement key with this `TPMT_PUBLIC`.
    ///
    /// # Panics
    /// When that is no such key.
    pub fn certify(&self, ek_public: &[u8]) -> Vec<u8> {
        let mut params = CertificateParams::default();
        let usage = ExtendedKeyUsagePurpose::Other(vec![2, 23, 133, 8, 1]);
        params.extended_key_usages.push(usage);
        self.certify_with(ek_public, &params)
    }

    /// The same with other parameters.
    ///
    /// # Panics
    /// As [`Maker::certify`].
    pub fn certify_with(&self, ek_public: &[u8], params: &CertificateParams) -> Vec<u8> {
        let (x, y) = ek_public[ek_public.len() - 66..].split_at(32);
        // SubjectPublicKeyInfo of an uncompressed point on P-256.
        const HEAD: [u8; 27] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
        ];
        let spki = [&HEAD[..], x, &y[2..]].concat();
        let key = SubjectPublicKeyInfo::from_der(&spki).expect("a P-256 endorsement key");
        let certificate = params.signed_by(&key, &self.issuer);
        certificate.expect("a leaf's parameters").der().to_vec()
    }
}
