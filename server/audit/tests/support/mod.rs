//! A real log in a temporary folder, and the bundle of a verdict in it.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // each test file uses its part

pub mod server;

use clap::Parser as _;
use domicile_appraise::CODE_VERSION;
use domicile_appraise::devices::DeviceChains;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::devices::{chains_of, nonce_of, sign_with};
use domicile_appraise::testing::{Host, NOW_MS, POLICY, Timing, World, point, policy};
use domicile_audit::cli::Cli;
use domicile_audit::commands::{self, Exit};
use domicile_geo::Territories;
use domicile_ledger::{Kind, Log, LogKeyStatement, NewEntry, Options};
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::wire::{
    Bundle, ChainFinding, DeviceChainRecord, EkStanding, EvidenceRecord, LogHead, LoggedEntry,
    Signed, TpmEnrolment, TpmQuote, Verdict,
};
use domicile_spdm::pdi;
use domicile_spdm::testing::{Form, Vendor};
use domicile_tpm::testing::{SoftTpm, Statement};
use std::ffi::OsString;

/// A vendor, a host in Singapore with two sessions, and the log of it all.
pub struct Scene {
    pub world: World,
    pub host: Host,
    pub verdict: Verdict,
    pub bundle: Bundle,
    /// Kind and payload of what is in the log.
    pub records: Vec<(Kind, Vec<u8>)>,
}

/// A change to the verdict before the collector signs and logs it.
pub type Bend = fn(&mut Verdict);

impl Scene {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(bend: Bend) -> Self {
        Self::made(bend, None, None, None)
    }

    /// A host in coarse mode: of each anchor near it, only that its round trip was within this limit, ns.
    pub fn coarse(limit_ns: u64, bend: Bend) -> Self {
        Self::made(bend, None, Some(limit_ns), None)
    }

    /// The same with a TPM that signed the session, enrolled as certified by the issuer of this
    /// certificate.
    pub fn with_tpm(tpm: &SoftTpm, ek_certificate: &[u8]) -> Self {
        Self::made(|_| (), None, None, Some((tpm, ek_certificate)))
    }

    /// The same with a GPU that signed the session. Its chain is named by hash and stands in the log.
    pub fn with_device(vendor: &Vendor) -> Self {
        Self::made(|_| (), Some(vendor), None, None)
    }

    fn made(
        bend: Bend,
        vendor: Option<&Vendor>,
        limit_ns: Option<u64>,
        tpm: Option<(&SoftTpm, &[u8])>,
    ) -> Self {
        let world = World::new();
        let mut host = world.enrol(1, "sin", "asia");
        if let Some((tpm, ek_certificate)) = tpm {
            let enrolled = TpmEnrolment {
                ak_public: tpm.ak_public(),
                ek_public: tpm.ek_public(),
                ek_certificate: ek_certificate.to_vec(),
                ek: EkStanding::Certified.into(),
            };
            host = world.with_tpm(host, enrolled);
        }
        let report = |issued_ms: u64, number: u8| {
            let trip = world.trip(&host, point(1.35, 103.82), issued_ms, number);
            let Some(limit_ns) = limit_ns else {
                return world.honest(&host, &trip);
            };
            world.sealed(&host, &trip, |index, least| {
                let timing = Timing::same(least + least / 20 + 300_000);
                let session = world.session(&host, &trip, index, timing);
                let anchor = &world.anchors[index];
                (timing.anchor_ns <= limit_ns)
                    .then(|| session.seal_coarse(&host.key, anchor, limit_ns, |_| ()))
            })
        };
        let earlier = host.sign(&report(NOW_MS - 3_600_000, 1));
        let mut own = report(NOW_MS, 2);
        let mut device_chains = DeviceChains::default();
        let mut beside = (Kind::AuditRead, vec![1]);
        if let Some(vendor) = vendor {
            let device = vendor.device(pdi::Kind::Gpu, 7);
            sign_with(&mut own, &[(device, Form::default())]);
            device_chains = chains_of(vendor, &own);
            let certificates = std::mem::take(&mut own.device_reports[0].chain);
            let record = DeviceChainRecord { certificates };
            beside = (Kind::DeviceChain, codec::encode(&record));
        }
        if let Some((tpm, _)) = tpm {
            let (attest, signature) = tpm.sign(&Statement::over(&nonce_of(&own)));
            own.tpm = Some(TpmQuote { attest, signature });
        }
        let own = host.sign(&own);
        let compared = [world.verify(&host, &earlier, NOW_MS - 3_590_000).unwrap()];
        let appraised = world.verify(&host, &own, NOW_MS + 10_000).unwrap();
        let mut verdict = judge(&Inputs {
            appraised: &appraised,
            enrolment: &host.enrolment,
            policy: &policy(),
            territories: Territories::builtin(),
            chain: &[ChainFinding::Restart],
            compared: &compared,
            judged_ms: NOW_MS + 11_000,
            code_version: CODE_VERSION,
            device_chains: &device_chains,
        });
        bend(&mut verdict);
        let signed_verdict = world
            .collector
            .sign(Domain::Verdict, codec::encode(&verdict));
        let record = |evidence: &Signed, received_ms: u64, found: ChainFinding| {
            codec::encode(&EvidenceRecord {
                evidence: codec::encode(evidence),
                received_ms,
                certificate_hash: sha256(&host.certificate.leaf).to_vec(),
                chain: vec![found as i32],
            })
        };
        let records = vec![
            (Kind::Directory, world.directory_bytes.clone()),
            (Kind::Policy, POLICY.as_bytes().to_vec()),
            (Kind::CertificateChain, codec::encode(&host.certificate)),
            (Kind::Enrolment, host.record.clone()),
            (
                Kind::Evidence,
                record(&earlier, NOW_MS - 3_590_000, ChainFinding::First),
            ),
            beside,
            (
                Kind::Evidence,
                record(&own, NOW_MS + 10_000, ChainFinding::Restart),
            ),
            (Kind::Verdict, codec::encode(&signed_verdict)),
            (Kind::Liveness, vec![2]),
        ];
        let bundle = bundle(&world, &records);
        Self {
            world,
            host,
            verdict,
            bundle,
            records: records.to_vec(),
        }
    }

    /// The bundle's file.
    pub fn bytes(&self) -> Vec<u8> {
        codec::encode(&self.bundle)
    }
}

/// Runs the program's command line: its exit, what it wrote, or what it complained of.
pub async fn run<T: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = T>,
) -> (Exit, String) {
    let cli = Cli::try_parse_from(arguments).unwrap();
    let mut out = Vec::new();
    match commands::run(&cli, &mut out).await {
        Ok(exit) => (exit, String::from_utf8(out).unwrap()),
        Err(error) => (error.exit(), error.to_string()),
    }
}

/// Logs the records and puts the bundle together, by their places above.
pub fn bundle(world: &World, records: &[(Kind, Vec<u8>)]) -> Bundle {
    bundle_after(world, records, &[])
}

/// As [`bundle`], taken after the log's key was replaced by each of these in turn.
pub fn bundle_after(
    world: &World,
    records: &[(Kind, Vec<u8>)],
    rotations: &[SigningKey],
) -> Bundle {
    let folder = tempfile::tempdir().unwrap();
    let origin = "log.example/test";
    let (mut log, _) = Log::open(folder.path(), origin, &Options::default(), |_, _| ()).unwrap();
    let entries: Vec<NewEntry> = records
        .iter()
        .enumerate()
        .map(|(place, (kind, payload))| NewEntry {
            kind: *kind,
            time_ms: NOW_MS + place as u64,
            salt: sha256(&[place.to_le_bytes()[0]]).0,
            payload: payload.clone(),
        })
        .collect();
    log.append(&entries).unwrap();
    let mut key = &world.log;
    for new in rotations {
        let (index, root) = (log.size(), log.root());
        let statement = LogKeyStatement::rotation(key.ring(), new.ring(), origin, index, root);
        let entry = NewEntry {
            kind: Kind::LogKey,
            time_ms: NOW_MS + 100 + index,
            salt: [9; 32],
            payload: statement.note.into_bytes(),
        };
        log.append(&[entry]).unwrap();
        key = new;
    }
    let head = log.sign_head(key.ring()).unwrap();
    let logged = |index: u64| {
        let entry = log.read(index).unwrap();
        let proof = log.inclusion(index, head.size).unwrap();
        LoggedEntry {
            kind: u32::from(entry.kind as u8),
            time_ms: entry.time_ms,
            salt: entry.salt.to_vec(),
            payload: entry.payload,
            index,
            inclusion: proof.hashes.iter().map(|hash| hash.to_vec()).collect(),
        }
    };
    Bundle {
        version: 1,
        verdict: Some(logged(7)),
        evidence: Some(logged(6)),
        enrolment: Some(logged(3)),
        certificate_chain: Some(logged(2)),
        directories: vec![logged(0)],
        policy: Some(logged(1)),
        compared: vec![logged(4)],
        head: Some(LogHead {
            log_key: key.public().to_vec(),
            size: head.size,
            root: head.root.to_vec(),
            signature: head.signature.to_vec(),
        }),
        log_origin: origin.into(),
        compared_chains: vec![],
        device_chains: match records[5].0 {
            Kind::DeviceChain => vec![logged(5)],
            _ => vec![],
        },
        log_keys: (records.len() as u64..head.size).map(logged).collect(),
        checkpoint: vec![],
    }
}
