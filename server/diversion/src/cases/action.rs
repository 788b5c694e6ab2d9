//! What a person can do with a case.

use super::input::{Person, Text};
use super::state::State;
use crate::flags::{Code, Flag, Ground, Name, RecordId};
use domicile_proto::types::Digest;

/// A flag that a case is about, as it was when it was linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Log index of the record that raised it.
    pub record: u64,
    /// Which.
    pub code: Code,
    /// What it is about, as text.
    pub subject: Name,
    /// What it rests on.
    pub ground: Ground,
    /// When it was raised, Unix ms.
    pub raised_ms: u64,
    /// Its records.
    pub evidence: Vec<RecordId>,
}

impl Linked {
    /// A flag that was raised by the record with this index.
    pub fn of(flag: &Flag, record: u64) -> Self {
        Self {
            record,
            code: flag.code,
            subject: flag.subject.to_string().into(),
            ground: flag.ground,
            raised_ms: flag.raised_ms,
            evidence: flag.evidence.clone(),
        }
    }

    /// Whether it is the same flag.
    pub fn is(&self, other: &Self) -> bool {
        (self.code, &self.subject, self.raised_ms) == (other.code, &other.subject, other.raised_ms)
    }
}

/// A document, by its hash: what it says lies elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its length, bytes.
    pub bytes: u64,
    /// What it is.
    pub name: Text,
}

/// What two approvers must agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The records show it.
    Substantiated,
    /// An authority is told.
    Reported,
}

impl Target {
    /// The state that it leads to.
    pub const fn state(self) -> State {
        match self {
            Self::Substantiated => State::Substantiated,
            Self::Reported => State::Reported,
        }
    }
}

/// What is said to a contest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// The operator is right: the case goes back to review, where it was past it.
    Upheld,
    /// It stays as it is.
    Dismissed,
}

/// What a person does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The question is answered.
    Explain(Text),
    /// It needs looking into.
    Review(Text),
    /// Asks two approvers.
    Propose(Target, Text),
    /// Agrees with the proposal.
    Approve(Target),
    /// Takes the proposal off the table.
    Decline(Text),
    /// The records do not show it.
    Unsubstantiate(Text),
    /// Nothing more is to be done.
    Close(Text),
    /// The operator disagrees.
    Contest(Text),
    /// An approver answers.
    Answer(Answer, Text),
    /// Another flag belongs to the case.
    Link(Linked),
    /// A document belongs to the case.
    Attach(Attachment),
    /// A remark.
    Comment(Text),
    /// Until when the next step is due, Unix ms.
    SetDeadline(u64, Text),
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident = $name:literal,)+) => {
        /// An [`Action`] without what it carries.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb { $($(#[$doc])* $verb,)+ }

        impl Verb {
            /// Every verb.
            pub const ALL: &'static [Self] = &[$(Self::$verb,)+];

            /// As it stands in listings and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$verb => $name,)+ }
            }

            /// The verb of this name.
            pub fn of_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|verb| verb.name() == name)
            }
        }
    };
}

verbs! {
    /// [`Action::Explain`].
    Explain = "explain",
    /// [`Action::Review`].
    Review = "review",
    /// [`Action::Propose`] that it is substantiated.
    ProposeSubstantiated = "propose-substantiated",
    /// [`Action::Propose`] that it is reported.
    ProposeReported = "propose-reported",
    /// [`Action::Approve`] that it is substantiated.
    ApproveSubstantiated = "approve-substantiated",
    /// [`Action::Approve`] that it is reported.
    ApproveReported = "approve-reported",
    /// [`Action::Decline`].
    Decline = "decline",
    /// [`Action::Unsubstantiate`].
    Unsubstantiate = "unsubstantiate",
    /// [`Action::Close`].
    Close = "close",
    /// [`Action::Contest`].
    Contest = "contest",
    /// [`Action::Answer`].
    Answer = "answer-contest",
    /// [`Action::Link`].
    Link = "link-flag",
    /// [`Action::Attach`].
    Attach = "attach",
    /// [`Action::Comment`].
    Comment = "comment",
    /// [`Action::SetDeadline`].
    SetDeadline = "set-deadline",
}

impl Action {
    /// What the person wrote; `None` where nothing is written.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Explain(text)
            | Self::Review(text)
            | Self::Propose(_, text)
            | Self::Decline(text)
            | Self::Unsubstantiate(text)
            | Self::Close(text)
            | Self::Contest(text)
            | Self::Answer(_, text)
            | Self::Comment(text)
            | Self::SetDeadline(_, text) => Some(text),
            Self::Approve(_) | Self::Link(_) | Self::Attach(_) => None,
        }
    }

    /// What is done, without what it carries.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Explain(_) => Verb::Explain,
            Self::Review(_) => Verb::Review,
            Self::Propose(Target::Substantiated, _) => Verb::ProposeSubstantiated,
            Self::Propose(Target::Reported, _) => Verb::ProposeReported,
            Self::Approve(Target::Substantiated) => Verb::ApproveSubstantiated,
            Self::Approve(Target::Reported) => Verb::ApproveReported,
            Self::Decline(_) => Verb::Decline,
            Self::Unsubstantiate(_) => Verb::Unsubstantiate,
            Self::Close(_) => Verb::Close,
            Self::Contest(_) => Verb::Contest,
            Self::Answer(..) => Verb::Answer,
            Self::Link(_) => Verb::Link,
            Self::Attach(_) => Verb::Attach,
            Self::Comment(_) => Verb::Comment,
            Self::SetDeadline(..) => Verb::SetDeadline,
        }
    }
}

/// How a case begins, as it is logged. An operator opens one by contesting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The case's number: the caller's, and new.
    pub number: u64,
    /// Whose hosts it is about.
    pub operator: Name,
    /// What about.
    pub flags: Vec<Linked>,
    /// Verdicts that the operator contests, by the hash of the evidence.
    pub verdicts: Vec<Digest>,
    /// Who asks.
    pub by: Person,
    /// When, Unix ms.
    pub at_ms: u64,
    /// What is asked.
    pub why: Text,
}

/// One step, as it is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The version of the case that the person saw.
    pub version: u32,
    /// Who.
    pub by: Person,
    /// When, Unix ms.
    pub at_ms: u64,
    /// What.
    pub action: Action,
}
