//! An agent as the collector sees it: whole reports from synthetic measurements.

use super::{Vendor, ask, connect, receipt, singapore};
use domicile_appraise::enrolment::Enrolment;
use domicile_appraise::testing::DIRECTORY_VERSION;
use domicile_appraise::testing::{Host, NOW_MS, Trip, World, seeded};
use domicile_certs::authority::Authority;
use domicile_certs::issue::DAY_MS;
use domicile_certs::keys::Identity;
use domicile_certs::random::Seeded;
use domicile_geo::UnitVec;
use domicile_proto::codec;
use domicile_proto::sign::{self, SigningKey};
use domicile_proto::types::Key;
use domicile_proto::wire;
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use quinn::Connection;
use rustls_pki_types::CertificateDer;
use std::net::SocketAddr;
use std::sync::Arc;

/// An agent: its key, what it shows in TLS, and where its chain of evidence stands.
pub struct Agent {
    pub identity: Identity,
    pub machine: [u8; 32],
    pub host: Option<Host>,
    server: Key,
    number: usize,
    pub epoch: [u8; 16],
    pub sequence: u64,
    pub previous: Vec<u8>,
}

impl Agent {
    pub fn new(vendor: &Vendor, number: usize) -> Self {
        Self::with_key(vendor, number, Arc::new(seeded(b'h', number)))
    }

    fn with_key(vendor: &Vendor, number: usize, key: Arc<SigningKey>) -> Self {
        Self {
            identity: Identity::self_signed(key).unwrap(),
            machine: [3; 32],
            host: None,
            server: vendor.collector_key(),
            number,
            epoch: [1; 16],
            sequence: 0,
            previous: Vec::new(),
        }
    }

    pub fn key(&self) -> Key {
        self.identity.key.public()
    }

    pub async fn enrol(&self, quic: SocketAddr, token: &wire::Signed) -> Reply {
        self.ask(quic, self.enrol_request(token)).await
    }

    pub fn enrol_request(&self, token: &wire::Signed) -> Request {
        Request::Enrol(wire::EnrolRequest {
            token: Some(token.clone()),
            machine_id_hash: self.machine.to_vec(),
            inventory: Some(wire::Inventory::default()),
            tpm: None,
        })
    }

    /// Takes the certificate of a reply.
    pub fn adopt(&mut self, token: &wire::Signed, now_ms: u64, reply: Reply) {
        let Reply::Certificate(certificate) = reply else {
            panic!("{reply:?}")
        };
        let leaf = CertificateDer::from(certificate.leaf.clone());
        self.identity = Identity::new(Arc::clone(&self.identity.key), vec![leaf]).unwrap();
        let record = codec::encode(&wire::EnrolmentRecord {
            agent_key: self.key().to_vec(),
            token: codec::encode(token),
            machine_id_hash: self.machine.to_vec(),
            certificate_hash: sign::sha256(&certificate.leaf).to_vec(),
            enrolled_ms: now_ms,
            inventory: None,
            tpm: None,
        });
        let authority = Authority::generate(&mut Seeded::new(7), NOW_MS - 30 * DAY_MS).unwrap();
        self.host = Some(Host {
            key: seeded(b'h', self.number),
            enrolment: Enrolment::open(&record, &authority.trust().token_key).unwrap(),
            record,
            certificate: wire::CertificateChainRecord {
                leaf: certificate.leaf,
                issuer: certificate.issuer,
            },
        });
    }

    pub fn host(&self) -> &Host {
        self.host.as_ref().unwrap()
    }

    pub async fn connect(&self, quic: SocketAddr) -> Connection {
        connect(quic, &self.identity, self.server).await.unwrap()
    }

    pub async fn ask(&self, quic: SocketAddr, request: Request) -> Reply {
        let connection = self.connect(quic).await;
        ask(&connection, request).await.unwrap()
    }

    pub async fn challenge(&self, quic: SocketAddr) -> wire::Challenge {
        match self
            .ask(
                quic,
                Request::Challenge(wire::ChallengeRequest {
                    directory_version: DIRECTORY_VERSION,
                }),
            )
            .await
        {
            Reply::Challenge(challenge) => challenge,
            other => panic!("{other:?}"),
        }
    }

    /// An honest report from `place` with this nonce, measured at `at_ms`, next in the chain.
    pub fn report(
        &mut self,
        world: &World,
        nonce: &[u8],
        place: UnitVec,
        at_ms: u64,
    ) -> wire::Signed {
        let trip = Trip {
            nonce: nonce.to_vec(),
            at_ms,
            place,
        };
        let evidence = world.honest(self.host(), &trip);
        self.finish(evidence)
    }

    /// Puts chain fields into a report and signs it.
    pub fn finish(&mut self, mut evidence: wire::Evidence) -> wire::Signed {
        evidence.boot_epoch = self.epoch.to_vec();
        evidence.sequence = self.sequence;
        evidence.previous_hash = self.previous.clone();
        let signed = self.host().sign(&evidence);
        self.sequence += 1;
        self.previous = sign::sha256(&codec::encode(&signed)).to_vec();
        signed
    }

    pub async fn submit(&self, quic: SocketAddr, signed: &wire::Signed) -> Reply {
        self.ask(quic, Request::Evidence(signed.clone())).await
    }

    /// A whole session of an honest host in Singapore. Gives the receipt.
    pub async fn session(&mut self, quic: SocketAddr, world: &World, now_ms: u64) -> wire::Signed {
        let challenge = self.challenge(quic).await;
        let signed = self.report(world, &challenge.nonce, singapore(), now_ms);
        receipt(self.submit(quic, &signed).await)
    }
}
