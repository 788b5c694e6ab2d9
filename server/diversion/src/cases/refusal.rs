//! Why a step is refused, and what to do instead.

use super::action::{Target, Verb};
use super::input::{Role, UserId};
use super::state::State;
use crate::flags::Code;
use std::fmt;

/// Why a step is refused. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else was faster.
    Stale {
        /// The version that the person saw.
        seen: u32,
        /// The version that it has.
        now: u32,
    },
    /// The role does not open cases.
    Opening {
        /// The person's role.
        role: Role,
    },
    /// The role does not do this.
    Role {
        /// What was asked.
        verb: Verb,
        /// The person's role.
        role: Role,
        /// Those that may.
        may: &'static [Role],
    },
    /// It is not done in this state.
    State {
        /// What was asked.
        verb: Verb,
        /// Where the case is.
        state: State,
        /// Where it is done.
        may: &'static [State],
    },
    /// It is the case of another operator.
    OtherOperator,
    /// Nothing was proposed, or something else.
    NotProposed {
        /// What was to be approved.
        target: Target,
    },
    /// There is nothing to decline.
    NothingProposed,
    /// Something is proposed already.
    AlreadyProposed {
        /// By whom.
        by: UserId,
    },
    /// The proposer does not approve.
    OwnProposal,
    /// It takes two different approvers.
    SameApprover {
        /// Who approved already.
        user: UserId,
    },
    /// The operator's contest is to be answered first.
    Contested,
    /// There is no contest to answer.
    NotContested,
    /// Everything it rests on is statistics.
    StatisticsAlone,
    /// Nothing in it is a finding, and no document was attached.
    NothingShown,
    /// The flag is an incident of the vendor's own side.
    AccusesNobody {
        /// Which.
        code: Code,
    },
    /// It is about nothing.
    NoFlag,
    /// It has that already.
    Duplicate,
    /// The time of the step lies before that of the last one.
    BeforeLast {
        /// When the last step was, Unix ms.
        last_ms: u64,
    },
    /// The deadline is not later than the step.
    PastDeadline,
    /// It has as many as it may have.
    Full {
        /// Of what.
        what: &'static str,
    },
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { seen, now } => write!(
                to,
                "the case is at version {now}, you saw {seen}: read it again, then decide"
            ),
            Self::Opening { role } => write!(
                to,
                "cases are not opened by {} {}: ask an `analyst`, or the host's `operator`",
                article(role.name()),
                role.name()
            ),
            Self::Role { verb, role, may } => write!(
                to,
                "`{}` is not for {} {}: ask {}",
                verb.name(),
                article(role.name()),
                role.name(),
                list(may.iter().map(|role| role.name()))
            ),
            Self::State {
                verb,
                state: State::Closed,
                ..
            } => write!(
                to,
                "the case is closed, `{}` comes too late: open a new one that names it",
                verb.name()
            ),
            Self::State { verb, state, may } => write!(
                to,
                "`{}` is not done in `{}`: it is in {}",
                verb.name(),
                state.name(),
                list(may.iter().map(|state| state.name()))
            ),
            Self::OtherOperator => {
                to.write_str("the case is about another operator's hosts: you can only act on your own")
            }
            Self::NotProposed { target } => write!(
                to,
                "`{}` is not proposed: an analyst proposes it first",
                target.state().name()
            ),
            Self::NothingProposed => to.write_str("nothing is proposed that could be declined"),
            Self::AlreadyProposed { by } => write!(
                to,
                "{by} has proposed already: approvers approve that, or decline it first"
            ),
            Self::OwnProposal => {
                to.write_str("who proposes does not approve: ask two other people who are approvers")
            }
            Self::SameApprover { user } => {
                write!(to, "{user} has approved already: a second approver is needed")
            }
            Self::Contested => {
                to.write_str("the operator has contested: an approver answers that first")
            }
            Self::NotContested => to.write_str("nobody has contested: there is nothing to answer"),
            Self::StatisticsAlone => to.write_str(
                "no flag of it is more than statistics, which say nothing alone: link another flag, attach a document, or record the explanation",
            ),
            Self::NothingShown => to.write_str(
                "no flag of it is a finding and no document is attached: silence and delay show nothing",
            ),
            Self::AccusesNobody { code } => write!(
                to,
                "`{}` is an incident of the vendor's own side and no reason for a case about a host",
                code.name()
            ),
            Self::NoFlag => to.write_str("a case is about something: name at least one flag (an operator: or a verdict to contest)"),
            Self::Duplicate => to.write_str("the case has that already"),
            Self::BeforeLast { last_ms } => write!(
                to,
                "the last step was at {last_ms} ms, later than this one: correct the clock"
            ),
            Self::PastDeadline => to.write_str("a deadline lies in the future"),
            Self::Full { what } => {
                write!(to, "the case has as many {what} as it may have: open another that names it")
            }
        }
    }
}

fn article(noun: &str) -> &'static str {
    match noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => "an",
        false => "a",
    }
}

fn list(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}
