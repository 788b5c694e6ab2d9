//! What befalls an honest host that its operator, a failed part or the network brought about.

use super::life::{DEVICES, Happened, Life, Note};
use super::profile::NEIGHBOURS;
use super::weather::about;
use crate::trials::Random;
use domicile_diversion::flags::{DAY, HOUR, Liveness};

/// How often a year each of these befalls a host. Sources and assumptions: `SIMULATION.md`.
const RATES: [(f64, Fate); 11] = [
    (4.0, Fate::Outage),
    (0.1, Fate::SwitchedOff),
    (0.3, Fate::Maintenance),
    (0.05, Fate::DeclaredMove),
    (0.01, Fate::UndeclaredMove),
    (0.2, Fate::Repair),
    (0.05, Fate::Rebalanced),
    (0.02, Fate::RestoredBackup),
    (0.02, Fate::Reinstalled),
    (0.3, Fate::Detour),
    (0.3, Fate::NewRoute),
];

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Outage,
    SwitchedOff,
    Maintenance,
    DeclaredMove,
    UndeclaredMove,
    Repair,
    Rebalanced,
    RestoredBackup,
    Reinstalled,
    Detour,
    NewRoute,
}

/// When the next befalls a host, ms from now.
pub(super) fn until_next(random: &mut Random) -> u64 {
    let total: f64 = RATES.iter().map(|(rate, _)| rate).sum();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss
    )] // some weeks
    let mean = ((365 * DAY) as f64 / total) as u64;
    about(mean, random)
}

/// Which.
pub(super) fn next(random: &mut Random) -> Fate {
    let total: f64 = RATES.iter().map(|(rate, _)| rate).sum();
    let mut at = random.unit() * total;
    let found = RATES.into_iter().find_map(|(rate, what)| {
        at -= rate;
        (at < 0.0).then_some(what)
    });
    found.unwrap_or(Fate::Outage)
}

impl Life {
    /// Something befalls the host.
    pub(super) fn befall(&mut self, what: Fate, at_ms: u64, out: &mut Vec<Happened>) {
        let random = &mut self.random;
        match what {
            Fate::Outage => {
                let lasts = about(6 * HOUR, random);
                self.unheard(at_ms, lasts, out);
            }
            Fate::SwitchedOff => {
                let lasts = about(10 * DAY, random);
                self.unheard(at_ms, lasts, out);
            }
            Fate::RestoredBackup => {
                // Its chain goes back; the same key at the same place says nothing of a place.
                let lasts = DAY + about(DAY, random);
                self.unheard(at_ms, lasts, out);
            }
            Fate::Maintenance => {
                let lasts = about(5 * DAY, random);
                self.declared_away(at_ms, Liveness::Maintenance, lasts, out);
            }
            Fate::DeclaredMove => {
                let lasts = 5 * DAY + about(15 * DAY, random);
                self.paths = random.below(usize::MAX);
                self.declared_away(at_ms, Liveness::Transit, lasts, out);
                if self.moves_next_door() {
                    self.registered_ms = Some(at_ms + lasts);
                }
            }
            Fate::UndeclaredMove => {
                let lasts = 2 * DAY + about(4 * DAY, random);
                let late = about(20 * DAY, random);
                self.paths = random.below(usize::MAX);
                self.unheard(at_ms, lasts, out);
                if self.moves_next_door() {
                    self.registered_ms = Some(at_ms + lasts + late);
                }
            }
            Fate::Repair => self.repair(at_ms, out),
            Fate::Rebalanced => out.push((at_ms, Note::Rebalanced(self.number))),
            Fate::Reinstalled => {
                let withdrawn = random.once_in(2);
                self.reinstalled(at_ms, withdrawn, out);
            }
            Fate::Detour => self.detour_until_ms = at_ms + about(5 * DAY, random),
            Fate::NewRoute => self.paths = random.below(usize::MAX),
        }
    }

    /// A device fails; most operators declare the work. After some days it, or another, is there.
    fn repair(&mut self, at_ms: u64, out: &mut Vec<Happened>) {
        let lasts = about(8 * DAY, &mut self.random);
        let place = self.random.below(DEVICES.into()) % self.devices.len().max(1);
        if place >= self.devices.len() {
            return;
        }
        let failed = self.devices.remove(place);
        if self.random.once_in(5) {
            out.push((at_ms, self.sighting(at_ms)));
        } else {
            // Heard once while the state is declared, so that it is seen what is missing.
            self.declared_away(at_ms, Liveness::Maintenance, 2 * HOUR, out);
            out.push((at_ms + HOUR, self.sighting(at_ms + HOUR)));
        }
        let back = match self.random.once_in(2) {
            true => failed,
            false => self.new_device(),
        };
        out.push((at_ms + lasts.max(3 * HOUR), Note::Fitted(self.number, back)));
    }

    fn moves_next_door(&mut self) -> bool {
        let (a, b) = NEIGHBOURS;
        let to = match self.stands {
            stands if stands == a => b,
            stands if stands == b => a,
            _ => return false,
        };
        self.stands = to;
        true
    }
}
