//! The fields of a coarse ranging: what takes the place of the round trips.

use super::fields::{Field, hex};
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_ANCHOR;
use domicile_proto::ranging::coarse::MINUTE_MS;
use domicile_proto::wire;

/// Each field of the ranging at `index`.
pub(super) fn ranging_fields(index: usize, ranging: &wire::Ranging) -> Vec<Field> {
    let name = |field: &str| format!("rangings[{index}].{field}");
    let Some((signature, account)) = open::<wire::CoarseAccount>(&ranging.transcript) else {
        return vec![Field::new(
            name("transcript"),
            hex(&ranging.transcript),
            "Bytes that do not decode as a coarse account.",
        )];
    };
    let minute_ms = account.start_minute.saturating_mul(MINUTE_MS);
    let mut fields = vec![
        Field::new(
            name("anchor_key"),
            hex(&account.anchor_key),
            "Which anchor measured. Chosen by its distance from the declared metro, not by what it measured.",
        ),
        Field::new(
            name("limit_ns"),
            account.limit_ns.to_string(),
            "The limit of the zone file for this anchor, the same for every host of the zone: the shortest round trip is at most this. What it was is not told.",
        ),
        Field::new(
            name("agent_agrees"),
            if account.agent_agrees { "yes" } else { "no" },
            "Whether this host's own stopwatch supports the limit.",
        ),
        Field::new(
            name("start_minute"),
            format!(
                "{} ({})",
                account.start_minute,
                crate::time::rfc3339(minute_ms)
            ),
            "In which minute it began, by the anchor's clock. How long it took is not told.",
        ),
        Field::new(
            name("transcript_hash"),
            hex(&account.transcript_hash),
            "Hash of the exact transcript, which holds random numbers: nothing can be found out from it.",
        ),
        Field::new(
            name("session_nonce"),
            hex(&account.session_nonce),
            "The nonce above, so that the session belongs to this report.",
        ),
        Field::new(
            name("directory_version"),
            account.directory_version.to_string(),
            "As above.",
        ),
        Field::new(
            name("position_version"),
            account.position_version.to_string(),
            "The anchor's own: which survey of its position.",
        ),
        Field::new(
            name("agent_key"),
            hex(&account.agent_key),
            "As above: the anchor saw the same key.",
        ),
        Field::new(
            name("transport"),
            account.transport().as_str_name(),
            "How the rounds travelled.",
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
    fields.extend(receipt_fields(&name, &ranging.receipt));
    fields
}

fn receipt_fields(name: &dyn Fn(&str) -> String, receipt: &[u8]) -> Vec<Field> {
    let Some((signature, inside)) = open::<wire::CoarseReceipt>(receipt) else {
        return vec![Field::new(
            name("receipt"),
            hex(receipt),
            "Bytes that do not decode as a coarse receipt.",
        )];
    };
    vec![
        Field::new(
            name("receipt.account_hash"),
            hex(&inside.account_hash),
            "Hash of all of this.",
        ),
        Field::new(
            name("receipt.anchor_key"),
            hex(&inside.anchor_key),
            "As above.",
        ),
        Field::new(
            name("receipt.limit_ns"),
            inside.limit_ns.to_string(),
            "As above.",
        ),
        Field::new(
            name("receipt.signature"),
            hex(&signature),
            "The anchor's signature.",
        ),
    ]
}

fn open<M: prost::Message + Default>(bytes: &[u8]) -> Option<(Vec<u8>, M)> {
    let signed: wire::Signed = codec::decode(bytes, MAX_TO_ANCHOR).ok()?;
    let inside = codec::decode(&signed.payload, MAX_TO_ANCHOR).ok()?;
    Some((signed.signature, inside))
}
