//! Whom a server lets in: every kind of client against every policy, in real handshakes in
//! memory, and revocation while it runs.
#![allow(clippy::unwrap_used)]

mod common;

use common::{
    ALPN, Clock, NOW_MS, Refused, authority, connect, expired, future, identity, issue, key,
    serial_of, valid,
};
use domicile_certs::Identity;
use domicile_certs::authority::{Authority, Ca};
use domicile_certs::issue::{DAY_MS, Period, Profile, RevocationReason, Revoked};
use domicile_certs::revocation::{Reload, Revocations};
use domicile_certs::tls::{self, ClientPolicy, PeerError, Standing};
use domicile_certs::x509::Serial;
use rustls::{CertificateError, ServerConfig};
use std::path::Path;
use std::sync::Arc;

const REVOKED_AGENT: u64 = 900;
const REVOKED_AUDITOR: u64 = 901;

struct World {
    ca: Authority,
    anchor: Identity,
    revocations: Arc<Revocations>,
}

fn list(ca: &Authority, of: Ca, number: u64, serials: &[u64]) -> Vec<u8> {
    let entry = |serial: &u64| Revoked {
        serial: Serial(serial_of(*serial)),
        revoked_ms: NOW_MS - 1000,
        reason: RevocationReason::KeyCompromise,
    };
    let revoked: Vec<_> = serials.iter().map(entry).collect();
    let period = Period::starting(NOW_MS, DAY_MS);
    let der = ca.ca(of).revocation_list(number, period, &revoked).unwrap();
    der.to_vec()
}

impl World {
    fn new() -> Self {
        let ca = authority(1);
        let anchor = identity(&ca, Profile::Server("anchor"), 5, valid());
        let agents = list(&ca, Ca::Agent, 2, &[REVOKED_AGENT]);
        let auditors = list(&ca, Ca::Auditor, 2, &[REVOKED_AUDITOR]);
        let revocations = Revocations::from_bytes(&agents, &auditors, &ca.trust()).unwrap();
        Self {
            ca,
            anchor,
            revocations: Arc::new(revocations),
        }
    }

    fn server(&self, policy: ClientPolicy) -> ServerConfig {
        server(&self.ca, &self.anchor, policy, &self.revocations)
    }

    /// What each policy answers, in the order strict, or-new, auditor.
    fn answers(&self, client: &Identity) -> [bool; 3] {
        let config = tls::client(client, self.anchor.key.public(), ALPN).unwrap();
        [
            ClientPolicy::AgentStrict,
            ClientPolicy::AgentOrNew,
            ClientPolicy::Auditor,
        ]
        .map(|policy| match connect(&config, &self.server(policy)) {
            Ok(_) => true,
            Err(Refused::ByServer(_)) => false,
            Err(Refused::ByClient(error)) => panic!("the client refused: {error}"),
        })
    }

    fn standing(&self, client: &Identity) -> Result<Standing, PeerError> {
        let peer = tls::peer(&client.chain, &self.ca.trust(), &self.revocations, NOW_MS)?;
        assert_eq!(peer.key, client.key.public());
        Ok(peer.standing)
    }
}

fn server(
    ca: &Authority,
    anchor: &Identity,
    policy: ClientPolicy,
    revocations: &Arc<Revocations>,
) -> ServerConfig {
    let clock = Arc::new(Clock(NOW_MS));
    let revocations = revocations.clone();
    tls::server_at(anchor, policy, &ca.trust(), revocations, &[ALPN], clock).unwrap()
}

const NOBODY: [bool; 3] = [false, false, false];

#[test]
fn agents() {
    let world = World::new();
    let agent = |serial, period| identity(&world.ca, Profile::Agent, serial, period);
    let serial = Serial(serial_of(10));

    let good = agent(10, valid());
    assert_eq!(world.answers(&good), [true, true, false]);
    let not_after_ms = valid().until_ms;
    let enrolled = Standing::Enrolled {
        serial,
        not_after_ms,
    };
    assert_eq!(world.standing(&good), Ok(enrolled));

    let old = agent(10, expired());
    assert_eq!(world.answers(&old), [false, true, false]);
    assert_eq!(world.standing(&old), Ok(Standing::Expired { serial }));

    assert_eq!(world.answers(&agent(10, future())), NOBODY);

    for period in [valid(), expired()] {
        let revoked = agent(REVOKED_AGENT, period);
        assert_eq!(world.answers(&revoked), NOBODY);
        let serial = Serial(serial_of(REVOKED_AGENT));
        assert_eq!(world.standing(&revoked), Ok(Standing::Revoked { serial }));
    }
    // Serial numbers are those of one CA: an agent may have a revoked auditor's.
    assert_eq!(
        world.answers(&agent(REVOKED_AUDITOR, valid())),
        [true, true, false]
    );
}

#[test]
fn new_keys() {
    let world = World::new();
    let new = Identity::self_signed(key(20)).unwrap();
    assert_eq!(world.answers(&new), [false, true, false]);
    assert_eq!(world.standing(&new), Ok(Standing::Unenrolled));
}

#[test]
fn a_key_that_certifies_itself_does_so_in_one_form() {
    let world = World::new();
    let new = Identity::self_signed(key(20)).unwrap();
    let leaf = new.chain[0].to_vec();
    for bit in 0..8 * leaf.len() {
        let mut bad = leaf.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let answer = tls::peer(&[bad.into()], &world.ca.trust(), &world.revocations, NOW_MS);
        assert!(answer.is_err(), "bit {bit}: {answer:?}");
    }
    // rcgen's default subject is a name.
    let mut named = rcgen::CertificateParams::default();
    named.serial_number = Some(1.into());
    let signer = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let chain = [named.self_signed(&signer).unwrap().into()];
    let answer = tls::peer(&chain, &world.ca.trust(), &world.revocations, NOW_MS);
    assert!(matches!(answer, Err(PeerError::Purpose(_))), "{answer:?}");
}

#[test]
fn auditors() {
    let world = World::new();
    let auditor = |serial, period| identity(&world.ca, Profile::Auditor("Ana"), serial, period);
    let good = auditor(30, valid());
    assert_eq!(world.answers(&good), [false, false, true]);
    let peer = tls::peer(&good.chain, &world.ca.trust(), &world.revocations, NOW_MS).unwrap();
    assert_eq!(peer.subject.as_deref(), Some("Ana"));
    assert!(matches!(peer.standing, Standing::Auditor { .. }));

    assert_eq!(world.answers(&auditor(30, expired())), NOBODY);
    assert_eq!(world.answers(&auditor(30, future())), NOBODY);
    assert_eq!(world.answers(&auditor(REVOKED_AUDITOR, valid())), NOBODY);
    assert_eq!(
        world.answers(&auditor(REVOKED_AGENT, valid())),
        [false, false, true]
    );
}

#[test]
fn strangers() {
    let world = World::new();
    let ca = &world.ca;
    let other = authority(2);
    let mine = |leaf| Identity::new(key(40), vec![leaf]).unwrap();
    let of = |from: &Authority, which, profile| {
        mine(issue(from, which, profile, &key(40).public(), 40, valid()))
    };
    // Another vendor's CAs have the same names as ours.
    assert_eq!(
        world.answers(&of(&other, Ca::Agent, Profile::Agent)),
        NOBODY
    );
    assert_eq!(
        world.answers(&of(&other, Ca::Auditor, Profile::Auditor("Eve"))),
        NOBODY
    );
    // Even when it sends its own intermediate along.
    let mut with_chain = of(&other, Ca::Agent, Profile::Agent);
    with_chain
        .chain
        .push(other.ca(Ca::Agent).certificate().clone());
    assert_eq!(world.answers(&with_chain), NOBODY);
    // Our other CAs do not issue for clients.
    assert_eq!(
        world.answers(&of(ca, Ca::Server, Profile::Server("anchor"))),
        NOBODY
    );
    assert_eq!(world.answers(&of(ca, Ca::Server, Profile::Agent)), NOBODY);
    assert_eq!(world.answers(&of(ca, Ca::Root, Profile::Agent)), NOBODY);
    // The right CA, another shape.
    assert_eq!(
        world.answers(&of(ca, Ca::Agent, Profile::Server("anchor"))),
        NOBODY
    );
    assert_eq!(
        world.answers(&of(ca, Ca::Agent, Profile::Auditor("Eve"))),
        NOBODY
    );
    assert_eq!(
        world.answers(&of(ca, Ca::Agent, Profile::ClientCa("Eve"))),
        NOBODY
    );
    assert_eq!(world.answers(&of(ca, Ca::Auditor, Profile::Agent)), NOBODY);
    // A key that certifies itself under a name, or as a CA.
    let root = |name| domicile_certs::issue::Issuer::root(key(40), name, serial_of(1), valid());
    for name in ["Eve", "Domicile agent CA", "Domicile root"] {
        assert_eq!(
            world.answers(&mine(root(name).unwrap().certificate().clone())),
            NOBODY
        );
    }
}

#[test]
fn a_certificate_without_its_key_is_refused() {
    let world = World::new();
    let agent = identity(&world.ca, Profile::Agent, 10, valid());
    let new = Identity::self_signed(key(20)).unwrap();
    let auditor = identity(&world.ca, Profile::Auditor("Ana"), 30, valid());
    for chain in [agent.chain, new.chain, auditor.chain] {
        let key = Arc::new(key(50));
        assert_eq!(world.answers(&Identity { key, chain }), NOBODY);
    }
}

#[test]
fn a_client_without_certificate_is_refused() {
    let world = World::new();
    let agent = identity(&world.ca, Profile::Agent, 10, valid());
    let mut config = tls::client(&agent, world.anchor.key.public(), ALPN).unwrap();
    config.client_auth_cert_resolver = Arc::new(NoCertificate);
    for policy in [
        ClientPolicy::AgentStrict,
        ClientPolicy::AgentOrNew,
        ClientPolicy::Auditor,
    ] {
        match connect(&config, &world.server(policy)) {
            Err(Refused::ByServer(rustls::Error::NoCertificatesPresented)) => {}
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("{policy:?} let it in"),
        }
    }
}

#[derive(Debug)]
struct NoCertificate;

impl rustls::client::ResolvesClientCert for NoCertificate {
    fn resolve(
        &self,
        _: &[&[u8]],
        _: &[rustls::SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

#[test]
fn every_bit_of_an_agents_certificate_counts() {
    let world = World::new();
    let good = identity(&world.ca, Profile::Agent, 10, valid());
    let leaf = good.chain[0].to_vec();
    for bit in 0..8 * leaf.len() {
        let mut bad = leaf.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let answer = tls::peer(&[bad.into()], &world.ca.trust(), &world.revocations, NOW_MS);
        assert!(answer.is_err(), "bit {bit}: {answer:?}");
    }
}

fn store(folder: &Path, ca: Ca, bytes: &[u8]) {
    let path = folder.join(ca.name()).with_extension("crl");
    domicile_certs::files::replace(&path, bytes, 0o644).unwrap();
}

#[test]
fn a_revocation_counts_as_soon_as_the_list_is_reloaded_and_no_bad_list_undoes_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let ca = &world.ca;
    let agent = identity(ca, Profile::Agent, 10, valid());
    store(folder.path(), Ca::Agent, &list(ca, Ca::Agent, 1, &[]));
    assert!(
        Revocations::load(folder.path(), &ca.trust()).is_err(),
        "a list is missing"
    );
    store(folder.path(), Ca::Auditor, &list(ca, Ca::Auditor, 1, &[]));
    let revocations = Arc::new(Revocations::load(folder.path(), &ca.trust()).unwrap());
    let server = server(ca, &world.anchor, ClientPolicy::AgentOrNew, &revocations);
    let client = tls::client(&agent, world.anchor.key.public(), ALPN).unwrap();

    connect(&client, &server).unwrap();
    assert_eq!(revocations.reload_if_changed().unwrap(), Reload::Unchanged);

    store(folder.path(), Ca::Agent, &list(ca, Ca::Agent, 5, &[10]));
    connect(&client, &server).unwrap();
    assert_eq!(revocations.reload_if_changed().unwrap(), Reload::Reloaded);
    let refused = |why: &str| match connect(&client, &server) {
        Err(Refused::ByServer(error)) => {
            assert_eq!(error, CertificateError::Revoked.into(), "{why}");
        }
        _ => panic!("{why}: let in"),
    };
    refused("revoked");

    let foreign = list(&authority(2), Ca::Agent, 9, &[]);
    let of_another_ca = list(ca, Ca::Auditor, 9, &[]);
    let older = list(ca, Ca::Agent, 4, &[]);
    let mut altered = list(ca, Ca::Agent, 9, &[]);
    *altered.last_mut().unwrap() ^= 1;
    let half = &older[..older.len() / 2];
    let bad: [&[u8]; 6] = [&foreign, &of_another_ca, &older, &altered, half, b""];
    for bytes in bad {
        store(folder.path(), Ca::Agent, bytes);
        assert!(revocations.reload_if_changed().is_err());
        assert_eq!(revocations.reload_if_changed().unwrap(), Reload::Unchanged);
        refused("after a bad list");
    }
    std::fs::remove_file(folder.path().join("agent-ca.crl")).unwrap();
    assert!(revocations.reload_if_changed().is_err());
    refused("after the list is gone");

    store(folder.path(), Ca::Agent, &list(ca, Ca::Agent, 6, &[]));
    assert_eq!(revocations.reload_if_changed().unwrap(), Reload::Reloaded);
    connect(&client, &server).unwrap();
}

#[derive(Debug)]
struct OneKey(domicile_proto::types::Key);

impl tls::Members for OneKey {
    fn admits(&self, key: &domicile_proto::types::Key) -> bool {
        *key == self.0
    }
}

#[test]
fn a_member_is_let_in_by_its_key_and_nobody_else_by_his() {
    let world = World::new();
    let [member, stranger] = [21, 22].map(|seed| Identity::self_signed(key(seed)).unwrap());
    let server = tls::server_with_members(
        &world.anchor,
        ClientPolicy::AgentStrict,
        Arc::new(OneKey(member.key.public())),
        &world.ca.trust(),
        Arc::clone(&world.revocations),
        &[ALPN],
        Arc::new(Clock(NOW_MS)),
    )
    .unwrap();
    let admitted = |client: &Identity| {
        let config = tls::client(client, world.anchor.key.public(), ALPN).unwrap();
        connect(&config, &server).is_ok()
    };
    assert!(admitted(&member));
    assert!(!admitted(&stranger));
    // The member's certificate without its key.
    let forged = Identity {
        key: stranger.key.clone(),
        chain: member.chain.clone(),
    };
    assert!(!admitted(&forged));
    // Agents as before.
    let agent = identity(&world.ca, Profile::Agent, 23, valid());
    assert!(admitted(&agent));
}
