//! The vocabulary of AR4SI (draft-ietf-rats-ar4si-10, sections 2.3 and 3.2): tiers and the values of
//! trustworthiness claims that this profile uses.

/// A trustworthiness tier, from no claim to distrust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Tier {
    /// Nothing is said.
    None = 0,
    /// The verifier affirms.
    Affirming = 2,
    /// The verifier warns.
    Warning = 32,
    /// The verifier says: do not trust.
    Contraindicated = 96,
}

impl Tier {
    /// Every tier.
    pub const ALL: [Self; 4] = [
        Self::None,
        Self::Affirming,
        Self::Warning,
        Self::Contraindicated,
    ];

    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Affirming => "affirming",
            Self::Warning => "warning",
            Self::Contraindicated => "contraindicated",
        }
    }

    /// Its number, as in CBOR.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The tier of a trustworthiness claim's value.
    pub fn of_claim(value: i8) -> Self {
        match value {
            -1..=1 => Self::None,
            2..=31 | -32..=-2 => Self::Affirming,
            32..=95 | -96..=-33 => Self::Warning,
            96..=127 | -128..=-97 => Self::Contraindicated,
        }
    }
}

/// The Evidence received is insufficient to make a conclusion.
pub(crate) const NO_CLAIM: i8 = 0;
/// Evidence that could not be evaluated.
pub(crate) const UNEXPECTED: i8 = 1;
/// Instance: recognised, not known to be compromised. Hardware: genuine.
pub(crate) const AFFIRMED: i8 = 2;
/// Executables: only approved ones were loaded during the boot process.
pub(crate) const APPROVED_BOOT: i8 = 3;
/// Configuration: exposes known vulnerabilities.
pub(crate) const UNSAFE_CONFIGURATION: i8 = 32;
/// Executables: some are not recognised.
pub(crate) const UNRECOGNISED_EXECUTABLES: i8 = 33;
/// This profile's own reason to warn of an instance: its key was shown in two places.
pub(crate) const KEY_IN_TWO_PLACES: i8 = -33;
/// Instance: recognised, but its key is not trustworthy.
pub(crate) const UNTRUSTWORTHY: i8 = 96;
/// Instance or hardware: not recognised, though it should be.
pub(crate) const UNRECOGNISED: i8 = 97;
/// Cryptographic validation of the Evidence has failed.
pub(crate) const CRYPTO_FAILED: i8 = 99;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_the_tier_that_the_draft_gives_it() {
        for value in i8::MIN..=i8::MAX {
            let expected = match i32::from(value) {
                -1..=1 => Tier::None,
                2..=31 => Tier::Affirming,
                32..=95 => Tier::Warning,
                96..=127 => Tier::Contraindicated,
                -32..=-2 => Tier::Affirming,
                -96..=-33 => Tier::Warning,
                _ => Tier::Contraindicated,
            };
            assert_eq!(Tier::of_claim(value), expected, "{value}");
        }
        for tier in Tier::ALL {
            let value = i8::try_from(tier.number()).unwrap_or(i8::MAX);
            assert_eq!(Tier::of_claim(value), tier);
        }
    }
}
