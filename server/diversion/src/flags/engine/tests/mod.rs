//! A small fleet, and what happens to it.

#![allow(clippy::unwrap_used)]

mod common;
mod lasting;
mod place;

use crate::flags::*;
use domicile_proto::types::Key;
use domicile_proto::wire::{Tier, VerdictValue};

const LICENCE: &str = "L-1";

struct World {
    flags: Flags,
    now_ms: u64,
    record: u64,
}

fn key(number: u8) -> Key {
    Key([number; 32])
}

fn host(number: u8) -> Subject {
    Subject::Host(key(number))
}

fn licence() -> LicenceFacts {
    LicenceFacts {
        number: LICENCE.into(),
        models: vec!["H200".into()],
        until_ms: None,
        silence_ms: Some(7 * DAY),
        unconfirmed_ms: None,
        confirmed_by: Confirmation::Confined,
        transit_ms: Some(60 * DAY),
        absence_ms: Some(180 * DAY),
    }
}

impl World {
    /// Hosts 1 to `hosts` of `customers` customers in turn, in one metro, reporting.
    fn new(hosts: u8, customers: u8) -> Self {
        let mut world = Self {
            flags: Flags::new(),
            now_ms: DAY,
            record: 0,
        };
        world.then(Event::Licence(licence()));
        for number in 1..=hosts {
            world.then(Event::Host(HostFacts {
                host: key(number),
                customer: format!("customer-{}", number % customers).as_str().into(),
                licence: LICENCE.into(),
                site: format!("site-{}", number % 2).as_str().into(),
                metro: "sin".into(),
                at_ms: DAY,
            }));
            world.lives(number, Liveness::Reporting);
        }
        world
    }

    /// The licence asks for a confirmed place every 30 days.
    fn asking_for_a_place(mut self) -> Self {
        self.then(Event::Licence(LicenceFacts {
            unconfirmed_ms: Some(30 * DAY),
            ..licence()
        }));
        self
    }

    #[allow(clippy::needless_pass_by_value)] // made in place everywhere
    fn then(&mut self, event: Event) -> Vec<Change> {
        self.flags.handle(&event, self.now_ms)
    }

    fn wait(&mut self, ms: u64) -> Vec<Change> {
        self.now_ms += ms;
        self.flags.advance(self.now_ms)
    }

    fn lives(&mut self, number: u8, state: Liveness) -> Vec<Change> {
        self.then(Event::Liveness {
            host: key(number),
            state,
            at_ms: self.now_ms,
        })
    }

    fn verdict(&mut self, number: u8, value: VerdictValue, votes: &[&str]) -> Vec<Change> {
        self.record += 1;
        let at_c = match value {
            VerdictValue::Inconsistent => value,
            _ => VerdictValue::Insufficient,
        };
        self.then(Event::Verdicts(Verdicts {
            host: key(number),
            values: [at_c, value, value],
            required: Tier::Fibre,
            votes: votes.iter().map(|vote| Name::from(*vote)).collect(),
            sessions: Sessions::one(self.now_ms),
            record: RecordId::Log(self.record),
        }))
    }

    /// The same verdict every hour.
    fn hours(&mut self, hours: u32, number: u8, value: VerdictValue) -> Vec<Change> {
        let mut changes = Vec::new();
        for _ in 0..hours {
            changes.extend(self.wait(HOUR));
            changes.extend(self.verdict(number, value, &["a", "b"]));
        }
        changes
    }

    fn anomaly(&mut self, vote: &str, from_ms: u64, until_ms: Option<u64>) -> Vec<Change> {
        self.then(Event::Anomaly(Anomaly {
            anchor: key(200),
            vote: vote.into(),
            metro: "sin".into(),
            from_ms,
            until_ms,
            record: RecordId::Log(1_000_000),
        }))
    }
}

fn raised(changes: &[Change]) -> Vec<(Code, Subject)> {
    let of = |change: &Change| match change {
        Change::Raised(flag) => Some((flag.code, flag.subject.clone())),
        _ => None,
    };
    changes.iter().filter_map(of).collect()
}

fn withdrawn(changes: &[Change]) -> usize {
    let of = |change: &&Change| {
        matches!(
            change,
            Change::Cleared {
                why: Why::Withdrawn(_),
                ..
            }
        )
    };
    changes.iter().filter(of).count()
}
