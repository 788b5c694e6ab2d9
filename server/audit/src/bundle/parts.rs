//! What stands in a bundle: records of their kinds, each under the log's signed head.

use domicile_certs::Trust;
use domicile_ledger::witness::{KeyUse, VerifierKey};
use domicile_ledger::{Head, Kind, Leaf, LogKeyRecord, LogKeys, LogKeysError, verify_inclusion};
use domicile_proto::codec::{self, array};
use domicile_proto::devices;
use domicile_proto::directory::{Collector, Directory};
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::sign::sha256;
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{
    Bundle, CertificateChainRecord, DeviceChainRecord, EvidenceRecord, LogHead, LoggedEntry, Signed,
};

/// The most sessions that one verdict was compared with.
const MAX_COMPARED: usize = 64;

/// Largest record other than a directory or policy, bytes.
const MAX_RECORD: usize = 2 * MAX_TO_COLLECTOR;

/// The parts of a bundle, each known to be there. Nothing else about them is known.
pub(super) struct Parts<'a> {
    pub(super) verdict: &'a LoggedEntry,
    pub(super) evidence: &'a LoggedEntry,
    pub(super) enrolment: &'a LoggedEntry,
    pub(super) certificate_chain: &'a LoggedEntry,
    pub(super) directories: &'a [LoggedEntry],
    pub(super) policy: &'a LoggedEntry,
    pub(super) compared: &'a [LoggedEntry],
    pub(super) compared_chains: &'a [LoggedEntry],
    pub(super) device_chains: &'a [LoggedEntry],
    pub(super) head: &'a LogHead,
    pub(super) log_origin: &'a str,
    pub(super) log_keys: &'a [LoggedEntry],
}

impl<'a> Parts<'a> {
    pub(super) fn of(bundle: &'a Bundle) -> Result<Self, String> {
        let parts = Self {
            verdict: part("verdict", bundle.verdict.as_ref())?,
            evidence: part("evidence", bundle.evidence.as_ref())?,
            enrolment: part("enrolment", bundle.enrolment.as_ref())?,
            certificate_chain: part("certificate_chain", bundle.certificate_chain.as_ref())?,
            directories: &bundle.directories,
            policy: part("policy", bundle.policy.as_ref())?,
            compared: &bundle.compared,
            compared_chains: &bundle.compared_chains,
            device_chains: &bundle.device_chains,
            head: part("head", bundle.head.as_ref())?,
            log_origin: &bundle.log_origin,
            log_keys: &bundle.log_keys,
        };
        let most = MAX_COMPARED + 1;
        for (name, entries) in [
            ("directories", parts.directories),
            ("compared", parts.compared),
            ("compared_chains", parts.compared_chains),
            ("device_chains", parts.device_chains),
            ("log_keys", parts.log_keys),
        ] {
            if entries.len() > most {
                return Err(format!(
                    "{} {name} where at most {most} are allowed",
                    entries.len()
                ));
            }
        }
        for (kind, entry) in parts.entries() {
            if entry.kind != u32::from(kind as u8) {
                return Err(format!(
                    "record {} is of kind {}, not {kind}",
                    entry.index, entry.kind
                ));
            }
        }
        Ok(parts)
    }

    /// Every record with the kind that it must be.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Kind, &'a LoggedEntry)> {
        let single = [
            (Kind::Verdict, self.verdict),
            (Kind::Evidence, self.evidence),
            (Kind::Enrolment, self.enrolment),
            (Kind::CertificateChain, self.certificate_chain),
            (Kind::Policy, self.policy),
        ];
        let many =
            |kind: Kind, entries: &'a [LoggedEntry]| entries.iter().map(move |entry| (kind, entry));
        single
            .into_iter()
            .chain(many(Kind::Directory, self.directories))
            .chain(many(Kind::Evidence, self.compared))
            .chain(many(Kind::CertificateChain, self.compared_chains))
            .chain(many(Kind::DeviceChain, self.device_chains))
            .chain(many(Kind::LogKey, self.log_keys))
    }

    /// The directories, each signed by the vendor, no version twice.
    pub(super) fn open_directories(&self, trust: &Trust) -> Result<Vec<Directory>, String> {
        let mut opened: Vec<Directory> = Vec::new();
        for entry in self.directories {
            let one = Directory::open(&entry.payload, &trust.directory_key)
                .map_err(|error| format!("directory in record {}: {error}", entry.index))?;
            if opened.iter().any(|other| other.version == one.version) {
                return Err(format!(
                    "directory version {} stands here twice",
                    one.version
                ));
            }
            opened.push(one);
        }
        if opened.is_empty() {
            return Err("there is no directory".into());
        }
        Ok(opened)
    }

    /// The head, and the collectors whose log it is of.
    pub(super) fn open_head(
        &self,
        directories: &[Directory],
    ) -> Result<(Head, Vec<Collector>), String> {
        if self.log_keys.is_empty() {
            return open_head(self.head, self.log_origin, directories);
        }
        let stated = statements(self.log_keys).map_err(|error| error.to_string())?;
        open_rotated_head(self.head, self.log_origin, directories, &stated)
    }
}

/// The leaf hash of the record at an index, if the bundle has it. For a bundle that was verified.
pub fn leaf_hash(bundle: &Bundle, index: u64) -> Option<[u8; 32]> {
    let parts = Parts::of(bundle).ok()?;
    let (kind, entry) = parts.entries().find(|(_, entry)| entry.index == index)?;
    let salt = array("salt", &entry.salt).ok()?;
    Some(Leaf::new(kind, entry.time_ms, &salt, &entry.payload).hash())
}

/// A head, signed by the log of a collector that a directory names, and that collector's keys.
///
/// # Errors
/// What does not fit.
pub fn open_head(
    shown: &LogHead,
    origin: &str,
    directories: &[Directory],
) -> Result<(Head, Vec<Collector>), String> {
    let key = Key::read("head.log_key", &shown.log_key).map_err(|e| e.to_string())?;
    let collectors: Vec<Collector> = directories
        .iter()
        .flat_map(|directory| &directory.collectors)
        .filter(|one| one.log_key == key && one.log_origin == origin)
        .cloned()
        .collect();
    if collectors.is_empty() {
        return Err(format!(
            "no collector in the directory has a log with key {} and this origin",
            key.short()
        ));
    }
    let head = Head {
        origin: origin.to_owned(),
        size: shown.size,
        root: array("head.root", &shown.root).map_err(|e| e.to_string())?,
        signature: array("head.signature", &shown.signature).map_err(|e| e.to_string())?,
    };
    head.verify(&key.0)
        .map_err(|error| format!("the head: {error}"))?;
    Ok((head, collectors))
}

/// The statements about a log's keys in records of kind `log-key`. That they are in the log is not
/// checked here.
fn statements(entries: &[LoggedEntry]) -> Result<Vec<LogKeyRecord>, LogKeysError> {
    let entries = entries.iter();
    let read = entries.map(|entry| {
        let salt = entry.salt.as_slice().try_into().unwrap_or_default();
        LogKeyRecord::open(entry.index, entry.time_ms, salt, &entry.payload)
    });
    read.collect()
}

/// As [`open_head`], for a log whose key was replaced: a directory names one of its keys, and statements
/// that both keys of each rotation signed lead from that one to the key that signed the head.
fn open_rotated_head(
    shown: &LogHead,
    origin: &str,
    directories: &[Directory],
    stated: &[LogKeyRecord],
) -> Result<(Head, Vec<Collector>), String> {
    let head = Head {
        origin: origin.to_owned(),
        size: shown.size,
        root: array("head.root", &shown.root).map_err(|e| e.to_string())?,
        signature: array("head.signature", &shown.signature).map_err(|e| e.to_string())?,
    };
    let named = directories
        .iter()
        .flat_map(|directory| &directory.collectors)
        .filter(|one| one.log_origin == origin);
    let mut collectors = Vec::new();
    let mut problem = "no collector in the directory has a log of this origin".to_owned();
    for collector in named {
        let given = VerifierKey {
            name: origin.to_owned(),
            usage: KeyUse::Log,
            public: collector.log_key.0,
        };
        match LogKeys::new(given, stated.to_vec()) {
            Err(error) => problem = error.to_string(),
            Ok(keys) => match keys.signer(&head) {
                Some(key) if key.public[..] == shown.log_key => collectors.push(collector.clone()),
                _ => problem = "the head: no key that may sign one of its size has".to_owned(),
            },
        }
    }
    match collectors.is_empty() {
        true => Err(problem),
        false => Ok((head, collectors)),
    }
}

/// That a record of this kind stands in the log at its index under the head.
///
/// # Errors
/// What does not fit.
pub fn check_included(kind: Kind, entry: &LoggedEntry, head: &Head) -> Result<(), String> {
    let wrong = |problem: String| format!("record {} ({kind}): {problem}", entry.index);
    let salt: [u8; 32] = array("salt", &entry.salt).map_err(|e| wrong(e.to_string()))?;
    let leaf = Leaf::new(kind, entry.time_ms, &salt, &entry.payload).hash();
    let path = entry
        .inclusion
        .iter()
        .map(|hash| array("inclusion", hash))
        .collect::<Result<Vec<[u8; 32]>, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    verify_inclusion(&leaf, entry.index, &path, head.size, &head.root)
        .map_err(|error| wrong(error.to_string()))
}

/// An evidence record and the signed evidence in it.
pub(crate) fn evidence(entry: &LoggedEntry) -> Result<(EvidenceRecord, Signed), String> {
    let wrong = |error: codec::CodecError| format!("evidence in record {}: {error}", entry.index);
    let record: EvidenceRecord = codec::decode(&entry.payload, MAX_RECORD).map_err(wrong)?;
    let signed = codec::decode(&record.evidence, MAX_RECORD).map_err(wrong)?;
    Ok((record, signed))
}

/// A signed structure that is a record by itself.
pub(super) fn signed(entry: &LoggedEntry) -> Result<Signed, String> {
    codec::decode(&entry.payload, MAX_RECORD)
        .map_err(|error| format!("record {}: {error}", entry.index))
}

/// The certificate chains by the hash of their leaf.
pub(super) fn chains(parts: &Parts<'_>) -> Result<Vec<(Digest, CertificateChainRecord)>, String> {
    std::iter::once(parts.certificate_chain)
        .chain(parts.compared_chains)
        .map(|entry| {
            let chain: CertificateChainRecord = codec::decode(&entry.payload, MAX_RECORD)
                .map_err(|error| format!("certificates in record {}: {error}", entry.index))?;
            Ok((sha256(&chain.leaf), chain))
        })
        .collect()
}

/// The devices' chains by their hash.
pub(super) fn device_chains(parts: &Parts<'_>) -> Result<Vec<(Digest, DeviceChainRecord)>, String> {
    parts
        .device_chains
        .iter()
        .map(|entry| {
            let wrong = |error| format!("device chain in record {}: {error}", entry.index);
            let chain: DeviceChainRecord =
                codec::decode(&entry.payload, MAX_RECORD).map_err(wrong)?;
            devices::check_chain(&chain.certificates).map_err(wrong)?;
            Ok((devices::chain_hash(&chain.certificates), chain))
        })
        .collect()
}

fn part<'a, T>(name: &str, part: Option<&'a T>) -> Result<&'a T, String> {
    part.ok_or_else(|| format!("`{name}` is missing"))
}
