//! False claims that nobody can refute, whatever the method.
//!
//! A city that lies within every anchor's reach, without any margin, is where a host could be
//! that answered with exactly these round trips: delay can be added. So no method that knows only
//! the round trips and the speed of the fastest signal, and that never excludes a true
//! territory, refutes a claim of that city's territory. What remains bounds every such method
//! from above. Places are the cities of the city list and the set's own nodes.

use super::trial::{Host, Trial};
use domicile_geo::cities::Cities;
use domicile_geo::{
    EARTH_RADIUS_M, ELLIPSOID_FACTOR, Observation, Territories, TerritoryMask, Tier, UnitVec,
    chord_above, reach_m,
};

/// Places where a host could be, each with its territory.
#[derive(Debug)]
pub(super) struct Places(Vec<(u8, UnitVec)>);

impl Places {
    /// The cities of the list and the nodes whose place is not in doubt.
    pub(super) fn new(trial: &Trial, territories: &Territories) -> Self {
        let cities = Cities::builtin().iter();
        let mut places: Vec<(u8, UnitVec)> = cities
            .filter_map(|city| Some((territories.index_of(city.territory)?, city.position)))
            .collect();
        let nodes = trial.hosts.iter().filter_map(|host| {
            let [x, y, z] = trial.true_point(host)?.unit();
            Some((host.territory, UnitVec::new(x, y, z).ok()?))
        });
        places.extend(nodes);
        Self(places)
    }

    /// The territories with a place within every anchor's reach at a tier.
    pub(super) fn within_all(&self, host: &Host, tier: Tier) -> TerritoryMask {
        let mut caps: Vec<([f64; 3], f64)> = host
            .observations
            .iter()
            .filter_map(|observation| {
                Some((observation.position.components(), chord(observation, tier)?))
            })
            .collect();
        caps.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut found = TerritoryMask::EMPTY;
        for (territory, place) in &self.0 {
            let place = place.components();
            let is_within = |(center, chord): &([f64; 3], f64)| {
                let square = |k: usize| (center[k] - place[k]) * (center[k] - place[k]);
                square(0) + square(1) + square(2) <= chord * chord
            };
            if !found.contains(*territory) && caps.iter().all(is_within) {
                found.insert(*territory);
            }
        }
        found
    }
}

/// The reach without survey error, and so much shorter that the geodesic of every place in it is
/// within it; `None` when that is the whole Earth.
fn chord(observation: &Observation, tier: Tier) -> Option<f64> {
    let exact = Observation {
        survey_error_m: 0,
        // The nanosecond that the trial added for rounding.
        rtt_ns: observation.rtt_ns.saturating_sub(1),
        ..*observation
    };
    // `reach_m` has the factor once as a margin.
    let ground = reach_m(&exact, tier.speed()) / ELLIPSOID_FACTOR;
    chord_above(ground / ELLIPSOID_FACTOR / EARTH_RADIUS_M)
}
