//! The report on a case for an authority: one page of HTML that needs nothing else, prints, and runs
//! nothing. It says of each flag what it proves and what it does not.

use super::Held;
use super::html::Html;
use crate::api::time_text;
use data_encoding::{BASE64, HEXLOWER};
use domicile_diversion::cases::{Action, Entry, Linked, State};
use domicile_diversion::flags::RecordId;
use domicile_ledger::Head;
use std::collections::BTreeSet;

/// A verdict that a flag of the case rests on, or that is contested.
#[derive(Debug, Clone, Default)]
pub struct VerdictText {
    /// Hash of the evidence.
    pub id: String,
    /// Its value.
    pub value: &'static str,
    /// The tier that the policy requires.
    pub tier: &'static str,
    /// What the responder's place may be at that tier.
    pub possible: Vec<String>,
    /// What must hold for it.
    pub premises: Vec<&'static str>,
    /// What binds the session to a device.
    pub binding: &'static str,
    /// The votes that decide.
    pub deciding: Vec<String>,
    /// When it was measured, Unix ms.
    pub from_ms: u64,
    /// Until when.
    pub until_ms: u64,
    /// Log index of the verdict.
    pub index: u64,
    /// SHA-256 of the policy, hex.
    pub policy: String,
}

/// A record and the proof that it is in the log.
#[derive(Debug, Clone)]
pub struct Proven {
    /// Its log index.
    pub index: u64,
    /// What it is.
    pub kind: &'static str,
    /// When it was logged, Unix ms.
    pub time_ms: u64,
    /// RFC 6962 leaf hash.
    pub leaf_hash: [u8; 32],
    /// RFC 6962 audit path to the head's root.
    pub path: Vec<[u8; 32]>,
}

/// What a report is made from.
#[derive(Debug)]
pub struct Pack<'a> {
    /// The case.
    pub held: &'a Held,
    /// Its records.
    pub history: &'a [(u64, Entry)],
    /// The verdicts that its flags rest on.
    pub verdicts: &'a [VerdictText],
    /// The case's records and the verdicts', with proofs.
    pub records: &'a [Proven],
    /// What the proofs lead to.
    pub head: &'a Head,
    /// The published checkpoint with its cosignatures, if there is one.
    pub checkpoint: &'a str,
    /// When it is made, Unix ms.
    pub made_ms: u64,
}

/// Whether a case may go to an authority as it is; otherwise only as a draft.
pub fn is_final(state: State) -> bool {
    matches!(state, State::Substantiated | State::Reported)
}

impl Pack<'_> {
    /// The page. Anything but a case that two approvers agreed on is marked as a draft on every page.
    pub fn html(&self) -> String {
        let case = &self.held.case;
        let mut html = Html::default();
        html.markup(HEAD).text(case.number()).markup("</title>\n");
        html.markup(STYLE);
        if !is_final(case.state()) {
            html.markup(DRAFT);
        }
        html.markup("</head>\n<body>\n");
        if !is_final(case.state()) {
            html.markup("<div class=\"draft\">DRAFT: not for any authority; the case is ")
                .text(case.state().name())
                .markup("</div>\n");
        }
        html.markup("<h1>Case ")
            .text(case.number())
            .markup("</h1>\n");
        html.markup(WHAT);
        self.facts(&mut html);
        html.markup("<h2>Flags</h2>\n");
        for linked in case.flags() {
            flag(&mut html, linked);
        }
        self.verdicts(&mut html);
        self.history(&mut html);
        self.documents(&mut html);
        self.records(&mut html);
        html.markup("</body>\n</html>\n");
        html.finish()
    }

    fn facts(&self, html: &mut Html) {
        let case = &self.held.case;
        html.markup("<table>\n")
            .row("state", case.state().name())
            .row("operator of the hosts", case.operator())
            .row("opened by", case.opened_by())
            .row("opened", time_text(self.held.opened_ms))
            .row("last step", time_text(self.held.changed_ms))
            .row("version", case.version())
            .row("this report made", time_text(self.made_ms));
        let approvers = self.approvers();
        if !approvers.is_empty() {
            html.row("approved by", approvers.join(", "));
        }
        match case.open_contest() {
            Some(contest) => html.row(
                "contested",
                format!(
                    "by {} at {}, not answered",
                    contest.by,
                    time_text(contest.at_ms)
                ),
            ),
            None => html.row("contested", "no contest is open"),
        };
        html.markup("</table>\n");
    }

    /// Who agreed, and with what.
    fn approvers(&self) -> Vec<String> {
        let approvals = self.history.iter().filter_map(|(_, entry)| match entry {
            Entry::Step { step, .. } => match step.action {
                Action::Approve(target) => {
                    Some(format!("{} ({})", step.by.user, target.state().name()))
                }
                _ => None,
            },
            Entry::Opening(_) => None,
        });
        let approvals: BTreeSet<String> = approvals.collect();
        approvals.into_iter().collect()
    }

    fn verdicts(&self, html: &mut Html) {
        html.markup("<h2>Verdicts</h2>\n");
        if self.verdicts.is_empty() {
            html.element("p", "No flag of the case rests on a verdict.");
        }
        for verdict in self.verdicts {
            html.markup("<h3>")
                .text(verdict.value)
                .markup("</h3>\n<table>\n");
            html.row("evidence", &verdict.id)
                .row(
                    "measured",
                    format!(
                        "{} to {}",
                        time_text(verdict.from_ms),
                        time_text(verdict.until_ms)
                    ),
                )
                .row("tier", verdict.tier)
                .row(
                    "where the responder may have been",
                    verdict.possible.join(", "),
                )
                .row("premises", verdict.premises.join(", "))
                .row("binding", verdict.binding)
                .row("deciding votes", verdict.deciding.join(", "))
                .row("policy (SHA-256)", &verdict.policy)
                .row("verdict in the log", verdict.index);
            html.markup("</table>\n");
        }
    }

    fn history(&self, html: &mut Html) {
        html.markup(
            "<h2>History</h2>\n<table class=\"wide\">\n<tr><th>log</th><th>time (UTC)</th>",
        );
        html.markup("<th>who</th><th>role</th><th>step</th><th>said</th></tr>\n");
        for (index, entry) in self.history {
            let (by, at_ms, step, said) = match entry {
                Entry::Opening(opening) => {
                    (&opening.by, opening.at_ms, "open", opening.why.to_string())
                }
                Entry::Step { step, .. } => (
                    &step.by,
                    step.at_ms,
                    step.action.verb().name(),
                    said(&step.action),
                ),
            };
            let (time, role) = (time_text(at_ms), by.role.name());
            html.cells(&[index, &time, &by.user, &role, &step, &said]);
        }
        html.markup("</table>\n");
    }

    fn documents(&self, html: &mut Html) {
        let documents = self.held.case.attachments();
        html.markup("<h2>Documents</h2>\n");
        if documents.is_empty() {
            html.element("p", "None.");
            return;
        }
        html.markup(
            "<table class=\"wide\">\n<tr><th>name</th><th>bytes</th><th>SHA-256</th></tr>\n",
        );
        for one in documents {
            html.cells(&[&one.name, &one.bytes, &one.sha256]);
        }
        html.markup("</table>\n");
    }

    fn records(&self, html: &mut Html) {
        html.markup(PROOFS).markup("<table>\n");
        html.row("log", &self.head.origin)
            .row("size", self.head.size)
            .row("root (base64)", BASE64.encode(&self.head.root))
            .row(
                "signature of the log (hex)",
                HEXLOWER.encode(&self.head.signature),
            );
        html.markup("</table>\n");
        match self.checkpoint {
            "" => html.element("p", "No witness has cosigned this head yet."),
            note => html.element("pre", note),
        };
        html.markup("<table class=\"wide\">\n<tr><th>log</th><th>kind</th><th>logged (UTC)</th>");
        html.markup("<th>leaf hash, then audit path (hex)</th></tr>\n");
        for one in self.records {
            let leaf = HEXLOWER.encode(&one.leaf_hash);
            let path = one.path.iter().map(|hash| HEXLOWER.encode(hash));
            let hashes: Vec<String> = std::iter::once(leaf).chain(path).collect();
            let (time, hashes) = (time_text(one.time_ms), hashes.join("\n"));
            html.cells(&[&one.index, &one.kind, &time, &hashes]);
        }
        html.markup("</table>\n");
    }
}

fn flag(html: &mut Html, linked: &Linked) {
    let entry = linked.code.entry();
    html.element("h3", entry.name).markup("\n<table>\n");
    html.row("about", &linked.subject)
        .row("raised", time_text(linked.raised_ms))
        .row("class", entry.class.name())
        .row("rests on", linked.ground.name())
        .row("severity", linked.ground.severity())
        .row("says", entry.meaning)
        .row("proves", entry.proves)
        .row("does not prove", entry.does_not_prove)
        .row("flag in the log", linked.record);
    html.markup("</table>\n<p>It holds only if:</p>\n")
        .list(entry.premises);
    html.markup("<p>Causes without any wrongdoing:</p>\n")
        .list(entry.innocent);
    if !linked.evidence.is_empty() {
        html.markup("<p>Records that it rests on:</p>\n")
            .list(&linked.evidence);
    }
}

fn said(action: &Action) -> String {
    match action {
        Action::Link(linked) => format!(
            "flag {}: {} of {}",
            linked.record,
            linked.code.name(),
            linked.subject
        ),
        Action::Attach(document) => format!("{} (SHA-256 {})", document.name, document.sha256),
        Action::SetDeadline(due_ms, why) => format!("until {}: {why}", time_text(*due_ms)),
        Action::Answer(answer, why) => format!("{answer:?}: {why}"),
        other => other.text().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The evidence that flags and contest name, once each, in order.
pub fn evidence_of(held: &Held) -> Vec<domicile_proto::types::Digest> {
    let flags = held.case.flags().iter();
    let named = flags
        .flat_map(|flag| &flag.evidence)
        .filter_map(|id| match id {
            RecordId::Evidence(hash) => Some(*hash),
            RecordId::Log(_) => None,
        });
    let mut seen = BTreeSet::new();
    let contested = held.case.verdicts().iter().copied();
    named
        .chain(contested)
        .filter(|hash| seen.insert(*hash))
        .collect()
}

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
    <title>Case ";

const STYLE: &str = "<style>\n\
    @page { size: A4; margin: 18mm; }\n\
    body { font: 10pt/1.4 serif; max-width: 178mm; margin: 0 auto; }\n\
    h1, h2, h3 { font-family: sans-serif; break-after: avoid; }\n\
    table { border-collapse: collapse; margin: 0 0 8pt; }\n\
    tr { break-inside: avoid; }\n\
    th, td { border: 0.4pt solid #888; padding: 2pt 5pt; text-align: left; vertical-align: top; \
    overflow-wrap: anywhere; }\n\
    th { font-weight: normal; color: #444; }\n\
    .wide { width: 100%; }\n\
    pre { white-space: pre-wrap; overflow-wrap: anywhere; }\n\
    </style>\n";

/// A fixed element is printed on every page.
const DRAFT: &str = "<style>\n\
    .draft { position: fixed; top: 0; left: 0; right: 0; background: #b00; color: #fff; \
    font: bold 11pt sans-serif; text-align: center; padding: 3pt; }\n\
    body { padding-top: 12mm; }\n\
    </style>\n";

const WHAT: &str = "<p>This reports an indicator of possible diversion. It accuses nobody: what each flag proves, \
    under which premises, and what it does not, stands beside it. A round trip bounds how far the responder was, \
    whoever held its session; a delay or a silence proves nothing. All times are UTC.</p>\n";

const PROOFS: &str = "<h2>Records and proofs</h2>\n<p>Each record is in the log that this head covers: its leaf hash \
    and the audit path (RFC 6962) give the root. The records themselves lie beside this page: \
    <code>records.bin</code> with the case, and a bundle for each verdict, which \
    <code>domicile-audit verify</code> checks and recomputes without a network.</p>\n";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_diversion::cases::{Opening, Person, Role, Step};
    use domicile_diversion::flags::Code;

    const HOSTILE: &str = "</td><script>alert(1)</script><img src=x onerror='a'>&\"";

    fn person(user: &str, role: Role) -> Person {
        Person {
            user: user.parse().unwrap(),
            role,
            operator: None,
        }
    }

    fn page(action: Option<Action>) -> String {
        let opening = Opening {
            number: 7,
            operator: HOSTILE.into(),
            flags: vec![Linked {
                record: 3,
                code: Code::OutsidePermitted,
                subject: HOSTILE.into(),
                ground: Code::OutsidePermitted.entry().ground,
                raised_ms: 1_767_225_600_000,
                evidence: vec![RecordId::Log(2)],
            }],
            verdicts: Vec::new(),
            by: person("ann", Role::Analyst),
            at_ms: 1_767_225_600_000,
            why: HOSTILE.parse().unwrap(),
        };
        let mut held = Held::open(&opening, 4).unwrap();
        let mut history = vec![(4, Entry::Opening(opening))];
        for (at, action) in (1..).zip(action) {
            let role = Role::Analyst;
            let step = Step {
                version: held.case.version(),
                by: person("ann", role),
                at_ms: 1_767_225_600_000 + at,
                action,
            };
            held = held.after(&step, 4 + at).unwrap();
            history.push((4 + at, Entry::Step { number: 7, step }));
        }
        let head = Head {
            origin: HOSTILE.into(),
            size: 9,
            root: [1; 32],
            signature: [2; 64],
        };
        let pack = Pack {
            held: &held,
            history: &history,
            verdicts: &[VerdictText {
                id: HOSTILE.into(),
                possible: vec![HOSTILE.into()],
                ..VerdictText::default()
            }],
            records: &[],
            head: &head,
            checkpoint: HOSTILE,
            made_ms: 1_767_225_600_000,
        };
        pack.html()
    }

    #[test]
    fn hostile_text_stays_text_and_nothing_runs_or_is_fetched() {
        let page = page(Some(Action::Comment(HOSTILE.parse().unwrap())));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        for bad in [
            "<script",
            "<img",
            "onerror='",
            "<link",
            "<iframe",
            "http://",
            "https://",
            "url(",
        ] {
            assert!(!page.contains(bad), "{bad}");
        }
        assert_eq!(page.matches("<td>").count(), page.matches("</td>").count());
        assert!(page.contains("2026-01-01T00:00:00.000Z"));
    }

    #[test]
    fn what_a_flag_does_not_prove_and_its_innocent_causes_are_there() {
        let page = page(None);
        let entry = Code::OutsidePermitted.entry();
        let mut html = Html::default();
        html.text(entry.does_not_prove);
        assert!(page.contains(&html.finish()));
        for cause in entry.innocent {
            let mut html = Html::default();
            html.text(cause);
            assert!(page.contains(&html.finish()), "{cause}");
        }
    }

    #[test]
    fn a_case_that_nobody_approved_is_a_draft_on_every_page() {
        assert!(page(None).contains("class=\"draft\""));
        assert!(page(None).contains("position: fixed"));
        for state in State::ALL {
            let agreed = matches!(state, State::Substantiated | State::Reported);
            assert_eq!(is_final(state), agreed);
        }
    }
}
