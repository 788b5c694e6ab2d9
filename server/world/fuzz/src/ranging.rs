//! Datagrams, transcripts, accounts and receipts, as agent and anchor read them.

use domicile_proto::ranging::agent::AgentSession;
use domicile_proto::ranging::{ROUNDS, SessionFacts, SessionNonce, datagram, receipt};
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::types::Key;
use domicile_proto::wire::Transport;

/// Checks one input.
pub fn check(bytes: &[u8]) {
    if let Ok(packet) = datagram::decode(bytes) {
        assert_eq!(&datagram::encode(&packet)[..], bytes);
    }
    let facts = SessionFacts {
        exporter: [1; 32],
        session_nonce: SessionNonce::read(&[2; 60]).expect("60 bytes"),
        anchor_key: Key([3; 32]),
        directory_version: 4,
        agent_key: Key([5; 32]),
        transport: Transport::QuicDatagram,
    };
    let mut session = AgentSession::new(facts, [[6; 8]; ROUNDS]);
    for (now_ns, packet) in (0..).zip(bytes.chunks(10)) {
        let _ = session.handle_datagram(now_ns, packet);
    }
    let _ = session.compare(bytes);
    // A hostile end signs whatever it likes.
    let key = SigningKey::from_seed(&[7; 32]);
    let account = key.sign(Domain::AgentTranscript, bytes.to_vec());
    let _ = receipt::check_account(&account, &key.public(), bytes);
    let signed = key.sign(Domain::RangingReceipt, bytes.to_vec());
    let _ = receipt::check_receipt(&signed, &key.public(), &account);
}
