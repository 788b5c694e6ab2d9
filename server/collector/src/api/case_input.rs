//! What people send about cases, read into types.

use super::problem::Problem;
use super::time;
use crate::cases::linked;
use crate::store::{Store, StoreError};
use domicile_diversion::cases::{
    self, Action, Answer, Attachment, InputError, Person, Role, Target, Text, Verb,
};
use domicile_proto::types::{Digest, Key};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Flags that one opening may name.
const MAX_FLAGS: usize = 100;

/// A case to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseOpening)]
pub(super) struct Opening {
    /// Ids of flags.
    #[serde(default)]
    flags: Vec<u64>,
    /// Ids of verdicts that an operator contests.
    #[serde(default)]
    verdicts: Vec<String>,
    /// Whose hosts it is about; by default whose the flags' hosts are.
    operator: Option<String>,
    /// What is asked, or contested.
    why: String,
}

/// A step to be taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseStepTaken)]
pub(super) struct Step {
    /// The version of the case that the person saw.
    version: u32,
    /// Its name.
    step: String,
    /// Why; not with `approve-substantiated`, `approve-reported`, `link-flag`, `attach`.
    text: Option<String>,
    /// With `answer-contest`: whether the operator is right.
    upheld: Option<bool>,
    /// With `link-flag`: its id.
    flag: Option<u64>,
    /// With `attach`.
    document: Option<Document>,
    /// With `set-deadline`: RFC 3339.
    due: Option<String>,
}

/// A document that lies elsewhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseAttachment)]
struct Document {
    /// Of its bytes, 64 hexadecimal digits.
    sha256: String,
    bytes: u64,
    name: String,
}

impl Opening {
    /// The opening that is meant, without its number.
    pub(super) fn read(
        self,
        store: &Store,
        by: Person,
        at_ms: u64,
    ) -> Result<cases::Opening, Problem> {
        if self.flags.len() > MAX_FLAGS || self.verdicts.len() > cases::MAX_VERDICTS {
            return Err(Problem::unprocessable(format!(
                "at most {MAX_FLAGS} flags and {} verdicts: link more of them later",
                cases::MAX_VERDICTS
            )));
        }
        let own = by.operator.as_deref();
        let mut operators = BTreeSet::new();
        let mut flags = Vec::new();
        for id in self.flags {
            let (flag, hosts) = found(store, id, own)?;
            operators.extend(hosts);
            flags.push(flag);
        }
        let mut verdicts = Vec::new();
        for id in self.verdicts {
            let (verdict, operator) = verdict(store, &id, own)?;
            operators.insert(operator);
            verdicts.push(verdict);
        }
        Ok(cases::Opening {
            number: 0,
            operator: operator(self.operator, own, &operators)?.into(),
            flags,
            verdicts,
            by,
            at_ms,
            why: text("why", &self.why)?,
        })
    }
}

/// A flag, and the operators of the hosts that it names. One that names none of an operator's hosts is
/// not there for it.
fn found(
    store: &Store,
    id: u64,
    own: Option<&str>,
) -> Result<(cases::Linked, BTreeSet<String>), Problem> {
    let missing = || Problem::unprocessable(format!("there is no flag {id}: see /v1/flags"));
    let (flag, hosts) = linked(store, id)?.ok_or_else(missing)?;
    let operators = hosts.iter().map(|host| operator_of(store, host));
    let operators: BTreeSet<String> = operators
        .filter_map(Result::transpose)
        .collect::<Result<_, _>>()?;
    match own {
        Some(own) if !operators.contains(own) => Err(missing()),
        _ => Ok((flag, operators)),
    }
}

fn verdict(store: &Store, id: &str, own: Option<&str>) -> Result<(Digest, String), Problem> {
    let missing = || {
        let shown: String = id.chars().take(64).collect();
        Problem::unprocessable(format!(
            "there is no verdict {shown:?}: see /v1/attestations"
        ))
    };
    let digest: Digest = id.parse().map_err(|_| missing())?;
    let row = store.evidence(&digest)?.ok_or_else(missing)?;
    let host = Key::read("host", &row.host).map_err(|_| missing())?;
    let operator = operator_of(store, &host)?.ok_or_else(missing)?;
    match own {
        Some(own) if own != operator => Err(missing()),
        _ => Ok((digest, operator)),
    }
}

fn operator_of(store: &Store, host: &Key) -> Result<Option<String>, StoreError> {
    Ok(store.host(host)?.map(|row| row.operator))
}

/// Whose case it is. One case is about one operator's hosts: no operator reads of another's.
fn operator(
    named: Option<String>,
    own: Option<&str>,
    found: &BTreeSet<String>,
) -> Result<String, Problem> {
    let named = own.map(str::to_owned).or(named);
    if let Some(other) = found.iter().find(|one| Some(*one) != named.as_ref())
        && (named.is_some() || found.len() > 1)
    {
        return Err(Problem::unprocessable(format!(
            "a flag or verdict is about hosts of {other:?}: one case is about one operator's hosts"
        )));
    }
    let only = || found.first().cloned();
    let operator = named.or_else(only).ok_or_else(|| {
        Problem::unprocessable("`operator`: the flags name no host, so say whose hosts it is about")
    })?;
    match operator.is_empty() || operator.len() > 128 || operator.contains(char::is_control) {
        true => Err(Problem::unprocessable(
            "`operator`: 1 to 128 printable bytes are expected",
        )),
        false => Ok(operator),
    }
}

impl Step {
    /// The step that is meant.
    pub(super) fn read(
        self,
        store: &Store,
        by: Person,
        at_ms: u64,
    ) -> Result<cases::Step, Problem> {
        let verb = Verb::of_name(&self.step).ok_or_else(|| {
            let names: Vec<&str> = Verb::ALL.iter().map(|verb| verb.name()).collect();
            Problem::unprocessable(format!("`step`: one of {} is expected", names.join(", ")))
        })?;
        let version = self.version;
        let action = self.action(verb, store, &by)?;
        Ok(cases::Step {
            version,
            by,
            at_ms,
            action,
        })
    }

    fn action(self, verb: Verb, store: &Store, by: &Person) -> Result<Action, Problem> {
        let wanted = match verb {
            Verb::Link => &["flag"][..],
            Verb::Attach => &["document"],
            Verb::SetDeadline => &["due", "text"],
            Verb::Answer => &["upheld", "text"],
            Verb::ApproveSubstantiated | Verb::ApproveReported => &[],
            _ => &["text"],
        };
        let given = [
            ("text", self.text.is_some()),
            ("upheld", self.upheld.is_some()),
            ("flag", self.flag.is_some()),
            ("document", self.document.is_some()),
            ("due", self.due.is_some()),
        ];
        for (name, is_given) in given {
            let verb = verb.name();
            match (wanted.contains(&name), is_given) {
                (true, false) => {
                    return Err(Problem::unprocessable(format!(
                        "`{name}` is needed with `{verb}`"
                    )));
                }
                (false, true) => {
                    return Err(Problem::unprocessable(format!(
                        "`{name}` is not for `{verb}`"
                    )));
                }
                _ => {}
            }
        }
        let why = || text("text", self.text.as_deref().unwrap_or_default());
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
            Verb::Answer if self.upheld == Some(true) => Action::Answer(Answer::Upheld, why()?),
            Verb::Answer => Action::Answer(Answer::Dismissed, why()?),
            Verb::Comment => Action::Comment(why()?),
            Verb::SetDeadline => {
                let due_ms = time::bound("due", self.due.as_deref())?;
                Action::SetDeadline(due_ms.unwrap_or_default(), why()?)
            }
            Verb::Link => {
                let own = by.operator.as_deref().filter(|_| by.role == Role::Operator);
                Action::Link(found(store, self.flag.unwrap_or_default(), own)?.0)
            }
            Verb::Attach => {
                let document = self.document.ok_or_else(Problem::fault)?;
                Action::Attach(document.read()?)
            }
        })
    }
}

impl Document {
    fn read(self) -> Result<Attachment, Problem> {
        let digits = "`document.sha256`: 64 hexadecimal digits are expected";
        Ok(Attachment {
            sha256: self
                .sha256
                .parse()
                .map_err(|_| Problem::unprocessable(digits))?,
            bytes: self.bytes,
            name: text("document.name", &self.name)?,
        })
    }
}

fn text(name: &str, text: &str) -> Result<Text, Problem> {
    let read = text.parse::<Text>();
    read.map_err(|error: InputError| Problem::unprocessable(format!("`{name}`: {error}")))
}
