//! An agent on a socket of a virtual network, made of the sans-IO session.
#![allow(clippy::unwrap_used)]

use domicile_certs::{Identity, tls};
use domicile_proto::frame::{self, frame};
use domicile_proto::ranging::{AgentSession, ROUNDS, SessionFacts, SessionNonce, receipt};
use domicile_proto::sign::{Domain, sha256};
use domicile_proto::types::Key;
use domicile_proto::wire::{self, anchor_reply::Reply};
use domicile_proto::{ALPN_RANGE, EXPORTER_LABEL, codec};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{AsyncUdpSocket, ClientConfig, Endpoint, EndpointConfig, RecvStream, TokioRuntime};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::time::Instant;

/// One session with the anchor at `address`: the shortest round trip in its checked receipt, and
/// the agent's own, nanoseconds.
pub(crate) async fn range(
    socket: Arc<dyn AsyncUdpSocket>,
    identity: &Identity,
    anchor: Key,
    address: SocketAddr,
) -> (u64, u64) {
    let tls = QuicClientConfig::try_from(tls::client(identity, anchor, ALPN_RANGE).unwrap());
    let config = EndpointConfig::default();
    let mut endpoint =
        Endpoint::new_with_abstract_socket(config, None, socket, Arc::new(TokioRuntime)).unwrap();
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(tls.unwrap())));
    let connecting = endpoint.connect(address, tls::SERVER_NAME).unwrap();
    let connection = connecting.await.unwrap();
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    let nonce = SessionNonce::read(&[4; 60]).unwrap();
    let hello = wire::RangingHello {
        limit_ns: 0,
        session_nonce: nonce.as_bytes().to_vec(),
        directory_version: 1,
    };
    send.write_all(&frame(&hello)).await.unwrap();
    let mut exporter = [0; 32];
    connection
        .export_keying_material(&mut exporter, EXPORTER_LABEL, &anchor.0)
        .unwrap();
    let facts = SessionFacts {
        exporter,
        session_nonce: nonce,
        anchor_key: anchor,
        directory_version: 1,
        agent_key: identity.key.public(),
        transport: wire::Transport::QuicDatagram,
    };
    // Nobody in this world guesses: fixed nonces, so that a run can be repeated.
    let nonces: [[u8; 8]; ROUNDS] =
        std::array::from_fn(|round| sha256(&[round.to_le_bytes()[0]]).0[..8].try_into().unwrap());
    let mut session = AgentSession::new(facts, nonces);
    let start = Instant::now();
    let transcript = {
        let first = reply(&mut receive);
        tokio::pin!(first);
        loop {
            tokio::select! {
                biased;
                datagram = connection.read_datagram() => {
                    let now_ns = u64::try_from(start.elapsed().as_nanos()).unwrap();
                    if let Some(pong) = session.handle_datagram(now_ns, &datagram.unwrap()) {
                        connection.send_datagram(pong.to_vec().into()).unwrap();
                    }
                }
                first = &mut first => break first,
            }
        }
    };
    let Reply::Transcript(transcript) = transcript else {
        panic!("no transcript: {transcript:?}");
    };
    session.compare(&transcript).unwrap();
    let own = session.agent_rtts().into_iter().filter(|ns| *ns != 0).min();
    let account = codec::encode(&session.account(transcript, None));
    let account = identity.key.sign(Domain::AgentTranscript, account);
    send.write_all(&frame(&account)).await.unwrap();
    let Reply::Receipt(signed) = reply(&mut receive).await else {
        panic!("no receipt");
    };
    let receipt = receipt::check_receipt(&signed, &anchor, &account).unwrap();
    connection.close(0u32.into(), b"");
    (receipt.min_rtt_ns, own.unwrap())
}

async fn reply(receive: &mut RecvStream) -> Reply {
    let mut header = [0; frame::HEADER];
    receive.read_exact(&mut header).await.unwrap();
    let mut body = vec![0; frame::length(header, frame::MAX_TO_AGENT).unwrap()];
    receive.read_exact(&mut body).await.unwrap();
    let reply: wire::AnchorReply = codec::decode(&body, frame::MAX_TO_AGENT).unwrap();
    reply.reply.unwrap()
}
