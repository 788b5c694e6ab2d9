//! One host: its sessions, its devices, when it is heard.

use super::fate::{self, Fate};
use super::noise::Line;
use super::place::{Circumstance, METROS, Whence};
use super::profile::Profiles;
use super::tell::{Teller, tell};
use super::weather::{Span, Weather};
use crate::trials::Random;
use domicile_diversion::flags::{Event, HOUR, HostFacts, Liveness, Name, RecordId};
use domicile_fleet::{Basis, Board, Seen, Sighting};
use domicile_proto::types::{Digest, Key};

/// Devices of a host.
pub(super) const DEVICES: u8 = 8;

/// One host in so many has devices whose keys sign. Assumed.
const SIGNS: usize = 3;

/// What came about, and when it is recorded.
pub(super) type Happened = (u64, Note);

/// What came about.
#[derive(Debug, Clone)]
pub(super) enum Note {
    /// A record.
    Event(Event),
    /// A report of a host's devices.
    Sighting(Sighting),
    /// A device of a host is exchanged with one of another host of its site.
    Rebalanced(u32),
    /// A host gets a device.
    Fitted(u32, Device),
}

/// A device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Device {
    pdi: [u8; 8],
    /// Whether its key signs.
    pub(super) signs: bool,
}

/// What all hosts of a world are in.
pub(super) struct Surroundings<'a> {
    pub(super) profiles: &'a Profiles,
    pub(super) weather: &'a Weather,
    /// All trust domains.
    pub(super) votes: &'a [Name],
    /// When a diversion may begin: nothing beyond is told before.
    pub(super) diverted_ms: u64,
    pub(super) end_ms: u64,
}

impl Surroundings<'_> {
    /// When a host is looked at again because a diversion may begin.
    fn after(&self, now_ms: u64) -> u64 {
        match now_ms < self.diverted_ms {
            true => self.diverted_ms,
            false => u64::MAX,
        }
    }
}

/// A host.
pub(super) struct Life {
    pub(super) facts: HostFacts,
    pub(super) number: u32,
    pub(super) line: Line,
    pub(super) declared: usize,
    pub(super) stands: usize,
    /// Where a diverted host answers from.
    pub(super) elsewhere: Option<Whence>,
    pub(super) paths: usize,
    pub(super) devices: Vec<Device>,
    made: u16,
    keys: u8,
    pub(super) signs: bool,
    /// Its packets go by way of another city until then.
    pub(super) detour_until_ms: u64,
    /// Not heard until then.
    pub(super) away_until_ms: u64,
    is_away: bool,
    /// When the registry will know of a move.
    pub(super) registered_ms: Option<u64>,
    /// When something befalls it; never for one that is diverted.
    pub(super) next_fate_ms: Option<u64>,
    /// What befell it last, and when.
    pub(super) befell: Option<(Fate, u64)>,
    pub(super) random: Random,
    records: u64,
}

impl Life {
    pub(super) fn new(seed: u64, number: u32, metro: usize, customer: usize, at_ms: u64) -> Self {
        let mut random = Random::of_trial(seed, u64::from(number) + 1);
        let line = match random.below(100) {
            0..=93 => Line::Fibre,
            94..=97 => Line::Slow,
            98 => Line::LowSatellite,
            _ => Line::HighSatellite,
        };
        let name = METROS[metro].name;
        let mut life = Self {
            facts: HostFacts {
                host: key(number, 0),
                customer: format!("customer-{customer}").as_str().into(),
                licence: format!("L-{customer}-{name}").as_str().into(),
                site: format!("{name}-{customer}").as_str().into(),
                metro: name.into(),
                at_ms,
            },
            number,
            line,
            declared: metro,
            stands: metro,
            elsewhere: None,
            paths: random.below(usize::MAX),
            devices: Vec::new(),
            made: 0,
            keys: 0,
            signs: random.once_in(SIGNS),
            detour_until_ms: 0,
            away_until_ms: 0,
            is_away: false,
            registered_ms: None,
            next_fate_ms: Some(at_ms + fate::until_next(&mut random)),
            befell: None,
            random,
            records: 0,
        };
        life.devices = (0..DEVICES).map(|_| life.new_device()).collect();
        life
    }

    pub(super) fn new_device(&mut self) -> Device {
        self.made += 1;
        let mut pdi = [0; 8];
        pdi[..4].copy_from_slice(&self.number.to_be_bytes());
        pdi[6..].copy_from_slice(&self.made.to_be_bytes());
        let signs = self.signs;
        Device { pdi, signs }
    }

    /// Everything until the next change is told now; the moment of that change.
    pub(super) fn wake(
        &mut self,
        now_ms: u64,
        around: &Surroundings<'_>,
        out: &mut Vec<Happened>,
    ) -> u64 {
        if self.registered_ms.is_some_and(|at| at <= now_ms) {
            self.registered_ms = None;
            self.declared = self.stands;
            self.facts.metro = METROS[self.stands].name.into();
            self.facts.at_ms = now_ms;
            out.push((now_ms, Note::Event(Event::Host(self.facts.clone()))));
        }
        if now_ms < self.away_until_ms {
            let registered = self.registered_ms.unwrap_or(u64::MAX);
            let next_ms = self.away_until_ms.min(registered.max(now_ms + 1));
            return next_ms.min(around.after(now_ms));
        }
        let storm_ms = around.weather.next(self.declared, now_ms);
        if around.weather.is_dark(self.declared, now_ms) {
            if !self.is_away {
                let minutes = 60_000 * self.random.below(10) as u64;
                self.unheard(now_ms + minutes, storm_ms - now_ms - minutes.min(1), out);
            }
            self.away_until_ms = storm_ms;
            return storm_ms;
        }
        if self.is_away {
            self.is_away = false;
            out.push(self.lives(now_ms, Liveness::Reporting));
        }
        if self.next_fate_ms.is_some_and(|at| at <= now_ms) {
            let what = fate::next(&mut self.random);
            self.befell = Some((what, now_ms));
            self.befall(what, now_ms, out);
            let free_ms = self.away_until_ms.max(now_ms);
            self.next_fate_ms = Some(free_ms + fate::until_next(&mut self.random));
            if self.away_until_ms > now_ms {
                return self.away_until_ms.min(around.after(now_ms));
            }
        }
        let changes = [
            Some(storm_ms),
            self.next_fate_ms,
            self.registered_ms,
            Some(self.detour_until_ms),
            Some(around.diverted_ms),
            Some(around.end_ms),
        ];
        let changes = changes.into_iter().flatten().filter(|at| *at > now_ms);
        let until_ms = changes.min().unwrap_or(around.end_ms);
        let span = Span {
            from_ms: now_ms,
            until_ms,
        };
        self.sessions(span, around, out);
        until_ms
    }

    /// Sessions, one an hour, in a time in which nothing changes.
    fn sessions(&mut self, span: Span, around: &Surroundings<'_>, out: &mut Vec<Happened>) {
        let line = match (self.elsewhere, span.from_ms < self.detour_until_ms) {
            (_, true) => Line::Detour,
            (None, false) => self.line,
            // Elsewhere it has another line.
            (Some(_), false) => Line::Fibre,
        };
        let circumstance = Circumstance {
            declared: self.declared,
            whence: self.elsewhere.unwrap_or(Whence::Metro(self.stands)),
            line,
            trouble: around.weather.trouble(self.declared, span.from_ms),
        };
        let profile = around.profiles.of(circumstance, self.paths);
        let teller = Teller {
            host: self.facts.host,
            number: self.number,
            votes: around.votes,
            records: &mut self.records,
            random: &mut self.random,
        };
        tell(profile, span, teller, out);
    }

    pub(super) fn lives(&self, at_ms: u64, state: Liveness) -> Happened {
        let host = self.facts.host;
        let event = Event::Liveness { host, state, at_ms };
        (at_ms, Note::Event(event))
    }

    pub(super) fn unheard(&mut self, at_ms: u64, lasts_ms: u64, out: &mut Vec<Happened>) {
        self.away_until_ms = at_ms + lasts_ms;
        self.is_away = true;
        if lasts_ms > HOUR / 4 {
            out.push(self.lives(at_ms + HOUR / 4, Liveness::Late));
        }
        if lasts_ms > 2 * HOUR {
            out.push(self.lives(at_ms + 2 * HOUR, Liveness::Silent));
        }
    }

    pub(super) fn declared_away(
        &mut self,
        at_ms: u64,
        state: Liveness,
        lasts_ms: u64,
        out: &mut Vec<Happened>,
    ) {
        self.away_until_ms = at_ms + lasts_ms;
        self.is_away = true;
        out.push(self.lives(at_ms, state));
    }

    /// The host goes on under another key, enrolled anew; the old one is withdrawn or just silent.
    pub(super) fn reinstalled(&mut self, at_ms: u64, withdrawn: bool, out: &mut Vec<Happened>) {
        let state = match withdrawn {
            true => Liveness::Withdrawn,
            false => Liveness::Silent,
        };
        out.push(self.lives(at_ms, state));
        self.keys += 1;
        self.facts.host = key(self.number, self.keys);
        self.facts.at_ms = at_ms + HOUR;
        let facts = Event::Host(self.facts.clone());
        out.push((at_ms + HOUR, Note::Event(facts)));
        out.push(self.lives(at_ms + HOUR, Liveness::Reporting));
        out.push((at_ms + HOUR, self.sighting(at_ms + HOUR)));
    }

    /// What the host reports of its devices.
    pub(super) fn sighting(&mut self, at_ms: u64) -> Note {
        self.records += 1;
        let mut evidence = [1; 32];
        evidence[..4].copy_from_slice(&self.number.to_be_bytes());
        evidence[4..12].copy_from_slice(&self.records.to_be_bytes());
        let some_sign = self.devices.iter().any(|device| device.signs);
        let silent = self.devices.iter().filter(|device| !device.signs);
        Note::Sighting(Sighting {
            evidence: Digest(evidence),
            host: self.facts.host,
            customer: self.facts.customer.to_string(),
            licence: self.facts.licence.to_string(),
            from_ms: at_ms,
            until_ms: at_ms + 10_000,
            devices: self.devices.iter().map(seen).collect(),
            unnamed: 0,
            // The links of a board's switches name all that are on it.
            board: some_sign.then(|| Board {
                missing: silent.map(|device| device.pdi).collect(),
            }),
        })
    }
}

fn key(number: u32, generation: u8) -> Key {
    let mut key = [generation; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    Key(key)
}

fn seen(device: &Device) -> Seen {
    let name = u64::from_be_bytes(device.pdi);
    let mut leaf = [2; 32];
    leaf[..8].copy_from_slice(&device.pdi);
    Seen {
        pdi: Some(device.pdi),
        uuid: Some(format!("GPU-{name:016x}")),
        serial: Some((0x10de, format!("{name}"))),
        ids: None,
        leaf_key: device.signs.then_some(Digest(leaf)),
        basis: Basis::of(device.signs),
    }
}

/// A record of a host, by its number.
pub(super) fn record(number: u32, records: &mut u64) -> RecordId {
    *records += 1;
    RecordId::Log((u64::from(number) << 32) | *records)
}
