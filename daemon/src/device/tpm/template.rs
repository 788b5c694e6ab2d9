//! The keys that a TPM is asked to make (`TPMT_PUBLIC`).

const ALG_RSA: u16 = 0x0001;
const ALG_AES: u16 = 0x0006;
const ALG_SHA256: u16 = 0x000b;
const ALG_NULL: u16 = 0x0010;
const ALG_ECDSA: u16 = 0x0018;
const ALG_ECC: u16 = 0x0023;
const ALG_CFB: u16 = 0x0043;
const CURVE_P256: u16 = 0x0003;

/// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, sign.
const ATTESTATION: u32 = 0x0005_0472;
/// fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt.
const ENDORSEMENT: u32 = 0x0003_00b2;

/// `TPM2_PolicySecret(TPM_RH_ENDORSEMENT)`: who holds the endorsement hierarchy may use the key. The
/// TCG's EK profile, template L-1 and L-2.
const POLICY: [u8; 32] = [
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
    0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa,
];

/// Sets this program's attestation key apart from keys that others make of the same template.
const OWN: [u8; 32] = *b"domicile attestation key v1\0\0\0\0\0";

/// ECDSA P-256 with SHA-256, restricted to the TPM's own statements. No password: whoever can open
/// the TPM's device can quote with it, which says no more than that.
pub fn attestation_key() -> Vec<u8> {
    let mut template = head(ALG_ECC, ATTESTATION, &[]);
    for word in [ALG_NULL, ALG_ECDSA, ALG_SHA256, CURVE_P256, ALG_NULL] {
        template.extend(word.to_be_bytes());
    }
    sized(&mut template, &OWN);
    sized(&mut template, &[]);
    template
}

/// The kinds of endorsement key that makers certify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endorsement {
    /// ECC P-256, template L-2.
    P256,
    /// RSA 2048, template L-1. Some TPMs take most of a minute to make it.
    Rsa2048,
}

impl Endorsement {
    /// Where the maker puts its certificate (TCG EK profile, 2.2.1.4).
    pub fn certificate_index(self) -> u32 {
        match self {
            Self::Rsa2048 => 0x01c0_0002,
            Self::P256 => 0x01c0_000a,
        }
    }

    /// The maker's template.
    pub fn template(self) -> Vec<u8> {
        let words: &[u16] = match self {
            Self::Rsa2048 => &[ALG_AES, 128, ALG_CFB, ALG_NULL, 2048, 0, 0],
            Self::P256 => &[ALG_AES, 128, ALG_CFB, ALG_NULL, CURVE_P256, ALG_NULL],
        };
        let algorithm = match self {
            Self::Rsa2048 => ALG_RSA,
            Self::P256 => ALG_ECC,
        };
        let mut template = head(algorithm, ENDORSEMENT, &POLICY);
        for word in words {
            template.extend(word.to_be_bytes());
        }
        match self {
            Self::Rsa2048 => sized(&mut template, &[0; 256]),
            Self::P256 => {
                sized(&mut template, &[0; 32]);
                sized(&mut template, &[0; 32]);
            }
        }
        template
    }

    /// The number in a public area of this kind by which its certificate knows it: the modulus, or x.
    pub fn number(self, public: &[u8]) -> Option<&[u8]> {
        let (from_end, length) = match self {
            Self::Rsa2048 => (256, 256),
            Self::P256 => (32 + 2 + 32, 32),
        };
        let start = public.len().checked_sub(from_end)?;
        public.get(start..start + length)
    }
}

fn head(algorithm: u16, attributes: u32, policy: &[u8]) -> Vec<u8> {
    let mut template = algorithm.to_be_bytes().to_vec();
    template.extend(ALG_SHA256.to_be_bytes());
    template.extend(attributes.to_be_bytes());
    sized(&mut template, policy);
    template
}

/// A `TPM2B`: two bytes of length, then the bytes.
pub(super) fn sized(into: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).expect("what a TPM is sent is far below 64 KiB");
    into.extend(length.to_be_bytes());
    into.extend(bytes);
}
