//! Cases: what people decide about what flags ask.
//!
//! ```text
//! inquiry ──► explained ─────────────────────────────────► closed
//!    │                                                        ▲
//!    └─────► under-review ──► unsubstantiated ────────────────┤
//!                 │  ▲                                        │
//!       two       │  └─ a contest is upheld ─┐    two         │
//!       approvers ▼                          │  approvers     │
//!            substantiated ──────────────────┴──► reported ───┘
//! ```
//!
//! Each step is taken by a named person with a role, carries the version of the case that the person
//! saw, and is either taken whole or refused with a [`Refusal`] that says what to do. Nothing moves by
//! itself: a deadline that passes makes a case overdue, no more. `closed` is the end; what comes up
//! later is a new case that names the old one.
//!
//! | step | who | where |
//! |---|---|---|
//! | open | analyst; the host's operator, by contesting | – |
//! | explain, review | analyst | `inquiry` |
//! | propose, then approve twice or decline | analyst; approvers | `under-review`, `substantiated` |
//! | unsubstantiate | analyst | `under-review` |
//! | close | analyst | `explained`, `unsubstantiated`, `reported` |
//! | contest | the host's operator | `inquiry`, `under-review`, `substantiated`, `reported` |
//! | answer a contest | approver | where one is open |
//! | link a flag | analyst | `inquiry`, `under-review` |
//! | comment | analyst, approver, operator, admin | all but `closed` |
//! | attach | analyst, approver, operator | all but `closed` |
//! | set a deadline | analyst, admin | all but `closed` |
//!
//! Start reading at [`Case::open`] and [`Case::apply`].

mod action;
mod case;
mod input;
mod record;
mod refusal;
mod rules;
mod state;
#[cfg(test)]
mod tests;

pub use action::{Action, Answer, Attachment, Linked, Opening, Step, Target, Verb};
pub use case::{Case, Contest, Proposal};
pub use input::{InputError, MAX_TEXT, Person, Role, Text, UserId};
pub use record::{BadRecord, Entry};
pub use refusal::Refusal;
pub use state::State;

/// Steps that a case can have, so that nobody fills a log with one.
pub const MAX_STEPS: usize = 10_000;
/// Flags that a case can link.
pub const MAX_FLAGS: usize = 1_000;
/// Verdicts that one opening can contest.
pub const MAX_VERDICTS: usize = 100;
/// Documents that a case can have.
pub const MAX_ATTACHMENTS: usize = 1_000;
