//! Each field of a message with its value and what it reveals.

use super::coarse;
use super::devices::device_fields;
use super::ranging;
use super::tpm::{activation_fields, identity_fields, quote_fields};
use data_encoding::HEXLOWER;
use domicile_proto::wire;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One field for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the schema, with its place in lists.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What whoever receives it learns.
    pub reveals: &'static str,
}

impl Field {
    pub(super) fn new(
        name: impl Into<String>,
        value: impl Into<String>,
        reveals: &'static str,
    ) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            reveals,
        }
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        json!({ "name": self.name, "value": self.value, "reveals": self.reveals })
    }

    /// As two lines.
    pub fn write(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  {} = {}\n      {}",
            self.name, self.value, self.reveals
        );
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    match bytes.is_empty() {
        true => "(empty)".into(),
        false => HEXLOWER.encode(bytes),
    }
}

/// What stands in a report that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// What a session gave.
    Real,
    /// A sample: values that only a session gives are marked.
    Sample {
        /// As in coarse mode.
        coarse: bool,
    },
}

/// The fields of a report and the signature over it.
pub fn report_fields(report: &wire::Evidence, signature: &[u8], values: Values) -> Vec<Field> {
    let session = |value: String| match values {
        Values::Real => value,
        Values::Sample { .. } => format!("{value} (session)"),
    };
    let mut fields = vec![
        Field::new(
            "agent_key",
            hex(&report.agent_key),
            "This host's pseudonym: its public key. The collector knows the customer, site and licence it was enrolled under.",
        ),
        Field::new(
            "certificate_hash",
            hex(&report.certificate_hash),
            "Names the certificate of that key; nothing else about the host.",
        ),
        Field::new(
            "freshness",
            session(format!("{:?}", report.freshness())),
            "Whether the collector was reachable when this was measured.",
        ),
        Field::new(
            "nonce",
            session(hex(&report.nonce)),
            "The collector's own random challenge, returned.",
        ),
        Field::new(
            "directory_version",
            session(report.directory_version.to_string()),
            "Which list of anchors is installed here.",
        ),
        Field::new(
            "boot_epoch",
            session(hex(&report.boot_epoch)),
            "Random, new at each start of the agent: shows that it restarted.",
        ),
        Field::new(
            "sequence",
            session(report.sequence.to_string()),
            "How many reports since that start.",
        ),
        Field::new(
            "previous_hash",
            session(hex(&report.previous_hash)),
            "Hash of the report before this one: shows gaps and copies.",
        ),
        Field::new(
            "host_time_ms",
            format!(
                "{} ({})",
                report.host_time_ms,
                crate::time::rfc3339(report.host_time_ms)
            ),
            "This host's clock.",
        ),
        Field::new(
            "spool_refused",
            report.spool_refused.to_string(),
            "Reports that a full spool could not keep.",
        ),
    ];
    for (index, ranging) in report.rangings.iter().enumerate() {
        fields.extend(match ranging.coarse {
            true => coarse::ranging_fields(index, ranging),
            false => ranging::ranging_fields(index, ranging),
        });
    }
    if let Values::Sample { coarse } = values {
        fields.push(Field::new(
            "rangings",
            "none (session)",
            if coarse {
                "Coarse: one entry for each of at most so many anchors as the zone file says, nearest to the declared metro first. \
                 It says that the round trip was within that anchor's limit of the zone file, signed by the anchor; no time, \
                 nothing of the others. `domiciled zone show` prints the limits and what they exclude."
            } else {
                "One entry for each anchor that was drawn and answered: round trips in both directions, signed by the anchor. They say how far this host can be from it."
            },
        ));
    }
    for (index, dropped) in report.dropped.iter().enumerate() {
        fields.push(Field::new(
            format!("dropped[{index}]"),
            format!("{} {:?}", hex(&dropped.anchor_key), dropped.reason()),
            "An anchor that was drawn and gave no usable answer, and why. `Withheld` (coarse): its limit was not met, or not needed, or there is none.",
        ));
    }
    fields.extend(device_fields(report));
    fields.extend(quote_fields(report));
    fields.push(Field::new(
        "signature",
        session(hex(signature)),
        "Made with this host's key over all fields before it.",
    ));
    fields
}

/// The other messages that this agent can send: when, and their fields.
pub fn other_messages() -> [(&'static str, Vec<Field>); 6] {
    let key = || Field::new("agent_key", "as above", "This host's pseudonym.");
    let clock = || Field::new("host_time_ms", "now", "This host's clock.");
    let machine = || {
        Field::new(
            "machine_id_hash",
            "32 bytes",
            "A hash of the machine id: the same machine is recognised, the id is not told.",
        )
    };
    let signature = || {
        Field::new(
            "signature",
            "64 bytes",
            "Made with this host's key over the fields before it.",
        )
    };
    [
        (
            "Sign of life, every few minutes",
            vec![
                key(),
                Field::new("boot_epoch", "as above", "Shows that the agent restarted."),
                Field::new(
                    "counter",
                    "0, 1, 2, ...",
                    "How many signs of life since that start.",
                ),
                clock(),
                signature(),
            ],
        ),
        (
            "Greeting to an anchor, in each session",
            vec![
                Field::new("session_nonce", "as above", "Says which session this is."),
                Field::new(
                    "directory_version",
                    "as above",
                    "Which list of anchors is installed here.",
                ),
                Field::new(
                    "limit_ns",
                    "none, or the zone's",
                    "Coarse: the limit of the zone file for this anchor.",
                ),
            ],
        ),
        (
            "Enrolment, once, by the operator's command",
            [
                vec![
                    Field::new(
                        "token",
                        "the vendor's",
                        "Customer, site, metro, territory and licence, as the vendor wrote them.",
                    ),
                    machine(),
                    Field::new(
                        "inventory",
                        "as above",
                        "Models of accelerators on the PCI bus.",
                    ),
                ],
                identity_fields(),
            ]
            .concat(),
        ),
        (
            "Second step of an enrolment with a TPM",
            activation_fields(),
        ),
        (
            "Renewal of the certificate, before it expires",
            vec![machine()],
        ),
        (
            "Withdrawal, once, by the operator's command",
            vec![key(), clock(), signature()],
        ),
    ]
}
