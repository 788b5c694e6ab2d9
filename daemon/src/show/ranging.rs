//! The fields of a ranging with its round trips, and what a coarse one has in common with it.

use super::fields::{Field, hex};
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_ANCHOR;
use domicile_proto::wire;

/// Each field of the ranging at `index`.
pub(super) fn ranging_fields(index: usize, ranging: &wire::Ranging) -> Vec<Field> {
    let name = |field: &str| format!("rangings[{index}].{field}");
    let Some((account, signature, transcript)) = read(ranging) else {
        return vec![Field::new(
            name("transcript"),
            hex(&ranging.transcript),
            "Bytes that do not decode as a transcript.",
        )];
    };
    let scope = Scope {
        session_nonce: &transcript.session_nonce,
        directory_version: transcript.directory_version,
        position_version: transcript.position_version,
        agent_key: &transcript.agent_key,
        transport: transcript.transport(),
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
    ];
    fields.extend(scope.fields(&name));
    fields.extend([
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
    ]);
    fields.extend(closing_fields(
        &name,
        account.newest_head.as_ref(),
        account.proxied,
        &signature,
    ));
    fields.extend(receipt_fields(&name, ranging));
    fields
}

fn receipt_fields(name: &dyn Fn(&str) -> String, ranging: &wire::Ranging) -> Vec<Field> {
    let Some((signature, receipt)) = open::<wire::RangingReceipt>(&ranging.receipt) else {
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
            hex(&signature),
            "The anchor's signature.",
        ),
    ]
}

type Read = (wire::AgentTranscript, Vec<u8>, wire::RangingTranscript);

fn read(ranging: &wire::Ranging) -> Option<Read> {
    let (signature, account) = open::<wire::AgentTranscript>(&ranging.transcript)?;
    let transcript = codec::decode(&account.transcript, MAX_TO_ANCHOR).ok()?;
    Some((account, signature, transcript))
}

/// Which session it was, as both kinds of account state it.
pub(super) struct Scope<'a> {
    pub(super) session_nonce: &'a [u8],
    pub(super) directory_version: u64,
    pub(super) position_version: u32,
    pub(super) agent_key: &'a [u8],
    pub(super) transport: wire::Transport,
}

impl Scope<'_> {
    pub(super) fn fields(&self, name: &dyn Fn(&str) -> String) -> Vec<Field> {
        vec![
            Field::new(
                name("session_nonce"),
                hex(self.session_nonce),
                "The nonce above, so that the session belongs to this report.",
            ),
            Field::new(
                name("directory_version"),
                self.directory_version.to_string(),
                "As above.",
            ),
            Field::new(
                name("position_version"),
                self.position_version.to_string(),
                "The anchor's own: which survey of its position.",
            ),
            Field::new(
                name("agent_key"),
                hex(self.agent_key),
                "As above: the anchor saw the same key.",
            ),
            Field::new(
                name("transport"),
                self.transport.as_str_name(),
                "How the rounds travelled.",
            ),
        ]
    }
}

/// What ends both kinds of account.
pub(super) fn closing_fields(
    name: &dyn Fn(&str) -> String,
    newest_head: Option<&wire::LogHead>,
    proxied: bool,
    signature: &[u8],
) -> Vec<Field> {
    vec![
        Field::new(
            name("newest_head"),
            newest_head.map_or_else(
                || "none".into(),
                |head| format!("size {} root {}", head.size, hex(&head.root)),
            ),
            "The newest state of the public log that this host was shown.",
        ),
        Field::new(
            name("proxied"),
            if proxied { "yes" } else { "no" },
            "Whether the session went through a proxy of this host's configuration.",
        ),
        Field::new(
            name("signature"),
            hex(signature),
            "Made with this host's key over all of this.",
        ),
    ]
}

/// The signature and the content of an encoded [`wire::Signed`].
pub(super) fn open<M: prost::Message + Default>(bytes: &[u8]) -> Option<(Vec<u8>, M)> {
    let signed: wire::Signed = codec::decode(bytes, MAX_TO_ANCHOR).ok()?;
    let inside = codec::decode(&signed.payload, MAX_TO_ANCHOR).ok()?;
    Some((signed.signature, inside))
}
