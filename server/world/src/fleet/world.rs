//! One world: some hundred hosts in three metros, from change to change, through the rules.

use super::blame;
use super::case::Case;
use super::kind::Kind;
use super::life::{Happened, Life, Note, Surroundings};
use super::place::METROS;
use super::profile::Profiles;
use super::registry;
use super::weather::{Span, Weather};
use crate::trials::Random;
use domicile_diversion::flags::{
    Change, Class, Code, DAY, Event, Flag, Flags, Group, Liveness, Name, Subject,
};
use domicile_fleet::{DeviceName, Kind as FindingKind, MapMemory, Sighting, observe};
use domicile_proto::types::Key;
use std::collections::{BTreeMap, BTreeSet};

/// When a world begins, Unix ms.
pub(super) const START: u64 = 1_700_000_000_000;
pub(super) const WEEK: u64 = 7 * DAY;
/// Customers, and metros, of a world.
pub(super) const CUSTOMERS: usize = 5;
const METROS_OF_WORLD: usize = 3;
/// When the diversion begins, weeks.
const DIVERTED: u64 = 30;

/// A flag that was raised in a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) code: Code,
    pub(super) subject: Subject,
    pub(super) at_ms: u64,
    /// Whether what it says is so: for incidents, whether there was a cause.
    pub(super) is_true: bool,
    /// What it is due to where nothing was diverted.
    pub(super) cause: &'static str,
}

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) hosts: u32,
    pub(super) weeks: u64,
}

/// When the diversion of a world with one begins, Unix ms.
pub(super) const fn diverted_ms() -> u64 {
    START + DIVERTED * WEEK
}

/// An honest world.
pub(super) fn honest(seed: u64, size: Size, profiles: &Profiles) -> Vec<Raised> {
    World::new(seed, size, profiles).run()
}

/// What is raised in a world because of a diversion in it: it is run twice, with and without.
pub(super) fn diverted(seed: u64, size: Size, kind: Kind, profiles: &Profiles) -> Vec<Raised> {
    let case = Case::new(kind, Random::of_trial(seed, u64::MAX));
    if !case.is_seen() {
        return Vec::new();
    }
    let world = |case: Case| {
        let mut world = World::new(seed, size, profiles);
        world.case = Some(case);
        world.due(diverted_ms(), Due::Case(0));
        for life in world.lives.iter_mut().take(1) {
            life.signs = kind.signs();
            for device in &mut life.devices {
                device.signs = kind.signs();
            }
        }
        world
    };
    let without = world(Case::none()).run();
    let due = world(case).run().into_iter().filter(|raised| {
        raised.at_ms >= diverted_ms()
            && raised.code.entry().class != Class::Incident
            && !without.contains(raised)
    });
    due.collect()
}

/// What is waited for.
enum Due {
    /// A host's next change.
    Wake(usize),
    /// Something that will be recorded.
    Note(Note),
    /// The next step of the diversion.
    Case(usize),
}

struct World<'a> {
    profiles: &'a Profiles,
    flags: Flags,
    memory: MapMemory,
    /// Devices that the ledger misses.
    gone: BTreeSet<DeviceName>,
    lives: Vec<Life>,
    weather: Weather,
    votes: Vec<Name>,
    metros: Vec<usize>,
    case: Option<Case>,
    raised: Vec<Raised>,
    now_ms: u64,
    end_ms: u64,
    queue: BTreeMap<(u64, u64), Due>,
    queued: u64,
}

impl<'a> World<'a> {
    fn new(seed: u64, size: Size, profiles: &'a Profiles) -> Self {
        let mut random = Random::of_trial(seed, 0);
        let first = random.below(METROS.len());
        let metros: Vec<usize> = (0..METROS_OF_WORLD)
            .map(|step| (first + step) % METROS.len())
            .collect();
        let end_ms = START + size.weeks * WEEK;
        let weather = Weather::new((START, end_ms), &mut random);
        let lives = (0..size.hosts).map(|number| {
            let metro = metros[number as usize % METROS_OF_WORLD];
            let customer = number as usize / METROS_OF_WORLD % CUSTOMERS;
            Life::new(seed, number, metro, customer, START)
        });
        let mut world = Self {
            profiles,
            flags: Flags::new(),
            memory: MapMemory::default(),
            gone: BTreeSet::new(),
            lives: lives.collect(),
            weather,
            votes: profiles.votes(),
            metros,
            case: None,
            raised: Vec::new(),
            now_ms: START,
            end_ms,
            queue: BTreeMap::new(),
            queued: 0,
        };
        world.begin(&mut random);
        world
    }

    /// What the registry and the mesh will say, and the first of every host.
    fn begin(&mut self, random: &mut Random) {
        let time = (START, self.end_ms);
        let events = registry::of(&self.metros, &self.weather, time, random);
        for (at_ms, event) in events {
            self.due(at_ms, Due::Note(Note::Event(event)));
        }
        for number in 0..self.lives.len() {
            let host = Event::Host(self.lives[number].facts.clone());
            self.due(START + 1, Due::Note(Note::Event(host)));
            let (_, lives) = self.lives[number].lives(START + 2, Liveness::Reporting);
            self.due(START + 2, Due::Note(lives));
            self.due(START + 3, Due::Wake(number));
        }
    }

    fn due(&mut self, at_ms: u64, due: Due) {
        self.queued += 1;
        self.queue.insert((at_ms, self.queued), due);
    }

    fn record(&mut self, happened: Vec<Happened>) {
        for (at_ms, note) in happened {
            let at_ms = self.weather.recorded_ms(at_ms);
            self.due(at_ms, Due::Note(note));
        }
    }

    fn run(mut self) -> Vec<Raised> {
        while let Some(((at_ms, _), due)) = self.queue.pop_first() {
            if at_ms >= self.end_ms {
                break;
            }
            self.now_ms = at_ms;
            match due {
                Due::Wake(number) => self.wake(number),
                Due::Case(step) => self.step(step),
                Due::Note(note) => self.note(note),
            }
        }
        let last = self.flags.advance(self.end_ms);
        self.changed(last);
        self.raised
    }

    fn wake(&mut self, number: usize) {
        // What it holds is seen before it first changes.
        let is_first = self.now_ms == START + 3;
        let mut happened = Vec::new();
        let around = Surroundings {
            profiles: self.profiles,
            weather: &self.weather,
            votes: &self.votes,
            diverted_ms: match self.case {
                Some(_) => diverted_ms(),
                None => u64::MAX,
            },
            end_ms: self.end_ms,
        };
        let life = &mut self.lives[number];
        if is_first {
            happened.push((self.now_ms, life.sighting(self.now_ms)));
        }
        let next_ms = life.wake(self.now_ms, &around, &mut happened);
        self.record(happened);
        if next_ms < self.end_ms {
            self.due(next_ms.max(self.now_ms + 1), Due::Wake(number));
        }
    }

    fn step(&mut self, step: usize) {
        let mut happened = Vec::new();
        if let (Some(case), [host, other, ..]) = (&mut self.case, &mut self.lives[..])
            && let Some(at_ms) = case.step(step, self.now_ms, (host, other), &mut happened)
        {
            self.due(at_ms, Due::Case(step + 1));
        }
        self.record(happened);
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Event(event) => self.event(&event),
            Note::Sighting(sighting) => self.sighting(&sighting),
            Note::Fitted(number, device) => {
                let life = &mut self.lives[number as usize];
                life.devices.push(device);
                let sighting = life.sighting(self.now_ms);
                self.note(sighting);
            }
            Note::Rebalanced(number) => {
                let other = number as usize + CUSTOMERS * METROS_OF_WORLD;
                let other = other.min(self.lives.len());
                let (before, after) = self.lives.split_at_mut(other);
                let (Some(one), Some(two)) = (before.get_mut(number as usize), after.first_mut())
                else {
                    return;
                };
                let at_ms = self.now_ms;
                if let (Some(a), Some(b)) = (one.devices.first_mut(), two.devices.first_mut())
                    && a.signs == b.signs
                {
                    std::mem::swap(a, b);
                }
                let seen = [one.sighting(at_ms), two.sighting(at_ms)];
                for sighting in seen {
                    self.note(sighting);
                }
            }
        }
    }

    /// What the identity ledger finds goes to the rules, as the collector hands it over.
    fn sighting(&mut self, sighting: &Sighting) {
        let Ok(findings) = observe(&mut self.memory, sighting);
        let seen = sighting
            .devices
            .iter()
            .filter_map(domicile_fleet::Seen::name);
        for name in seen {
            if self.gone.remove(&name) {
                self.event(&Event::Settled {
                    kind: FindingKind::Gone,
                    subject: Subject::Device(name),
                    at_ms: sighting.until_ms,
                });
            }
        }
        let is_whole = sighting
            .board
            .as_ref()
            .is_some_and(|b| b.missing.is_empty());
        if is_whole {
            self.event(&Event::Settled {
                kind: FindingKind::BoardIncomplete,
                subject: Subject::Host(sighting.host),
                at_ms: sighting.until_ms,
            });
        }
        for finding in findings {
            if finding.kind == FindingKind::Gone {
                self.gone.extend(finding.devices.iter().cloned());
            }
            let record = domicile_diversion::flags::RecordId::Evidence(sighting.evidence);
            self.event(&Event::Finding { finding, record });
        }
    }

    fn event(&mut self, event: &Event) {
        let changes = self.flags.handle(event, self.now_ms);
        self.changed(changes);
    }

    fn changed(&mut self, changes: Vec<Change>) {
        for change in changes {
            if let Change::Raised(flag) = change {
                let cause = self.cause(&flag);
                self.raised.push(Raised {
                    // An incident is true when there was something of the kind.
                    is_true: flag.code.entry().class == Class::Incident && cause != blame::NOTHING,
                    cause,
                    code: flag.code,
                    subject: flag.subject,
                    at_ms: flag.raised_ms,
                });
            }
        }
    }

    /// What an honest host's flag, or an incident, is due to.
    fn cause(&self, flag: &Flag) -> &'static str {
        let time = Span {
            from_ms: flag.since_ms,
            until_ms: flag.raised_ms,
        };
        let of_metros = |wanted: &dyn Fn(usize) -> bool| {
            let mut metros = self.metros.iter().filter(|metro| wanted(**metro));
            metros.find_map(|metro| blame::of_metro(&self.weather, *metro, time))
        };
        match &flag.subject {
            Subject::Group { group, .. } => match group {
                Group::Metro(name) => of_metros(&|metro| METROS[metro].name == name.as_ref()),
                Group::Vote(_) => of_metros(&|_| true),
            }
            .unwrap_or(blame::NOTHING),
            Subject::Host(key) => self.blamed(key, time),
            _ => match flag.hosts.last() {
                Some(key) => self.blamed(key, time),
                None => "the registry, or the vendor's side",
            },
        }
    }

    fn blamed(&self, key: &Key, time: Span) -> &'static str {
        // A host that was re-installed has another key, which begins alike.
        let mut lives = self.lives.iter();
        let life = lives.find(|life| life.facts.host.0[..4] == key.0[..4]);
        life.map_or(blame::NOTHING, |life| {
            blame::of_host(life, &self.weather, time)
        })
    }
}
