//! Who may do what in which state. What else it takes stands in `case.rs`.

use super::action::Verb;
use super::input::Role;
use super::state::State;

/// The roles and the states for a verb.
pub(super) const fn rule(verb: Verb) -> (&'static [Role], &'static [State]) {
    use Role::{Admin, Analyst, Approver, Operator};
    use State::{Explained, Inquiry, Reported, Substantiated, UnderReview, Unsubstantiated};
    const OPEN: &[State] = &[
        Inquiry,
        Explained,
        UnderReview,
        Substantiated,
        Unsubstantiated,
        Reported,
    ];
    const ACCUSING: &[State] = &[Inquiry, UnderReview, Substantiated, Reported];
    match verb {
        Verb::Explain | Verb::Review => (&[Analyst], &[Inquiry]),
        Verb::ProposeSubstantiated | Verb::Unsubstantiate => (&[Analyst], &[UnderReview]),
        Verb::ProposeReported => (&[Analyst], &[Substantiated]),
        Verb::ApproveSubstantiated => (&[Approver], &[UnderReview]),
        Verb::ApproveReported => (&[Approver], &[Substantiated]),
        Verb::Decline => (&[Approver], &[UnderReview, Substantiated]),
        Verb::Close => (&[Analyst], &[Explained, Unsubstantiated, Reported]),
        Verb::Contest => (&[Operator], ACCUSING),
        Verb::Answer => (&[Approver], ACCUSING),
        Verb::Link => (&[Analyst], &[Inquiry, UnderReview]),
        Verb::Attach => (&[Analyst, Approver, Operator], OPEN),
        Verb::Comment => (&[Analyst, Approver, Admin, Operator], OPEN),
        Verb::SetDeadline => (&[Analyst, Admin], OPEN),
    }
}
