//! Cases as JSON.

use super::time;
use crate::cases::Held;
use domicile_diversion::cases::{Action, Answer, Attachment, Entry, Linked, Person};
use serde::Serialize;
use utoipa::ToSchema;

/// A case as it stands.
#[derive(Serialize, ToSchema)]
pub(super) struct Case {
    pub(super) case: u64,
    pub(super) operator: String,
    state: &'static str,
    /// What the next step must name.
    version: u32,
    opened_by: String,
    opened: Option<String>,
    changed: Option<String>,
    /// When the next step is due.
    due: Option<String>,
    overdue: bool,
    proposal: Option<Proposal>,
    contest: Option<Contest>,
    flags: Vec<Flag>,
    /// Verdicts that its opening contests, by the hash of the evidence.
    verdicts: Vec<String>,
    documents: Vec<Document>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CaseProposal)]
struct Proposal {
    target: &'static str,
    by: String,
    approved_by: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CaseContest)]
struct Contest {
    by: String,
    at: Option<String>,
}

/// A flag as it was when it was linked.
#[derive(Serialize, ToSchema)]
#[schema(as = CaseFlag)]
struct Flag {
    flag: u64,
    code: &'static str,
    class: &'static str,
    ground: &'static str,
    severity: String,
    subject: String,
    raised: Option<String>,
    evidence: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CaseDocument)]
struct Document {
    sha256: String,
    bytes: u64,
    name: String,
}

/// A case with its steps.
#[derive(Serialize, ToSchema)]
#[schema(as = CaseDetail)]
pub(super) struct Detail {
    #[serde(flatten)]
    case: Case,
    steps: Vec<Step>,
}

/// A record of a case.
#[derive(Serialize, ToSchema)]
#[schema(as = CaseStep)]
struct Step {
    log_index: u64,
    at: Option<String>,
    user: String,
    role: &'static str,
    operator: Option<String>,
    /// `open`, or the name of the step.
    step: &'static str,
    /// The version that the person saw; 0 for the opening.
    version: u32,
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upheld: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<Flag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
}

impl Case {
    pub(super) fn of(held: &Held, now_ms: u64) -> Self {
        let case = &held.case;
        Self {
            case: case.number(),
            operator: case.operator().to_string(),
            state: case.state().name(),
            version: case.version(),
            opened_by: case.opened_by().to_string(),
            opened: time::text(held.opened_ms),
            changed: time::text(held.changed_ms),
            due: case.due_ms().and_then(time::text),
            overdue: case.is_overdue(now_ms),
            proposal: case.proposal().map(|proposal| Proposal {
                target: proposal.target.state().name(),
                by: proposal.by.to_string(),
                approved_by: proposal.approved_by.as_ref().map(ToString::to_string),
            }),
            contest: case.open_contest().map(|contest| Contest {
                by: contest.by.to_string(),
                at: time::text(contest.at_ms),
            }),
            flags: case.flags().iter().map(Flag::of).collect(),
            verdicts: case.verdicts().iter().map(ToString::to_string).collect(),
            documents: case.attachments().iter().map(Document::of).collect(),
        }
    }
}

impl Flag {
    fn of(linked: &Linked) -> Self {
        Self {
            flag: linked.record,
            code: linked.code.name(),
            class: linked.code.entry().class.name(),
            ground: linked.ground.name(),
            severity: linked.ground.severity().to_string(),
            subject: linked.subject.to_string(),
            raised: time::text(linked.raised_ms),
            evidence: linked.evidence.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Document {
    fn of(attachment: &Attachment) -> Self {
        Self {
            sha256: attachment.sha256.to_string(),
            bytes: attachment.bytes,
            name: attachment.name.to_string(),
        }
    }
}

impl Detail {
    pub(super) fn of(held: &Held, history: &[(u64, Entry)], now_ms: u64) -> Self {
        let steps = history.iter().map(|(index, entry)| match entry {
            Entry::Opening(opening) => {
                let mut step = Step::by(&opening.by, opening.at_ms, *index);
                step.step = "open";
                step.text = Some(opening.why.to_string());
                step
            }
            Entry::Step { step, .. } => {
                let mut shown = Step::by(&step.by, step.at_ms, *index);
                (shown.step, shown.version) = (step.action.verb().name(), step.version);
                shown.action(&step.action);
                shown
            }
        });
        Self {
            steps: steps.collect(),
            case: Case::of(held, now_ms),
        }
    }
}

impl Step {
    fn by(person: &Person, at_ms: u64, log_index: u64) -> Self {
        Self {
            log_index,
            at: time::text(at_ms),
            user: person.user.to_string(),
            role: person.role.name(),
            operator: person.operator.as_ref().map(ToString::to_string),
            step: "",
            version: 0,
            text: None,
            upheld: None,
            flag: None,
            document: None,
            due: None,
        }
    }

    fn action(&mut self, action: &Action) {
        match action {
            Action::Approve(_) => {}
            Action::Link(linked) => self.flag = Some(Flag::of(linked)),
            Action::Attach(document) => self.document = Some(Document::of(document)),
            Action::SetDeadline(due_ms, _) => self.due = time::text(*due_ms),
            Action::Answer(answer, _) => self.upheld = Some(*answer == Answer::Upheld),
            _ => {}
        }
        self.text = action.text().map(ToString::to_string);
    }
}
