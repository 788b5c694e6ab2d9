//! What is logged of a case is read back as it was, and makes the same case.

use super::*;
use domicile_proto::wire::CaseRecord;

fn actions() -> Vec<Action> {
    vec![
        Action::Explain(text()),
        Action::Review(text()),
        Action::Propose(Target::Substantiated, text()),
        Action::Propose(Target::Reported, text()),
        Action::Approve(Target::Substantiated),
        Action::Approve(Target::Reported),
        Action::Decline(text()),
        Action::Unsubstantiate(text()),
        Action::Close(text()),
        Action::Contest(text()),
        Action::Answer(Answer::Upheld, text()),
        Action::Answer(Answer::Dismissed, text()),
        Action::Link(flag(Code::Silence)),
        Action::Attach(attachment(4)),
        Action::Comment(text()),
        Action::SetDeadline(99, text()),
    ]
}

#[test]
fn every_action_goes_both_ways() {
    let actions = actions();
    let verbs: std::collections::BTreeSet<_> = actions.iter().map(Action::verb).collect();
    assert_eq!(verbs.len(), Verb::ALL.len());
    for action in actions {
        for role in Role::ALL {
            let entry = Entry::Step {
                number: 3,
                step: Step {
                    version: 4,
                    by: person("ann", role),
                    at_ms: 5,
                    action: action.clone(),
                },
            };
            assert_eq!(Entry::read(&entry.record()), Ok(entry));
        }
    }
}

#[test]
fn an_opening_goes_both_ways() {
    let mut opening = opening(vec![flag(Code::OutsidePermitted)], Role::Operator);
    opening.verdicts = vec![Digest([3; 32])];
    opening.flags[0].evidence = vec![RecordId::Evidence(Digest([8; 32])), RecordId::Log(3)];
    let entry = Entry::Opening(opening);
    assert_eq!(Entry::read(&entry.record()), Ok(entry));
}

#[test]
fn what_no_case_writes_is_refused() {
    let good = Entry::Opening(opening(vec![flag(Code::Silence)], Role::Analyst)).record();
    let refused = |change: &dyn Fn(&mut CaseRecord)| {
        let mut record = good.clone();
        change(&mut record);
        assert!(Entry::read(&record).is_err(), "{record:?}");
    };
    refused(&|record| record.user = "A B".into());
    refused(&|record| record.role = "boss".into());
    refused(&|record| record.what = None);
}

#[test]
fn an_operator_opens_by_contesting_and_only_for_its_own() {
    let mut contest = opening(Vec::new(), Role::Operator);
    assert_eq!(Case::open(&contest), Err(Refusal::NoFlag));
    contest.verdicts = vec![Digest([3; 32])];
    let case = Case::open(&contest).unwrap();
    assert_eq!(case.state(), State::Inquiry);
    assert!(case.open_contest().is_some());
    // Nothing in it accuses: it cannot go further without a flag or a document.
    let refused = step(&case, "ann", Role::Analyst, Action::Review(text()));
    assert_eq!(refused, Err(Refusal::StatisticsAlone));
    contest.operator = "globex".into();
    assert_eq!(Case::open(&contest), Err(Refusal::OtherOperator));
    let mut asked = opening(Vec::new(), Role::Analyst);
    asked.verdicts = vec![Digest([3; 32])];
    assert_eq!(Case::open(&asked), Err(Refusal::NoFlag));
    for role in [Role::Observer, Role::Approver, Role::Admin] {
        let refused = Case::open(&opening(vec![flag(Code::Silence)], role));
        assert_eq!(refused, Err(Refusal::Opening { role }));
    }
}
