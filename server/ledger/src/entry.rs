//! What is logged: kinds, entries, and the typed leaf that the Merkle tree commits to.
//!
//! A leaf of version 1 is exactly 42 bytes:
//!
//! | bytes | field | |
//! |---|---|---|
//! | 0 | version | `1` |
//! | 1 | kind | [`Kind`] |
//! | 2..10 | time | milliseconds since 1970-01-01 UTC, big-endian `u64` |
//! | 10..42 | commitment | SHA-256(`"domicile/ledger/payload/v1\0"` ‖ salt (32) ‖ payload) |
//!
//! The leaf hash is that of RFC 6962: SHA-256(`0x00` ‖ leaf). The salt lies beside the payload, so
//! that the leaf says nothing about a payload that was erased, however guessable it was.

use ring::digest::{Context, SHA256};
use thiserror::Error;

/// Length of an encoded leaf in bytes.
pub const LEAF_LEN: usize = 42;

const LEAF_VERSION: u8 = 1;
const PAYLOAD_DOMAIN: &[u8] = b"domicile/ledger/payload/v1\0";

/// Declares [`Kind`] once, so that its numbers, names and list cannot drift apart.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        /// What a record is. The numbers are part of the log format: never reused, never changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Kind { $($(#[$doc])* $name = $number,)* }

        impl Kind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &[Kind] = &[$(Kind::$name,)*];

            /// The name used in listings, e.g. `audit-read`.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$name => $text,)* }
            }
        }

        impl TryFrom<u8> for Kind {
            type Error = LeafError;

            fn try_from(number: u8) -> Result<Kind, LeafError> {
                match number {
                    $($number => Ok(Kind::$name),)*
                    other => Err(LeafError::Kind(other)),
                }
            }
        }
    };
}

kinds! {
    /// A signed report of an agent, byte for byte as received.
    Evidence = 1, "evidence";
    /// An attestation result: the verdict on one evidence.
    Verdict = 2, "verdict";
    /// An agent's enrolment: key, scope, inventory, the token it redeemed.
    Enrolment = 3, "enrolment";
    /// A certificate chain, stored once and then named by hash.
    CertificateChain = 4, "certificate-chain";
    /// A version of the anchor directory.
    Directory = 5, "directory";
    /// A version of the policy.
    Policy = 6, "policy";
    /// A version of the territory data.
    Territories = 7, "territories";
    /// A key of this log: first use, rotation, retirement.
    LogKey = 8, "log-key";
    /// An operator's withdrawal of a host.
    Withdrawal = 9, "withdrawal";
    /// Two different evidences for one challenge or sequence number.
    Fork = 10, "fork";
    /// A user's own query or write.
    AuditRead = 11, "audit-read";
    /// Light liveness reports.
    Liveness = 12, "liveness";
    /// A revocation list.
    Revocation = 13, "revocation";
    /// An anchor's report of what anchors measured of each other.
    Mesh = 14, "mesh";
    /// What the mesh says is wrong with an anchor.
    AnchorIncident = 15, "anchor-incident";
    /// What the identity ledger found about a device, a host key or a licence.
    DeviceFinding = 16, "device-finding";
    /// A device's certificate chain, stored once and then named by hash.
    DeviceChain = 17, "device-chain";
    /// Records whose payloads are erased: who ordered it, why, which.
    Erasure = 18, "erasure";
    /// A legal hold, placed or lifted.
    LegalHold = 19, "legal-hold";
    /// A page of a period's roster: who was enrolled, and what of each host is in the log.
    Roster = 20, "roster";
    /// A change of the registry: who, why, and all of it as it then stands.
    Registry = 21, "registry";
    /// What changed about a flag.
    Flag = 22, "flag";
    /// A case that was opened, or a step of one.
    Case = 23, "case";
    /// What an operator declares of a host.
    Declaration = 24, "declaration";
    /// A version of the access file: who may use the API.
    Access = 25, "access";
    /// A time in which the collector was away.
    Outage = 26, "outage";
    /// A signed pack of export rules, or the policy that is judged by in shadow.
    PolicyPack = 27, "policy-pack";
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Why bytes are not a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LeafError {
    /// A leaf of version 1 is [`LEAF_LEN`] bytes.
    #[error("a leaf is {LEAF_LEN} bytes, this is {0}")]
    Length(usize),
    /// Written by a newer program, or not a leaf.
    #[error("leaf version {0} is unknown to this program (it knows {LEAF_VERSION})")]
    Version(u8),
    /// Written by a newer program, or not a leaf.
    #[error("record kind {0} is unknown to this program")]
    Kind(u8),
}

/// A record to be appended. The caller gives time and salt: the log has neither clock nor randomness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// What it is.
    pub kind: Kind,
    /// Milliseconds since 1970-01-01 UTC, by the caller's clock.
    pub time_ms: u64,
    /// 32 fresh random bytes; must not be reused or guessable, or the commitment hides nothing.
    pub salt: [u8; 32],
    /// The record itself, at most [`crate::MAX_PAYLOAD`] bytes.
    pub payload: Vec<u8>,
}

/// What an append gives back for each record, in the order of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Place in the log, from 0.
    pub index: u64,
    /// RFC 6962 leaf hash, what an inclusion proof starts from.
    pub leaf_hash: [u8; 32],
}

/// The typed leaf; see the module's table for its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// What the record is.
    pub kind: Kind,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Salted hash of the payload, see [`commitment`].
    pub commitment: [u8; 32],
}

impl Leaf {
    /// The leaf of a payload under its salt.
    pub fn new(kind: Kind, time_ms: u64, salt: &[u8; 32], payload: &[u8]) -> Leaf {
        Leaf {
            kind,
            time_ms,
            commitment: commitment(salt, payload),
        }
    }

    /// The 42 bytes of version 1.
    pub fn encode(&self) -> [u8; LEAF_LEN] {
        let mut bytes = [0; LEAF_LEN];
        bytes[0] = LEAF_VERSION;
        bytes[1] = self.kind as u8;
        bytes[2..10].copy_from_slice(&self.time_ms.to_be_bytes());
        bytes[10..].copy_from_slice(&self.commitment);
        bytes
    }

    /// Reads a leaf; every accepted input re-encodes to itself.
    ///
    /// # Errors
    /// [`LeafError`] for a wrong length, version or kind.
    pub fn decode(bytes: &[u8]) -> Result<Leaf, LeafError> {
        let bytes: &[u8; LEAF_LEN] = bytes
            .try_into()
            .map_err(|_| LeafError::Length(bytes.len()))?;
        if bytes[0] != LEAF_VERSION {
            return Err(LeafError::Version(bytes[0]));
        }
        let mut time = [0; 8];
        time.copy_from_slice(&bytes[2..10]);
        let mut commitment = [0; 32];
        commitment.copy_from_slice(&bytes[10..]);
        Ok(Leaf {
            kind: Kind::try_from(bytes[1])?,
            time_ms: u64::from_be_bytes(time),
            commitment,
        })
    }

    /// RFC 6962 leaf hash.
    pub fn hash(&self) -> [u8; 32] {
        leaf_hash(&self.encode())
    }
}

/// SHA-256 over the payload's domain, the salt and the payload.
pub fn commitment(salt: &[u8; 32], payload: &[u8]) -> [u8; 32] {
    sha256(&[PAYLOAD_DOMAIN, salt, payload])
}

/// RFC 6962 section 2.1: SHA-256(`0x00` ‖ leaf).
pub fn leaf_hash(leaf: &[u8]) -> [u8; 32] {
    sha256(&[&[0], leaf])
}

/// SHA-256 over the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn leaf_bytes_are_as_documented() {
        let leaf = Leaf {
            kind: Kind::Verdict,
            time_ms: 0x0102_0304_0506_0708,
            commitment: [9; 32],
        };
        let mut expected = vec![1, 2, 1, 2, 3, 4, 5, 6, 7, 8];
        expected.extend_from_slice(&[9; 32]);
        assert_eq!(leaf.encode()[..], expected[..]);
        assert!(expected.len() <= 256);
    }

    #[test]
    fn commitment_covers_domain_salt_and_payload() {
        let mut input = b"domicile/ledger/payload/v1\0".to_vec();
        input.extend_from_slice(&[3; 32]);
        input.extend_from_slice(b"payload");
        let expected = ring::digest::digest(&SHA256, &input);
        assert_eq!(commitment(&[3; 32], b"payload"), expected.as_ref());
        assert_ne!(commitment(&[4; 32], b"payload"), expected.as_ref());
        assert_ne!(commitment(&[3; 32], b"payloae"), expected.as_ref());
    }

    #[test]
    fn kind_numbers_are_fixed() {
        let numbers: Vec<(u8, &str)> = Kind::ALL.iter().map(|&k| (k as u8, k.name())).collect();
        let expected = [
            (1, "evidence"),
            (2, "verdict"),
            (3, "enrolment"),
            (4, "certificate-chain"),
            (5, "directory"),
            (6, "policy"),
            (7, "territories"),
            (8, "log-key"),
            (9, "withdrawal"),
            (10, "fork"),
            (11, "audit-read"),
            (12, "liveness"),
            (13, "revocation"),
            (14, "mesh"),
            (15, "anchor-incident"),
            (16, "device-finding"),
            (17, "device-chain"),
            (18, "erasure"),
            (19, "legal-hold"),
            (20, "roster"),
            (21, "registry"),
            (22, "flag"),
            (23, "case"),
            (24, "declaration"),
            (25, "access"),
            (26, "outage"),
            (27, "policy-pack"),
        ];
        assert_eq!(numbers, expected);
    }

    /// `proto/LOG.md` is where others read what these numbers mean.
    #[test]
    fn every_kind_is_documented() {
        let page = include_str!("../../../proto/LOG.md");
        for &kind in Kind::ALL {
            let row = format!("| {} | `{kind}` | ", kind as u8);
            assert!(page.contains(&row), "{row}");
        }
    }

    #[test]
    fn unknown_versions_kinds_and_lengths_are_refused() {
        let good = Leaf {
            kind: Kind::Fork,
            time_ms: 1,
            commitment: [0; 32],
        }
        .encode();
        assert_eq!(Leaf::decode(&good[..41]), Err(LeafError::Length(41)));
        let mut bytes = good;
        bytes[0] = 2;
        assert_eq!(Leaf::decode(&bytes), Err(LeafError::Version(2)));
        let known: Vec<u8> = Kind::ALL.iter().map(|&kind| kind as u8).collect();
        for kind in (0..=u8::MAX).filter(|k| !known.contains(k)) {
            let mut bytes = good;
            bytes[1] = kind;
            assert_eq!(Leaf::decode(&bytes), Err(LeafError::Kind(kind)));
        }
    }

    proptest! {
        #[test]
        fn leaves_decode_to_what_was_encoded(at in 0..Kind::ALL.len(), time_ms: u64, commitment: [u8; 32]) {
            let leaf = Leaf { kind: Kind::ALL[at], time_ms, commitment };
            prop_assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
        }

        #[test]
        fn accepted_bytes_encode_to_themselves(bytes in proptest::collection::vec(0..20u8, 42)) {
            if let Ok(leaf) = Leaf::decode(&bytes) {
                prop_assert_eq!(&leaf.encode()[..], &bytes[..]);
            }
        }
    }
}
