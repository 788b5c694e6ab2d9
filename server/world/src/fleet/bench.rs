//! What the verdicts on a host are, by its circumstance.
//!
//! Judging every session of 10⁶ host-years is out of reach, so this is computed once: for each
//! [`Circumstance`] some hosts with paths of their own, and some sessions of each, are put through
//! the collector's own [`judge`] and the belief's own model. The simulation then draws sessions from
//! these.

use super::noise::{End, Noise, round_trip_ns};
use super::place::{AWAY, CABLE_M, Circumstance, DENIED, METROS, OTHERS, Session, Trouble, Whence};
use crate::trials::Random;
use domicile_appraise::CODE_VERSION;
use domicile_appraise::devices::DeviceChains;
use domicile_appraise::enrolment::Enrolment;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::policy::Policy;
use domicile_appraise::verify::{Appraised, Observed, Report, SessionNonce};
use domicile_diversion::flags::{Name, Verdicts};
use domicile_geo::belief::Model;
use domicile_geo::cities::Cities;
use domicile_geo::mesh::{MeshSample, Site};
use domicile_geo::{Observation, Territories, UnitVec, VoteId};
use domicile_map::Point;
use domicile_proto::challenge::{MacKey, Nonce};
use domicile_proto::directory::Position;
use domicile_proto::sign::sha256;
use domicile_proto::token::Token;
use domicile_proto::types::{Digest, Key};

/// Trust domains with an anchor in each metro.
const PROVIDERS: usize = 4;
/// Anchors of the metro in a session: 2*f* + 1.
const NEAR: usize = 3;
/// Anchors of a session.
const SESSION: usize = 8;
/// Sessions of each host for which the belief is asked; the first of them.
pub(super) const BELIEFS: usize = 4;
/// A belief below this is `implausible`.
const IMPLAUSIBLE: f64 = 0.001;
const JUDGED_MS: u64 = 1_790_000_000_000;

struct Anchor {
    key: Key,
    point: Point,
    unit: UnitVec,
    provider: usize,
    end: End,
}

/// Everything that sessions are judged with.
pub(super) struct Bench {
    anchors: Vec<Anchor>,
    policy: Policy,
    noise: Noise,
    model: Model<'static>,
    mac: MacKey,
}

fn point((latitude, longitude): (f64, f64)) -> Point {
    Point::new(latitude, longitude)
}

impl Bench {
    pub(super) fn new(noise: Noise, seed: u64) -> anyhow::Result<Self> {
        let cities = METROS.iter().map(|metro| metro.at).chain(OTHERS);
        let mut anchors = Vec::new();
        let mut random = Random::of_trial(seed, u64::MAX);
        for (latitude, longitude) in cities {
            for provider in 0..PROVIDERS {
                #[allow(clippy::cast_precision_loss)] // 0 to 3
                let shift = provider as f64 * 0.02;
                let point = Point::new(latitude + shift, longitude - shift);
                let [x, y, z] = point.unit();
                anchors.push(Anchor {
                    key: Key(sha256(&anchors.len().to_be_bytes()).0),
                    point,
                    unit: UnitVec::new(x, y, z)?,
                    provider,
                    end: Noise::end(&mut random),
                });
            }
        }
        let model = model(&anchors, &noise, &mut random);
        Ok(Self {
            policy: Policy::parse(policy().as_bytes(), Territories::builtin())?,
            anchors,
            noise,
            model,
            mac: MacKey::new(1, &[7; 32]),
        })
    }

    /// The trust domains.
    pub(super) fn votes() -> Vec<Name> {
        let names = (0..PROVIDERS).map(|provider| format!("provider-{provider}"));
        names.map(|name| name.as_str().into()).collect()
    }

    /// A host in this circumstance with paths of its own, and what some sessions of it say.
    pub(super) fn host(
        &self,
        circumstance: Circumstance,
        sessions: usize,
        random: &mut Random,
    ) -> Vec<Session> {
        let home = point(METROS[circumstance.declared].at);
        let place = match circumstance.whence {
            Whence::Metro(metro) => point(METROS[metro].at),
            Whence::Away(away) | Whence::Relayed(away) => point(AWAY[away]),
        };
        let near = Point::new(random.between(-0.2, 0.2), random.between(-0.2, 0.2));
        let place = Point::new(
            place.latitude + near.latitude,
            place.longitude + near.longitude,
        );
        // What each path has beyond light: to the anchor, or to the relay and on from there.
        let relayed = matches!(circumstance.whence, Whence::Relayed(_));
        let start = if relayed { home } else { place };
        let end = Noise::end(random);
        let added = circumstance.line.added(random);
        let detour = if relayed {
            let light = crate::place::fastest_round_trip_s(place, home) * 1e3;
            let relay = Noise::end(random);
            light
                + self
                    .noise
                    .path(place.distance_m(home), (end, relay), random)
        } else {
            0.0
        };
        let excess: Vec<f64> = self
            .anchors
            .iter()
            .map(|anchor| {
                let metres = start.distance_m(anchor.point);
                let path = self.noise.path(metres, (end, anchor.end), random);
                detour + added + path + around(circumstance.trouble, metres, random)
            })
            .collect();
        let mut all: Vec<Session> = (0..sessions)
            .map(|_| self.session(circumstance, start, &excess, random))
            .collect();
        // The belief is dear, and a host's sessions differ by little but the anchors drawn.
        for session in all.iter_mut().take(BELIEFS) {
            let drawn = self.draw(circumstance, random);
            let heard = self.heard(drawn, circumstance, start, &excess, random);
            session.is_implausible = self.is_implausible(circumstance.declared, &heard);
        }
        all
    }

    fn session(
        &self,
        circumstance: Circumstance,
        start: Point,
        excess: &[f64],
        random: &mut Random,
    ) -> Session {
        let drawn = self.draw(circumstance, random);
        let heard = self.heard(drawn, circumstance, start, excess, random);
        let observed = heard.iter().filter_map(|one| {
            let anchor = self.anchors.get(usize::from(one.anchor))?;
            // A host's own stopwatch shows that the anchor's minimum is too short.
            let lies = circumstance.trouble == Trouble::Lie && anchor.provider == 0;
            Some(self.observed(anchor, one.rtt_ns, !lies))
        });
        let mut observed: Vec<Observed> = observed.collect();
        observed.sort_by_key(|one| one.anchor);
        let verdict = self.judged(METROS[circumstance.declared].name, observed);
        let (values, votes) = verdict.map_or_else(Default::default, |v| (v.values, v.votes));
        Session {
            values,
            votes,
            is_implausible: false,
        }
    }

    /// What the anchors of one session measure.
    fn heard(
        &self,
        drawn: Vec<usize>,
        circumstance: Circumstance,
        start: Point,
        excess: &[f64],
        random: &mut Random,
    ) -> Vec<Observation> {
        let heard = drawn.into_iter().map(|index| {
            let anchor = &self.anchors[index];
            let honest = round_trip_ns(start, anchor.point, excess[index], random);
            let lies = circumstance.trouble == Trouble::Lie && anchor.provider == 0;
            Observation {
                vote: VoteId(u16::try_from(anchor.provider).unwrap_or(0)),
                anchor: u16::try_from(index).unwrap_or(0),
                position: anchor.unit,
                survey_error_m: 100,
                clock_error_ppm: 100,
                rtt_ns: if lies { honest / 2 } else { honest },
            }
        });
        heard.collect()
    }

    /// Anchors of the metro, then any; those that answer.
    fn draw(&self, circumstance: Circumstance, random: &mut Random) -> Vec<usize> {
        let declared = circumstance.declared;
        let skipped = random.below(PROVIDERS);
        let mut drawn: Vec<usize> = (0..PROVIDERS)
            .filter(|provider| *provider != skipped)
            .map(|provider| declared * PROVIDERS + provider)
            .take(NEAR)
            .collect();
        while drawn.len() < SESSION {
            let next = random.below(self.anchors.len());
            if !drawn.contains(&next) {
                drawn.push(next);
            }
        }
        if circumstance.trouble == Trouble::NoAnchors {
            drawn.retain(|index| index / PROVIDERS != declared);
        }
        drawn
    }

    fn observed(&self, anchor: &Anchor, rtt_ns: u64, agent_agrees: bool) -> Observed {
        Observed {
            limit_only: false,
            anchor: anchor.key,
            trust_domain: format!("provider-{}", anchor.provider),
            position: Position {
                version: 1,
                unit: anchor.point.unit(),
                latitude_e7: 0,
                longitude_e7: 0,
                survey_error_m: 100,
                clock_error_ppm: 100,
            },
            own_operator: false,
            agent_agrees,
            rtt_ns,
            start_ms: JUDGED_MS - 10_000,
            end_ms: JUDGED_MS - 9_000,
        }
    }

    fn judged(&self, licence: &str, observations: Vec<Observed>) -> Option<Verdicts> {
        let enrolment = enrolment(licence);
        let nonce = Nonce::issue(&self.mac, JUDGED_MS, [5; 16], &enrolment.agent_key, 1);
        let appraised = Appraised {
            report: Report {
                hash: Digest([1; 32]),
                agent_key: enrolment.agent_key,
                certificate_hash: enrolment.certificate_hash,
                nonce: SessionNonce::Challenged(nonce),
                directory_version: 1,
                boot_epoch: [6; 16],
                sequence: 1,
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
        };
        Verdicts::of(&judge(&Inputs {
            appraised: &appraised,
            enrolment: &enrolment,
            policy: &self.policy,
            territories: Territories::builtin(),
            chain: &[],
            compared: &[],
            judged_ms: JUDGED_MS,
            code_version: CODE_VERSION,
            device_chains: &DeviceChains::default(),
        }))
    }

    fn is_implausible(&self, declared: usize, heard: &[Observation]) -> bool {
        let Some(rule) = self.policy.licence(METROS[declared].name) else {
            return false;
        };
        let territories = Territories::builtin();
        let belief = self.model.believe(heard);
        let permitted = belief.territories().iter().filter(|(code, _)| {
            let index = territories.index_of(*code);
            index.is_some_and(|index| rule.permitted.contains(index))
        });
        permitted.map(|(_, probability)| probability).sum::<f64>() < IMPLAUSIBLE
    }
}

/// What a cut cable adds to a path, ms: 20 to 150 to every second long one. Assumed.
fn around(trouble: Trouble, metres: f64, random: &mut Random) -> f64 {
    match trouble == Trouble::Cut && metres > CABLE_M && random.once_in(2) {
        true => random.between(20.0, 150.0),
        false => 0.0,
    }
}

/// The belief's model, learnt from what the anchors would measure of each other.
fn model(anchors: &[Anchor], noise: &Noise, random: &mut Random) -> Model<'static> {
    let sites: Vec<Site> = anchors
        .iter()
        .map(|anchor| Site {
            vote: VoteId(u16::try_from(anchor.provider).unwrap_or(0)),
            position: anchor.unit,
            survey_error_m: 100,
            clock_error_ppm: 100,
        })
        .collect();
    let mut samples = Vec::new();
    for (measurer, a) in (0u16..).zip(anchors) {
        for (responder, b) in (0u16..).zip(&anchors[..usize::from(measurer)]) {
            let metres = a.point.distance_m(b.point);
            let excess = noise.path(metres, (a.end, b.end), random);
            samples.push(MeshSample {
                measurer,
                responder,
                rtt_ns: round_trip_ns(a.point, b.point, excess, random),
            });
        }
    }
    Model::fit(&sites, &samples, Cities::builtin(), Territories::builtin())
}

fn policy() -> String {
    let mut text = String::from("version = 1\n");
    for metro in &METROS {
        text.push_str(&format!(
            "[[licence]]\nname = \"{}\"\npermitted = [{}]\ndenied = [{DENIED}]\n",
            metro.name, metro.permitted
        ));
    }
    text
}

fn enrolment(licence: &str) -> Enrolment {
    Enrolment {
        agent_key: Key([1; 32]),
        token: Token {
            id: [9; 16],
            customer: "customer".into(),
            operator: "operator".into(),
            site: "site".into(),
            metro: licence.into(),
            territory: *b"DE",
            licence: licence.into(),
            uses: 1,
            not_before_ms: 0,
            not_after_ms: u64::MAX,
        },
        machine_id_hash: Digest([2; 32]),
        certificate_hash: Digest([3; 32]),
        enrolled_ms: 0,
        tpm: None,
        hash: Digest([4; 32]),
    }
}
