//! Where a host may be: the cities, and the anchors' own sites; and how likely before anything
//! was measured.

use std::collections::BTreeMap;

use super::mesh::{Mesh, by_components};
use crate::cities::Cities;
use crate::sphere::{UnitVec, chord_squared};
use crate::territories::Territories;
use crate::territory::TerritoryCode;

/// Share of hosts that are where an anchor is: anchors stand in datacenters, and hosts too.
const SITE_SHARE: f64 = 0.1;

/// Exponent of a territory's people in its share of hosts. Between 1 (as the people) and 0
/// (each territory alike): hosts stand in small and rich countries more than people do.
const TERRITORY_EXPONENT: f64 = 0.5;

/// A place where a host may be.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) position: [f64; 3],
    pub(super) territory: TerritoryCode,
    /// The city, or the city nearest to the site, by its place in the list.
    pub(super) city: usize,
    /// The sites there; none for a city.
    pub(super) sites: Vec<usize>,
    /// Logarithm of the probability before anything was measured.
    pub(super) log_prior: f64,
}

impl Place {
    /// Whether it is a candidate only because of this site.
    pub(super) fn is_only(&self, site: Option<usize>) -> bool {
        site.is_some_and(|site| self.sites == [site])
    }
}

/// All places: the cities in the order of their list, then the sites.
pub(super) fn places(mesh: &Mesh, cities: &Cities, territories: &Territories) -> Vec<Place> {
    let people = |population: u32| f64::from(population.max(1));
    let mut in_territory: BTreeMap<TerritoryCode, f64> = BTreeMap::new();
    for city in cities {
        *in_territory.entry(city.territory).or_default() += people(city.population);
    }
    let weights = in_territory
        .values()
        .map(|all| all.powf(TERRITORY_EXPONENT));
    let log_all = weights.sum::<f64>().ln();
    let log_cities = if mesh.sites.is_empty() {
        0.0
    } else {
        (1.0 - SITE_SHARE).ln()
    };
    let mut places: Vec<Place> = cities
        .iter()
        .enumerate()
        .map(|(index, city)| {
            let all = in_territory[&city.territory];
            let share = people(city.population).ln() - (1.0 - TERRITORY_EXPONENT) * all.ln();
            Place {
                position: city.position.normalized(),
                territory: city.territory,
                city: index,
                sites: Vec::new(),
                log_prior: log_cities + share - log_all,
            }
        })
        .collect();
    places.extend(site_places(mesh, cities, territories));
    places
}

/// The sites, those at one position as one place. Without any city there is none, since a
/// place without territory says nothing.
fn site_places(mesh: &Mesh, cities: &Cities, territories: &Territories) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (site, position) in mesh.positions.iter().enumerate() {
        let same = |last: &&mut Place| by_components(&last.position, position).is_eq();
        if let Some(last) = places.last_mut().filter(same) {
            last.sites.push(site);
        } else if let Some((city, territory)) = surroundings(position, cities, territories) {
            places.push(Place {
                position: *position,
                territory,
                city,
                sites: vec![site],
                log_prior: 0.0,
            });
        }
    }
    #[allow(clippy::cast_precision_loss)] // at most 512
    let share = SITE_SHARE / places.len().max(1) as f64;
    let log_share = share.ln();
    places
        .iter_mut()
        .for_each(|place| place.log_prior = log_share);
    places
}

/// The nearest city of the territory that a point is in (of any where it is at sea), and that
/// city's territory.
fn surroundings(
    position: &[f64; 3],
    cities: &Cities,
    territories: &Territories,
) -> Option<(usize, TerritoryCode)> {
    let mask = territories.contains(&UnitVec::from_direction(*position));
    let nearest = |counts: &dyn Fn(TerritoryCode) -> bool| {
        let squared =
            |city: &crate::cities::City| chord_squared(&city.position.components(), position);
        let counting = cities.iter().enumerate();
        let counting = counting.filter(|(_, city)| counts(city.territory));
        counting
            .map(|(index, city)| (squared(city), index, city.territory))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, index, territory)| (index, territory))
    };
    let of_mask = |code| {
        let index = territories.index_of(code);
        index.is_some_and(|index| mask.contains(index))
    };
    nearest(&of_mask).or_else(|| nearest(&|_| true))
}
