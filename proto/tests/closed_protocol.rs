//! Everything that a server can say to an agent, field by field. An addition fails this test:
//! the agent's promise is that nobody can tell it to do anything.
#![allow(clippy::unwrap_used, missing_docs)]

use protox::prost_reflect::{DescriptorPool, Kind, MessageDescriptor};
use std::collections::BTreeSet;
use std::path::Path;

/// The messages that open a reply, and those that travel inside its byte fields.
const ROOTS: [&str; 6] = [
    "domicile.v1.CollectorReply",
    "domicile.v1.ReportReceipt",
    "domicile.v1.AnchorReply",
    "domicile.v1.RangingTranscript",
    "domicile.v1.RangingReceipt",
    "domicile.v1.CoarseReceipt",
];

/// `Activation` is the one message with which a server gives a host's TPM something to do: to release
/// a secret that it enciphered to that TPM. It is answered during `domiciled enrol` alone, which a
/// person runs; the service refuses it as an answer to anything. Both fields have fixed sizes, and
/// the TPM itself checks both before it answers.
///
/// `AnchorReply.coarse_receipt` and `CoarseReceipt` are an anchor's receipt for a coarse session, where
/// a `RangingReceipt` would tell the round trip: a hash, a key and the limit that the agent itself
/// named, or 0. Nothing in it is new to the agent.
const ALLOWED: &str = "\
Activation.credential: bytes
Activation.encrypted_secret: bytes
AnchorReply.coarse_receipt: Signed
AnchorReply.receipt: Signed
AnchorReply.status: Status
AnchorReply.transcript: bytes
Certificate.issuer: bytes
Certificate.leaf: bytes
Challenge.directory_version: uint64
Challenge.nonce: bytes
CoarseReceipt.account_hash: bytes
CoarseReceipt.anchor_key: bytes
CoarseReceipt.limit_ns: uint64
CollectorReply.activation: Activation
CollectorReply.certificate: Certificate
CollectorReply.challenge: Challenge
CollectorReply.receipt: Signed
CollectorReply.status: Status
LogHead.log_key: bytes
LogHead.root: bytes
LogHead.signature: bytes
LogHead.size: uint64
RangingReceipt.anchor_key: bytes
RangingReceipt.min_rtt_ns: uint64
RangingReceipt.transcript_hash: bytes
RangingTranscript.agent_key: bytes
RangingTranscript.anchor_key: bytes
RangingTranscript.directory_version: uint64
RangingTranscript.end_ms: uint64
RangingTranscript.exporter: bytes
RangingTranscript.position_version: uint32
RangingTranscript.rounds: Round
RangingTranscript.session_nonce: bytes
RangingTranscript.start_ms: uint64
RangingTranscript.transport: enum Transport
ReportReceipt.evidence_hash: bytes
ReportReceipt.head: LogHead
ReportReceipt.index: uint64
ReportReceipt.leaf_hash: bytes
ReportReceipt.received_ms: uint64
Round.agent_nonce: bytes
Round.anchor_nonce: bytes
Round.rtt_ns: uint64
Signed.payload: bytes
Signed.signature: bytes
Status.code: enum StatusCode
";

fn pool() -> DescriptorPool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let files = ["domicile/v1/collect.proto", "domicile/v1/range.proto"];
    DescriptorPool::from_file_descriptor_set(protox::compile(files, [root]).unwrap()).unwrap()
}

fn walk(message: &MessageDescriptor, seen: &mut BTreeSet<String>) {
    for field in message.fields() {
        let kind = match field.kind() {
            Kind::Message(inner) => inner.name().to_owned(),
            Kind::Enum(inner) => format!("enum {}", inner.name()),
            other => format!("{other:?}").to_lowercase(),
        };
        if seen.insert(format!("{}.{}: {kind}", message.name(), field.name()))
            && let Kind::Message(inner) = field.kind()
        {
            walk(&inner, seen);
        }
    }
}

#[test]
fn a_server_can_say_nothing_else() {
    let pool = pool();
    let mut seen = BTreeSet::new();
    for root in ROOTS {
        walk(&pool.get_message_by_name(root).unwrap(), &mut seen);
    }
    let seen: String = seen.into_iter().map(|line| line + "\n").collect();
    assert_eq!(seen, ALLOWED);
}

#[test]
fn no_text_travels_towards_an_agent() {
    assert!(!ALLOWED.contains("string"));
}

#[test]
fn the_status_codes_are_a_fixed_vocabulary() {
    let codes = pool().get_enum_by_name("domicile.v1.StatusCode").unwrap();
    assert_eq!(
        codes.values().count(),
        23,
        "a new status code is a new thing that a server can say"
    );
}
