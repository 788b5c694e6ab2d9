//! Policy packs: TOML files of dated rules, each with its authority and public source.
//!
//! ```toml
//! name = "example"
//! version = 1
//! published = "2026-02-01"
//! notice = "Research, not legal advice."
//! mode = "counts"                       # or "shadow": shown, never acted on
//!
//! [[group]]                             # a country group, as it stood from a day on
//! name = "D:5"
//! effective-from = "2023-11-17"
//! recorded-at = "2023-11-17"
//! members = ["CN", "RU"]
//! sources = [{ title = "15 CFR 740, Supplement 1", url = "https://www.ecfr.gov/" }]
//!
//! [[device-class]]                      # a name for devices: any one of the lines is enough
//! name = "3A090.a"
//! any = [{ tpp = { at-least = 4800 } }, { tpp = { at-least = 1600 }, performance-density = { at-least = 5.92 } }]
//!
//! [[rule]]
//! id = "us-example"
//! jurisdiction = "US"
//! activity = "supply"                   # supply, import, use, departure
//! authority = "Bureau of Industry and Security"
//! status = "enacted"                    # enacted, agency-letter, announced, reported, disputed
//! effective-from = "2023-11-17"         # this day counts
//! effective-until = "2026-01-15"        # this day no longer does; may be left out
//! recorded-at = "2023-10-25"            # the day from which it could be known
//! outcome = "presumption-of-denial"
//! replaces = []                         # ids of rules that give way where this one applies
//! explanation = "…"
//! sources = [{ title = "88 FR 73458", url = "https://www.govinfo.gov/" }]
//! when = [{ device-class = "3A090.a", territory = ["D:5", "MO"] }]   # any one of the lines is enough
//! ```
//!
//! In a line of `when` everything must hold. Two capital letters are a territory, anything else in a
//! list of territories is a group. All dates are days; periods hold their first day and not their last.

mod attributes;
pub mod example;
mod lint;
mod seal;

pub use attributes::{Condition, Place, Range};
pub use example::{Example, Expectation};
pub use lint::{Problem, Severity, lint};
pub use seal::{SealError, open, seal};

use crate::day::{Day, Period};
use crate::facts::DeviceAttributes;
use crate::words::{Activity, Layer, Outcome, Status};
use domicile_proto::sign::sha256;
use domicile_proto::types::Digest;
use serde::Deserialize;

/// Largest pack, bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Most rules that one decision considers, over all packs.
pub const MAX_RULES: usize = 512;

/// Most lines that a rule's `when` or a class may have.
pub const MAX_LINES: usize = 32;

/// Whether a pack counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Its rules count.
    Counts,
    /// Its rules are shown beside the others and nothing follows from them.
    Shadow,
}

/// Where a statement can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// The document.
    pub title: String,
    /// Its public address.
    pub url: String,
}

/// The members of a country group over a period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// The group's name, such as `D:5`. Several entries of one name are its versions.
    pub name: String,
    effective_from: Day,
    effective_until: Option<Day>,
    /// The day from which this version could be known.
    pub recorded_at: Day,
    /// ISO 3166 codes.
    pub members: Vec<String>,
    /// ISO 3166 codes of which nobody could check whether they are members: nothing is decided by them.
    #[serde(default)]
    pub uncertain_members: Vec<String>,
    /// Where they can be checked.
    pub sources: Vec<Source>,
    /// What else about it could not be checked.
    #[serde(default)]
    pub unverified: Vec<String>,
}

impl Group {
    /// When this version holds.
    pub fn period(&self) -> Period {
        Period {
            from: self.effective_from,
            until: self.effective_until,
        }
    }
}

/// A name for devices.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceClass {
    /// The name that rules use.
    pub name: String,
    /// What it means, for people.
    #[serde(default)]
    pub explanation: String,
    /// The class holds a device that meets any one of these.
    pub any: Vec<Condition>,
}

/// A device's model with its published attributes: what examples and lists of facts may leave out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Model {
    /// Who sells it.
    pub vendor: String,
    /// The architecture.
    pub family: String,
    /// The model.
    pub model: String,
    /// The ECCN that the vendor states.
    pub eccn: Option<String>,
    /// Total processing performance.
    pub tpp: Option<f64>,
    /// TPP per mm² of applicable die area.
    pub performance_density: Option<f64>,
    /// GB/s.
    pub memory_bandwidth: Option<f64>,
    /// GB/s.
    pub interconnect_bandwidth: Option<f64>,
    /// Where the numbers can be checked.
    pub sources: Vec<Source>,
    /// Keys above whose values could not be checked.
    #[serde(default)]
    pub unverified: Vec<String>,
}

impl From<&Model> for DeviceAttributes {
    fn from(model: &Model) -> Self {
        Self {
            vendor: Some(model.vendor.clone()),
            family: Some(model.family.clone()),
            model: Some(model.model.clone()),
            eccn: model.eccn.clone(),
            tpp: model.tpp,
            performance_density: model.performance_density,
            memory_bandwidth: model.memory_bandwidth,
            interconnect_bandwidth: model.interconnect_bandwidth,
        }
    }
}

/// One dated rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Its name, unique over all packs that are used together.
    pub id: String,
    /// Whose rule it is: an ISO 3166 code.
    pub jurisdiction: String,
    /// What it is about.
    pub activity: Activity,
    /// The office that made it or is reported to have.
    pub authority: String,
    /// How firm it is.
    pub status: Status,
    effective_from: Day,
    effective_until: Option<Day>,
    /// The day from which it could be known.
    pub recorded_at: Day,
    /// What it says.
    pub outcome: Outcome,
    /// Rules that give way where, and from when, this one applies. A rule of a weaker layer never
    /// makes one of a stronger layer give way.
    #[serde(default)]
    pub replaces: Vec<String>,
    /// In words.
    pub explanation: String,
    /// Where it can be checked.
    pub sources: Vec<Source>,
    /// What about it could not be checked.
    #[serde(default)]
    pub unverified: Vec<String>,
    /// The rule applies where any one of these holds.
    pub when: Vec<Condition>,
}

impl Rule {
    /// When it holds.
    pub fn period(&self) -> Period {
        Period {
            from: self.effective_from,
            until: self.effective_until,
        }
    }

    /// The layer it belongs to in a pack of this mode.
    pub fn layer(&self, mode: Mode) -> Layer {
        match mode {
            Mode::Shadow => Layer::Shadow,
            Mode::Counts if self.status.is_enforceable() => Layer::Enforceable,
            Mode::Counts => Layer::Said,
        }
    }
}

/// A pack that has passed every check of [`lint`] that is an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// The pack's name.
    pub name: String,
    /// Its version; a later one replaces it.
    pub version: u64,
    /// When this version was written.
    pub published: Day,
    /// What a reader must know before using it.
    pub notice: String,
    /// Whether it counts.
    pub mode: Mode,
    /// Country groups.
    pub groups: Vec<Group>,
    /// Device classes.
    pub classes: Vec<DeviceClass>,
    /// Known models.
    pub models: Vec<Model>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The test bench.
    pub examples: Vec<Example>,
    /// SHA-256 of the file's bytes.
    pub hash: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    name: String,
    version: u64,
    published: Day,
    notice: String,
    mode: Mode,
    #[serde(default)]
    group: Vec<Group>,
    #[serde(default)]
    device_class: Vec<DeviceClass>,
    #[serde(default)]
    model: Vec<Model>,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    example: Vec<Example>,
}

/// Why a pack was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Larger than [`MAX_BYTES`].
    #[error("the pack has {0} bytes where at most {MAX_BYTES} are allowed")]
    TooLong(usize),
    /// Not UTF-8 text.
    #[error("the pack is not UTF-8 text")]
    NotText,
    /// Not TOML, or not these keys. The text names line and key.
    #[error("{0}")]
    Toml(String),
    /// It reads, and does not hold together. The first error of [`lint`].
    #[error("{0}")]
    Problem(Problem),
}

impl Pack {
    /// Reads a pack without checking that it holds together: for [`lint`], which tells everything.
    ///
    /// # Errors
    /// [`PackError`] when it is not TOML of these keys.
    pub fn read(bytes: &[u8]) -> Result<Self, PackError> {
        if bytes.len() > MAX_BYTES {
            return Err(PackError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PackError::NotText)?;
        let file: File =
            toml::from_str(text).map_err(|error| PackError::Toml(error.to_string()))?;
        Ok(Self {
            name: file.name,
            version: file.version,
            published: file.published,
            notice: file.notice,
            mode: file.mode,
            groups: file.group,
            classes: file.device_class,
            models: file.model,
            rules: file.rule,
            examples: file.example,
            hash: sha256(bytes),
        })
    }

    /// Reads and checks a pack. `beside` are the packs it is used with: groups, classes, models and
    /// replaced rules may stand in any of them.
    ///
    /// # Errors
    /// [`PackError`], naming rule and key.
    pub fn parse(bytes: &[u8], beside: &[Self]) -> Result<Self, PackError> {
        let pack = Self::read(bytes)?;
        match lint(&pack, beside)
            .into_iter()
            .find(|problem| problem.severity == Severity::Error)
        {
            Some(problem) => Err(PackError::Problem(problem)),
            None => Ok(pack),
        }
    }
}

/// Fills in what a list of facts leaves out about a model that one of the packs knows. Known values
/// stay; an unknown model stays as it is.
pub fn fill(device: &mut DeviceAttributes, packs: &[Pack]) {
    let same = |a: &Option<String>, b: &str| a.as_ref().is_some_and(|a| a.eq_ignore_ascii_case(b));
    let other =
        |a: &Option<String>, b: &str| a.as_ref().is_some_and(|a| !a.eq_ignore_ascii_case(b));
    let mut models = packs.iter().flat_map(|pack| &pack.models);
    let Some(model) = models.find(|model| {
        same(&device.model, &model.model)
            && !other(&device.vendor, &model.vendor)
            && !other(&device.family, &model.family)
    }) else {
        return;
    };
    let known = DeviceAttributes::from(model);
    device.vendor = device.vendor.take().or(known.vendor);
    device.family = device.family.take().or(known.family);
    device.eccn = device.eccn.take().or(known.eccn);
    device.tpp = device.tpp.or(known.tpp);
    device.performance_density = device.performance_density.or(known.performance_density);
    device.memory_bandwidth = device.memory_bandwidth.or(known.memory_bandwidth);
    device.interconnect_bandwidth = device
        .interconnect_bandwidth
        .or(known.interconnect_bandwidth);
}
