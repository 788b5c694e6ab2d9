//! What a client accepts as the server: the pinned key, whatever names, dates and middle boxes
//! say. Real handshakes in memory.
#![allow(clippy::unwrap_used)]

mod common;

use common::{
    ALPN, Clock, NOW_MS, Refused, authority, connect, expired, future, identity, key, valid,
};
use domicile_certs::authority::Authority;
use domicile_certs::issue::{DAY_MS, Period, Profile};
use domicile_certs::tls::{self, ClientPolicy};
use domicile_certs::{Identity, random::Seeded};
use rustls::{CertificateError, ClientConfig, ServerConfig};
use std::sync::Arc;

fn server_of(authority: &Authority, identity: &Identity) -> ServerConfig {
    let revocations = Arc::new(authority.revocations().unwrap());
    let (policy, clock) = (ClientPolicy::AgentStrict, Arc::new(Clock(NOW_MS)));
    tls::server_at(
        identity,
        policy,
        &authority.trust(),
        revocations,
        &[ALPN],
        clock,
    )
    .unwrap()
}

fn client_of(authority: &Authority, pinned: &Identity) -> ClientConfig {
    let agent = identity(authority, Profile::Agent, 77, valid());
    tls::client(&agent, pinned.key.public(), ALPN).unwrap()
}

fn anchor(authority: &Authority, seed: u64, period: Period) -> Identity {
    identity(authority, Profile::Server("anchor"), seed, period)
}

fn refused_by_client(result: Result<common::Connected, Refused>) -> rustls::Error {
    match result {
        Err(Refused::ByClient(error)) => error,
        Err(Refused::ByServer(error)) => panic!("refused by the server: {error}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn the_pinned_key_is_accepted_over_tls13_without_name_ticket_or_resumption() {
    let ca = authority(1);
    let anchor = ca
        .identity(Profile::Server("a"), &mut Seeded::new(5), NOW_MS, DAY_MS)
        .unwrap();
    let (client, server) = (client_of(&ca, &anchor), server_of(&ca, &anchor));
    for _ in 0..2 {
        let mut made = connect(&client, &server).unwrap();
        assert_eq!(
            made.client.protocol_version(),
            Some(rustls::ProtocolVersion::TLSv1_3)
        );
        assert_eq!(
            made.client.handshake_kind(),
            Some(rustls::HandshakeKind::Full)
        );
        assert_eq!(made.client.tls13_tickets_received(), 0);
        assert_eq!(made.server.server_name(), None);
        assert_eq!(made.server.alpn_protocol(), Some(ALPN));
        assert!(made.client.early_data().is_none());
    }
}

#[test]
fn another_key_is_refused_although_the_same_ca_certified_it() {
    let ca = authority(1);
    let (pinned, other) = (anchor(&ca, 5, valid()), anchor(&ca, 6, valid()));
    let error = refused_by_client(connect(&client_of(&ca, &pinned), &server_of(&ca, &other)));
    assert_eq!(
        error,
        CertificateError::ApplicationVerificationFailure.into()
    );
}

#[test]
fn dates_do_not_count() {
    let ca = authority(1);
    for period in [expired(), future()] {
        let anchor = anchor(&ca, 5, period);
        connect(&client_of(&ca, &anchor), &server_of(&ca, &anchor)).unwrap();
    }
}

#[test]
fn a_host_clock_a_year_off_does_not_count() {
    let ca = authority(1);
    let anchor = anchor(&ca, 5, valid());
    for clock in [0, NOW_MS - 365 * DAY_MS, NOW_MS + 365 * DAY_MS] {
        let mut client = client_of(&ca, &anchor);
        client.time_provider = Arc::new(Clock(clock));
        connect(&client, &server_of(&ca, &anchor)).unwrap();
    }
}

#[test]
fn an_intercepting_proxy_is_refused() {
    let ca = authority(1);
    let anchor = anchor(&ca, 5, valid());
    let client = client_of(&ca, &anchor);
    let with_own_key = identity(&authority(9), Profile::Server("anchor"), 66, valid());
    refused_by_client(connect(&client, &server_of(&ca, &with_own_key)));
    // The right certificate, which is public, without its key.
    let with_borrowed_certificate = Identity {
        key: Arc::new(key(66)),
        chain: anchor.chain.clone(),
    };
    let server = server_of(&ca, &with_borrowed_certificate);
    let error = refused_by_client(connect(&client, &server));
    assert_eq!(error, CertificateError::BadSignature.into());
}

#[test]
fn a_self_signed_server_with_the_pinned_key_is_accepted() {
    let ca = authority(1);
    let bare = Identity::self_signed(key(5)).unwrap();
    connect(&client_of(&ca, &bare), &server_of(&ca, &bare)).unwrap();
}

#[test]
fn tls12_is_refused_on_both_sides() {
    let ca = authority(1);
    let anchor = anchor(&ca, 5, valid());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let old_client = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    assert!(matches!(
        connect(&old_client, &server_of(&ca, &anchor)),
        Err(Refused::ByServer(_))
    ));
    let mut seed = [9; 48];
    seed[..16].copy_from_slice(&[
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ]);
    let own_key = Identity::self_signed(domicile_proto::sign::SigningKey::from_seed(&[9; 32]));
    let old_server = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            own_key.unwrap().chain,
            rustls_pki_types::PrivatePkcs8KeyDer::from(seed.to_vec()).into(),
        )
        .unwrap();
    assert!(connect(&client_of(&ca, &anchor), &old_server).is_err());
}

#[test]
fn quinn_takes_both_configurations() {
    let ca = authority(1);
    let anchor = anchor(&ca, 5, valid());
    quinn::crypto::rustls::QuicClientConfig::try_from(client_of(&ca, &anchor)).unwrap();
    quinn::crypto::rustls::QuicServerConfig::try_from(server_of(&ca, &anchor)).unwrap();
}
