//! Reference values: digests that somebody vouches for, by measurement index.
//!
//! ```toml
//! [[set]]
//! name = "H100, VBIOS 96.00.A5.00.01, driver 590.12"
//! firmware = "96.00.A5.00.01"   # applies to reports that state this; optional
//! driver = "590.12"             # and this; optional
//! [set.measurements]
//! 1 = ["aa…"]                   # SHA-384 in hexadecimal, each of them allowed
//! ```
//!
//! Domicile ships none. A report that no set applies to stays `unknown`; so does one for which a set
//! has values, all of them right, but not for every measurement.

use crate::check::Finding;
use crate::report::Report;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Largest file read, bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A file of reference values was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Too long, or not TOML of this form.
    #[error("reference values: {0}")]
    Form(String),
    /// An index that no measurement has.
    #[error("reference values, set {set:?}: {index:?} is no measurement index (1 to 254)")]
    Index {
        /// Name of the set.
        set: String,
        /// As written.
        index: String,
    },
    /// Not hexadecimal.
    #[error("reference values, set {set:?}, measurement {index}: {digest:?} is not hexadecimal")]
    Digest {
        /// Name of the set.
        set: String,
        /// Which measurement.
        index: u8,
        /// As written.
        digest: String,
    },
}

/// Sets of digests, each for some firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceValues {
    sets: Vec<Set>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Set {
    name: String,
    firmware: Option<String>,
    driver: Option<String>,
    measurements: BTreeMap<u8, Vec<Vec<u8>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    set: Vec<FileSet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FileSet {
    name: String,
    firmware: Option<String>,
    driver: Option<String>,
    measurements: BTreeMap<String, Vec<String>>,
}

impl ReferenceValues {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ReferenceError`] when it is not one.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if text.len() > MAX_BYTES {
            return Err(ReferenceError::Form(format!(
                "longer than {MAX_BYTES} bytes"
            )));
        }
        let file: File =
            toml::from_str(text).map_err(|error| ReferenceError::Form(error.to_string()))?;
        let sets: Result<Vec<Set>, ReferenceError> = file.set.into_iter().map(read).collect();
        Ok(Self { sets: sets? })
    }

    /// Compares a report's measurements with the sets that apply to it. One set must hold whole.
    pub(crate) fn check(&self, report: &Report<'_>) -> Finding {
        let (firmware, driver) = (report.opaque.firmware(), report.opaque.driver());
        let applies =
            |wanted: &Option<String>, stated: &Option<String>| wanted.is_none() || wanted == stated;
        let mut best: Option<Finding> = None;
        for set in &self.sets {
            if !applies(&set.firmware, &firmware) || !applies(&set.driver, &driver) {
                continue;
            }
            let finding = set.check(report);
            // `Passed` is the least of the outcomes, then `Failed`: a set that fails says more than
            // one that is not complete.
            if best
                .as_ref()
                .is_none_or(|best| finding.outcome < best.outcome)
            {
                best = Some(finding);
            }
        }
        best.unwrap_or_else(|| Finding::unknown("no set applies to this firmware and driver"))
    }
}

impl Set {
    fn check(&self, report: &Report<'_>) -> Finding {
        let name = &self.name;
        let mut unknown = 0_usize;
        for measurement in &report.measurements {
            match self.measurements.get(&measurement.index) {
                None => unknown += 1,
                Some(allowed) if allowed.iter().any(|value| value == measurement.value) => {}
                Some(_) => {
                    let index = measurement.index;
                    return Finding::failed(format!("{name}: measurement {index} is another"));
                }
            }
        }
        let of_report = |index: &u8| report.measurements.iter().any(|one| one.index == *index);
        if let Some(index) = self.measurements.keys().find(|index| !of_report(index)) {
            return Finding::failed(format!("{name}: the report has no measurement {index}"));
        }
        match unknown {
            0 => Finding::passed(format!(
                "{name}: {} measurements",
                report.measurements.len()
            )),
            unknown => Finding::unknown(format!("{name}: no values for {unknown} measurements")),
        }
    }
}

fn read(file: FileSet) -> Result<Set, ReferenceError> {
    let mut measurements = BTreeMap::new();
    for (text, digests) in file.measurements {
        let index = text
            .parse::<u8>()
            .ok()
            .filter(|index| (1..255).contains(index));
        let index = index.ok_or_else(|| ReferenceError::Index {
            set: file.name.clone(),
            index: text,
        })?;
        let mut allowed = Vec::with_capacity(digests.len());
        for digest in digests {
            let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digest.as_bytes());
            allowed.push(bytes.map_err(|_| ReferenceError::Digest {
                set: file.name.clone(),
                index,
                digest,
            })?);
        }
        measurements.insert(index, allowed);
    }
    Ok(Set {
        name: file.name,
        firmware: file.firmware,
        driver: file.driver,
        measurements,
    })
}
