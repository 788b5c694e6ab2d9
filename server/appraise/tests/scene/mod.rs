//! A world, a host and one anchor that a test is about.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // each test file uses its part

use domicile_appraise::testing::{Host, NOW_MS, Session, Timing, Trip, World, point};
use domicile_appraise::verify::Appraised;
use domicile_proto::types::Key;
use domicile_proto::wire::{self, AnchorOutcome, Evidence, InvalidReason, RangingTranscript};

pub const TEN_MINUTES: u64 = 600_000;

pub struct Scene {
    pub world: World,
    pub host: Host,
    pub trip: Trip,
    /// Index of the anchor that the test is about.
    pub index: usize,
}

impl Scene {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut wire::Directory)) -> Self {
        let world = World::with(change);
        let host = world.enrol(1, "sin", "asia");
        let trip = world.trip(&host, point(1.35, 103.82), NOW_MS, 1);
        let index = world.drawn(&host, &trip.nonce)[2];
        Self {
            world,
            host,
            trip,
            index,
        }
    }

    pub fn key(&self) -> Key {
        self.world.directory.anchors[self.index].key
    }

    pub fn session(&self) -> Session {
        self.world
            .session(&self.host, &self.trip, self.index, Timing::same(5_000_000))
    }

    pub fn seal(&self, session: &Session) -> wire::Ranging {
        session.seal(&self.host.key, &self.world.anchors[self.index])
    }

    /// An honest report in which the ranging with the anchor is this one.
    pub fn replaced(&self, ranging: wire::Ranging) -> Evidence {
        let mut evidence = self.world.honest(&self.host, &self.trip);
        evidence.rangings[2] = ranging;
        evidence
    }

    pub fn appraise(&self, evidence: &Evidence) -> Appraised {
        self.world
            .verify(&self.host, &self.host.sign(evidence), NOW_MS + 10_000)
            .unwrap()
    }

    /// The outcome of the anchor when its ranging is this one, with the vote gone or there.
    pub fn outcome(&self, ranging: wire::Ranging) -> (AnchorOutcome, Option<InvalidReason>) {
        self.outcome_in(&self.replaced(ranging), &self.key())
    }

    pub fn outcome_in(
        &self,
        evidence: &Evidence,
        key: &Key,
    ) -> (AnchorOutcome, Option<InvalidReason>) {
        let appraised = self.appraise(evidence);
        let reading = appraised
            .readings
            .iter()
            .find(|r| r.anchor_key == key.0)
            .unwrap();
        let counted = appraised
            .observations
            .iter()
            .any(|observed| observed.anchor == *key);
        assert_eq!(counted, reading.outcome() == AnchorOutcome::Counted);
        (reading.outcome(), appraised.invalid)
    }

    /// The same for a changed transcript that both sign.
    pub fn changed(&self, change: impl FnOnce(&mut RangingTranscript)) -> AnchorOutcome {
        let mut session = self.session();
        change(&mut session.transcript);
        let (outcome, invalid) = self.outcome(self.seal(&session));
        assert_eq!(invalid, None);
        outcome
    }
}
