//! `domicile-world rejudge`: a fleet's stored measurements judged again, as a collector does when
//! its policy changes: how many hosts a second, and whether that depends on how many there are.
//!
//! The measurements are made up as they are asked for, from a seed and the host's number: hosts
//! in sixteen cities, the anchors of their city and of others, honest paths. Each is put through
//! [`domicile_appraise::judge::judge`], which gives the verdict at all three tiers with its
//! deciding votes; signatures are not checked again, since they were when the evidence came. What
//! is printed with the speed is a digest of all verdicts, the same for any number of threads.

use crate::land::sphere_m;
use crate::trials::{self, Random};
use clap::Args;
use domicile_appraise::CODE_VERSION;
use domicile_appraise::enrolment::Enrolment;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::policy::Policy;
use domicile_appraise::verify::{Appraised, Observed, Report, SessionNonce};
use domicile_geo::{Territories, UnitVec};
use domicile_map::Point;
use domicile_proto::challenge::{MacKey, Nonce};
use domicile_proto::codec;
use domicile_proto::directory::Position;
use domicile_proto::sign::sha256;
use domicile_proto::token::Token;
use domicile_proto::types::{Digest, Key};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::time::Duration;

const CITIES: [(f64, f64); 16] = [
    (50.11, 8.68),
    (51.51, -0.13),
    (48.86, 2.35),
    (52.37, 4.9),
    (39.04, -77.49),
    (37.34, -121.89),
    (41.88, -87.63),
    (-23.55, -46.63),
    (1.35, 103.82),
    (3.15, 101.7),
    (35.68, 139.65),
    (37.57, 126.98),
    (22.3, 114.17),
    (25.2, 55.27),
    (-33.87, 151.21),
    (19.08, 72.88),
];

/// The policy under which all are judged again.
const POLICY: &str = r#"
version = 2

[[licence]]
name = "world"
permitted = ["DE", "GB", "FR", "NL", "BE", "US", "CA", "BR", "SG", "MY", "ID", "JP", "KR", "AU", "IN"]
denied = ["CN", "RU", "IR", "KP"]
"#;

const JUDGED_MS: u64 = 1_790_000_000_000;

/// The options of `rejudge`.
#[derive(Debug, Args)]
pub struct RejudgeArguments {
    /// How many hosts. Fleets of 10,000 and ten times more up to this are judged one after the other.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub hosts: u64,
    /// Anchors in each host's session.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub anchors: u16,
    /// The same seed gives the same measurements.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Threads; all cores if not given. The digest is the same.
    #[arg(long)]
    pub threads: Option<NonZeroUsize>,
}

/// One fleet, a line of JSON.
#[derive(Debug, Serialize)]
struct Line {
    hosts: u64,
    anchors: u16,
    seconds: f64,
    hosts_per_second: f64,
    /// SHA-256 over the SHA-256 of each block of verdicts, in order.
    digest: String,
}

/// Judges the fleets and prints a line for each. `elapsed` is a steady clock.
///
/// # Errors
/// Output that cannot be written.
pub fn run(
    arguments: &RejudgeArguments,
    elapsed: &dyn Fn() -> Duration,
    out: &mut dyn std::io::Write,
) -> anyhow::Result<()> {
    let fleet = Fleet::new(arguments.seed, arguments.anchors)?;
    let threads = arguments.threads.unwrap_or_else(trials::all_cores);
    let mut sizes = vec![arguments.hosts];
    while sizes[0] > 10_000 {
        sizes.insert(0, (sizes[0] / 10).max(10_000));
    }
    for hosts in sizes {
        let start = elapsed();
        let digest = fleet.rejudge(hosts, threads)?;
        let seconds = elapsed().saturating_sub(start).as_secs_f64();
        #[allow(clippy::cast_precision_loss)] // a rate for people
        let hosts_per_second = (hosts as f64 / seconds.max(1e-9)).round();
        let line = Line {
            hosts,
            anchors: arguments.anchors,
            seconds,
            hosts_per_second,
            digest: digest.to_string(),
        };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    }
    Ok(())
}

/// An anchor as the directory has it.
struct Anchor {
    key: Key,
    trust_domain: String,
    position: Position,
    place: UnitVec,
}

/// What all hosts have in common.
struct Fleet {
    seed: u64,
    session: usize,
    policy: Policy,
    enrolment: Enrolment,
    /// Four in each city, one after the other.
    anchors: Vec<Anchor>,
    mac: MacKey,
}

impl Fleet {
    fn new(seed: u64, session: u16) -> anyhow::Result<Self> {
        let enrolment = Enrolment {
            agent_key: Key([1; 32]),
            token: Token {
                id: [9; 16],
                customer: "customer".into(),
                operator: "operator".into(),
                site: "site".into(),
                metro: "metro".into(),
                territory: *b"DE",
                licence: "world".into(),
                uses: 1,
                not_before_ms: 0,
                not_after_ms: u64::MAX,
            },
            machine_id_hash: Digest([2; 32]),
            certificate_hash: Digest([3; 32]),
            enrolled_ms: 0,
            tpm: None,
            hash: Digest([4; 32]),
        };
        let mut anchors = Vec::new();
        for (latitude, longitude) in CITIES {
            for provider in 0..4u8 {
                let shift = f64::from(provider) * 0.02;
                let point = Point::new(latitude + shift, longitude - shift);
                anchors.push(Anchor::new(anchors.len(), provider, point)?);
            }
        }
        Ok(Self {
            seed,
            session: session.into(),
            policy: Policy::parse(POLICY.as_bytes(), Territories::builtin())?,
            enrolment,
            anchors,
            mac: MacKey::new(1, &[7; 32]),
        })
    }

    /// Judges hosts 0 to `hosts` − 1 and digests the verdicts.
    fn rejudge(&self, hosts: u64, threads: NonZeroUsize) -> anyhow::Result<Digest> {
        let bar = trials::bar(hosts, "hosts");
        let blocks = trials::in_blocks(hosts, threads, &bar, |range| {
            let mut bytes = Vec::new();
            for number in range {
                let appraised = self.measured(number);
                bytes.extend(codec::encode(&judge(&Inputs {
                    appraised: &appraised,
                    enrolment: &self.enrolment,
                    policy: &self.policy,
                    territories: Territories::builtin(),
                    chain: &[],
                    compared: &[],
                    judged_ms: JUDGED_MS,
                    code_version: CODE_VERSION,
                    device_chains: &domicile_appraise::devices::DeviceChains::default(),
                })));
            }
            Ok(sha256(&bytes))
        })?;
        let all: Vec<u8> = blocks.iter().flat_map(|digest| digest.0).collect();
        Ok(sha256(&all))
    }

    /// The stored measurement of a host.
    fn measured(&self, number: u64) -> Appraised {
        let mut random = Random::of_trial(self.seed, number);
        let city = random.below(CITIES.len());
        let (latitude, longitude) = CITIES[city];
        let point = Point::new(
            latitude + random.between(-0.3, 0.3),
            longitude + random.between(-0.3, 0.3),
        );
        // Those of the city, then others.
        let mut chosen: Vec<usize> = (4 * city..4 * city + 4).collect();
        chosen.truncate(self.session);
        while chosen.len() < self.session {
            let next = random.below(self.anchors.len());
            if !chosen.contains(&next) {
                chosen.push(next);
            }
        }
        chosen.sort_unstable();
        let observed = |index: usize| self.observed(index, point, &mut random);
        let observations = chosen.into_iter().map(observed).collect();
        let hash = sha256(&number.to_be_bytes());
        Appraised {
            report: Report {
                hash,
                agent_key: self.enrolment.agent_key,
                certificate_hash: self.enrolment.certificate_hash,
                nonce: SessionNonce::Challenged(Nonce::issue(
                    &self.mac,
                    JUDGED_MS,
                    [5; 16],
                    &self.enrolment.agent_key,
                    1,
                )),
                directory_version: 1,
                boot_epoch: [6; 16],
                sequence: number,
                previous: None,
                host_time_ms: JUDGED_MS,
                rangings: Vec::new(),
                dropped: Vec::new(),
                inventory: None,
                tpm: None,
                device_reports: Vec::new(),
                spool_refused: 0,
            },
            tpm: None,
            received_ms: JUDGED_MS,
            directory_hash: Digest([8; 32]),
            lying_votes: 1,
            invalid: None,
            readings: Vec::new(),
            observations,
        }
    }

    /// An honest round trip at 0.35 to 0.6 c, and 0.2 ms for the last miles.
    fn observed(&self, index: usize, host: Point, random: &mut Random) -> Observed {
        let anchor = &self.anchors[index];
        let [x, y, z] = host.unit();
        let host = UnitVec::new(x, y, z).unwrap_or(anchor.place);
        let metres = sphere_m(&anchor.place, &host);
        let nanoseconds = 2e9 * metres / (random.between(0.35, 0.6) * 299_792_458.0) + 200_000.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // under a second
        let rtt_ns = nanoseconds.ceil() as u64;
        Observed {
            limit_only: false,
            anchor: anchor.key,
            trust_domain: anchor.trust_domain.clone(),
            position: anchor.position,
            own_operator: false,
            agent_agrees: true,
            rtt_ns,
            start_ms: JUDGED_MS - 10_000,
            end_ms: JUDGED_MS - 9_000,
        }
    }
}

impl Anchor {
    fn new(number: usize, provider: u8, point: Point) -> anyhow::Result<Self> {
        let unit = point.unit();
        let [x, y, z] = unit;
        Ok(Self {
            key: Key(sha256(&number.to_be_bytes()).0),
            trust_domain: format!("provider-{provider}"),
            position: Position {
                version: 1,
                unit,
                // Only for people; nothing is computed from them.
                latitude_e7: 0,
                longitude_e7: 0,
                survey_error_m: 100,
                clock_error_ppm: 100,
            },
            place: UnitVec::new(x, y, z)?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_proto::wire::VerdictValue;

    #[test]
    fn the_digest_is_that_of_any_number_of_threads_and_changes_with_the_measurements() {
        let digest = |seed, threads| {
            let fleet = Fleet::new(seed, 8).unwrap();
            fleet
                .rejudge(1_200, NonZeroUsize::new(threads).unwrap())
                .unwrap()
        };
        assert_eq!(digest(1, 1), digest(1, 2));
        assert_ne!(digest(1, 1), digest(2, 1));
    }

    #[test]
    fn hosts_of_the_fleet_get_the_verdicts_that_hosts_get() {
        let fleet = Fleet::new(1, 8).unwrap();
        let value = |number| {
            let appraised = fleet.measured(number);
            judge(&Inputs {
                appraised: &appraised,
                enrolment: &fleet.enrolment,
                policy: &fleet.policy,
                territories: Territories::builtin(),
                chain: &[],
                compared: &[],
                judged_ms: JUDGED_MS,
                code_version: CODE_VERSION,
                device_chains: &domicile_appraise::devices::DeviceChains::default(),
            })
            .value()
        };
        let values: Vec<VerdictValue> = (0..200).map(value).collect();
        let count = |value| values.iter().filter(|other| **other == value).count();
        assert!(count(VerdictValue::Confined) > 20 && count(VerdictValue::Inconsistent) == 0);
    }

    #[test]
    fn fleets_of_rising_size_are_printed() {
        let arguments = RejudgeArguments {
            hosts: 600,
            anchors: 3,
            seed: 1,
            threads: None,
        };
        let mut out = Vec::new();
        run(&arguments, &|| Duration::ZERO, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().count() == 1 && text.contains("\"hosts\":600"),
            "{text}"
        );
    }
}
