//! Synthetic worlds for tests, benches and fuzzing: a directory, hosts, and evidence made from a true
//! place and its round trips. Everything comes from fixed seeds; nothing here is for a real program.
//!
//! Start at [`World::new`], then [`World::enrol`], [`Trip`] and [`World::report`].
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)] // builders of tests: they panic on misuse

mod cities;
pub mod devices;
mod session;

pub use cities::{CITIES, City, POLICY};
pub use session::{Session, Timing, Trip, least_rtt_ns};

use crate::enrolment::{self, Enrolment};
use crate::policy::Policy;
use crate::verify::{Appraised, EvidenceContext, EvidenceError, verify};
use domicile_certs::Trust;
use domicile_certs::authority::{Authority, Ca};
use domicile_certs::issue::{AgentIssuer, Period, Profile};
use domicile_certs::random::Seeded;
use domicile_certs::revocation::Revocations;
use domicile_geo::{Territories, UnitVec, convert};
use domicile_proto::challenge::{MacKey, Nonce};
use domicile_proto::codec;
use domicile_proto::directory::Directory;
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::types::Key;
use domicile_proto::wire;
use rustls_pki_types::CertificateDer;

/// Version of every world's directory.
pub const DIRECTORY_VERSION: u64 = 4;

/// The time of every world, Unix ms.
pub const NOW_MS: u64 = 1_790_000_000_000;

/// Trust domains of the default world; each metro has three of them.
pub const PROVIDERS: u8 = 5;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// A vendor, its directory and the private keys of everything in it.
pub struct World {
    /// The signed directory.
    pub directory: Directory,
    /// Its encoded Signed form.
    pub directory_bytes: Vec<u8>,
    /// What programs trust.
    pub trust: Trust,
    /// The anchors' keys, in the directory's order.
    pub anchors: Vec<SigningKey>,
    /// The collector's key.
    pub collector: SigningKey,
    /// The key of the collector's log.
    pub log: SigningKey,
    authority: Authority,
    issuer: AgentIssuer,
}

/// An enrolled host.
pub struct Host {
    /// Its private key.
    pub key: SigningKey,
    /// The encoded enrolment record.
    pub record: Vec<u8>,
    /// The same, checked.
    pub enrolment: Enrolment,
    /// Its certificate chain.
    pub certificate: wire::CertificateChainRecord,
}

impl World {
    /// Three anchors of three of the [`PROVIDERS`] in each of the [`CITIES`]; *f* = 1, twelve anchors
    /// drawn, three domains of them near the declared metro.
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// The same with a change to the directory before it is signed.
    pub fn with(change: impl FnOnce(&mut wire::Directory)) -> Self {
        let mut random = Seeded::new(7);
        let authority = Authority::generate(&mut random, NOW_MS - 30 * DAY_MS).unwrap();
        let anchors: Vec<SigningKey> = (0..CITIES.len() * 3)
            .map(|index| seeded(b'a', index))
            .collect();
        let (collector, log) = (seeded(b'c', 0), seeded(b'l', 0));
        let mut message = directory(&anchors, &collector, &log);
        change(&mut message);
        let signed = authority
            .directory_key()
            .sign(Domain::Directory, codec::encode(&message));
        let directory_bytes = codec::encode(&signed);
        let trust = authority.trust();
        Self {
            directory: Directory::open(&directory_bytes, &trust.directory_key).unwrap(),
            issuer: authority.agent_issuer().unwrap(),
            directory_bytes,
            trust,
            anchors,
            collector,
            log,
            authority,
        }
    }

    /// Enrols a host of operator `acme` that declares this metro, under this licence.
    pub fn enrol(&self, seed: usize, metro: &str, licence: &str) -> Host {
        self.enrol_as(seed, metro, licence, "acme")
    }

    /// The same with another operator.
    pub fn enrol_as(&self, seed: usize, metro: &str, licence: &str, operator: &str) -> Host {
        let city = CITIES.iter().find(|city| city.id == metro).unwrap();
        let key = seeded(b'h', seed);
        let leaf = self
            .issuer
            .issue(&key.public(), [0x41; 16], NOW_MS - DAY_MS, 8 * DAY_MS)
            .unwrap();
        let token = wire::Token {
            id: vec![9; 16],
            customer: "Acme Cloud".into(),
            operator: operator.into(),
            site: "site-1".into(),
            metro: metro.into(),
            territory: city.territory.into(),
            licence: licence.into(),
            uses: 1,
            not_before_ms: NOW_MS - 2 * DAY_MS,
            not_after_ms: NOW_MS + 30 * DAY_MS,
        };
        let token = self
            .authority
            .token_key()
            .sign(Domain::Token, codec::encode(&token));
        let record = codec::encode(&wire::EnrolmentRecord {
            agent_key: key.public().to_vec(),
            token: codec::encode(&token),
            machine_id_hash: vec![3; 32],
            certificate_hash: sha256(&leaf).to_vec(),
            enrolled_ms: NOW_MS - DAY_MS,
            inventory: None,
            tpm: None,
        });
        Host {
            enrolment: Enrolment::open(&record, &self.trust.token_key).unwrap(),
            certificate: wire::CertificateChainRecord {
                leaf: leaf.to_vec(),
                issuer: self.issuer.certificate().to_vec(),
            },
            key,
            record,
        }
    }

    /// The same host, enrolled with a TPM.
    pub fn with_tpm(&self, host: Host, tpm: wire::TpmEnrolment) -> Host {
        let record: wire::EnrolmentRecord =
            codec::decode(&host.record, enrolment::MAX_BYTES).unwrap();
        let record = codec::encode(&wire::EnrolmentRecord {
            tpm: Some(tpm),
            ..record
        });
        Host {
            enrolment: Enrolment::open(&record, &self.trust.token_key).unwrap(),
            record,
            ..host
        }
    }

    /// A collector's nonce for the host, issued at this time. `number` makes it unique.
    pub fn nonce(&self, host: &Host, issued_ms: u64, number: u8) -> Vec<u8> {
        let mac = MacKey::new(1, &[7; 32]);
        let version = self.directory.version;
        Nonce::issue(&mac, issued_ms, [number; 16], &host.key.public(), version)
            .as_bytes()
            .to_vec()
    }

    /// Another certificate of the host's key, as after a renewal.
    pub fn renewed(&self, host: &Host) -> wire::CertificateChainRecord {
        let key = host.key.public();
        let leaf = self
            .issuer
            .issue(&key, [0x43; 16], NOW_MS - DAY_MS, 8 * DAY_MS);
        wire::CertificateChainRecord {
            leaf: leaf.unwrap().to_vec(),
            ..host.certificate.clone()
        }
    }

    /// An auditor's certificate, valid now.
    pub fn auditor_certificate(&self, auditor: &Key) -> CertificateDer<'static> {
        let period = Period::starting(NOW_MS - DAY_MS, 4000 * DAY_MS);
        let profile = Profile::Auditor("auditor-1");
        let issuer = self.authority.ca(Ca::Auditor);
        issuer.issue(profile, auditor, [0x42; 16], period).unwrap()
    }

    /// The vendor's revocation lists: nobody is revoked.
    pub fn revocations(&self) -> Revocations {
        self.authority.revocations().unwrap()
    }

    /// Verifies evidence of a host as received at this time.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn verify(
        &self,
        host: &Host,
        evidence: &wire::Signed,
        received_ms: u64,
    ) -> Result<Appraised, EvidenceError> {
        let ctx = EvidenceContext {
            directory: &self.directory,
            enrolment: &host.enrolment,
            certificate: &host.certificate,
            agent_ca: &self.trust.agent_ca,
            received_ms,
        };
        verify(evidence, &ctx)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// Signs a report as this host.
    pub fn sign(&self, evidence: &wire::Evidence) -> wire::Signed {
        self.key.sign(Domain::Evidence, codec::encode(evidence))
    }
}

/// The policy [`POLICY`] with the territory data of the geometry crate.
pub fn policy() -> Policy {
    Policy::parse(POLICY.as_bytes(), Territories::builtin()).unwrap()
}

/// A point by degrees.
pub fn point(latitude: f64, longitude: f64) -> UnitVec {
    convert::unit_from_degrees(latitude, longitude).unwrap()
}

/// The key of a role and number.
pub fn seeded(role: u8, number: usize) -> SigningKey {
    let mut seed = [role; 32];
    seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
    SigningKey::from_seed(&seed)
}

fn directory(anchors: &[SigningKey], collector: &SigningKey, log: &SigningKey) -> wire::Directory {
    let address = |port: u32| {
        vec![wire::SocketAddress {
            ip: vec![127, 0, 0, 1],
            port,
        }]
    };
    let port = |index: usize| 10_000 + u32::try_from(index).unwrap();
    wire::Directory {
        version: DIRECTORY_VERSION,
        issued_ms: NOW_MS - 60 * DAY_MS,
        expires_ms: NOW_MS + 300 * DAY_MS,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 12,
        metros: CITIES
            .iter()
            .map(|city| wire::Metro {
                id: city.id.into(),
                territory: city.territory.into(),
                position: Some(city.position()),
            })
            .collect(),
        anchors: anchors
            .iter()
            .enumerate()
            .map(|(index, key)| {
                let (city, place) = (index / 3, index % 3);
                let provider = (city + place) % usize::from(PROVIDERS);
                wire::AnchorEntry {
                    key: key.public().to_vec(),
                    name: format!("{}-{place}", CITIES[city].id),
                    metro: CITIES[city].id.into(),
                    trust_domain: format!("provider-{provider}"),
                    operator: format!("operator-{provider}"),
                    addresses: address(port(index)),
                    tunnel_addresses: vec![],
                    position: Some(CITIES[city].position()),
                    valid_from_ms: NOW_MS - 400 * DAY_MS,
                    valid_until_ms: NOW_MS + 400 * DAY_MS,
                }
            })
            .collect(),
        collectors: vec![wire::CollectorEntry {
            key: collector.public().to_vec(),
            name: "collector-1".into(),
            addresses: address(9_000),
            tunnel_addresses: vec![],
            log_key: log.public().to_vec(),
            log_origin: "log.example/test".into(),
        }],
    }
}
