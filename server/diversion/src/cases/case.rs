//! A case: what its steps have made of it.

use super::action::{Action, Answer, Attachment, Linked, Opening, Step, Target};
use super::input::{Person, Role, UserId};
use super::refusal::Refusal;
use super::rules::rule;
use super::state::State;
use super::{MAX_ATTACHMENTS, MAX_FLAGS, MAX_STEPS, MAX_VERDICTS};
use crate::flags::{Class, DAY, Name};
use domicile_proto::types::Digest;

/// How long an answer to a contest may take, ms.
const ANSWER_WITHIN: u64 = 30 * DAY;

/// What two approvers are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What.
    pub target: Target,
    /// Who asks.
    pub by: UserId,
    /// Who has approved so far: one at most, since the second completes it.
    pub approved_by: Option<UserId>,
}

/// An operator's contest that nobody has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// Who.
    pub by: UserId,
    /// When, Unix ms.
    pub at_ms: u64,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    number: u64,
    operator: Name,
    opened_by: UserId,
    state: State,
    flags: Vec<Linked>,
    verdicts: Vec<Digest>,
    attachments: Vec<Attachment>,
    proposal: Option<Proposal>,
    contest: Option<Contest>,
    due_ms: Option<u64>,
    last_ms: u64,
    version: u32,
}

impl Case {
    /// Opens an inquiry about flags of one operator's hosts.
    ///
    /// # Errors
    /// [`Refusal`]: only an analyst opens one, and it links a flag, and no incident; or the operator
    /// does, by contesting a flag of its hosts or a verdict on one of them.
    pub fn open(opening: &Opening) -> Result<Self, Refusal> {
        let Opening {
            number,
            operator,
            flags,
            verdicts,
            by,
            at_ms,
            why: _,
        } = opening;
        let is_contest = match by.role {
            Role::Analyst => false,
            Role::Operator if by.operator.as_ref() == Some(operator) => true,
            Role::Operator => return Err(Refusal::OtherOperator),
            role => return Err(Refusal::Opening { role }),
        };
        let about_verdicts = is_contest && !verdicts.is_empty();
        if flags.is_empty() && !about_verdicts {
            return Err(Refusal::NoFlag);
        }
        if verdicts.len() > MAX_VERDICTS {
            return Err(Refusal::Full { what: "verdicts" });
        }
        let mut case = Self {
            number: *number,
            operator: operator.clone(),
            opened_by: by.user.clone(),
            state: State::Inquiry,
            flags: Vec::new(),
            verdicts: verdicts.clone(),
            attachments: Vec::new(),
            proposal: None,
            contest: None,
            due_ms: None,
            last_ms: *at_ms,
            version: 1,
        };
        for flag in flags {
            case.link(flag)?;
        }
        case.enter(State::Inquiry, *at_ms);
        if is_contest {
            case.contest(by, *at_ms)?;
        }
        Ok(case)
    }

    /// The case as its log makes it.
    ///
    /// # Errors
    /// [`Refusal`] of the first step that should not have been logged.
    pub fn replay<'s>(
        opening: &Opening,
        steps: impl IntoIterator<Item = &'s Step>,
    ) -> Result<Self, Refusal> {
        let first = Self::open(opening)?;
        steps
            .into_iter()
            .try_fold(first, |case, step| case.apply(step))
    }

    /// The case after a step.
    ///
    /// # Errors
    /// [`Refusal`]: the case is as it was.
    pub fn apply(&self, step: &Step) -> Result<Self, Refusal> {
        let Step {
            version,
            by,
            at_ms,
            action,
        } = step;
        if *version != self.version {
            return Err(Refusal::Stale {
                seen: *version,
                now: self.version,
            });
        }
        self.allows(by, action)?;
        if *at_ms < self.last_ms {
            return Err(Refusal::BeforeLast {
                last_ms: self.last_ms,
            });
        }
        if self.version as usize >= MAX_STEPS {
            return Err(Refusal::Full { what: "steps" });
        }
        let mut next = self.clone();
        next.take(by, *at_ms, action)?;
        next.version += 1;
        next.last_ms = *at_ms;
        Ok(next)
    }

    /// Whether role, state and operator are right.
    fn allows(&self, by: &Person, action: &Action) -> Result<(), Refusal> {
        let verb = action.verb();
        let (roles, states) = rule(verb);
        if !roles.contains(&by.role) {
            return Err(Refusal::Role {
                verb,
                role: by.role,
                may: roles,
            });
        }
        if by.role == Role::Operator && by.operator.as_ref() != Some(&self.operator) {
            return Err(Refusal::OtherOperator);
        }
        if !states.contains(&self.state) {
            return Err(Refusal::State {
                verb,
                state: self.state,
                may: states,
            });
        }
        Ok(())
    }

    fn take(&mut self, by: &Person, at_ms: u64, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Explain(_) => self.settle(State::Explained, at_ms),
            Action::Unsubstantiate(_) => self.settle(State::Unsubstantiated, at_ms),
            Action::Review(_) => {
                if self.flags.iter().all(|flag| flag.ground.is_statistical())
                    && self.attachments.is_empty()
                {
                    return Err(Refusal::StatisticsAlone);
                }
                self.enter(State::UnderReview, at_ms);
            }
            Action::Propose(target, _) => self.propose(*target, by)?,
            Action::Approve(target) => self.approve(*target, by, at_ms)?,
            Action::Decline(_) => {
                self.proposal.take().ok_or(Refusal::NothingProposed)?;
            }
            Action::Close(_) => {
                self.uncontested()?;
                self.enter(State::Closed, at_ms);
            }
            Action::Contest(_) => self.contest(by, at_ms)?,
            Action::Answer(answer, _) => self.answer(*answer, at_ms)?,
            Action::Link(flag) => {
                self.link(flag)?;
                self.changed();
            }
            Action::Attach(attachment) => self.attach(attachment)?,
            Action::Comment(_) => {}
            Action::SetDeadline(due_ms, _) => {
                if *due_ms <= at_ms {
                    return Err(Refusal::PastDeadline);
                }
                self.due_ms = Some(*due_ms);
            }
        }
        Ok(())
    }

    fn propose(&mut self, target: Target, by: &Person) -> Result<(), Refusal> {
        self.uncontested()?;
        if let Some(proposal) = &self.proposal {
            return Err(Refusal::AlreadyProposed {
                by: proposal.by.clone(),
            });
        }
        let finding = |flag: &Linked| flag.code.entry().class == Class::Finding;
        if !self.flags.iter().any(finding) && self.attachments.is_empty() {
            return Err(Refusal::NothingShown);
        }
        self.proposal = Some(Proposal {
            target,
            by: by.user.clone(),
            approved_by: None,
        });
        Ok(())
    }

    fn approve(&mut self, target: Target, by: &Person, at_ms: u64) -> Result<(), Refusal> {
        self.uncontested()?;
        let proposal = self.proposal.as_mut().filter(|p| p.target == target);
        let proposal = proposal.ok_or(Refusal::NotProposed { target })?;
        if proposal.by == by.user {
            return Err(Refusal::OwnProposal);
        }
        match &proposal.approved_by {
            None => proposal.approved_by = Some(by.user.clone()),
            Some(first) if *first == by.user => {
                return Err(Refusal::SameApprover {
                    user: first.clone(),
                });
            }
            Some(_) => self.enter(target.state(), at_ms),
        }
        Ok(())
    }

    fn contest(&mut self, by: &Person, at_ms: u64) -> Result<(), Refusal> {
        self.uncontested()?;
        self.contest = Some(Contest {
            by: by.user.clone(),
            at_ms,
        });
        self.changed();
        self.due_ms = Some(at_ms.saturating_add(ANSWER_WITHIN));
        Ok(())
    }

    fn answer(&mut self, answer: Answer, at_ms: u64) -> Result<(), Refusal> {
        self.contest.take().ok_or(Refusal::NotContested)?;
        let past_review = matches!(self.state, State::Substantiated | State::Reported);
        if answer == Answer::Upheld && past_review {
            self.enter(State::UnderReview, at_ms);
        } else {
            let due_after = self.state.due_after_ms();
            self.due_ms = due_after.map(|ms| at_ms.saturating_add(ms));
        }
        Ok(())
    }

    fn link(&mut self, flag: &Linked) -> Result<(), Refusal> {
        if flag.code.entry().class == Class::Incident {
            return Err(Refusal::AccusesNobody { code: flag.code });
        }
        if self.flags.iter().any(|known| known.is(flag)) {
            return Err(Refusal::Duplicate);
        }
        if self.flags.len() >= MAX_FLAGS {
            return Err(Refusal::Full { what: "flags" });
        }
        self.flags.push(flag.clone());
        Ok(())
    }

    fn attach(&mut self, attachment: &Attachment) -> Result<(), Refusal> {
        let known = |other: &Attachment| other.sha256 == attachment.sha256;
        if self.attachments.iter().any(known) {
            return Err(Refusal::Duplicate);
        }
        if self.attachments.len() >= MAX_ATTACHMENTS {
            return Err(Refusal::Full { what: "documents" });
        }
        self.attachments.push(attachment.clone());
        self.changed();
        Ok(())
    }

    /// What approvers looked at is no longer what there is: who approved looks again.
    fn changed(&mut self) {
        if let Some(proposal) = &mut self.proposal {
            proposal.approved_by = None;
        }
    }

    fn uncontested(&self) -> Result<(), Refusal> {
        match self.contest {
            Some(_) => Err(Refusal::Contested),
            None => Ok(()),
        }
    }

    /// In the host's favour, which also answers its operator.
    fn settle(&mut self, state: State, at_ms: u64) {
        self.contest = None;
        self.enter(state, at_ms);
    }

    fn enter(&mut self, state: State, at_ms: u64) {
        self.state = state;
        self.proposal = None;
        let due_after = state.due_after_ms();
        self.due_ms = due_after.map(|ms| at_ms.saturating_add(ms));
    }

    /// Its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whose hosts it is about.
    pub fn operator(&self) -> &Name {
        &self.operator
    }

    /// Who opened it.
    pub fn opened_by(&self) -> &UserId {
        &self.opened_by
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// How many steps it has had, with the first: what the next step must name.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What it is about.
    pub fn flags(&self) -> &[Linked] {
        &self.flags
    }

    /// Verdicts that its opening contests, by the hash of the evidence.
    pub fn verdicts(&self) -> &[Digest] {
        &self.verdicts
    }

    /// Its documents.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// What approvers are asked.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.proposal.as_ref()
    }

    /// What the operator waits for.
    pub fn open_contest(&self) -> Option<&Contest> {
        self.contest.as_ref()
    }

    /// When the next step is due, Unix ms.
    pub fn due_ms(&self) -> Option<u64> {
        self.due_ms
    }

    /// Whether the next step is due. Nothing follows from it by itself.
    pub fn is_overdue(&self, now_ms: u64) -> bool {
        self.due_ms.is_some_and(|due| due <= now_ms)
    }
}
