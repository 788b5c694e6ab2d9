//! Evidence from a true place: what anchors and agent would have measured and signed.

use super::{Host, World};
use domicile_geo::{EARTH_RADIUS_M, Tier, UnitVec};
use domicile_proto::codec;
use domicile_proto::draw::draw;
use domicile_proto::ranging::{ROUNDS, coarse, receipt};
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::wire::{self, Freshness, Transport};

/// Metres per second.
const LIGHT: f64 = 299_792_458.0;

/// The round trip that no signal at a tier's speed beats, nanoseconds, rounded up. The ground may be
/// shorter than the sphere says, by the most that WGS 84 allows.
pub fn least_rtt_ns(a: &UnitVec, b: &UnitVec, tier: Tier) -> u64 {
    let ([ax, ay, az], [bx, by, bz]) = (a.components(), b.components());
    let cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let sine = cross.iter().map(|c| c * c).sum::<f64>().sqrt();
    let arc = sine.atan2(ax * bx + ay * by + az * bz);
    let ground = arc * EARTH_RADIUS_M / 1.0056;
    let speed = LIGHT * f64::from(tier.speed().0) * 1e-6;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most 2e8
    let ns = (2.0 * ground / speed * 1e9).ceil() as u64;
    ns.max(1)
}

/// What both ends measured with one anchor.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The anchor's minimum, ns.
    pub anchor_ns: u64,
    /// The agent's minimum, ns; 0 when no echo came.
    pub agent_ns: u64,
}

impl Timing {
    /// Both ends measured the same.
    pub fn same(rtt_ns: u64) -> Self {
        Self {
            anchor_ns: rtt_ns,
            agent_ns: rtt_ns,
        }
    }
}

/// One session of a host: with which nonce, when and where it truly was.
#[derive(Debug, Clone)]
pub struct Trip {
    /// The session's nonce: 60 bytes of a challenge, or the 32 of the previous evidence's hash.
    pub nonce: Vec<u8>,
    /// When the first anchor begins, Unix ms by the anchors' clocks.
    pub at_ms: u64,
    /// Where the responder is.
    pub place: UnitVec,
}

/// One anchor's session before it is sealed; every field may be bent.
#[derive(Debug, Clone)]
pub struct Session {
    /// The anchor's account.
    pub transcript: wire::RangingTranscript,
    /// The agent's times.
    pub agent_rtt_ns: Vec<u64>,
    /// Whether the agent says that it went through a proxy.
    pub proxied: bool,
}

impl Session {
    /// Signs as agent, then as anchor.
    pub fn seal(&self, agent: &SigningKey, anchor: &SigningKey) -> wire::Ranging {
        let account = wire::AgentTranscript {
            transcript: codec::encode(&self.transcript),
            agent_rtt_ns: self.agent_rtt_ns.clone(),
            newest_head: None,
            proxied: self.proxied,
        };
        let account = agent.sign(Domain::AgentTranscript, codec::encode(&account));
        let receipt = receipt::sign_receipt(anchor, &account, &self.transcript);
        wire::Ranging {
            coarse: false,
            transcript: codec::encode(&account),
            receipt: codec::encode(&receipt),
        }
    }

    /// The same as a coarse session with this limit, ns. `change` may bend the account before both
    /// sign it.
    pub fn seal_coarse(
        &self,
        agent: &SigningKey,
        anchor: &SigningKey,
        limit_ns: u64,
        change: impl FnOnce(&mut wire::CoarseAccount),
    ) -> wire::Ranging {
        let side = coarse::AgentSide {
            min_rtt_ns: self
                .agent_rtt_ns
                .iter()
                .copied()
                .filter(|ns| *ns != 0)
                .min(),
            ..coarse::AgentSide::default()
        };
        let transcript = codec::encode(&self.transcript);
        let mut account =
            coarse::account(&transcript, limit_ns, side).expect("a transcript decodes");
        change(&mut account);
        let signed = agent.sign(Domain::CoarseAccount, codec::encode(&account));
        let receipt = coarse::sign_receipt(anchor, &signed, &account);
        wire::Ranging {
            coarse: true,
            transcript: codec::encode(&signed),
            receipt: codec::encode(&receipt),
        }
    }
}

impl World {
    /// The session of a host with one anchor, by its index in the directory.
    pub fn session(&self, host: &Host, trip: &Trip, index: usize, timing: Timing) -> Session {
        let anchor = &self.directory.anchors[index];
        let round = |number: usize| {
            // The minimum comes in round 5, the others are slower; round 9 is lost.
            let late = if number == 5 {
                0
            } else {
                1_000 * (number as u64 + 1)
            };
            let nonce = |role: u8| sha256(&[role, index.to_le_bytes()[0], number.to_le_bytes()[0]]);
            let lost = number == 9;
            wire::Round {
                anchor_nonce: nonce(0).0[..8].to_vec(),
                agent_nonce: if lost {
                    Vec::new()
                } else {
                    nonce(1).0[..8].to_vec()
                },
                rtt_ns: if lost { 0 } else { timing.anchor_ns + late },
            }
        };
        Session {
            transcript: wire::RangingTranscript {
                exporter: sha256(&[2, index.to_le_bytes()[0]]).to_vec(),
                session_nonce: trip.nonce.clone(),
                anchor_key: anchor.key.to_vec(),
                directory_version: self.directory.version,
                position_version: anchor.position.version,
                agent_key: host.key.public().to_vec(),
                transport: Transport::QuicDatagram as i32,
                start_ms: trip.at_ms + 10 * (index as u64 % 7),
                end_ms: trip.at_ms + 400 + 10 * (index as u64 % 11),
                rounds: (0..ROUNDS).map(round).collect(),
            },
            agent_rtt_ns: (0..ROUNDS)
                .map(|number| match number {
                    9 => 0,
                    _ if timing.agent_ns == 0 => 0,
                    5 => timing.agent_ns,
                    _ => timing.agent_ns + 2_000,
                })
                .collect(),
            proxied: false,
        }
    }

    /// The anchors that a session visits.
    ///
    /// # Panics
    /// When the declared metro is not in the directory.
    pub fn drawn(&self, host: &Host, nonce: &[u8]) -> Vec<usize> {
        draw(nonce, &self.directory, &host.enrolment.token.metro).expect("a metro of this world")
    }

    /// A whole report: a session with each drawn anchor. `timing` gets the anchor's index and the
    /// round trip at 0.69 c and says what was measured; `None` is an anchor that was not reached.
    pub fn report(
        &self,
        host: &Host,
        trip: &Trip,
        mut timing: impl FnMut(usize, u64) -> Option<Timing>,
    ) -> wire::Evidence {
        self.sealed(host, trip, |index, least| {
            let session = self.session(host, trip, index, timing(index, least)?);
            Some(session.seal(&host.key, &self.anchors[index]))
        })
    }

    /// A whole report of what `seal` makes of each drawn anchor, given its index and the round trip
    /// at 0.69 c.
    pub fn sealed(
        &self,
        host: &Host,
        trip: &Trip,
        mut seal: impl FnMut(usize, u64) -> Option<wire::Ranging>,
    ) -> wire::Evidence {
        let rangings = self
            .drawn(host, &trip.nonce)
            .into_iter()
            .filter_map(|index| {
                let [x, y, z] = self.directory.anchors[index].position.unit;
                let anchor = UnitVec::new(x, y, z).expect("a checked directory");
                seal(index, least_rtt_ns(&anchor, &trip.place, Tier::Fibre))
            })
            .collect();
        let challenged = trip.nonce.len() == 60;
        wire::Evidence {
            agent_key: host.key.public().to_vec(),
            certificate_hash: sha256(&host.certificate.leaf).to_vec(),
            freshness: match challenged {
                true => Freshness::Challenged,
                false => Freshness::AnchorFresh,
            } as i32,
            previous_hash: if challenged {
                Vec::new()
            } else {
                trip.nonce.clone()
            },
            nonce: trip.nonce.clone(),
            directory_version: self.directory.version,
            boot_epoch: vec![1; 16],
            sequence: 0,
            host_time_ms: trip.at_ms,
            rangings,
            ..wire::Evidence::default()
        }
    }

    /// The report of an honest host: every round trip is 5 % and 0.3 ms above the least.
    pub fn honest(&self, host: &Host, trip: &Trip) -> wire::Evidence {
        self.report(host, trip, |_, least| {
            Some(Timing::same(least + least / 20 + 300_000))
        })
    }

    /// A challenged trip to a place, measured two seconds after the nonce's issue.
    pub fn trip(&self, host: &Host, place: UnitVec, issued_ms: u64, number: u8) -> Trip {
        Trip {
            nonce: self.nonce(host, issued_ms, number),
            at_ms: issued_ms + 2_000,
            place,
        }
    }
}
