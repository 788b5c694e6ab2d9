//! Each field of a message with its value and what it reveals.

use super::coarse;
use super::devices::device_fields;
use super::tpm::{activation_fields, identity_fields, quote_fields};
use data_encoding::HEXLOWER;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_ANCHOR;
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
            false => ranging_fields(index, ranging),
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

fn ranging_fields(index: usize, ranging: &wire::Ranging) -> Vec<Field> {
    let name = |field: &str| format!("rangings[{index}].{field}");
    let Some((account, signature, transcript)) = open(ranging) else {
        return vec![Field::new(
            name("transcript"),
            hex(&ranging.transcript),
            "Bytes that do not decode as a transcript.",
        )];
    };
    let list = |texts: Vec<String>| texts.join(" ");
    let rounds = &transcript.rounds;
    let time = |ms: u64| format!("{ms} ({})", crate::time::rfc3339(ms));
    let mut fields = vec![
        Field::new(
            name("anchor_key"),
            hex(&transcript.anchor_key),
            "Which anchor measured.",
        ),
        Field::new(
            name("exporter"),
            hex(&transcript.exporter),
            "Names the TLS connection; a random value.",
        ),
        Field::new(
            name("session_nonce"),
            hex(&transcript.session_nonce),
            "The nonce above, so that the session belongs to this report.",
        ),
        Field::new(
            name("directory_version"),
            transcript.directory_version.to_string(),
            "As above.",
        ),
        Field::new(
            name("position_version"),
            transcript.position_version.to_string(),
            "The anchor's own: which survey of its position.",
        ),
        Field::new(
            name("agent_key"),
            hex(&transcript.agent_key),
            "As above: the anchor saw the same key.",
        ),
        Field::new(
            name("transport"),
            transcript.transport().as_str_name(),
            "How the rounds travelled.",
        ),
        Field::new(
            name("start_ms"),
            time(transcript.start_ms),
            "When it began, by the anchor's clock.",
        ),
        Field::new(
            name("end_ms"),
            time(transcript.end_ms),
            "When it ended, by the anchor's clock.",
        ),
        Field::new(
            name("rounds.rtt_ns"),
            list(
                rounds
                    .iter()
                    .map(|round| round.rtt_ns.to_string())
                    .collect(),
            ),
            "Round trips by the anchor's stopwatch, ns; 0 is lost. They bound the distance to it.",
        ),
        Field::new(
            name("rounds.anchor_nonce"),
            list(
                rounds
                    .iter()
                    .map(|round| hex(&round.anchor_nonce))
                    .collect(),
            ),
            "Random numbers of the anchor.",
        ),
        Field::new(
            name("rounds.agent_nonce"),
            list(rounds.iter().map(|round| hex(&round.agent_nonce)).collect()),
            "Random numbers of this agent.",
        ),
        Field::new(
            name("agent_rtt_ns"),
            list(account.agent_rtt_ns.iter().map(u64::to_string).collect()),
            "The same round trips by this host's stopwatch, ns.",
        ),
        Field::new(
            name("newest_head"),
            account.newest_head.as_ref().map_or_else(
                || "none".into(),
                |head| format!("size {} root {}", head.size, hex(&head.root)),
            ),
            "The newest state of the public log that this host was shown.",
        ),
        Field::new(
            name("proxied"),
            if account.proxied { "yes" } else { "no" },
            "Whether the session went through a proxy of this host's configuration.",
        ),
        Field::new(
            name("signature"),
            hex(&signature),
            "Made with this host's key over all of this.",
        ),
    ];
    fields.extend(receipt_fields(&name, ranging));
    fields
}

fn receipt_fields(name: &dyn Fn(&str) -> String, ranging: &wire::Ranging) -> Vec<Field> {
    let decoded = codec::decode::<wire::Signed>(&ranging.receipt, MAX_TO_ANCHOR)
        .ok()
        .and_then(|signed| {
            let receipt: wire::RangingReceipt =
                codec::decode(&signed.payload, MAX_TO_ANCHOR).ok()?;
            Some((signed, receipt))
        });
    let Some((signed, receipt)) = decoded else {
        return vec![Field::new(
            name("receipt"),
            hex(&ranging.receipt),
            "Bytes that do not decode as a receipt.",
        )];
    };
    vec![
        Field::new(
            name("receipt.transcript_hash"),
            hex(&receipt.transcript_hash),
            "Hash of all of this.",
        ),
        Field::new(
            name("receipt.anchor_key"),
            hex(&receipt.anchor_key),
            "As above.",
        ),
        Field::new(
            name("receipt.min_rtt_ns"),
            receipt.min_rtt_ns.to_string(),
            "The shortest of the anchor's times.",
        ),
        Field::new(
            name("receipt.signature"),
            hex(&signed.signature),
            "The anchor's signature.",
        ),
    ]
}

type Opened = (wire::AgentTranscript, Vec<u8>, wire::RangingTranscript);

fn open(ranging: &wire::Ranging) -> Option<Opened> {
    let signed: wire::Signed = codec::decode(&ranging.transcript, MAX_TO_ANCHOR).ok()?;
    let account: wire::AgentTranscript = codec::decode(&signed.payload, MAX_TO_ANCHOR).ok()?;
    let transcript = codec::decode(&account.transcript, MAX_TO_ANCHOR).ok()?;
    Some((account, signed.signature, transcript))
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
