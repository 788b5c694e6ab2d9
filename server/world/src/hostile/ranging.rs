//! One anchor's session, done honestly up to the point where the impostor differs.

use domicile_certs::Identity;
use domicile_daemon::host::Host;
use domicile_daemon::net::Network;
use domicile_daemon::net::way::Way;
use domicile_daemon::range::{Opened, RangeError, Ranged, Visit, nonces};
use domicile_proto::codec::{self, CodecError};
use domicile_proto::directory::Anchor;
use domicile_proto::frame::MAX_TO_ANCHOR;
use domicile_proto::ranging::AgentSession;
use domicile_proto::sign::Domain;
use domicile_proto::wire;
use std::time::Duration;

/// What an impostor does with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Nothing.
    Honest,
    /// Writes a shorter time into each receipt, under the anchor's old signature.
    AlterReceipts,
    /// Signs transcripts with shorter times beside the receipts for the true ones.
    FalseTranscripts,
}

/// Ranges with one anchor in this manner.
pub(super) async fn range(
    network: &Network,
    host: &Host,
    identity: &Identity,
    anchor: &Anchor,
    visit: &Visit,
    patience: Duration,
    manner: Manner,
) -> Result<Ranged, RangeError> {
    let whole = async {
        let mut opened = Opened::open(network, identity, anchor, visit, patience).await?;
        let mut session = AgentSession::new(opened.facts().clone(), nonces(host));
        let transcript = opened.rounds(&*host.stopwatch, &mut session).await?;
        session.compare(&transcript)?;
        let transport = opened.facts().transport;
        let agent_min_rtt_ns = session.agent_rtts().into_iter().filter(|ns| *ns != 0).min();
        let account = session.account(transcript, visit.newest_head.clone());
        let (mut ranging, anchor_min_rtt_ns) = opened.conclude(identity, &account).await?;
        let broken = |error: CodecError| RangeError::NoReceipt(error.to_string());
        match manner {
            Manner::Honest => {}
            Manner::AlterReceipts => {
                ranging.receipt = altered(&ranging.receipt).map_err(broken)?;
            }
            Manner::FalseTranscripts => {
                ranging.transcript = falsified(identity, account).map_err(broken)?;
            }
        }
        Ok(Ranged {
            ranging,
            limit_ns: None,
            anchor_min_rtt_ns,
            agent_min_rtt_ns,
            way: Way::of(transport, false),
        })
    };
    tokio::time::timeout(patience, whole)
        .await
        .unwrap_or(Err(RangeError::Timeout(patience)))
}

/// How much of a true time an impostor admits to.
fn shorter(nanoseconds: u64) -> u64 {
    nanoseconds / 50
}

/// The receipt with a shorter time; the signature stays what it was.
fn altered(receipt: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut signed: wire::Signed = codec::decode(receipt, MAX_TO_ANCHOR)?;
    let mut inside: wire::RangingReceipt = codec::decode(&signed.payload, MAX_TO_ANCHOR)?;
    inside.min_rtt_ns = shorter(inside.min_rtt_ns);
    signed.payload = codec::encode(&inside);
    Ok(codec::encode(&signed))
}

/// The account with shorter times on both sides, signed by the host.
fn falsified(
    identity: &Identity,
    mut account: wire::AgentTranscript,
) -> Result<Vec<u8>, CodecError> {
    let mut inside: wire::RangingTranscript = codec::decode(&account.transcript, MAX_TO_ANCHOR)?;
    for round in &mut inside.rounds {
        round.rtt_ns = shorter(round.rtt_ns);
    }
    account.transcript = codec::encode(&inside);
    for rtt in &mut account.agent_rtt_ns {
        *rtt = shorter(*rtt);
    }
    let signed = identity
        .key
        .sign(Domain::AgentTranscript, codec::encode(&account));
    Ok(codec::encode(&signed))
}
