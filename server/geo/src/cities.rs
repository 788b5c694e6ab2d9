//! Cities of the world: where hosts are likely to be, for the belief and the planner. Never
//! part of a verdict.
//!
//! ```text
//! "DOMCITY1"                                     8 bytes
//! version      u8 length, UTF-8
//! territories  u16 count, each: code (2 letters), u16 count of cities, each:
//!              u8 length and name (UTF-8), position (3 × i32, 2^-30), population u32
//! ```
//! Numbers are big-endian; territories in code order, cities by falling population.
//! `data/README.md` says where they come from.

use std::sync::OnceLock;

use crate::codec::Reader;
use crate::error::GeoError;
use crate::sphere::UnitVec;
use crate::territory::TerritoryCode;

const BUILTIN_FILE: &[u8] = include_bytes!("../data/cities.bin");

const MAGIC: &[u8; 8] = b"DOMCITY1";

/// The file's unit of length: a component is at most 2^30 of it, and 6 mm on the ground.
const UNIT: f64 = 1.0 / 1_073_741_824.0;

/// The most cities that one list may have.
pub const MAX_CITIES: usize = 100_000;

/// A city with its suburbs.
#[derive(Debug, Clone, PartialEq)]
pub struct City {
    /// As its source spells it; not unique.
    pub name: String,
    /// Whose land the source says it is on; disputed land may belong to others too.
    pub territory: TerritoryCode,
    /// Its middle.
    pub position: UnitVec,
    /// People, with those of the suburbs that are not in the list.
    pub population: u32,
}

/// A list of cities, immutable.
#[derive(Debug, Clone, PartialEq)]
pub struct Cities {
    version: String,
    cities: Vec<City>,
}

impl Cities {
    /// The list that comes with this crate (`data/cities.bin`); read in milliseconds, once.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Cities> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            Self::from_bytes(BUILTIN_FILE).expect("the tests read the committed file")
        })
    }

    /// SHA-256 of the file of [`Cities::builtin`].
    pub fn builtin_hash() -> [u8; 32] {
        let digest = ring::digest::digest(&ring::digest::SHA256, BUILTIN_FILE);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        hash
    }

    /// A list out of these cities, in any order. Positions are rounded to the file's unit.
    ///
    /// # Errors
    /// [`GeoError::Data`] for more than [`MAX_CITIES`] cities, or a text over 255 bytes.
    pub fn new(version: &str, mut cities: Vec<City>) -> Result<Self, GeoError> {
        let fault = |what| GeoError::Data { what, at: 0 };
        if cities.len() > MAX_CITIES {
            return Err(fault("too many cities"));
        }
        let mut texts = cities.iter().map(|city| city.name.as_str());
        if texts.any(|text| text.len() > 255) || version.len() > 255 {
            return Err(fault("a text over 255 bytes"));
        }
        for city in &mut cities {
            let [x, y, z] = rounded(&city.position).map(f64::from);
            city.position = UnitVec::new(x * UNIT, y * UNIT, z * UNIT)?;
        }
        cities.sort_by(|a, b| order(a).cmp(&order(b)));
        Ok(Self {
            version: version.to_owned(),
            cities,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`GeoError`] for bytes that are not such a file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GeoError> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(GeoError::Data {
                what: "not a list of cities of this version",
                at: 0,
            });
        }
        let version = reader.text()?;
        let mut cities: Vec<City> = Vec::new();
        for _ in 0..reader.u16()? {
            let letters = reader.take(2)?;
            let territory = TerritoryCode::try_from([letters[0], letters[1]])?;
            for _ in 0..reader.u16()? {
                let city = city(&mut reader, territory)?;
                if cities.last().is_some_and(|last| order(last) > order(&city)) {
                    return Err(reader.fault("cities out of order"));
                }
                cities.push(city);
            }
        }
        if reader.at != bytes.len() {
            return Err(reader.fault("trailing bytes"));
        }
        if cities.len() > MAX_CITIES {
            return Err(reader.fault("too many cities"));
        }
        Ok(Self { version, cities })
    }

    /// The file of this list.
    ///
    /// # Errors
    /// [`GeoError::Data`] when one territory has more than 65,535 cities.
    pub fn to_bytes(&self) -> Result<Vec<u8>, GeoError> {
        let count = |n: usize| {
            u16::try_from(n).map_err(|_| GeoError::Data {
                what: "more than 65,535 cities in one territory",
                at: 0,
            })
        };
        let mut out = MAGIC.to_vec();
        put_text(&mut out, &self.version);
        let territories = self.cities.chunk_by(|a, b| a.territory == b.territory);
        out.extend(count(territories.clone().count())?.to_be_bytes());
        for cities in territories {
            out.extend(cities[0].territory.as_str().as_bytes());
            out.extend(count(cities.len())?.to_be_bytes());
            for city in cities {
                put_text(&mut out, &city.name);
                for component in rounded(&city.position) {
                    out.extend(component.to_be_bytes());
                }
                out.extend(city.population.to_be_bytes());
            }
        }
        Ok(out)
    }

    /// The list's own version, as text.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All cities, by territory, then by falling population.
    pub fn as_slice(&self) -> &[City] {
        &self.cities
    }

    /// All cities, in the order of [`Cities::as_slice`].
    pub fn iter(&self) -> std::slice::Iter<'_, City> {
        self.cities.iter()
    }

    /// The cities of a territory, the largest first.
    pub fn of(&self, territory: TerritoryCode) -> &[City] {
        let start = self.cities.partition_point(|c| c.territory < territory);
        let end = self.cities.partition_point(|c| c.territory <= territory);
        &self.cities[start..end]
    }
}

impl<'a> IntoIterator for &'a Cities {
    type Item = &'a City;
    type IntoIter = std::slice::Iter<'a, City>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What cities are sorted by.
fn order(city: &City) -> (TerritoryCode, std::cmp::Reverse<u32>, &str, [i32; 3]) {
    let population = std::cmp::Reverse(city.population);
    let position = rounded(&city.position);
    (city.territory, population, &city.name, position)
}

fn city(reader: &mut Reader<'_>, territory: TerritoryCode) -> Result<City, GeoError> {
    let name = reader.text()?;
    let mut v = [0.0; 3];
    for component in &mut v {
        *component = f64::from(reader.u32()?.cast_signed()) * UNIT;
    }
    Ok(City {
        name,
        territory,
        position: UnitVec::new(v[0], v[1], v[2])?,
        population: reader.u32()?,
    })
}

/// The components in the file's unit.
#[allow(clippy::cast_possible_truncation)] // a component is at most 1 + 1e-9
fn rounded(position: &UnitVec) -> [i32; 3] {
    position.components().map(|c| (c / UNIT).round() as i32)
}

/// A text of at most 255 bytes, checked on construction.
#[allow(clippy::cast_possible_truncation)]
fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(text.len() as u8);
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::convert::unit_from_degrees;
    use crate::{EARTH_RADIUS_M, Territories};
    use proptest::prelude::*;

    fn some() -> impl Strategy<Value = Vec<City>> {
        let city = (
            "[A-ZÅ][a-zé]{0,9}",
            "[A-C]{2}",
            -90.0f64..=90.0,
            -180.0f64..=180.0,
            any::<u32>(),
        );
        proptest::collection::vec(city, 0..30).prop_map(|cities| {
            let city = |(name, code, lat, lon, population): (String, String, f64, f64, u32)| City {
                name,
                territory: code.parse().unwrap(),
                position: unit_from_degrees(lat, lon).unwrap(),
                population,
            };
            cities.into_iter().map(city).collect()
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(cities in some()) {
            let list = Cities::new("v", cities.clone()).unwrap();
            prop_assert_eq!(list.as_slice().len(), cities.len());
            let bytes = list.to_bytes().unwrap();
            prop_assert_eq!(Cities::from_bytes(&bytes).unwrap(), list.clone());
            for cut in 0..bytes.len() {
                prop_assert!(Cities::from_bytes(&bytes[..cut]).is_err());
            }
            for city in &list {
                let of = list.of(city.territory);
                prop_assert!(of.contains(city) && of.iter().all(|c| c.territory == city.territory));
            }
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..80), at in 0usize..200, with in any::<u8>()) {
            let _ = Cities::from_bytes(&bytes);
            let mut changed = BUILTIN_FILE[..400].to_vec();
            changed[at] = with;
            let _ = Cities::from_bytes(&changed);
        }
    }

    #[test]
    fn the_built_in_list_is_whole_and_on_land() {
        let (cities, territories) = (Cities::builtin(), Territories::builtin());
        assert!(cities.as_slice().len() > 5_000);
        let without: Vec<_> = territories
            .codes()
            .iter()
            .filter(|code| cities.of(**code).is_empty())
            .map(ToString::to_string)
            .collect();
        // Without a town: Antarctica and islands.
        assert_eq!(without, ["AQ", "BV", "HM", "IO", "TK", "UM"]);
        let elsewhere = cities.iter().filter(|city| {
            let index = territories.index_of(city.territory).unwrap();
            !territories.contains(&city.position).contains(index)
        });
        let elsewhere: Vec<_> = elsewhere
            .map(|city| format!("{} {}", city.territory, city.name))
            .collect();
        assert!(elsewhere.is_empty(), "{elsewhere:?}");
        assert_eq!(
            Cities::from_bytes(&cities.to_bytes().unwrap()).unwrap(),
            *cities
        );
        assert_eq!(cities.to_bytes().unwrap(), BUILTIN_FILE);
    }

    #[test]
    fn the_readme_names_the_committed_file() {
        let hash: String = Cities::builtin_hash()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert!(include_str!("../data/README.md").contains(&hash), "{hash}");
    }

    #[test]
    fn known_cities() {
        for (name, code, lat, lon) in [
            ("London", "GB", 51.5, -0.12),
            ("Singapore", "SG", 1.29, 103.85),
            ("Port-aux-Français", "TF", -49.35, 70.22),
        ] {
            let city = &Cities::builtin().of(code.parse().unwrap())[0];
            assert_eq!(city.name, name);
            let [a, b] =
                [city.position, unit_from_degrees(lat, lon).unwrap()].map(|p| p.components());
            assert!(
                crate::sphere::chord(&a, &b) * EARTH_RADIUS_M < 10_000.0,
                "{name}"
            );
        }
    }
}
