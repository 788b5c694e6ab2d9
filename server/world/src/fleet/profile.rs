//! What the sessions of hosts in each circumstance say, judged when it is first asked for.

use super::bench::{BELIEFS, Bench};
use super::noise::Line;
use super::place::{AWAY, Circumstance, METROS, Session, Trouble, Whence};
use crate::trials::Random;
use domicile_diversion::flags::Name;
use std::sync::OnceLock;

/// Sessions of each.
const SESSIONS: usize = 12;

/// Places to answer from: the metros, those away, those through a relay.
const PLACES: usize = METROS.len() + 2 * AWAY.len();
/// All circumstances.
const ALL: usize = METROS.len() * PLACES * Line::ALL.len() * Trouble::ALL.len();

/// A host's sessions, and how many of the first few are implausible.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) sessions: Vec<Session>,
    pub(super) implausible: f64,
}

/// What hosts' sessions say, by circumstance.
pub(super) struct Profiles {
    bench: Bench,
    seed: u64,
    /// Hosts with paths of their own for each circumstance.
    paths: usize,
    known: Vec<OnceLock<Vec<Profile>>>,
}

impl Profiles {
    /// Nothing is judged yet.
    pub(super) fn new(bench: Bench, seed: u64, paths: usize) -> Self {
        Self {
            bench,
            seed,
            paths,
            known: (0..ALL).map(|_| OnceLock::new()).collect(),
        }
    }

    /// All trust domains.
    pub(super) fn votes(&self) -> Vec<Name> {
        Bench::votes()
    }

    /// What a host's sessions say; `host` numbers hosts with paths of their own. The same whoever
    /// asks first: the randomness is the circumstance's own.
    pub(super) fn of(&self, circumstance: Circumstance, host: usize) -> &Profile {
        let number = number(circumstance);
        let hosts = self.known[number].get_or_init(|| {
            let mut random = Random::of_trial(self.seed, number as u64);
            let profiles = (0..self.paths).map(|_| {
                let sessions = self.bench.host(circumstance, SESSIONS, &mut random);
                let implausible = sessions.iter().filter(|one| one.is_implausible).count();
                #[allow(clippy::cast_precision_loss)] // some
                let implausible = implausible as f64 / BELIEFS as f64;
                Profile {
                    sessions,
                    implausible,
                }
            });
            profiles.collect()
        });
        &hosts[host % self.paths]
    }
}

fn number(circumstance: Circumstance) -> usize {
    let place = match circumstance.whence {
        Whence::Metro(metro) => metro,
        Whence::Away(away) => METROS.len() + away,
        Whence::Relayed(away) => METROS.len() + AWAY.len() + away,
    };
    let line = circumstance.line as usize;
    let trouble = circumstance.trouble as usize;
    ((circumstance.declared * PLACES + place) * Line::ALL.len() + line) * Trouble::ALL.len()
        + trouble
}

/// Metros between which hosts of one licence move: both are permitted by it.
pub(super) const NEIGHBOURS: (usize, usize) = (0, 1);
