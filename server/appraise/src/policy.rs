//! The policy file: which territories a licence permits and denies, and what is required.
//!
//! TOML, kebab-case, unknown keys refused. Errors name line and key (from the TOML reader) or the
//! licence and key (from the checks here).

use crate::text::Named as _;
use domicile_geo::{Territories, TerritoryCode, TerritoryMask};
use domicile_proto::codec;
use domicile_proto::sign::sha256;
use domicile_proto::types::Digest;
use domicile_proto::wire::Tier;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Largest policy file, bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
const MAX_LICENCES: usize = 20_000;
const MAX_LYING_VOTES: u8 = 8;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// A checked policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The file's own version number.
    pub version: u64,
    /// The tier that a licence requires when it names none, and that verdicts on a licence unknown
    /// here are given at.
    pub default_tier: Tier,
    /// *f*: votes that may lie or fail. The directory may ask for more.
    pub lying_votes: u8,
    /// How long an appraisal holds after its measurement, milliseconds.
    pub appraisal_lifetime_ms: u64,
    /// Quiet time after which a host is late, milliseconds.
    pub late_after_ms: u64,
    /// Quiet time after which a host is silent, milliseconds.
    pub silent_after_ms: u64,
    /// SHA-256 of the file's bytes.
    pub hash: Digest,
    licences: BTreeMap<String, LicenceRule>,
}

/// What one licence permits, denies and requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceRule {
    /// P: where the host may be. Never empty.
    pub permitted: TerritoryMask,
    /// D: where it must not be. May be empty; never overlaps P.
    pub denied: TerritoryMask,
    /// The tier at which its verdict is given.
    pub tier: Tier,
    /// Devices that it covers, where it names a number. No verdict rests on it; the identity
    /// ledger compares it with what is seen.
    pub quantity: Option<u32>,
}

/// Why a policy file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Larger than [`MAX_BYTES`].
    #[error("the policy has {0} bytes where at most {MAX_BYTES} are allowed")]
    TooLong(usize),
    /// Not UTF-8 text.
    #[error("the policy is not UTF-8 text")]
    NotText,
    /// Not TOML, or not these keys. The text names line and key.
    #[error("policy: {0}")]
    Toml(String),
    /// A value outside its range.
    #[error("policy, {place}, `{key}`: {problem}")]
    Value {
        /// The table: `defaults` or `licence NAME`.
        place: String,
        /// The key.
        key: &'static str,
        /// What is wrong, and what is expected.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    version: u64,
    #[serde(default)]
    defaults: Defaults,
    #[serde(default)]
    licence: Vec<Licence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Defaults {
    tier: String,
    lying_votes: u8,
    #[serde(with = "humantime_serde")]
    appraisal_lifetime: Duration,
    #[serde(with = "humantime_serde")]
    late_after: Duration,
    #[serde(with = "humantime_serde")]
    silent_after: Duration,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            tier: Tier::Fibre.name().to_owned(),
            lying_votes: 1,
            appraisal_lifetime: Duration::from_secs(26 * 3600),
            late_after: Duration::from_secs(15 * 60),
            silent_after: Duration::from_secs(2 * 3600),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Licence {
    name: String,
    permitted: Vec<String>,
    #[serde(default)]
    denied: Vec<String>,
    tier: Option<String>,
    quantity: Option<u32>,
}

impl Policy {
    /// Reads and checks a policy file against the territory data that verdicts will use.
    ///
    /// # Errors
    /// [`PolicyError`] for an unknown key, a territory that the data do not have, a territory both
    /// permitted and denied, a licence that permits nothing or stands twice, a value out of range.
    pub fn parse(bytes: &[u8], territories: &Territories) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_BYTES {
            return Err(PolicyError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::NotText)?;
        let file: File =
            toml::from_str(text).map_err(|error| PolicyError::Toml(error.to_string()))?;
        let defaults = file.defaults;
        let default_tier = tier("defaults", &defaults.tier)?;
        if defaults.lying_votes > MAX_LYING_VOTES {
            return Err(value(
                "defaults",
                "lying-votes",
                format!(
                    "{} where at most {MAX_LYING_VOTES} are allowed",
                    defaults.lying_votes
                ),
            ));
        }
        let late_after_ms = milliseconds("late-after", defaults.late_after)?;
        let silent_after_ms = milliseconds("silent-after", defaults.silent_after)?;
        if late_after_ms >= silent_after_ms {
            return Err(value(
                "defaults",
                "silent-after",
                "must be longer than `late-after`",
            ));
        }
        Ok(Self {
            version: file.version,
            default_tier,
            lying_votes: defaults.lying_votes,
            appraisal_lifetime_ms: milliseconds("appraisal-lifetime", defaults.appraisal_lifetime)?,
            late_after_ms,
            silent_after_ms,
            hash: sha256(bytes),
            licences: licences(&file.licence, default_tier, territories)?,
        })
    }

    /// The rule of a licence.
    pub fn licence(&self, name: &str) -> Option<&LicenceRule> {
        self.licences.get(name)
    }

    /// Every licence with its rule, by name.
    pub fn licences(&self) -> impl Iterator<Item = (&str, &LicenceRule)> {
        self.licences
            .iter()
            .map(|(name, rule)| (name.as_str(), rule))
    }
}

fn licences(
    list: &[Licence],
    default_tier: Tier,
    territories: &Territories,
) -> Result<BTreeMap<String, LicenceRule>, PolicyError> {
    if list.len() > MAX_LICENCES {
        return Err(value(
            "licence",
            "name",
            format!(
                "{} licences where at most {MAX_LICENCES} are allowed",
                list.len()
            ),
        ));
    }
    let mut rules = BTreeMap::new();
    for licence in list {
        let place = format!("licence {:?}", licence.name);
        codec::name("name", &licence.name)
            .map_err(|error| value(&place, "name", error.to_string()))?;
        let rule = LicenceRule::check(licence, &place, default_tier, territories)?;
        if rules.insert(licence.name.clone(), rule).is_some() {
            return Err(value(&place, "name", "stands twice in this file"));
        }
    }
    Ok(rules)
}

impl LicenceRule {
    fn check(
        licence: &Licence,
        place: &str,
        default_tier: Tier,
        territories: &Territories,
    ) -> Result<Self, PolicyError> {
        let permitted = mask(place, "permitted", &licence.permitted, territories)?;
        let denied = mask(place, "denied", &licence.denied, territories)?;
        if permitted.is_empty() {
            return Err(value(
                place,
                "permitted",
                "at least one territory is required",
            ));
        }
        if let Some(both) = permitted.intersection(&denied).codes(territories).next() {
            return Err(value(
                place,
                "denied",
                format!("{both} is permitted as well"),
            ));
        }
        let tier = match &licence.tier {
            Some(text) => tier(place, text)?,
            None => default_tier,
        };
        Ok(Self {
            permitted,
            denied,
            tier,
            quantity: licence.quantity,
        })
    }
}

fn mask(
    place: &str,
    key: &'static str,
    codes: &[String],
    territories: &Territories,
) -> Result<TerritoryMask, PolicyError> {
    let mut mask = TerritoryMask::EMPTY;
    for text in codes {
        let index = text
            .parse::<TerritoryCode>()
            .ok()
            .and_then(|code| territories.index_of(code))
            .ok_or_else(|| {
                let shown: String = text.chars().take(16).collect();
                value(
                    place,
                    key,
                    format!(
                        "{shown:?} is no territory of the data (ISO 3166 alpha-2, like \"SG\")"
                    ),
                )
            })?;
        if mask.contains(index) {
            return Err(value(place, key, format!("{text} stands twice")));
        }
        mask.insert(index);
    }
    Ok(mask)
}

fn tier(place: &str, text: &str) -> Result<Tier, PolicyError> {
    Tier::from_name(text).ok_or_else(|| {
        let shown: String = text.chars().take(16).collect();
        value(
            place,
            "tier",
            format!("{shown:?} where \"c\", \"0.69c\" or \"2/3c\" is expected"),
        )
    })
}

fn milliseconds(key: &'static str, duration: Duration) -> Result<u64, PolicyError> {
    if !(SHORTEST..=LONGEST).contains(&duration) {
        return Err(value(
            "defaults",
            key,
            "must be between one second and ten years",
        ));
    }
    Ok(u64::try_from(duration.as_millis()).expect("ten years of milliseconds fit"))
}

fn value(place: &str, key: &'static str, problem: impl Into<String>) -> PolicyError {
    PolicyError::Value {
        place: place.to_owned(),
        key,
        problem: problem.into(),
    }
}
