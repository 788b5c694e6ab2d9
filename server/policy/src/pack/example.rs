//! The test bench inside a pack: facts, a day, and what the pack must answer.

use super::{Pack, fill};
use crate::day::Day;
use crate::facts::{DeviceAttributes, Facts, Licence};
use crate::judge::{Judge, JudgeError, Standing};
use crate::words::{Activity, Layer, Outcome};
use domicile_geo::{Territories, TerritoryCode, TerritoryMask};
use serde::Deserialize;

/// Facts as packs and lists write them. What is left out is unknown; attributes of a known model are
/// filled in from the packs.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WrittenFacts {
    /// Of the device.
    pub vendor: Option<String>,
    /// Of the device.
    pub family: Option<String>,
    /// Of the device.
    pub model: Option<String>,
    /// Of the device.
    pub eccn: Option<String>,
    /// Of the device.
    pub tpp: Option<f64>,
    /// Of the device, per mm².
    pub performance_density: Option<f64>,
    /// Of the device, GB/s.
    pub memory_bandwidth: Option<f64>,
    /// Of the device, GB/s.
    pub interconnect_bandwidth: Option<f64>,
    /// Where it operates, or is to go.
    pub territory: Option<String>,
    /// Where it was shipped from.
    pub shipped_from: Option<String>,
    /// Every seat of the end user and its parents, separated by spaces.
    pub headquarters: Option<String>,
    /// Whether public money pays for the site.
    pub public_funding: Option<bool>,
    /// `false`: it is known that no licence is held.
    pub licence_held: Option<bool>,
}

/// A written fact that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {problem}")]
pub struct FactError {
    /// The key.
    pub key: &'static str,
    /// What is wrong, and what is expected.
    pub problem: String,
}

impl WrittenFacts {
    /// The facts, with what `packs` know of the model filled in.
    ///
    /// # Errors
    /// [`FactError`] for a territory that the data do not have, a number that is none, or a licence
    /// said to be held: only the registry can say what it permits.
    pub fn facts(&self, packs: &[Pack]) -> Result<Facts, FactError> {
        let mut device = DeviceAttributes {
            vendor: self.vendor.clone(),
            family: self.family.clone(),
            model: self.model.clone(),
            eccn: self.eccn.clone(),
            tpp: number("tpp", self.tpp)?,
            performance_density: number("performance-density", self.performance_density)?,
            memory_bandwidth: number("memory-bandwidth", self.memory_bandwidth)?,
            interconnect_bandwidth: number("interconnect-bandwidth", self.interconnect_bandwidth)?,
        };
        fill(&mut device, packs);
        let place = |key, text: &Option<String>| {
            text.as_deref().map(|text| territory(key, text)).transpose()
        };
        Ok(Facts {
            device,
            territory: place("territory", &self.territory)?,
            shipped_from: place("shipped-from", &self.shipped_from)?,
            headquarters: self.headquarters.as_deref().map(seats).transpose()?,
            public_funding: self.public_funding,
            licence: match self.licence_held {
                None => Licence::Unknown,
                Some(false) => Licence::None,
                Some(true) => {
                    return Err(FactError {
                        key: "licence-held",
                        problem:
                            "only `false` can be written here; a licence comes from the registry"
                                .into(),
                    });
                }
            },
        })
    }
}

fn number(key: &'static str, value: Option<f64>) -> Result<Option<f64>, FactError> {
    match value {
        Some(value) if !(value.is_finite() && value >= 0.0) => Err(FactError {
            key,
            problem: "a number of zero or more is expected".into(),
        }),
        value => Ok(value),
    }
}

/// A code that the territory data have.
fn territory(key: &'static str, text: &str) -> Result<TerritoryCode, FactError> {
    let code = text.parse::<TerritoryCode>().ok();
    code.filter(|code| Territories::builtin().index_of(*code).is_some())
        .ok_or_else(|| FactError {
            key,
            problem: format!(
                "{:?} is no territory of the data (ISO 3166 alpha-2, like \"SG\")",
                text.chars().take(16).collect::<String>()
            ),
        })
}

fn seats(text: &str) -> Result<TerritoryMask, FactError> {
    let mut mask = TerritoryMask::EMPTY;
    for code in text.split_whitespace() {
        let code = territory("headquarters", code)?;
        let index = Territories::builtin().index_of(code);
        index.into_iter().for_each(|index| mask.insert(index));
    }
    if mask.is_empty() {
        return Err(FactError {
            key: "headquarters",
            problem: "at least one territory is expected; leave the key out when it is not known"
                .into(),
        });
    }
    Ok(mask)
}

/// What an example expects of one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// This outcome.
    Outcome(Outcome),
    /// That it cannot be decided.
    Undecided,
    /// That no rule applies.
    Silent,
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.as_str() {
            "undecided" => Ok(Self::Undecided),
            "silent" => Ok(Self::Silent),
            name => Outcome::from_name(name).map(Self::Outcome).ok_or_else(|| {
                let names: Vec<&str> = Outcome::ALL.iter().map(|word| word.name()).collect();
                serde::de::Error::custom(format!(
                    "{:?} where one of {}, undecided, silent is expected",
                    name.chars().take(32).collect::<String>(),
                    names.join(", ")
                ))
            }),
        }
    }
}

impl Expected {
    fn is_met(self, standing: Option<Standing>) -> bool {
        match (self, standing) {
            (Self::Outcome(outcome), Some(Standing::Decided(decided))) => outcome == decided,
            (Self::Undecided, Some(Standing::Undecided { .. })) | (Self::Silent, None) => true,
            _ => false,
        }
    }

    /// As packs write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outcome(outcome) => outcome.name(),
            Self::Undecided => "undecided",
            Self::Silent => "silent",
        }
    }
}

fn enforceable() -> Layer {
    Layer::Enforceable
}

/// One line of what an example expects.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expectation {
    /// Whose rules.
    pub jurisdiction: String,
    /// About what.
    pub activity: Activity,
    /// How firm; enforceable when it is left out.
    #[serde(default = "enforceable")]
    pub layer: Layer,
    /// What they must say.
    pub outcome: Expected,
}

/// Facts, days, and what must be answered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// The day judged.
    pub as_of: Day,
    /// What was known; the day judged when it is left out.
    pub known_on: Option<Day>,
    /// The facts.
    pub facts: WrittenFacts,
    /// What must be answered. Subjects that are not named may answer anything.
    pub expect: Vec<Expectation>,
}

/// An expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// What was expected.
    pub expected: Expectation,
    /// What was answered; `None` when no rule applies.
    pub answered: Option<Standing>,
}

/// Why an example could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExampleError {
    /// Its facts.
    #[error(transparent)]
    Facts(#[from] FactError),
    /// The packs.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

impl Example {
    /// Runs the example against the packs, which include its own.
    ///
    /// # Errors
    /// [`ExampleError`] when its facts or the packs do not hold together.
    pub fn run(&self, packs: &[Pack]) -> Result<Vec<Miss>, ExampleError> {
        let facts = self.facts.facts(packs)?;
        let judge = Judge::new(packs, self.as_of, self.known_on.unwrap_or(self.as_of))?;
        let decision = judge.decide(&facts);
        let misses = self.expect.iter().filter_map(|expected| {
            let answered = decision.of(
                &judge,
                &expected.jurisdiction,
                expected.activity,
                expected.layer,
            );
            (!expected.outcome.is_met(answered)).then(|| Miss {
                expected: expected.clone(),
                answered,
            })
        });
        Ok(misses.collect())
    }
}
