//! What is said of an anchor in the end.

use super::{Bias, Conflict, Whereabouts};
use crate::cap::Tier;

/// What is wrong with an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is not where it was surveyed, but could have been earlier: those who now measure it too
    /// near measured it farther then.
    Moved,
    /// It is not where it was surveyed, and was not earlier.
    MisSurveyed,
    /// It is not where it was surveyed; since when, the measurements do not say.
    Misplaced,
    /// Its own measurements are shorter than they can be, or than the others' of it.
    ShortLiar,
    /// Its own measurements are longer than the others' of it.
    LongLiar,
    /// Its own measurements differ from the others' of it by one small factor.
    BadStopwatch,
    /// Its own measurements are alike for partners far and near: something near it answers in
    /// their stead.
    Unrelated,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Moved,
        Self::MisSurveyed,
        Self::Misplaced,
        Self::ShortLiar,
        Self::LongLiar,
        Self::BadStopwatch,
        Self::Unrelated,
    ];

    /// As in listings: `moved`, `mis-surveyed`, `misplaced`, `short-liar`, `long-liar`,
    /// `bad-stopwatch`, `unrelated`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::MisSurveyed => "mis-surveyed",
            Self::Misplaced => "misplaced",
            Self::ShortLiar => "short-liar",
            Self::LongLiar => "long-liar",
            Self::BadStopwatch => "bad-stopwatch",
            Self::Unrelated => "unrelated",
        }
    }

    /// What the data cannot tell it from.
    pub fn not_told_from(self) -> &'static str {
        match self {
            Self::Moved => {
                "an anchor that stood behind a slower line before, and was never where it was surveyed"
            }
            Self::MisSurveyed | Self::Misplaced => {
                "its traffic being answered by another machine that holds its key"
            }
            Self::ShortLiar => "a stopwatch that stands still at times",
            Self::LongLiar => "a machine too busy to read its clock in time",
            Self::BadStopwatch => "a liar that multiplies by a small factor",
            Self::Unrelated => "a liar that answers with one number",
        }
    }
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// By physics at this tier: every smallest explanation of the conflicts contains the anchor,
    /// and were its vote honest, more than *f* other votes would be false.
    Certain(Tier),
    /// One of several explanations of conflicts at this tier, which the finding names.
    Ambiguous(Tier),
    /// Both ends' measurements of most pairs differ by more than the mesh's own spread: either the
    /// anchor's stopwatch differs, or those of most others do.
    Statistical,
}

impl Certainty {
    /// `certain`, `ambiguous` or `statistical`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain(_) => "certain",
            Self::Ambiguous(_) => "ambiguous",
            Self::Statistical => "statistical",
        }
    }

    /// The tier on which it rests.
    pub fn tier(self) -> Option<Tier> {
        match self {
            Self::Certain(tier) | Self::Ambiguous(tier) => Some(tier),
            Self::Statistical => None,
        }
    }
}

/// A finding about one anchor. It is an incident of that anchor and its vote, never a value of a
/// host, and takes no vote away by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Place in the list of sites.
    pub site: u16,
    /// What is wrong.
    pub kind: Kind,
    /// How sure that is.
    pub certainty: Certainty,
    /// Conflicts with anchors that are not themselves to blame, the largest margin first.
    pub conflicts: Vec<Conflict>,
    /// Its stopwatch against the others'.
    pub bias: Option<Bias>,
    /// Where it can be, for an anchor that is not where it was surveyed.
    pub whereabouts: Option<Whereabouts>,
    /// Other anchors that explain the same conflicts as well; empty when it is certain.
    pub instead: Vec<u16>,
}

/// What an examination says.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// One for each anchor and kind, by site, then kind.
    pub findings: Vec<Finding>,
    /// All pairs that no signal could have made, each at its fastest tier.
    pub conflicts: Vec<Conflict>,
    /// Whether the smallest explanations are exact: false when there were too many conflicts to
    /// search them all, and a greedy one took their place.
    pub exact: bool,
}
