//! The vocabulary of rules: status, outcome, activity, layer.
//!
//! Each word is what packs write and what people read; none is a boolean.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$word_doc])* $word,)+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            /// The word as packs write it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }

            /// The word of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.pad(self.name())
            }
        }
    };
}

words! {
    /// How firm a rule is.
    Status {
        /// Law or regulation in force.
        Enacted = "enacted",
        /// A letter or instruction of an agency that binds its addressee.
        AgencyLetter = "agency-letter",
        /// Said by an official who can make it so, not yet law.
        Announced = "announced",
        /// Reported by the press from unnamed sources.
        Reported = "reported",
        /// Reported, and contradicted by others.
        Disputed = "disputed",
    }
}

impl Status {
    /// Whether somebody can be held to it.
    pub const fn is_enforceable(self) -> bool {
        matches!(self, Self::Enacted | Self::AgencyLetter)
    }
}

words! {
    /// What a rule says, from the least to the most restrictive.
    Outcome {
        /// Nothing is required any more by what this rule replaces.
        NoRequirement = "no-requirement",
        /// Expressly allowed.
        Permitted = "permitted",
        /// Advised against, not forbidden.
        Discouraged = "discouraged",
        /// A licence or permit is needed; how applications are reviewed is not said.
        LicenceRequired = "licence-required",
        /// A licence is needed; applications are approved unless there is a reason not to.
        PresumptionOfApproval = "presumption-of-approval",
        /// A licence is needed; each application is weighed.
        CaseByCase = "case-by-case",
        /// A licence is needed; applications are denied unless there is a reason not to.
        PresumptionOfDenial = "presumption-of-denial",
        /// Forbidden; no licence is to be had.
        Denied = "denied",
    }
}

impl Outcome {
    /// Whether a licence is needed and can be had.
    pub fn needs_licence(self) -> bool {
        (Self::LicenceRequired..=Self::PresumptionOfDenial).contains(&self)
    }
}

words! {
    /// What a rule is about. Answers about one say nothing about another.
    Activity {
        /// Export, reexport or transfer of the device to the territory or to the end user.
        Supply = "supply",
        /// Bringing the device into the territory.
        Import = "import",
        /// Operating the device in the territory.
        Use = "use",
        /// Export, transshipment or transit of the device out of the territory it is shipped from.
        Departure = "departure",
    }
}

words! {
    /// What an answer rests on. The layers are never mixed.
    Layer {
        /// Enacted rules and agency letters of packs that count.
        Enforceable = "enforceable",
        /// Announcements and reports of packs that count: for people to know, not to act on alone.
        Said = "said",
        /// Every rule of a pack in shadow mode: shown, and nothing else.
        Shadow = "shadow",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn serde_and_names_agree() {
        #[derive(Serialize, Deserialize, PartialEq, Debug)]
        struct One<T> {
            word: T,
        }
        for outcome in Outcome::ALL {
            let text = toml::to_string(&One { word: *outcome }).unwrap();
            assert_eq!(text.trim(), format!("word = \"{outcome}\""));
            assert_eq!(Outcome::from_name(outcome.name()), Some(*outcome));
        }
        for status in Status::ALL {
            let text = toml::to_string(&One { word: *status }).unwrap();
            assert_eq!(text.trim(), format!("word = \"{status}\""));
        }
        for activity in Activity::ALL {
            let text = toml::to_string(&One { word: *activity }).unwrap();
            assert_eq!(text.trim(), format!("word = \"{activity}\""));
        }
        for layer in Layer::ALL {
            let text = toml::to_string(&One { word: *layer }).unwrap();
            assert_eq!(text.trim(), format!("word = \"{layer}\""));
        }
    }

    #[test]
    fn what_can_be_licensed_lies_between_advice_and_denial() {
        let licensed: Vec<_> = Outcome::ALL.iter().filter(|o| o.needs_licence()).collect();
        assert_eq!(licensed.len(), 4);
        assert!(!Outcome::Denied.needs_licence() && !Outcome::Discouraged.needs_licence());
    }

    #[test]
    fn only_law_and_letters_bind() {
        let binding: Vec<_> = Status::ALL.iter().filter(|s| s.is_enforceable()).collect();
        assert_eq!(binding, [&Status::Enacted, &Status::AgencyLetter]);
    }
}
