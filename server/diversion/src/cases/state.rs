//! The states of a case.

use crate::flags::DAY;

/// Where a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// A question was asked.
    Inquiry,
    /// It was answered.
    Explained,
    /// People look into it.
    UnderReview,
    /// Two approvers hold that the records show it.
    Substantiated,
    /// The records do not show it.
    Unsubstantiated,
    /// Two approvers had it told to an authority.
    Reported,
    /// Nothing more happens.
    Closed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Inquiry,
        Self::Explained,
        Self::UnderReview,
        Self::Substantiated,
        Self::Unsubstantiated,
        Self::Reported,
        Self::Closed,
    ];

    /// As it stands in listings and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inquiry => "inquiry",
            Self::Explained => "explained",
            Self::UnderReview => "under-review",
            Self::Substantiated => "substantiated",
            Self::Unsubstantiated => "unsubstantiated",
            Self::Reported => "reported",
            Self::Closed => "closed",
        }
    }

    /// The state of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// How long a case may stay here until it is overdue, unless a person sets another day; `None`
    /// where it may stay.
    pub const fn due_after_ms(self) -> Option<u64> {
        match self {
            Self::Inquiry => Some(30 * DAY),
            Self::UnderReview => Some(90 * DAY),
            Self::Explained | Self::Unsubstantiated | Self::Substantiated => Some(14 * DAY),
            Self::Reported | Self::Closed => None,
        }
    }
}
