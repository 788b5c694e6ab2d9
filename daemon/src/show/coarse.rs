//! The fields of a coarse ranging: what takes the place of the round trips.

use super::fields::{Field, hex};
use super::ranging::{Scope, closing_fields, open};
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
    ];
    let scope = Scope {
        session_nonce: &account.session_nonce,
        directory_version: account.directory_version,
        position_version: account.position_version,
        agent_key: &account.agent_key,
        transport: account.transport(),
    };
    fields.extend(scope.fields(&name));
    fields.extend(closing_fields(
        &name,
        account.newest_head.as_ref(),
        account.proxied,
        &signature,
    ));
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
