//! The solves, and what is counted in them.

use super::bound::Places;
use super::trial::{Host, Trial};
use domicile_geo::{GeoError, Territories, TerritoryMask, Tier, locate};
use std::time::Duration;

/// Bounds of the classes by round trip to the nearest anchor, milliseconds; the last is the
/// longest round trip that a set may have.
const CLASSES: [f64; 8] = [0.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60_000.0];

/// The nearest anchor of a host that counts as near, milliseconds.
pub(super) const NEAR_MS: f64 = 8.0;

/// Asia without its west, and Oceania (UN M49), by territory.
const ASIA_PACIFIC: &[&str] = &[
    "AF", "AS", "AU", "BD", "BN", "BT", "CK", "CN", "FJ", "FM", "GU", "HK", "ID", "IN", "IR", "JP",
    "KG", "KH", "KI", "KP", "KR", "KZ", "LA", "LK", "MH", "MM", "MN", "MO", "MP", "MV", "MY", "NC",
    "NF", "NP", "NR", "NU", "NZ", "PF", "PG", "PH", "PK", "PN", "PW", "SB", "SG", "TH", "TJ", "TK",
    "TL", "TM", "TO", "TV", "TW", "UZ", "VN", "VU", "WF", "WS",
];

/// Each solve is timed so many times and the shortest time counts, so that what else the
/// machine does does not.
const RUNS: usize = 3;

/// Which territories one host could be in, by tier.
pub(super) type Possible = [TerritoryMask; Tier::ALL.len()];

/// What is counted at one tier.
#[derive(Debug, Default, Clone)]
pub(super) struct Count {
    /// Ids of hosts whose true territory was excluded.
    pub(super) true_excluded: Vec<String>,
    /// Hosts times the other territories of the territory data.
    pub(super) all: Claims,
    /// Hosts times the other territories in which the set has hosts.
    pub(super) set: Claims,
    /// Hosts not in CN, HK or MO for which CN is excluded.
    pub(super) cn_excluded: usize,
    /// Hosts not in RU for which RU is excluded.
    pub(super) ru_excluded: usize,
}

/// False claims and how many of them were refuted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) made: usize,
    pub(super) refuted: usize,
    /// Those that no method can refute ([`super::bound`]).
    pub(super) irrefutable: usize,
}

impl Claims {
    fn add(&mut self, others: &TerritoryMask, possible: &TerritoryMask, certain: &TerritoryMask) {
        self.made += others.count() as usize;
        self.refuted += others.difference(possible).count() as usize;
        self.irrefutable += others.intersection(certain).count() as usize;
    }
}

/// Hosts by how near the nearest anchor was; only those for which CN counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    pub(super) from_ms: f64,
    /// Inclusive; `from_ms` is not, but for 0.
    pub(super) to_ms: f64,
    pub(super) hosts: usize,
    /// By tier.
    pub(super) cn_excluded: [usize; Tier::ALL.len()],
}

/// The whole result.
#[derive(Debug)]
pub(super) struct Score {
    /// By tier, in the order of [`Tier::ALL`].
    pub(super) tiers: [Count; Tier::ALL.len()],
    pub(super) classes: Vec<Class>,
    /// Hosts in Asia and the Pacific with an anchor within [`NEAR_MS`].
    pub(super) asia_pacific: Class,
    /// Hosts for which CN counts, and RU.
    pub(super) cn_hosts: usize,
    pub(super) ru_hosts: usize,
    /// For each doubtful host, whether its declared territory is excluded, by tier.
    pub(super) doubtful: Vec<[bool; Tier::ALL.len()]>,
    /// The time of each solve, rising.
    pub(super) solves: Vec<Duration>,
}

impl Score {
    /// Whether any host's true territory was excluded at any tier.
    pub(super) fn excludes_a_truth(&self) -> bool {
        self.tiers.iter().any(|tier| !tier.true_excluded.is_empty())
    }
}

/// Solves every host at every tier; `step` is called after each host.
pub(super) fn score(
    trial: &Trial,
    territories: &Territories,
    elapsed: &dyn Fn() -> Duration,
    step: &dyn Fn(),
) -> Result<Score, GeoError> {
    let mut solves = Vec::new();
    let class = |from_ms, to_ms| Class {
        from_ms,
        to_ms,
        hosts: 0,
        cn_excluded: [0; Tier::ALL.len()],
    };
    let mut score = Score {
        tiers: std::array::from_fn(|_| Count::default()),
        classes: CLASSES
            .windows(2)
            .map(|ends| class(ends[0], ends[1]))
            .collect(),
        asia_pacific: class(0.0, NEAR_MS),
        cn_hosts: 0,
        ru_hosts: 0,
        doubtful: Vec::new(),
        solves: Vec::new(),
    };
    let names = Names::new(trial, territories)?;
    let places = Places::new(trial, territories);
    for host in &trial.hosts {
        let possible = solve(host, trial.lying_votes, territories, elapsed, &mut solves)?;
        let certain = Tier::ALL.map(|tier| places.within_all(host, tier));
        score.count(&names, &trial.node(host).id, host, &possible, &certain);
        step();
    }
    for host in &trial.doubtful {
        let possible = solve(host, trial.lying_votes, territories, elapsed, &mut solves)?;
        let excluded = possible.map(|possible| !possible.contains(host.territory));
        score.doubtful.push(excluded);
        step();
    }
    solves.sort_unstable();
    score.solves = solves;
    Ok(score)
}

fn solve(
    host: &Host,
    lying_votes: u8,
    territories: &Territories,
    elapsed: &dyn Fn() -> Duration,
    solves: &mut Vec<Duration>,
) -> Result<Possible, GeoError> {
    let mut possible = [TerritoryMask::EMPTY; Tier::ALL.len()];
    for (tier, possible) in Tier::ALL.into_iter().zip(&mut possible) {
        let mut shortest = Duration::MAX;
        for _ in 0..RUNS {
            let start = elapsed();
            *possible = locate(&host.observations, tier, lying_votes, territories)?.possible();
            shortest = shortest.min(elapsed().saturating_sub(start));
        }
        solves.push(shortest);
    }
    Ok(possible)
}

/// Territories that the counting names.
struct Names {
    all: TerritoryMask,
    /// Those in which the set has hosts.
    set: TerritoryMask,
    cn: TerritoryMask,
    ru: TerritoryMask,
    /// CN, HK, MO.
    china: TerritoryMask,
    asia_pacific: TerritoryMask,
}

impl Names {
    fn new(trial: &Trial, territories: &Territories) -> Result<Self, GeoError> {
        let mask = |codes: &[&str]| {
            let codes: Result<Vec<_>, _> = codes.iter().map(|code| code.parse()).collect();
            TerritoryMask::from_codes(territories, &codes?)
        };
        let mut set = TerritoryMask::EMPTY;
        trial
            .hosts
            .iter()
            .for_each(|host| set.insert(host.territory));
        Ok(Self {
            all: territories.all(),
            set,
            cn: mask(&["CN"])?,
            ru: mask(&["RU"])?,
            china: mask(&["CN", "HK", "MO"])?,
            asia_pacific: mask(ASIA_PACIFIC)?,
        })
    }
}

impl Score {
    fn count(
        &mut self,
        names: &Names,
        id: &str,
        host: &Host,
        possible: &Possible,
        certain: &Possible,
    ) {
        let mut truth = TerritoryMask::EMPTY;
        truth.insert(host.territory);
        let (cn_counts, ru_counts) = (truth.is_disjoint(&names.china), truth != names.ru);
        self.cn_hosts += usize::from(cn_counts);
        self.ru_hosts += usize::from(ru_counts);
        let mut cn_excluded = [0; Tier::ALL.len()];
        let tiers = self.tiers.iter_mut().zip(possible).zip(certain);
        for (((count, possible), certain), cn) in tiers.zip(&mut cn_excluded) {
            if !truth.is_subset(possible) {
                count.true_excluded.push(id.to_owned());
            }
            let (all, set) = (names.all.difference(&truth), names.set.difference(&truth));
            count.all.add(&all, possible, certain);
            count.set.add(&set, possible, certain);
            *cn = usize::from(cn_counts && names.cn.is_disjoint(possible));
            count.cn_excluded += *cn;
            count.ru_excluded += usize::from(ru_counts && names.ru.is_disjoint(possible));
        }
        if !cn_counts {
            return;
        }
        let near = truth.is_subset(&names.asia_pacific) && host.nearest_ms <= NEAR_MS;
        let class = self
            .classes
            .iter_mut()
            .find(|class| host.nearest_ms <= class.to_ms);
        let asia_pacific = Some(&mut self.asia_pacific).filter(|_| near);
        for class in class.into_iter().chain(asia_pacific) {
            class.hosts += 1;
            let sums = class.cn_excluded.iter_mut();
            sums.zip(cn_excluded).for_each(|(sum, one)| *sum += one);
        }
    }
}
