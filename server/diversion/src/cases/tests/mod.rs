//! Every transition, and the ways around them.

#![allow(clippy::unwrap_used)]

mod around;
mod matrix;
mod record;

use super::*;
use crate::flags::{Code, Name, RecordId, Subject};
use domicile_fleet::Basis;
use domicile_proto::types::{Digest, Key};

fn person(user: &str, role: Role) -> Person {
    Person {
        user: user.parse().unwrap(),
        role,
        operator: (role == Role::Operator).then(|| "acme".into()),
    }
}

fn text() -> Text {
    "because".parse().unwrap()
}

fn flag(code: Code) -> Linked {
    Linked {
        record: 9,
        code,
        subject: Subject::Host(Key([1; 32])).to_string().into(),
        ground: code.ground(Basis::Signed),
        raised_ms: 5,
        evidence: vec![RecordId::Log(3)],
    }
}

fn attachment(number: u8) -> Attachment {
    Attachment {
        sha256: Digest([number; 32]),
        bytes: 1_000,
        name: "report.pdf".parse().unwrap(),
    }
}

fn opening(flags: Vec<Linked>, role: Role) -> Opening {
    Opening {
        number: 7,
        operator: Name::from("acme"),
        flags,
        verdicts: Vec::new(),
        by: person("ann", role),
        at_ms: 10,
        why: text(),
    }
}

fn opened() -> Case {
    Case::open(&opening(vec![flag(Code::OutsidePermitted)], Role::Analyst)).unwrap()
}

fn step(case: &Case, user: &str, role: Role, action: Action) -> Result<Case, Refusal> {
    case.apply(&Step {
        version: case.version(),
        by: person(user, role),
        at_ms: 20,
        action,
    })
}

/// Steps that must be possible.
fn then(case: &Case, steps: &[(&str, Role, Action)]) -> Case {
    steps
        .iter()
        .fold(case.clone(), |case, (user, role, action)| {
            step(&case, user, *role, action.clone()).unwrap()
        })
}

/// Proposed by an analyst, approved by two.
fn agreed(case: &Case, target: Target) -> Case {
    then(
        case,
        &[
            ("ann", Role::Analyst, Action::Propose(target, text())),
            ("bea", Role::Approver, Action::Approve(target)),
            ("cid", Role::Approver, Action::Approve(target)),
        ],
    )
}

/// A case in each state.
fn in_state(state: State) -> Case {
    let review = || then(&opened(), &[("ann", Role::Analyst, Action::Review(text()))]);
    match state {
        State::Inquiry => opened(),
        State::Explained => then(
            &opened(),
            &[("ann", Role::Analyst, Action::Explain(text()))],
        ),
        State::UnderReview => review(),
        State::Unsubstantiated => then(
            &review(),
            &[("ann", Role::Analyst, Action::Unsubstantiate(text()))],
        ),
        State::Substantiated => agreed(&review(), Target::Substantiated),
        State::Reported => agreed(&in_state(State::Substantiated), Target::Reported),
        State::Closed => then(
            &in_state(State::Explained),
            &[("ann", Role::Analyst, Action::Close(text()))],
        ),
    }
}
