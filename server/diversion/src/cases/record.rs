//! Cases as they stand in the log (`CaseRecord`), read into types and written from them.

use super::action::{Action, Answer, Attachment, Linked, Opening, Step, Target, Verb};
use super::input::{Person, Role, Text};
use crate::flags::{Code, Ground, Name, RecordId};
use domicile_proto::types::Digest;
use domicile_proto::wire::case_record::What;
use domicile_proto::wire::{CaseAttachment, CaseFlag, CaseOpening, CaseRecord, CaseStep};

/// A record that no case of this version writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a record of a case: {0}")]
pub struct BadRecord(pub String);

/// One record of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// It was opened.
    Opening(Opening),
    /// It had a step.
    Step {
        /// The case's number.
        number: u64,
        /// The step.
        step: Step,
    },
}

impl Entry {
    /// The number of the case.
    pub fn number(&self) -> u64 {
        match self {
            Self::Opening(opening) => opening.number,
            Self::Step { number, .. } => *number,
        }
    }

    /// As it is logged.
    pub fn record(&self) -> CaseRecord {
        let (number, by, at_ms, what) = match self {
            Self::Opening(opening) => {
                let what = What::Opening(CaseOpening {
                    operator: opening.operator.to_string(),
                    flags: opening.flags.iter().map(flag).collect(),
                    verdicts: opening.verdicts.iter().map(|hash| hash.to_vec()).collect(),
                    why: opening.why.to_string(),
                });
                (opening.number, &opening.by, opening.at_ms, what)
            }
            Self::Step { number, step } => (*number, &step.by, step.at_ms, What::Step(write(step))),
        };
        CaseRecord {
            number,
            user: by.user.to_string(),
            role: by.role.name().to_owned(),
            operator: by.operator.as_deref().unwrap_or_default().to_owned(),
            at_ms,
            what: Some(what),
        }
    }

    /// Reads what was logged.
    ///
    /// # Errors
    /// [`BadRecord`] when it is not what [`Self::record`] makes.
    pub fn read(record: &CaseRecord) -> Result<Self, BadRecord> {
        let bad = |what: &str| BadRecord(what.to_owned());
        let operator = Some(&record.operator).filter(|name| !name.is_empty());
        let by = Person {
            user: record.user.parse().map_err(|_| bad("user"))?,
            role: Role::of_name(&record.role).ok_or_else(|| bad("role"))?,
            operator: operator.map(|name| Name::from(name.as_str())),
        };
        let (number, at_ms) = (record.number, record.at_ms);
        match record.what.as_ref().ok_or_else(|| bad("nothing in it"))? {
            What::Opening(opening) => {
                let flags = opening.flags.iter().map(linked);
                let verdicts = opening
                    .verdicts
                    .iter()
                    .map(|hash| Digest::read("verdict", hash));
                Ok(Self::Opening(Opening {
                    number,
                    operator: Name::from(opening.operator.as_str()),
                    flags: flags.collect::<Result<_, _>>()?,
                    verdicts: verdicts
                        .collect::<Result<_, _>>()
                        .map_err(|_| bad("verdict"))?,
                    by,
                    at_ms,
                    why: text(&opening.why)?,
                }))
            }
            What::Step(step) => Ok(Self::Step {
                number,
                step: Step {
                    version: step.version,
                    by,
                    at_ms,
                    action: action(step)?,
                },
            }),
        }
    }
}

fn text(text: &str) -> Result<Text, BadRecord> {
    text.parse()
        .map_err(|error| BadRecord(format!("text: {error}")))
}

fn flag(linked: &Linked) -> CaseFlag {
    CaseFlag {
        record_index: linked.record,
        code: linked.code.name().to_owned(),
        subject: linked.subject.to_string(),
        ground: linked.ground.name().to_owned(),
        severity: linked.ground.severity().to_string(),
        raised_ms: linked.raised_ms,
        evidence: linked.evidence.iter().map(ToString::to_string).collect(),
    }
}

fn linked(flag: &CaseFlag) -> Result<Linked, BadRecord> {
    let bad = |what: &str, found: &str| BadRecord(format!("{what}: {found:?}"));
    let evidence = flag
        .evidence
        .iter()
        .map(|id| record_id(id).ok_or_else(|| bad("evidence", id)));
    Ok(Linked {
        record: flag.record_index,
        code: Code::of_name(&flag.code).ok_or_else(|| bad("flag", &flag.code))?,
        subject: Name::from(flag.subject.as_str()),
        ground: Ground::of_names(&flag.ground, &flag.severity)
            .ok_or_else(|| bad("ground", &flag.ground))?,
        raised_ms: flag.raised_ms,
        evidence: evidence.collect::<Result<_, _>>()?,
    })
}

fn record_id(text: &str) -> Option<RecordId> {
    match text.split_once(':')? {
        ("evidence", hash) => hash.parse().ok().map(RecordId::Evidence),
        ("log", index) => index.parse().ok().map(RecordId::Log),
        _ => None,
    }
}

fn write(step: &Step) -> CaseStep {
    let text = step.action.text();
    let mut record = CaseStep {
        version: step.version,
        verb: step.action.verb().name().to_owned(),
        text: text.map(ToString::to_string).unwrap_or_default(),
        ..CaseStep::default()
    };
    match &step.action {
        Action::Link(linked) => record.flag = Some(flag(linked)),
        Action::Attach(attachment) => {
            record.attachment = Some(CaseAttachment {
                sha256: attachment.sha256.to_vec(),
                bytes: attachment.bytes,
                name: attachment.name.to_string(),
            });
        }
        Action::SetDeadline(due_ms, _) => record.due_ms = *due_ms,
        Action::Answer(answer, _) => record.upheld = *answer == Answer::Upheld,
        _ => {}
    }
    record
}

fn action(step: &CaseStep) -> Result<Action, BadRecord> {
    let verb = Verb::of_name(&step.verb).ok_or_else(|| BadRecord(format!("{:?}", step.verb)))?;
    let why = || text(&step.text);
    Ok(match verb {
        Verb::Explain => Action::Explain(why()?),
        Verb::Review => Action::Review(why()?),
        Verb::ProposeSubstantiated => Action::Propose(Target::Substantiated, why()?),
        Verb::ProposeReported => Action::Propose(Target::Reported, why()?),
        Verb::ApproveSubstantiated => Action::Approve(Target::Substantiated),
        Verb::ApproveReported => Action::Approve(Target::Reported),
        Verb::Decline => Action::Decline(why()?),
        Verb::Unsubstantiate => Action::Unsubstantiate(why()?),
        Verb::Close => Action::Close(why()?),
        Verb::Contest => Action::Contest(why()?),
        Verb::Answer if step.upheld => Action::Answer(Answer::Upheld, why()?),
        Verb::Answer => Action::Answer(Answer::Dismissed, why()?),
        Verb::Comment => Action::Comment(why()?),
        Verb::SetDeadline => Action::SetDeadline(step.due_ms, why()?),
        Verb::Link => {
            let flag = step.flag.as_ref();
            Action::Link(linked(flag.ok_or_else(|| BadRecord("no flag".into()))?)?)
        }
        Verb::Attach => {
            let document = step.attachment.as_ref();
            let document = document.ok_or_else(|| BadRecord("no document".into()))?;
            let sha256 = Digest::read("sha256", &document.sha256);
            Action::Attach(Attachment {
                sha256: sha256.map_err(|error| BadRecord(error.to_string()))?,
                bytes: document.bytes,
                name: text(&document.name)?,
            })
        }
    })
}
