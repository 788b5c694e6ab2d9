//! The checks in their order, ending with the verdict computed again.

use super::parts::{self, Parts, chains, check_included, evidence, signed};
use super::report::{BundleReport, Check};
use super::{Vouchers, tpm};
use domicile_appraise::CODE_VERSION;
use domicile_appraise::devices::DeviceChains;
use domicile_appraise::enrolment::Enrolment;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::policy::Policy;
use domicile_appraise::text::name_of;
use domicile_appraise::verify::{self, Appraised, EvidenceContext, EvidenceError, Report};
use domicile_certs::Trust;
use domicile_geo::Territories;
use domicile_proto::codec;
use domicile_proto::directory::{Collector, Directory};
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::sign::{self, Domain};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::{
    Bundle, CertificateChainRecord, ChainFinding, LoggedEntry, Signed, Verdict, VerdictValue,
};
use domicile_spdm::cache::ChainCache;
use domicile_spdm::roots::Roots;
use std::collections::BTreeSet;

/// The rules that this program can replay.
const KNOWN_RULES: [&str; 1] = [CODE_VERSION];

/// Runs every check, and judges again by another policy if one is given; `None` when a check failed,
/// which the report names.
pub(super) fn run(
    bundle: &Bundle,
    trust: &Trust,
    vouchers: &Vouchers,
    other: Option<&Policy>,
    report: &mut BundleReport,
) -> Option<()> {
    let parts = report.check(
        Check::Form,
        Parts::of(bundle).map(|parts| {
            let records = parts.entries().count();
            (parts, format!("{records} records"))
        }),
    )?;
    let directories = report.check(
        Check::Directories,
        parts.open_directories(trust).map(|all| {
            let versions: Vec<String> = all.iter().map(|one| one.version.to_string()).collect();
            (all, format!("version {}", versions.join(", ")))
        }),
    )?;
    let (head, collectors) = report.check(
        Check::LogHead,
        parts.open_head(&directories).map(|found| {
            let seen = format!("{}, {} records", parts.log_origin, found.0.size);
            (found, seen)
        }),
    )?;
    let included = parts
        .entries()
        .try_for_each(|(kind, entry)| check_included(kind, entry, &head))
        .map(|()| {
            (
                (),
                format!("{} records under the head", parts.entries().count()),
            )
        });
    report.check(Check::Inclusion, included)?;
    let verdict = report.check(Check::VerdictSignature, open_verdict(&parts, &collectors))?;
    report.verdict = Some(verdict.clone());

    let opened = open_enrolment(&parts, trust, vouchers);
    let (enrolment, maker_checked) = report.check(Check::Enrolment, opened)?;
    report.tpm_maker_checked = maker_checked;
    let mut case = Case::new(&parts, trust, &directories, &enrolment);
    let (appraised, found) = appraise(&mut case, &parts, report)?;
    let compared = report.check(Check::Compared, case.compared(&parts, &verdict))?;
    let policy = report.check(Check::Policy, open_policy(&parts, &verdict))?;
    report.check(Check::Rules, check_rules(&verdict, &vouchers.devices))?;
    report.check(Check::Order, check_order(&parts))?;
    let device_chains = match device_chains(&parts, &appraised, &vouchers.devices) {
        Ok(chains) => chains,
        Err(problem) => return report.check(Check::Replay, Err(problem)),
    };
    let inputs = Inputs {
        appraised: &appraised,
        enrolment: &enrolment,
        policy: &policy,
        territories: Territories::builtin(),
        chain: &found,
        compared: &compared,
        judged_ms: verdict.judged_ms,
        code_version: &verdict.code_version,
        device_chains: &device_chains,
    };
    report.check(Check::Replay, same_bytes(&verdict, &judge(&inputs)))?;
    report.rejudged = other.map(|policy| judge(&Inputs { policy, ..inputs }));
    report.appraised = Some(appraised);
    Some(())
}

/// The enrolment, and whether makers of TPMs were asked about its TPM.
fn open_enrolment(
    parts: &Parts<'_>,
    trust: &Trust,
    vouchers: &Vouchers,
) -> Result<((Enrolment, bool), String), String> {
    let record = &parts.enrolment.payload;
    let enrolment = Enrolment::open(record, &trust.token_key).map_err(|error| error.to_string())?;
    let maker_checked = tpm::check(record, vouchers.tpms.as_ref())?;
    let token = &enrolment.token;
    let seen = format!(
        "{}, {}, licence {}",
        token.customer, token.site, token.licence
    );
    Ok(((enrolment, maker_checked), seen))
}

fn open_verdict(parts: &Parts<'_>, collectors: &[Collector]) -> Result<(Verdict, String), String> {
    let signed = signed(parts.verdict)?;
    let signer = collectors
        .iter()
        .find(|collector| sign::verify(Domain::Verdict, &collector.key, &signed).is_ok())
        .ok_or("the verdict is not signed by the collector whose log this is")?;
    let verdict =
        codec::decode(&signed.payload, MAX_TO_COLLECTOR).map_err(|error| error.to_string())?;
    Ok((
        verdict,
        format!("{} (key {})", signer.name, signer.key.short()),
    ))
}

/// Checks the certificate and the evidence: one function does both, the report names which failed.
fn appraise(
    case: &mut Case<'_>,
    parts: &Parts<'_>,
    report: &mut BundleReport,
) -> Option<(Appraised, Vec<ChainFinding>)> {
    let read = evidence(parts.evidence).and_then(|(record, signed)| {
        let found = record
            .chain
            .iter()
            .map(|raw| ChainFinding::try_from(*raw).map_err(|_| format!("chain finding {raw}")))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((record.received_ms, signed, found))
    });
    let (received_ms, signed, found) = match read {
        Ok(read) => read,
        Err(problem) => return report.check(Check::Evidence, Err(problem)),
    };
    let appraised = match case.verify(&signed, received_ms) {
        Err(Problem::Certificate(problem)) => {
            return report.check(Check::Certificate, Err(problem));
        }
        Err(Problem::Evidence(problem)) => {
            return report.check(Check::Evidence, Err(problem));
        }
        Ok(appraised) => appraised,
    };
    let seen = format!("leaf {}", appraised.report.certificate_hash.short());
    report.check(Check::Certificate, Ok(((), seen)))?;
    let seen = format!(
        "host {}, {} of {} anchors count",
        appraised.report.agent_key.short(),
        appraised.observations.len(),
        appraised.readings.len()
    );
    report.check(Check::Evidence, Ok(((appraised, found), seen)))
}

/// What the bundle's evidences are held against, and which of it has been used.
struct Case<'a> {
    trust: &'a Trust,
    directories: &'a [Directory],
    enrolment: &'a Enrolment,
    chains: Result<Vec<(Digest, CertificateChainRecord)>, String>,
    used: BTreeSet<(u64, Digest)>,
}

/// Which of the two checks of an evidence failed.
enum Problem {
    Certificate(String),
    Evidence(String),
}

impl<'a> Case<'a> {
    fn new(
        parts: &Parts<'_>,
        trust: &'a Trust,
        directories: &'a [Directory],
        enrolment: &'a Enrolment,
    ) -> Self {
        Self {
            trust,
            directories,
            enrolment,
            chains: chains(parts),
            used: BTreeSet::new(),
        }
    }

    fn verify(&mut self, signed: &Signed, received_ms: u64) -> Result<Appraised, Problem> {
        let report = Report::read(signed).map_err(|error| Problem::Evidence(error.to_string()))?;
        let directory = self
            .directories
            .iter()
            .find(|one| one.version == report.directory_version)
            .ok_or_else(|| {
                let version = report.directory_version;
                Problem::Evidence(format!("directory version {version} is not in the bundle"))
            })?;
        let chains = self
            .chains
            .as_ref()
            .map_err(|error| Problem::Certificate(error.clone()))?;
        let (_, certificate) = chains
            .iter()
            .find(|(leaf, _)| *leaf == report.certificate_hash)
            .ok_or_else(|| {
                let named = report.certificate_hash;
                Problem::Certificate(format!("certificate {named} is not in the bundle"))
            })?;
        let context = EvidenceContext {
            directory,
            enrolment: self.enrolment,
            certificate,
            agent_ca: &self.trust.agent_ca,
            received_ms,
        };
        self.used
            .insert((report.directory_version, report.certificate_hash));
        verify::verify(signed, &context).map_err(|error| match error {
            EvidenceError::Certificate(error) => Problem::Certificate(error.to_string()),
            error => Problem::Evidence(error.to_string()),
        })
    }

    /// The sessions that the verdict says it was compared with: all of them and no others. After them
    /// every directory and certificate in the bundle must have been asked for.
    fn compared(
        &mut self,
        parts: &Parts<'_>,
        verdict: &Verdict,
    ) -> Result<(Vec<Appraised>, String), String> {
        let mut sessions = Vec::new();
        for entry in parts.compared {
            let (record, signed) = evidence(entry)?;
            let session =
                self.verify(&signed, record.received_ms)
                    .map_err(|problem| match problem {
                        Problem::Certificate(why) | Problem::Evidence(why) => {
                            format!("compared evidence in record {}: {why}", entry.index)
                        }
                    })?;
            sessions.push(session);
        }
        let mut here: Vec<Vec<u8>> = sessions
            .iter()
            .map(|session| session.report.hash.to_vec())
            .collect();
        here.sort_unstable();
        if here != verdict.compared_with {
            return Err(format!(
                "the verdict names {} compared sessions, the bundle has {} others",
                verdict.compared_with.len(),
                here.len()
            ));
        }
        self.check_used(parts)?;
        let seen = format!("sessions of the same key: {}", sessions.len());
        Ok((sessions, seen))
    }

    fn check_used(&self, parts: &Parts<'_>) -> Result<(), String> {
        let directories: BTreeSet<u64> = self.used.iter().map(|(version, _)| *version).collect();
        let leaves: BTreeSet<Digest> = self.used.iter().map(|(_, leaf)| *leaf).collect();
        let chains = 1 + parts.compared_chains.len();
        if directories.len() != self.directories.len() || leaves.len() != chains {
            return Err("a directory or certificate here belongs to no evidence".into());
        }
        Ok(())
    }
}

fn open_policy(parts: &Parts<'_>, verdict: &Verdict) -> Result<(Policy, String), String> {
    let policy = Policy::parse(&parts.policy.payload, Territories::builtin())
        .map_err(|error| error.to_string())?;
    if policy.hash.0 != *verdict.policy_hash {
        return Err("it is not the policy that the verdict names".into());
    }
    let seen = format!(
        "version {}, {} licences",
        policy.version,
        policy.licences().count()
    );
    Ok((policy, seen))
}

/// The chains that the evidence's devices name: those in it and those beside it. A chain that
/// nobody names may not be here.
fn device_chains(
    parts: &Parts<'_>,
    appraised: &Appraised,
    roots: &Roots,
) -> Result<DeviceChains, String> {
    let known = parts::device_chains(parts)?;
    let reports = &appraised.report.device_reports;
    let named = |hash: &Digest| reports.iter().any(|one| one.chain_hash == hash.0);
    if !known.iter().all(|(hash, _)| named(hash)) {
        return Err("a device chain here belongs to no device report".into());
    }
    let mut cache = ChainCache::new(roots.clone(), known.len());
    DeviceChains::of(reports, &mut cache, |hash| {
        let found = known.iter().find(|(one, _)| one == hash);
        Ok(found.map(|(_, chain)| chain.certificates.clone()))
    })
}

fn check_rules(verdict: &Verdict, device_roots: &Roots) -> Result<((), String), String> {
    let roots = &verdict.device_roots_hash;
    if !roots.is_empty() && *roots != device_roots.hash() {
        return Err(
            "the verdict was made with other roots of devices' chains: see --device-roots".into(),
        );
    }
    let territories = Territories::builtin();
    if verdict.territories_hash != territories.hash() {
        let named = Key::read("territories_hash", &verdict.territories_hash)
            .map_or_else(|_| "none".to_owned(), |hash| hash.short());
        return Err(format!(
            "the verdict was made with other territory data ({named}); this program has version {}: use \
             the release of then",
            territories.version()
        ));
    }
    if !KNOWN_RULES.contains(&verdict.code_version.as_str()) {
        let shown: String = verdict.code_version.chars().take(64).collect();
        return Err(format!(
            "the verdict was made with rules {shown:?}; this program has {}",
            KNOWN_RULES.join(", ")
        ));
    }
    Ok((
        (),
        format!(
            "{}, territories {}",
            verdict.code_version,
            territories.version()
        ),
    ))
}

fn check_order(parts: &Parts<'_>) -> Result<((), String), String> {
    let verdict = parts.verdict.index;
    let late = |entry: &&LoggedEntry| entry.index >= verdict;
    let mut inputs = std::iter::once(parts.evidence)
        .chain([parts.enrolment, parts.certificate_chain, parts.policy])
        .chain(parts.directories)
        .chain(parts.compared)
        .chain(parts.compared_chains)
        .chain(parts.device_chains);
    match inputs.find(late) {
        Some(entry) => Err(format!(
            "record {} is not before the verdict's {verdict}",
            entry.index
        )),
        None => Ok(((), format!("the verdict is record {verdict}"))),
    }
}

fn same_bytes(verdict: &Verdict, again: &Verdict) -> Result<((), String), String> {
    if codec::encode(verdict) == codec::encode(again) {
        let value = name_of::<VerdictValue>(verdict.value);
        return Ok((
            (),
            format!("{value}, {} bytes", codec::encode(verdict).len()),
        ));
    }
    let (then, now) = (
        name_of::<VerdictValue>(verdict.value),
        name_of::<VerdictValue>(again.value),
    );
    Err(format!(
        "the collector said {then}; from these records follows {now}, in other bytes"
    ))
}
