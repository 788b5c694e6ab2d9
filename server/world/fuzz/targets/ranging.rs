//! Datagrams, transcripts, accounts and receipts, as agent and anchor read them.
#![no_main]

use domicile_proto::ranging::agent::AgentSession;
use domicile_proto::ranging::{ROUNDS, SessionFacts, SessionNonce, datagram, receipt};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Key;
use domicile_proto::wire::{Signed, Transport};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
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
    let key = SigningKey::from_seed(&[7; 32]);
    let signed = Signed { payload: bytes.to_vec(), signature: vec![0; 64] };
    let _ = receipt::check_account(&signed, &key.public(), bytes);
    let _ = receipt::check_receipt(&signed, &key.public(), &signed);
});
