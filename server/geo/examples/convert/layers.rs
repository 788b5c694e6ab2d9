//! What is drawn: base layers (the source's countries, overseas parts split off) and
//! claims, read from the text files beside the data.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use domicile_geo::{TerritoryCode, TerritoryMask};

use crate::outline::Area;
use crate::topojson::{Feature, Ring};

pub(crate) struct Name {
    pub(crate) code: TerritoryCode,
    pub(crate) numeric: String,
    pub(crate) text: String,
}

/// Land of these territories.
pub(crate) struct Base {
    pub(crate) territories: TerritoryMask,
    pub(crate) area: Area,
}

/// Land inside `area` that one of `held` has also belongs to `add`.
pub(crate) struct Claim {
    pub(crate) add: TerritoryMask,
    pub(crate) held: TerritoryMask,
    pub(crate) area: Area,
}

/// Parts of a source country that have a code of their own: numeric of the country, code of
/// the part, box (west, south, east, north) that holds the whole polygon's first point.
const SPLITS: &[(&str, &str, [f64; 4])] = &[
    ("250", "GF", [-55.5, 1.5, -51.0, 6.5]),
    ("250", "GP", [-62.0, 15.7, -60.9, 16.7]),
    ("250", "MQ", [-61.4, 14.2, -60.6, 15.1]),
    ("250", "RE", [55.0, -21.6, 56.0, -20.6]),
    ("250", "YT", [44.8, -13.3, 45.5, -12.4]),
    ("578", "SJ", [-10.0, 70.6, -7.0, 71.4]),
    ("578", "SJ", [10.0, 74.0, 35.0, 81.0]),
    ("578", "BV", [3.0, -54.7, 3.8, -54.2]),
    ("528", "BQ", [-69.0, 11.9, -62.5, 18.0]),
    ("554", "TK", [-173.0, -10.0, -171.0, -8.0]),
    ("Indian Ocean Ter.", "CX", [105.0, -11.0, 106.0, -10.0]),
    ("Indian Ocean Ter.", "CC", [96.5, -12.5, 97.5, -11.5]),
];

/// Source entities without a code, or with more than one claimant as a whole.
const ENTITIES: &[(&str, &[&str])] = &[
    ("Kosovo", &["XK", "RS"]),
    ("W. Sahara", &["EH", "MA"]),
    ("Somaliland", &["SO"]),
    ("N. Cyprus", &["CY"]),
    ("Cyprus U.N. Buffer Zone", &["CY"]),
    ("Akrotiri", &["CY", "GB"]),
    ("Dhekelia", &["CY", "GB"]),
    ("USNB Guantanamo Bay", &["CU"]),
    ("Baikonur", &["KZ"]),
    ("Siachen Glacier", &["IN", "PK"]),
    ("Spratly Is.", &["BN", "CN", "MY", "PH", "TW", "VN"]),
    ("Scarborough Reef", &["CN", "PH", "TW"]),
    ("Bajo Nuevo Bank", &["CO"]),
    ("Serranilla Bank", &["CO"]),
    ("Clipperton I.", &["FR"]),
    ("Coral Sea Is.", &["AU"]),
    ("Ashmore and Cartier Is.", &["AU"]),
];

pub(crate) fn names(text: &str) -> Result<Vec<Name>> {
    let mut names = Vec::new();
    for line in lines(text) {
        let mut parts = line.splitn(3, ' ');
        let (Some(code), Some(numeric), Some(text)) = (parts.next(), parts.next(), parts.next())
        else {
            bail!("expected \"CODE NUMERIC NAME\", got {line:?}");
        };
        names.push(Name {
            code: code.parse()?,
            numeric: numeric.into(),
            text: text.into(),
        });
    }
    Ok(names)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn mask<'c>(codes: impl IntoIterator<Item = &'c str>, names: &[Name]) -> Result<TerritoryMask> {
    let mut mask = TerritoryMask::EMPTY;
    for code in codes {
        let place = names.iter().position(|name| name.code.as_str() == code);
        mask.insert(u8::try_from(
            place.with_context(|| format!("{code} is not in the list"))?,
        )?);
    }
    Ok(mask)
}

/// The base layers: every polygon of the source in exactly one of them.
pub(crate) fn bases(features: &[Feature], names: &[Name]) -> Result<Vec<Base>> {
    let mut rings: BTreeMap<TerritoryMask, Vec<&Ring>> = BTreeMap::new();
    for feature in features {
        let entity = ENTITIES.iter().find(|(name, _)| *name == feature.name);
        let id = feature.id.as_deref().unwrap_or(&feature.name);
        for polygon in &feature.polygons {
            let [lon, lat] = *polygon
                .first()
                .and_then(|ring| ring.first())
                .context("no ring")?;
            let split = SPLITS.iter().find(|(country, _, [w, s, e, n])| {
                *country == id && (*w..=*e).contains(&lon) && (*s..=*n).contains(&lat)
            });
            let territories = match (split, entity) {
                (Some((_, code, _)), _) => mask([*code], names)?,
                (None, Some((_, codes))) => mask(codes.iter().copied(), names)?,
                (None, None) => {
                    let name = names.iter().find(|name| name.numeric == id);
                    let name =
                        name.with_context(|| format!("{} has no territory", feature.name))?;
                    mask([name.code.as_str()], names)?
                }
            };
            rings.entry(territories).or_default().extend(polygon);
        }
    }
    let antarctica = mask(["AQ"], names)?;
    let mut all = TerritoryMask::EMPTY;
    let mut bases = Vec::new();
    for (territories, rings) in rings {
        all = all.union(&territories);
        let area = Area::new(rings.into_iter(), territories == antarctica);
        bases.push(Base { territories, area });
    }
    for (name, index) in names.iter().zip(0u8..) {
        ensure!(
            all.contains(index),
            "{} has no land in the source",
            name.code
        );
    }
    Ok(bases)
}

pub(crate) fn claims(text: &str, names: &[Name]) -> Result<Vec<Claim>> {
    let mut claims = Vec::new();
    let (mut add, mut held) = (TerritoryMask::EMPTY, TerritoryMask::EMPTY);
    for line in lines(text) {
        let (word, rest) = line.split_once(' ').context("expected a word and values")?;
        let ring: Ring = match word {
            "claim" => {
                (add, held) = (TerritoryMask::EMPTY, TerritoryMask::EMPTY);
                continue;
            }
            "add" => {
                add = mask(rest.split(' '), names)?;
                continue;
            }
            "held" => {
                held = mask(rest.split(' '), names)?;
                continue;
            }
            "box" => {
                let sides: Vec<f64> = rest.split(' ').map(str::parse).collect::<Result<_, _>>()?;
                let [w, s, e, n] = sides[..] else {
                    bail!("a box has four sides: {line:?}")
                };
                vec![[w, s], [e, s], [e, n], [w, n]]
            }
            "outline" => rest.split(' ').map(point).collect::<Result<_>>()?,
            _ => bail!("unknown word in {line:?}"),
        };
        ensure!(
            !add.is_empty() && !held.is_empty(),
            "an area before `add` and `held`: {line:?}"
        );
        claims.push(Claim {
            add,
            held,
            area: Area::new(std::iter::once(&ring), false),
        });
    }
    Ok(claims)
}

fn point(text: &str) -> Result<[f64; 2]> {
    let (lon, lat) = text.split_once(',').context("expected lon,lat")?;
    Ok([lon.parse()?, lat.parse()?])
}
