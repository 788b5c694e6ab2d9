//! One alert: what a receiver is told. Keys, codes, times and where to read on; never an address, a
//! customer's name or what a person wrote.

use domicile_diversion::cases::Verb;
use domicile_diversion::flags::{Code, Severity};
use serde::Serialize;

/// Longest subject, bytes: what is longer is cut.
const MAX_SUBJECT: usize = 256;

/// A change that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Log index of the record that says so.
    pub index: u64,
    /// When it was logged, Unix ms.
    pub at_ms: u64,
    /// What changed.
    pub change: Change,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A flag.
    Flag {
        /// Whether it is open now.
        is_raised: bool,
        /// Its id in the API.
        id: String,
        /// Which.
        code: Code,
        /// How soon a person should look.
        severity: Severity,
        /// What it is about.
        subject: String,
    },
    /// A case was opened, by a contest or not.
    CaseOpened {
        /// Its number.
        number: u64,
        /// Whether an operator opened it.
        is_contest: bool,
    },
    /// A case had a step.
    CaseStep {
        /// Its number.
        number: u64,
        /// The version that the step made.
        version: u32,
        /// What was done.
        verb: Verb,
    },
}

#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Flag {
        log_index: u64,
        flag: &'a str,
        code: &'static str,
        class: &'static str,
        severity: String,
        subject: &'a str,
        path: String,
    },
    Case {
        log_index: u64,
        case: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<&'static str>,
        path: String,
    },
}

impl Alert {
    /// What kind of alert: the `type` of the JSON, the `MSGID` of syslog.
    pub fn kind(&self) -> &'static str {
        match &self.change {
            Change::Flag {
                is_raised: true, ..
            } => "flag.raised",
            Change::Flag {
                is_raised: false, ..
            } => "flag.cleared",
            Change::CaseOpened {
                is_contest: false, ..
            } => "case.opened",
            Change::CaseOpened {
                is_contest: true, ..
            } => "case.contested",
            Change::CaseStep { verb, .. } => match verb {
                Verb::Contest => "case.contested",
                _ => "case.step",
            },
        }
    }

    /// How soon a person should look; `None` for cases, where people look already.
    pub fn severity(&self) -> Option<Severity> {
        match &self.change {
            Change::Flag { severity, .. } => Some(*severity),
            Change::CaseOpened { .. } | Change::CaseStep { .. } => None,
        }
    }

    /// Where the API says more.
    pub fn path(&self) -> String {
        match &self.change {
            Change::Flag { id, .. } => format!("/v1/flags/{id}"),
            Change::CaseOpened { number, .. } | Change::CaseStep { number, .. } => {
                format!("/v1/cases/{number}")
            }
        }
    }

    /// What it is about, in short: a subject without control characters, or a case's number.
    pub fn subject(&self) -> String {
        match &self.change {
            Change::Flag { subject, .. } => short(subject),
            Change::CaseOpened { number, .. } | Change::CaseStep { number, .. } => {
                format!("case:{number}")
            }
        }
    }

    /// The JSON of a webhook: the same bytes each time.
    pub fn json(&self) -> Vec<u8> {
        let subject = self.subject();
        let (log_index, path) = (self.index, self.path());
        let data = match &self.change {
            Change::Flag {
                id, code, severity, ..
            } => Data::Flag {
                log_index,
                flag: id,
                code: code.name(),
                class: code.entry().class.name(),
                severity: severity.to_string(),
                subject: &subject,
                path,
            },
            Change::CaseOpened { number, .. } => Data::Case {
                log_index,
                case: *number,
                version: None,
                step: None,
                path,
            },
            Change::CaseStep {
                number,
                version,
                verb,
            } => Data::Case {
                log_index,
                case: *number,
                version: Some(*version),
                step: Some(verb.name()),
                path,
            },
        };
        let envelope = Envelope {
            kind: self.kind(),
            timestamp: crate::api::time_text(self.at_ms),
            data,
        };
        serde_json::to_vec(&envelope).expect("numbers and texts are JSON")
    }
}

fn short(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if out.len() + c.len_utf8() > MAX_SUBJECT {
            break;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_json_says_where_to_read_on_and_is_bounded() {
        let alert = Alert {
            index: 7,
            at_ms: 1_767_225_600_000,
            change: Change::Flag {
                is_raised: true,
                id: "5".into(),
                code: Code::Silence,
                severity: Severity::Medium,
                subject: format!("model:{}\u{7}", "é".repeat(4000)),
            },
        };
        let json = alert.json();
        assert!(json.len() < 1024);
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["type"], "flag.raised");
        assert_eq!(read["timestamp"], "2026-01-01T00:00:00.000Z");
        assert_eq!(read["data"]["code"], "silence");
        assert_eq!(read["data"]["class"], "inquiry");
        assert_eq!(read["data"]["path"], "/v1/flags/5");
        assert_eq!(json, alert.json());
    }

    #[test]
    fn a_case_tells_its_step_and_no_words() {
        let change = Change::CaseStep {
            number: 3,
            version: 4,
            verb: Verb::Contest,
        };
        let alert = Alert {
            index: 9,
            at_ms: 1,
            change,
        };
        let read: serde_json::Value = serde_json::from_slice(&alert.json()).unwrap();
        assert_eq!(read["type"], "case.contested");
        assert_eq!(read["data"]["step"], "contest");
        assert_eq!(read["data"]["version"], 4);
    }
}
