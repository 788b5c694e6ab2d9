//! Each field of a message with its value and what it reveals.

use crate::device::pci;
use data_encoding::HEXLOWER;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_ANCHOR;
use domicile_proto::sign;
use domicile_proto::types::Key;
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
    fn new(name: impl Into<String>, value: impl Into<String>, reveals: &'static str) -> Self {
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

fn hex(bytes: &[u8]) -> String {
    match bytes.is_empty() {
        true => "(empty)".into(),
        false => HEXLOWER.encode(bytes),
    }
}

/// The fields of a report and the signature over it. `real` is false for a sample, whose
/// session values are marked.
pub fn report_fields(report: &wire::Evidence, signature: &[u8], real: bool) -> Vec<Field> {
    let session = |value: String| match real {
        true => value,
        false => format!("{value} (session)"),
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
        fields.extend(ranging_fields(index, ranging));
    }
    if !real {
        fields.push(Field::new(
            "rangings",
            "none (session)",
            "One entry for each anchor that was drawn and answered: round trips in both directions, signed by the anchor. They say how far this host can be from it.",
        ));
    }
    for (index, dropped) in report.dropped.iter().enumerate() {
        fields.push(Field::new(
            format!("dropped[{index}]"),
            format!("{} {:?}", hex(&dropped.anchor_key), dropped.reason()),
            "An anchor that was drawn and gave no usable answer, and why.",
        ));
    }
    for (index, device) in report.inventory.iter().flat_map(|i| &i.devices).enumerate() {
        fields.push(Field::new(
            format!("inventory.devices[{index}]"),
            format!(
                "{:04x}:{:04x} subsystem {:04x}:{:04x} class {:06x} ({})",
                device.vendor_id,
                device.device_id,
                device.subsystem_vendor_id,
                device.subsystem_device_id,
                device.class,
                pci::vendor_name(device.vendor_id).unwrap_or("unlisted vendor")
            ),
            "Model of one accelerator as the PCI bus names it: no serial, no slot.",
        ));
    }
    if report.inventory.iter().all(|i| i.devices.is_empty()) {
        fields.push(Field::new(
            "inventory.devices",
            "none",
            "No accelerator of a listed vendor stands on the PCI bus.",
        ));
    }
    fields.push(Field::new(
        "signature",
        session(hex(signature)),
        "Made with this host's key over exactly the bytes above.",
    ));
    fields
}

fn ranging_fields(index: usize, ranging: &wire::Ranging) -> Vec<Field> {
    let name = |field: &str| format!("rangings[{index}].{field}");
    let Some((account, transcript)) = open(ranging) else {
        return vec![Field::new(
            name("transcript"),
            hex(&ranging.transcript),
            "Bytes that do not decode as a transcript.",
        )];
    };
    let times = |times: Vec<u64>| {
        let texts: Vec<String> = times.iter().map(u64::to_string).collect();
        texts.join(" ")
    };
    let anchor = Key::read("anchor_key", &transcript.anchor_key)
        .map_or_else(|_| hex(&transcript.anchor_key), |key| key.to_string());
    let mut fields = vec![
        Field::new(name("anchor_key"), anchor, "Which anchor measured."),
        Field::new(
            name("start_ms"),
            format!(
                "{} to {} ({} to {})",
                transcript.start_ms,
                transcript.end_ms,
                crate::time::rfc3339(transcript.start_ms),
                crate::time::rfc3339(transcript.end_ms)
            ),
            "When, by the anchor's clock.",
        ),
        Field::new(
            name("rtt_ns"),
            times(transcript.rounds.iter().map(|round| round.rtt_ns).collect()),
            "Round trips by the anchor's stopwatch, ns; 0 is lost. They bound the distance to it.",
        ),
        Field::new(
            name("agent_rtt_ns"),
            times(account.agent_rtt_ns.clone()),
            "The same round trips by this host's stopwatch, ns.",
        ),
        Field::new(
            name("exporter"),
            hex(&transcript.exporter),
            "Names the TLS connection; a random value.",
        ),
    ];
    if let Some(head) = &account.newest_head {
        fields.push(Field::new(
            name("newest_head"),
            format!("size {} root {}", head.size, hex(&head.root)),
            "The newest state of the public log that this host was shown.",
        ));
    }
    fields.push(Field::new(
        name("receipt"),
        format!("sha256 {}", sign::sha256(&ranging.receipt)),
        "The anchor's signature over all of this.",
    ));
    fields
}

fn open(ranging: &wire::Ranging) -> Option<(wire::AgentTranscript, wire::RangingTranscript)> {
    let signed: wire::Signed = codec::decode(&ranging.transcript, MAX_TO_ANCHOR).ok()?;
    let account: wire::AgentTranscript = codec::decode(&signed.payload, MAX_TO_ANCHOR).ok()?;
    let transcript = codec::decode(&account.transcript, MAX_TO_ANCHOR).ok()?;
    Some((account, transcript))
}

/// The fields of a sign of life.
pub fn liveness_fields() -> Vec<Field> {
    vec![
        Field::new("agent_key", "as above", "This host's pseudonym."),
        Field::new("boot_epoch", "as above", "Shows that the agent restarted."),
        Field::new(
            "counter",
            "0, 1, 2, ...",
            "How many signs of life since that start.",
        ),
        Field::new("host_time_ms", "now", "This host's clock."),
        Field::new(
            "signature",
            "64 bytes",
            "Made with this host's key over the fields before it.",
        ),
    ]
}
