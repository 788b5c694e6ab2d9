//! What a flag rests on, and how severe that lets it be.
//!
//! The severities that a ground may have are types of their own, so that a flag that rests on
//! statistics, on a host's word or on silence cannot be written down as severe:
//!
//! ```
//! use domicile_diversion::flags::{AtMostLow, Ground, Severity};
//!
//! let ground = Ground::Statistics(AtMostLow::Low);
//! assert_eq!(ground.severity(), Severity::Low);
//! ```
//!
//! ```compile_fail
//! use domicile_diversion::flags::{Ground, Severity};
//!
//! let ground = Ground::Statistics(Severity::High);
//! ```

use std::fmt;

/// How soon a person should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Kept for the record; asks for nobody.
    Note,
    /// Worth a look when something else is there as well.
    Low,
    /// A person should look within days.
    Medium,
    /// A person should look within a day.
    High,
}

/// The severities of what a host alone says, and of silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AtMostMedium {
    /// [`Severity::Note`].
    Note,
    /// [`Severity::Low`].
    Low,
    /// [`Severity::Medium`].
    Medium,
}

/// The severities of statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AtMostLow {
    /// [`Severity::Note`].
    Note,
    /// [`Severity::Low`].
    Low,
}

/// What a flag rests on, with the severity that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// Round trips that were too short for anything else, under the verdict's premises.
    Physics(Severity),
    /// What a device's own key signed.
    Signature(Severity),
    /// Dates and declarations in the registry, or what servers record of themselves.
    Record(Severity),
    /// What a host says and nobody else shows: another host could be accused by it.
    Claim(AtMostMedium),
    /// Something did not come. It proves nothing.
    Absence(AtMostMedium),
    /// A model's belief, which a host can forge and an unusual line can cause.
    Statistics(AtMostLow),
}

impl Ground {
    /// How severe it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Physics(severity) | Self::Signature(severity) | Self::Record(severity) => {
                severity
            }
            Self::Claim(severity) | Self::Absence(severity) => severity.severity(),
            Self::Statistics(severity) => severity.severity(),
        }
    }

    /// As it stands in tables and JSON, without the severity.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Physics(_) => "physics",
            Self::Signature(_) => "signature",
            Self::Record(_) => "record",
            Self::Claim(_) => "claim",
            Self::Absence(_) => "absence",
            Self::Statistics(_) => "statistics",
        }
    }

    /// The ground of this name with this severity, as both stand in records; `None` when there is none
    /// such, as for severe statistics.
    pub fn of_names(name: &str, severity: &str) -> Option<Self> {
        let severity = Severity::of_name(severity)?;
        let medium = || match severity {
            Severity::Note => Some(AtMostMedium::Note),
            Severity::Low => Some(AtMostMedium::Low),
            Severity::Medium => Some(AtMostMedium::Medium),
            Severity::High => None,
        };
        match name {
            "physics" => Some(Self::Physics(severity)),
            "signature" => Some(Self::Signature(severity)),
            "record" => Some(Self::Record(severity)),
            "claim" => medium().map(Self::Claim),
            "absence" => medium().map(Self::Absence),
            "statistics" => match severity {
                Severity::Note => Some(Self::Statistics(AtMostLow::Note)),
                Severity::Low => Some(Self::Statistics(AtMostLow::Low)),
                Severity::Medium | Severity::High => None,
            },
            _ => None,
        }
    }

    /// Whether it rests on statistics alone.
    pub const fn is_statistical(self) -> bool {
        matches!(self, Self::Statistics(_))
    }
}

/// How severe several flags are together: as the most severe of them. Many that are low stay low, so
/// statistics do not add up to anything more than statistics.
pub fn together(grounds: impl IntoIterator<Item = Ground>) -> Option<Severity> {
    grounds.into_iter().map(Ground::severity).max()
}

impl AtMostMedium {
    /// The severity that it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Note => Severity::Note,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
        }
    }
}

impl AtMostLow {
    /// The severity that it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Note => Severity::Note,
            Self::Low => Severity::Low,
        }
    }
}

impl Severity {
    /// Every severity, from the least.
    pub const ALL: [Self; 4] = [Self::Note, Self::Low, Self::Medium, Self::High];

    /// The severity of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.to_string() == name)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Note => "note",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds_are_read_and_severe_statistics_are_not() {
        let names = [
            "physics",
            "signature",
            "record",
            "claim",
            "absence",
            "statistics",
        ];
        let mut read = 0;
        for name in names {
            for severity in Severity::ALL {
                if let Some(ground) = Ground::of_names(name, &severity.to_string()) {
                    assert_eq!((ground.name(), ground.severity()), (name, severity));
                    read += 1;
                }
            }
        }
        assert_eq!(read, 3 * 4 + 2 * 3 + 2);
        assert_eq!(Ground::of_names("statistics", "high"), None);
        assert_eq!(Ground::of_names("claim", "high"), None);
        assert_eq!(Ground::of_names("guess", "low"), None);
    }

    #[test]
    fn any_number_of_statistical_flags_is_low() {
        let many = std::iter::repeat_n(Ground::Statistics(AtMostLow::Low), 1_000);
        assert_eq!(together(many), Some(Severity::Low));
        let absent = std::iter::repeat_n(Ground::Absence(AtMostMedium::Medium), 1_000);
        assert_eq!(together(absent), Some(Severity::Medium));
        assert_eq!(together([]), None);
    }
}
