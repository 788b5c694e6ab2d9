//! The one table of names: every value of the schema's enums as people and JSON see it.
//!
//! Names are the schema's without their prefix, in kebab-case; tiers are written `c`, `0.69c` and
//! `2/3c`. The value `UNSPECIFIED` has the name `unspecified` and is never read back.

use crate::liveness::HostState;
use domicile_proto::wire::{
    AnchorOutcome, Binding, ChainFinding, DeviceKind, DeviceOutcome, DropReason, EkStanding,
    Freshness, InvalidReason, Premise, StatusCode, Tier, TpmOutcome, Transport, VerdictValue,
};

/// An enum whose values have names.
pub trait Named: Copy + PartialEq + Sized + 'static {
    /// Every value with its name, in the order of the schema; without `UNSPECIFIED`.
    const NAMES: &'static [(Self, &'static str)];

    /// The value's name; `unspecified` for the value that means nothing.
    fn name(self) -> &'static str;

    /// The value with this name.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(value, _)| *value)
    }
}

/// The name of a field's raw value; `unknown` when the schema of this program lacks it.
pub fn name_of<E: Named + TryFrom<i32>>(raw: i32) -> &'static str {
    E::try_from(raw).map_or("unknown", Named::name)
}

macro_rules! named {
    ($type:ident $(, unspecified $none:ident)? ; $($value:ident = $name:literal,)+) => {
        impl Named for $type {
            const NAMES: &'static [(Self, &'static str)] = &[$((Self::$value, $name),)+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$none => "unspecified",)?
                    $(Self::$value => $name,)+
                }
            }
        }
    };
}

named! { VerdictValue, unspecified Unspecified;
    Invalid = "invalid",
    IdentityConflict = "identity-conflict",
    Inconsistent = "inconsistent",
    PermittedExcluded = "permitted-excluded",
    Confined = "confined",
    DeniedExcluded = "denied-excluded",
    Implausible = "implausible",
    Insufficient = "insufficient",
}

named! { Tier, unspecified Unspecified;
    C = "c",
    Fibre = "0.69c",
    TwoThirds = "2/3c",
}

named! { Binding, unspecified Unspecified;
    None = "none",
    Software = "software",
    Tpm = "tpm",
    Gpu = "gpu",
}

named! { DeviceKind, unspecified Unspecified;
    Gpu = "gpu",
    Switch = "switch",
}

named! { DeviceOutcome, unspecified Unspecified;
    Passed = "passed",
    Failed = "failed",
    Absent = "absent",
    Unknown = "unknown",
}

named! { Premise, unspecified Unspecified;
    SessionNotDelegated = "session-not-delegated",
    OnLand = "on-land",
    AtMostFLyingVotes = "at-most-f-lying-votes",
    NoPathFasterThanTier = "no-path-faster-than-tier",
    DeviceWithResponder = "device-with-responder",
    NonceIssuedByCollector = "nonce-issued-by-collector",
}

named! { ChainFinding, unspecified Unspecified;
    First = "first",
    Restart = "restart",
    SequenceGap = "sequence-gap",
    Rollback = "rollback",
    Fork = "fork",
    UnknownPrevious = "unknown-previous",
    SpoolGap = "spool-gap",
    Late = "late",
}

named! { InvalidReason, unspecified Unspecified;
    FalseTranscript = "false-transcript",
    TranscriptSignature = "transcript-signature",
    RoundTimes = "round-times",
}

named! { AnchorOutcome, unspecified Unspecified;
    Counted = "counted",
    DroppedByAgent = "dropped-by-agent",
    NotVisited = "not-visited",
    NotDrawn = "not-drawn",
    Unknown = "unknown",
    Retired = "retired",
    ReceiptInvalid = "receipt-invalid",
    OtherSession = "other-session",
    OutsideWindow = "outside-window",
    OldPosition = "old-position",
    AllLost = "all-lost",
    Duplicate = "duplicate",
}

named! { DropReason, unspecified Unspecified;
    Unreachable = "unreachable",
    Timeout = "timeout",
    Refused = "refused",
    TranscriptMismatch = "transcript-mismatch",
    ReceiptInvalid = "receipt-invalid",
    AllRoundsLost = "all-rounds-lost",
    Intercepted = "intercepted",
    Withheld = "withheld",
    NoCoarse = "no-coarse",
}

named! { Freshness, unspecified Unspecified;
    Challenged = "challenged",
    AnchorFresh = "anchor-fresh",
}

named! { Transport, unspecified Unspecified;
    QuicDatagram = "quic-datagram",
    TlsTcp = "tls-tcp",
}

named! { StatusCode, unspecified Unspecified;
    Ok = "ok",
    Malformed = "malformed",
    Busy = "busy",
    StoreFull = "store-full",
    TokenInvalid = "token-invalid",
    TokenUsed = "token-used",
    TokenExpired = "token-expired",
    AlreadyEnrolled = "already-enrolled",
    Cloned = "cloned",
    NotEnrolled = "not-enrolled",
    CertificateExpired = "certificate-expired",
    CertificateRevoked = "certificate-revoked",
    Withdrawn = "withdrawn",
    KeyMismatch = "key-mismatch",
    SignatureInvalid = "signature-invalid",
    NonceForeign = "nonce-foreign",
    NonceStale = "nonce-stale",
    NonceUsed = "nonce-used",
    DirectoryUnknown = "directory-unknown",
    ClockFault = "clock-fault",
    TranscriptMismatch = "transcript-mismatch",
    Internal = "internal",
}

named! { TpmOutcome, unspecified Unspecified;
    Holds = "holds",
    OtherNonce = "other-nonce",
    SignatureFails = "signature-fails",
    Malformed = "malformed",
    NotEnrolled = "not-enrolled",
}

named! { EkStanding, unspecified Unspecified;
    Certified = "certified",
    NoCertificate = "no-certificate",
    UnknownRoot = "unknown-root",
    NotValid = "not-valid",
}

named! { HostState;
    Enrolled = "enrolled",
    Reporting = "reporting",
    Late = "late",
    Silent = "silent",
    Withdrawn = "withdrawn",
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Compares the table with the schema's own names, number by number.
    fn check<E>(prefix: &str, schema_name: fn(&E) -> &'static str)
    where
        E: Named + TryFrom<i32> + std::fmt::Debug,
    {
        let known: Vec<E> = (1..1_000).filter_map(|n| E::try_from(n).ok()).collect();
        assert_eq!(
            known.len(),
            E::NAMES.len(),
            "{prefix}: values without a name"
        );
        for value in known {
            let expected = schema_name(&value).strip_prefix(prefix).unwrap();
            assert_eq!(value.name(), expected.to_lowercase().replace('_', "-"));
            assert_eq!(E::from_name(value.name()), Some(value));
        }
        let nothing = E::try_from(0).ok().unwrap();
        assert_eq!(nothing.name(), "unspecified");
        assert_eq!(E::from_name("unspecified"), None);
        assert_eq!(name_of::<E>(999), "unknown");
    }

    #[test]
    fn every_value_of_the_schema_has_its_name_both_ways() {
        check::<VerdictValue>("VERDICT_VALUE_", |v| v.as_str_name());
        check::<Binding>("BINDING_", |v| v.as_str_name());
        check::<Premise>("PREMISE_", |v| v.as_str_name());
        check::<ChainFinding>("CHAIN_FINDING_", |v| v.as_str_name());
        check::<InvalidReason>("INVALID_REASON_", |v| v.as_str_name());
        check::<AnchorOutcome>("ANCHOR_OUTCOME_", |v| v.as_str_name());
        check::<DropReason>("DROP_REASON_", |v| v.as_str_name());
        check::<Freshness>("FRESHNESS_", |v| v.as_str_name());
        check::<Transport>("TRANSPORT_", |v| v.as_str_name());
        check::<StatusCode>("STATUS_CODE_", |v| v.as_str_name());
        check::<TpmOutcome>("TPM_OUTCOME_", |v| v.as_str_name());
        check::<EkStanding>("EK_STANDING_", |v| v.as_str_name());
    }

    #[test]
    fn tiers_are_written_as_speeds() {
        let names: Vec<_> = Tier::NAMES.iter().map(|(_, name)| *name).collect();
        assert_eq!(names, ["c", "0.69c", "2/3c"]);
        assert_eq!(Tier::from_name("0.69c"), Some(Tier::Fibre));
        assert_eq!(Tier::from_name("fibre"), None);
    }

    #[test]
    fn host_states_go_both_ways() {
        for (state, name) in HostState::NAMES {
            assert_eq!(state.name(), *name);
            assert_eq!(HostState::from_name(name), Some(*state));
        }
        assert_eq!(HostState::from_name("asleep"), None);
    }
}
