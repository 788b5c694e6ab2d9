//! One anchor's coarse session: a limit that the anchor's stopwatch kept, instead of a round trip.
//!
//! The order of the checks and whose fault each failure is are those of `session.rs`. The limit is
//! a cap like any other, only wider; nothing here or behind it may take it for a measured time. Its
//! time is a whole minute: the session lies in the two minutes from its start.

use super::session::{Examined, Measured, Scope, Session, is_retired};
use domicile_proto::codec::{self, CodecError};
use domicile_proto::frame::{MAX_TO_AGENT, MAX_TO_ANCHOR};
use domicile_proto::ranging::coarse::{self, MINUTE_MS, SPAN_MS};
use domicile_proto::sign::{self, Domain, sha256};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, AnchorOutcome, InvalidReason, Transport};

/// The messages inside a ranging, as far as they decode.
struct Parts {
    receipt: Result<(wire::Signed, wire::CoarseReceipt), CodecError>,
    account: Result<(wire::Signed, wire::CoarseAccount), CodecError>,
}

impl Parts {
    fn read(ranging: &wire::Ranging) -> Self {
        let receipt = codec::decode::<wire::Signed>(&ranging.receipt, MAX_TO_AGENT);
        let account = codec::decode::<wire::Signed>(&ranging.transcript, MAX_TO_ANCHOR);
        Self {
            receipt: receipt.and_then(|signed| {
                let inside = codec::decode(&signed.payload, MAX_TO_AGENT)?;
                Ok((signed, inside))
            }),
            account: account.and_then(|signed| {
                let inside = codec::decode(&signed.payload, MAX_TO_ANCHOR)?;
                Ok((signed, inside))
            }),
        }
    }

    /// The anchor that the receipt names, else the one that the account names.
    fn anchor_key(&self) -> Option<Key> {
        let key = |bytes: &[u8]| Key::read("anchor_key", bytes).ok();
        let receipt = self.receipt.as_ref().ok();
        receipt
            .and_then(|(_, receipt)| key(&receipt.anchor_key))
            .or_else(|| key(&self.account.as_ref().ok()?.1.anchor_key))
    }
}

/// Takes one coarse ranging as far as its own bytes carry.
pub(super) fn examine<'a>(ranging: &wire::Ranging, scope: &Scope<'a>) -> Examined<'a> {
    let parts = Parts::read(ranging);
    let Some(key) = parts.anchor_key() else {
        return Examined::Rejected(None, AnchorOutcome::ReceiptInvalid);
    };
    let rejected = |outcome| Examined::Rejected(Some(key), outcome);
    let invalid = |reason| Examined::Invalid(key, reason);

    let Some((index, anchor)) = scope.anchor(&key) else {
        return rejected(AnchorOutcome::Unknown);
    };
    if let Ok((_, account)) = &parts.account {
        let (start_ms, end_ms) = span(account);
        if account.anchor_key == key.0 && is_retired(anchor, start_ms, end_ms) {
            return rejected(AnchorOutcome::Retired);
        }
    }
    if !scope.drawn.contains(&index) {
        return rejected(AnchorOutcome::NotDrawn);
    }
    let Parts {
        receipt: Ok((receipt_signed, receipt)),
        account: Ok((account_signed, account)),
    } = parts
    else {
        return rejected(AnchorOutcome::ReceiptInvalid);
    };
    if receipt.account_hash.len() != 32
        || sign::verify(Domain::CoarseReceipt, &key, &receipt_signed).is_err()
    {
        return rejected(AnchorOutcome::ReceiptInvalid);
    }
    let hash = sha256(&ranging.transcript);
    if receipt.account_hash != hash.0 {
        return invalid(InvalidReason::FalseTranscript);
    }
    let agent = &scope.report.agent_key;
    if sign::verify(Domain::CoarseAccount, agent, &account_signed).is_err() {
        return invalid(InvalidReason::TranscriptSignature);
    }
    if !is_well_made(&account) || receipt.limit_ns != account.limit_ns {
        return rejected(AnchorOutcome::ReceiptInvalid);
    }
    let of_this_session = account.session_nonce == scope.report.nonce.as_bytes()
        && account.agent_key == agent.0
        && account.anchor_key == key.0
        && account.directory_version == scope.report.directory_version;
    if !of_this_session {
        return rejected(AnchorOutcome::OtherSession);
    }
    let (start_ms, end_ms) = span(&account);
    Examined::Authentic(Session {
        anchor,
        hash,
        position_version: account.position_version,
        start_ms,
        end_ms,
        measured: Measured::Limit {
            limit_ns: (account.limit_ns != 0).then_some(account.limit_ns),
            agent_agrees: account.agent_agrees,
        },
        tunnelled: account.transport() == Transport::TlsTcp,
        proxied: account.proxied,
    })
}

/// The time in which the session lies, Unix time in ms.
fn span(account: &wire::CoarseAccount) -> (u64, u64) {
    let start_ms = account.start_minute.saturating_mul(MINUTE_MS);
    (start_ms, start_ms.saturating_add(SPAN_MS))
}

/// What both ends make of every transcript that follows the rules.
fn is_well_made(account: &wire::CoarseAccount) -> bool {
    let transport = Transport::try_from(account.transport);
    account.transcript_hash.len() == 32
        && transport.is_ok_and(|transport| transport != Transport::Unspecified)
        && coarse::limit(account.limit_ns).is_ok()
        && (account.limit_ns != 0 || !account.agent_agrees)
}
