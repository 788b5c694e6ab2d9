//! All states × all actions × all roles against a table written by hand.

use super::*;

/// What each role can do in each state, and where it leads. What is not here is refused.
const TABLE: &str = "
inquiry         analyst   explain                explained
inquiry         analyst   review                 under-review
inquiry         analyst   link-flag              inquiry
inquiry         analyst   attach                 inquiry
inquiry         analyst   comment                inquiry
inquiry         analyst   set-deadline           inquiry
inquiry         approver  answer-contest         inquiry
inquiry         approver  attach                 inquiry
inquiry         approver  comment                inquiry
inquiry         admin     comment                inquiry
inquiry         admin     set-deadline           inquiry
inquiry         operator  contest                inquiry
inquiry         operator  attach                 inquiry
inquiry         operator  comment                inquiry
explained       analyst   close                  closed
explained       analyst   attach                 explained
explained       analyst   comment                explained
explained       analyst   set-deadline           explained
explained       approver  attach                 explained
explained       approver  comment                explained
explained       admin     comment                explained
explained       admin     set-deadline           explained
explained       operator  attach                 explained
explained       operator  comment                explained
under-review    analyst   propose-substantiated  under-review
under-review    analyst   unsubstantiate         unsubstantiated
under-review    analyst   link-flag              under-review
under-review    analyst   attach                 under-review
under-review    analyst   comment                under-review
under-review    analyst   set-deadline           under-review
under-review    approver  approve-substantiated  substantiated
under-review    approver  decline                under-review
under-review    approver  answer-contest         under-review
under-review    approver  attach                 under-review
under-review    approver  comment                under-review
under-review    admin     comment                under-review
under-review    admin     set-deadline           under-review
under-review    operator  contest                under-review
under-review    operator  attach                 under-review
under-review    operator  comment                under-review
substantiated   analyst   propose-reported       substantiated
substantiated   analyst   attach                 substantiated
substantiated   analyst   comment                substantiated
substantiated   analyst   set-deadline           substantiated
substantiated   approver  approve-reported       reported
substantiated   approver  decline                substantiated
substantiated   approver  answer-contest         under-review
substantiated   approver  attach                 substantiated
substantiated   approver  comment                substantiated
substantiated   admin     comment                substantiated
substantiated   admin     set-deadline           substantiated
substantiated   operator  contest                substantiated
substantiated   operator  attach                 substantiated
substantiated   operator  comment                substantiated
unsubstantiated analyst   close                  closed
unsubstantiated analyst   attach                 unsubstantiated
unsubstantiated analyst   comment                unsubstantiated
unsubstantiated analyst   set-deadline           unsubstantiated
unsubstantiated approver  attach                 unsubstantiated
unsubstantiated approver  comment                unsubstantiated
unsubstantiated admin     comment                unsubstantiated
unsubstantiated admin     set-deadline           unsubstantiated
unsubstantiated operator  attach                 unsubstantiated
unsubstantiated operator  comment                unsubstantiated
reported        analyst   close                  closed
reported        analyst   attach                 reported
reported        analyst   comment                reported
reported        analyst   set-deadline           reported
reported        approver  answer-contest         under-review
reported        approver  attach                 reported
reported        approver  comment                reported
reported        admin     comment                reported
reported        admin     set-deadline           reported
reported        operator  contest                reported
reported        operator  attach                 reported
reported        operator  comment                reported
";

fn action(verb: Verb) -> Action {
    match verb {
        Verb::Explain => Action::Explain(text()),
        Verb::Review => Action::Review(text()),
        Verb::ProposeSubstantiated => Action::Propose(Target::Substantiated, text()),
        Verb::ProposeReported => Action::Propose(Target::Reported, text()),
        Verb::ApproveSubstantiated => Action::Approve(Target::Substantiated),
        Verb::ApproveReported => Action::Approve(Target::Reported),
        Verb::Decline => Action::Decline(text()),
        Verb::Unsubstantiate => Action::Unsubstantiate(text()),
        Verb::Close => Action::Close(text()),
        Verb::Contest => Action::Contest(text()),
        Verb::Answer => Action::Answer(Answer::Upheld, text()),
        Verb::Link => Action::Link(flag(Code::Silence)),
        Verb::Attach => Action::Attach(attachment(9)),
        Verb::Comment => Action::Comment(text()),
        Verb::SetDeadline => Action::SetDeadline(1_000, text()),
    }
}

/// What must have been done before in the state for the verb to have something to act on.
fn prepared(state: State, verb: Verb) -> Case {
    let case = in_state(state);
    let propose = |target| ("ann", Role::Analyst, Action::Propose(target, text()));
    let approve = |target| ("bea", Role::Approver, Action::Approve(target));
    match (state, verb) {
        (State::UnderReview, Verb::ApproveSubstantiated) => then(
            &case,
            &[
                propose(Target::Substantiated),
                approve(Target::Substantiated),
            ],
        ),
        (State::Substantiated, Verb::ApproveReported) => then(
            &case,
            &[propose(Target::Reported), approve(Target::Reported)],
        ),
        (State::UnderReview, Verb::Decline) => then(&case, &[propose(Target::Substantiated)]),
        (State::Substantiated, Verb::Decline) => then(&case, &[propose(Target::Reported)]),
        (
            State::Inquiry | State::UnderReview | State::Substantiated | State::Reported,
            Verb::Answer,
        ) => then(&case, &[("oda", Role::Operator, Action::Contest(text()))]),
        _ => case,
    }
}

#[test]
fn every_state_action_and_role_is_as_the_table() {
    let mut done = 0;
    for state in State::ALL {
        for verb in Verb::ALL {
            for role in Role::ALL {
                let case = prepared(state, *verb);
                assert_eq!(case.state(), state);
                let row = [state.name(), role.name(), verb.name()];
                let expected = TABLE.lines().find_map(|line| {
                    let mut words = line.split_whitespace();
                    let same = row.iter().all(|word| words.next() == Some(word));
                    same.then(|| words.next().unwrap())
                });
                let result = step(&case, "zoe", role, action(*verb));
                match (expected, &result) {
                    (Some(expected), Ok(after)) => {
                        assert_eq!(after.state().name(), expected, "{row:?}");
                        assert_eq!(after.version(), case.version() + 1);
                        done += 1;
                    }
                    (None, Err(refusal)) => {
                        let said = refusal.to_string();
                        assert!(
                            matches!(refusal, Refusal::Role { .. } | Refusal::State { .. }),
                            "{row:?}: {said}"
                        );
                        assert!(said.contains(verb.name()), "{said}");
                    }
                    _ => panic!("{row:?}: {expected:?}, {result:?}"),
                }
            }
        }
    }
    assert_eq!(done, TABLE.lines().filter(|line| !line.is_empty()).count());
}

#[test]
fn a_refusal_says_what_to_do() {
    let said = |state, role, verb| {
        let refused = step(&prepared(state, verb), "zoe", role, action(verb));
        refused.unwrap_err().to_string()
    };
    assert_eq!(
        said(State::Closed, Role::Analyst, Verb::Comment),
        "the case is closed, `comment` comes too late: open a new one that names it"
    );
    assert_eq!(
        said(State::Inquiry, Role::Analyst, Verb::Close),
        "`close` is not done in `inquiry`: it is in `explained` or `unsubstantiated` or `reported`"
    );
    assert_eq!(
        said(State::UnderReview, Role::Admin, Verb::ApproveSubstantiated),
        "`approve-substantiated` is not for an admin: ask `approver`"
    );
}
