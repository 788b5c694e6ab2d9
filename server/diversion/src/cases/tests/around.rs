//! Ways around: one approver for two, races, contests, statistics.

use super::*;
use proptest::prelude::*;

const SUBSTANTIATED: Action = Action::Approve(Target::Substantiated);

fn proposed() -> Case {
    then(
        &in_state(State::UnderReview),
        &[(
            "ann",
            Role::Analyst,
            Action::Propose(Target::Substantiated, text()),
        )],
    )
}

#[test]
fn two_different_approvers_and_never_the_proposer() {
    let once = then(&proposed(), &[("bea", Role::Approver, SUBSTANTIATED)]);
    assert_eq!(once.state(), State::UnderReview);
    let again = step(&once, "bea", Role::Approver, SUBSTANTIATED);
    let user = "bea".parse().unwrap();
    assert_eq!(again, Err(Refusal::SameApprover { user }));
    // Somebody who is an approver today and was the analyst yesterday.
    let own = step(&once, "ann", Role::Approver, SUBSTANTIATED);
    assert_eq!(own, Err(Refusal::OwnProposal));
    let twice = then(&once, &[("cid", Role::Approver, SUBSTANTIATED)]);
    assert_eq!(twice.state(), State::Substantiated);
    assert_eq!(twice.proposal(), None);
}

#[test]
fn nothing_is_approved_that_was_not_proposed() {
    let target = Target::Substantiated;
    let refused = step(
        &in_state(State::UnderReview),
        "bea",
        Role::Approver,
        SUBSTANTIATED,
    );
    assert_eq!(refused, Err(Refusal::NotProposed { target }));
    let refused = step(
        &in_state(State::UnderReview),
        "bea",
        Role::Approver,
        Action::Decline(text()),
    );
    assert_eq!(refused, Err(Refusal::NothingProposed));
    let again = Action::Propose(target, text());
    let refused = step(&proposed(), "dan", Role::Analyst, again);
    let by = "ann".parse().unwrap();
    assert_eq!(refused, Err(Refusal::AlreadyProposed { by }));
}

#[test]
fn of_two_approvers_who_race_one_is_told_to_read_again() {
    let case = then(&proposed(), &[("bea", Role::Approver, SUBSTANTIATED)]);
    let by = |user: &str, action| Step {
        version: case.version(),
        by: person(user, Role::Approver),
        at_ms: 20,
        action,
    };
    // Both saw the same version; one approves, the other declines.
    let approve = by("cid", SUBSTANTIATED);
    let decline = by("dan", Action::Decline(text()));
    for (first, second) in [(&approve, &decline), (&decline, &approve)] {
        let after = case.apply(first).unwrap();
        let refused = after.apply(second);
        let (seen, now) = (case.version(), case.version() + 1);
        assert_eq!(refused, Err(Refusal::Stale { seen, now }));
    }
    // The same step twice is not two approvals.
    let after = case.apply(&approve).unwrap();
    assert!(matches!(after.apply(&approve), Err(Refusal::Stale { .. })));
}

#[test]
fn what_is_new_is_looked_at_by_both() {
    let once = then(&proposed(), &[("bea", Role::Approver, SUBSTANTIATED)]);
    let news = [
        ("oda", Role::Operator, Action::Attach(attachment(1))),
        ("ann", Role::Analyst, Action::Link(flag(Code::KeyChanged))),
    ];
    for new in news {
        let changed = then(&once, &[new]);
        let second = then(&changed, &[("cid", Role::Approver, SUBSTANTIATED)]);
        assert_eq!(second.state(), State::UnderReview, "the first looks again");
        let third = then(&second, &[("bea", Role::Approver, SUBSTANTIATED)]);
        assert_eq!(third.state(), State::Substantiated);
    }
    let said = then(&once, &[("bea", Role::Approver, Action::Comment(text()))]);
    let second = then(&said, &[("cid", Role::Approver, SUBSTANTIATED)]);
    assert_eq!(
        second.state(),
        State::Substantiated,
        "a remark changes nothing"
    );
}

#[test]
fn a_contest_comes_first_and_sends_back() {
    let contest = ("oda", Role::Operator, Action::Contest(text()));
    let contested = then(&proposed(), std::slice::from_ref(&contest));
    for (user, role, action) in [("bea", Role::Approver, SUBSTANTIATED), contest.clone()] {
        assert_eq!(
            step(&contested, user, role, action),
            Err(Refusal::Contested)
        );
    }
    let answer = |answer| [("bea", Role::Approver, Action::Answer(answer, text()))];
    let dismissed = then(&contested, &answer(Answer::Dismissed));
    assert_eq!(dismissed.open_contest(), None);
    assert!(dismissed.proposal().is_some());
    let refused = step(
        &dismissed,
        "bea",
        Role::Approver,
        answer(Answer::Upheld)[0].2.clone(),
    );
    assert_eq!(refused, Err(Refusal::NotContested));
    for state in [State::Substantiated, State::Reported] {
        let contested = then(&in_state(state), std::slice::from_ref(&contest));
        let close = Action::Close(text());
        assert!(step(&contested, "ann", Role::Analyst, close).is_err());
        let upheld = then(&contested, &answer(Answer::Upheld));
        assert_eq!(upheld.state(), State::UnderReview);
        let stays = then(&contested, &answer(Answer::Dismissed));
        assert_eq!(stays.state(), state);
    }
    // To settle it in the operator's favour is an answer.
    let settled = ("ann", Role::Analyst, Action::Unsubstantiate(text()));
    assert_eq!(then(&contested, &[settled]).open_contest(), None);
}

#[test]
fn operators_act_on_their_own_cases_only() {
    let mut other = person("eve", Role::Operator);
    for operator in [None, Some(Name::from("evil"))] {
        other.operator = operator;
        let case = opened();
        let refused = case.apply(&Step {
            version: case.version(),
            by: other.clone(),
            at_ms: 20,
            action: Action::Contest(text()),
        });
        assert_eq!(refused, Err(Refusal::OtherOperator));
    }
}

#[test]
fn statistics_alone_are_not_reviewed_and_absence_alone_is_not_substantiated() {
    let review = ("ann", Role::Analyst, Action::Review(text()));
    let propose = Action::Propose(Target::Substantiated, text());
    let of = |code| Case::open(&opening(vec![flag(code)], Role::Analyst)).unwrap();
    let statistics = of(Code::ImplausibleLocation);
    let refused = step(&statistics, "ann", Role::Analyst, review.2.clone());
    assert_eq!(refused, Err(Refusal::StatisticsAlone));
    let explained = ("ann", Role::Analyst, Action::Explain(text()));
    assert_eq!(then(&statistics, &[explained]).state(), State::Explained);
    for code in [Code::Silence, Code::Unconfirmed, Code::QuantityShort] {
        let reviewed = then(&of(code), std::slice::from_ref(&review));
        let refused = step(&reviewed, "ann", Role::Analyst, propose.clone());
        assert_eq!(refused, Err(Refusal::NothingShown), "{}", code.name());
        let document = ("ann", Role::Analyst, Action::Attach(attachment(1)));
        let with = then(&reviewed, &[document]);
        assert!(step(&with, "ann", Role::Analyst, propose.clone()).is_ok());
    }
}

#[test]
fn a_case_is_opened_by_an_analyst_or_its_operator_about_a_flag_that_accuses_somebody() {
    for role in Role::ALL {
        let opened = Case::open(&opening(vec![flag(Code::Silence)], role));
        let may = matches!(role, Role::Analyst | Role::Operator);
        assert_eq!(opened.is_ok(), may, "{}", role.name());
    }
    let none = Case::open(&opening(vec![], Role::Analyst));
    assert_eq!(none, Err(Refusal::NoFlag));
    for code in [
        Code::CommonCause,
        Code::AnchorAnomaly,
        Code::CollectorOutage,
    ] {
        let opened = Case::open(&opening(vec![flag(code)], Role::Analyst));
        assert_eq!(opened, Err(Refusal::AccusesNobody { code }));
    }
    let twice = vec![flag(Code::Silence), flag(Code::Silence)];
    let opened = Case::open(&opening(twice, Role::Analyst));
    assert_eq!(opened, Err(Refusal::Duplicate));
}

#[test]
fn deadlines_make_overdue_and_nothing_else() {
    let case = opened();
    let due = case.due_ms().unwrap();
    assert!(!case.is_overdue(due - 1) && case.is_overdue(due));
    assert_eq!(case.state(), State::Inquiry);
    let set = |due| Action::SetDeadline(due, text());
    let refused = step(&case, "ann", Role::Analyst, set(20));
    assert_eq!(refused, Err(Refusal::PastDeadline));
    let sooner = step(&case, "adm", Role::Admin, set(21)).unwrap();
    assert_eq!(sooner.due_ms(), Some(21));
    assert_eq!(in_state(State::Closed).due_ms(), None);
}

#[test]
fn steps_do_not_go_back_in_time_or_without_bounds() {
    let case = opened();
    let early = case.apply(&Step {
        version: 1,
        by: person("ann", Role::Analyst),
        at_ms: 9,
        action: Action::Comment(text()),
    });
    assert_eq!(early, Err(Refusal::BeforeLast { last_ms: 10 }));
    let mut case = opened();
    let said = Action::Comment(text());
    while let Ok(next) = step(&case, "ann", Role::Analyst, said.clone()) {
        case = next;
    }
    assert_eq!(case.version() as usize, MAX_STEPS);
    let twice = Action::Attach(attachment(1));
    let case = step(&opened(), "ann", Role::Analyst, twice.clone()).unwrap();
    let refused = step(&case, "ann", Role::Analyst, twice);
    assert_eq!(refused, Err(Refusal::Duplicate));
}

fn any_step() -> impl Strategy<Value = (usize, Role, Action)> {
    let target = prop_oneof![Just(Target::Substantiated), Just(Target::Reported)];
    let answer = prop_oneof![Just(Answer::Upheld), Just(Answer::Dismissed)];
    let action = prop_oneof![
        1 => Just(Action::Explain(text())),
        3 => Just(Action::Review(text())),
        6 => target.clone().prop_map(|target| Action::Propose(target, text())),
        12 => target.prop_map(Action::Approve),
        1 => Just(Action::Decline(text())),
        1 => Just(Action::Unsubstantiate(text())),
        1 => Just(Action::Close(text())),
        1 => Just(Action::Contest(text())),
        3 => answer.prop_map(|answer| Action::Answer(answer, text())),
        1 => (0..9u8).prop_map(|number| Action::Attach(attachment(number))),
        1 => Just(Action::Comment(text())),
    ];
    let role = prop_oneof![
        3 => Just(Role::Analyst),
        4 => Just(Role::Approver),
        1 => Just(Role::Operator),
        1 => Just(Role::Admin),
        1 => Just(Role::Observer)
    ];
    (0..3usize, role, action)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whoever does whatever in whatever order: an accusing state is only entered after a proposal
    /// that two others have approved since anything last changed.
    #[test]
    fn accusing_states_take_three_people(steps in proptest::collection::vec(any_step(), 1..120)) {
        let users = ["ann", "bea", "cid"];
        let mut case = opened();
        let mut log = Vec::new();
        let mut proposer = None;
        let mut approvers = std::collections::BTreeSet::new();
        for (user, role, action) in steps {
            let user = users[user];
            let taken = Step {
                version: case.version(),
                by: person(user, role),
                at_ms: 20,
                action: action.clone(),
            };
            let Ok(after) = case.apply(&taken) else { continue };
            match &action {
                Action::Propose(..) => {
                    proposer = Some(user);
                    approvers.clear();
                }
                Action::Approve(_) => {
                    prop_assert_eq!(role, Role::Approver);
                    approvers.insert(user);
                }
                Action::Attach(_) | Action::Contest(_) => approvers.clear(),
                _ => {}
            }
            let entered = after.state() != case.state();
            if entered && matches!(after.state(), State::Substantiated | State::Reported) {
                prop_assert_eq!(approvers.len(), 2);
                prop_assert!(!approvers.contains(proposer.unwrap()));
            }
            prop_assert!(case.state() != State::Closed);
            log.push(taken);
            case = after;
        }
        let opening = opening(vec![flag(Code::OutsidePermitted)], Role::Analyst);
        prop_assert_eq!(Case::replay(&opening, &log), Ok(case));
    }
}
